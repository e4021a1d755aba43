/* json.c - see json.h (RFC 8259). */
#include "bench/harness/json.h"

#include <sys/utsname.h>
#include <unistd.h>

static void put_string(FILE *file, const char *text)
{
    fputc('"', file);
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte == '"' || byte == '\\')
            fprintf(file, "\\%c", byte);
        else if (byte < 0x20)
            fprintf(file, "\\u%04x", byte);
        else
            fputc(byte, file);
    }
    fputc('"', file);
}

static void begin_value(Json *json, const char *key)
{
    if (json->filled) fputc(',', json->file);
    if (json->depth) fprintf(json->file, "\n%*s", json->depth * 2, "");
    if (key) {
        put_string(json->file, key);
        fputs(": ", json->file);
    }
    json->filled = true;
}

void json_open(Json *json, const char *key, char bracket)
{
    begin_value(json, key);
    fputc(bracket, json->file);
    json->depth++;
    json->filled = false;
}

void json_close(Json *json, char bracket)
{
    json->depth--;
    if (json->filled) fprintf(json->file, "\n%*s", json->depth * 2, "");
    fputc(bracket, json->file);
    if (!json->depth) fputc('\n', json->file);
    json->filled = true;
}

void json_text(Json *json, const char *key, const char *value)
{
    begin_value(json, key);
    put_string(json->file, value);
}

void json_count(Json *json, const char *key, u64 value)
{
    begin_value(json, key);
    fprintf(json->file, "%llu", (unsigned long long)value);
}

void json_number(Json *json, const char *key, double value)
{
    begin_value(json, key);
    fprintf(json->file, "%.3f", value);
}

void json_flag(Json *json, const char *key, bool value)
{
    begin_value(json, key);
    fputs(value ? "true" : "false", json->file);
}

static void read_processor(char *model, size_t room)
{
    FILE *file = fopen("/proc/cpuinfo", "r");
    char line[256];

    snprintf(model, room, "unknown");
    if (!file) return;
    while (fgets(line, sizeof line, file)) {
        const char *colon = strchr(line, ':');
        if (!colon || strncmp(line, "model name", 10) != 0) continue;
        snprintf(model, room, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
        break;
    }
    fclose(file);
}

void json_machine(Json *json)
{
    struct utsname system;
    char processor[200];

    read_processor(processor, sizeof processor);
    json_open(json, "machine", '{');
    json_text(json, "processor", processor);
    json_count(json, "cores", (u64)sysconf(_SC_NPROCESSORS_ONLN));
    json_count(json, "memory_bytes", (u64)sysconf(_SC_PHYS_PAGES) * (u64)sysconf(_SC_PAGESIZE));
    if (uname(&system) == 0) {
        json_text(json, "kernel", system.release);
        json_text(json, "architecture", system.machine);
    }
    json_close(json, '}');
}
