/* json.h - just enough JSON writing for a results file: nesting, commas and escapes are kept right here. */
#ifndef BENCH_HARNESS_JSON_H
#define BENCH_HARNESS_JSON_H

#include "vm/base.h"

#include <stdio.h>

/* Made by `Json json = {.file = f}`; the caller opens and closes the file. */
typedef struct {
    FILE *file;
    int depth;
    bool filled; /* something stands in this object or array already */
} Json;

/* key NULL: an element of an array, or the document itself. */
void json_open(Json *json, const char *key, char bracket); /* '{' or '[' */
void json_close(Json *json, char bracket);                 /* '}' or ']' */
void json_text(Json *json, const char *key, const char *value);
void json_count(Json *json, const char *key, u64 value);
void json_number(Json *json, const char *key, double value);
void json_flag(Json *json, const char *key, bool value);

/* An object "machine": processor, cores, memory, kernel. */
void json_machine(Json *json);

#endif
