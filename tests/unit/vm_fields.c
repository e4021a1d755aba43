/* vm_fields.c - the dictionary: its rows make sense, names are found without case, values print as promised. */
#include <criterion/criterion.h>
#include <strings.h>

#include "vm/decode.h"
#include "vm/fields.h"

Test(vm_fields, rows_make_sense)
{
    for (u32 f = 0; f < FIELD_COUNT; f++) {
        const FieldInfo *field = &field_info[f];
        cr_assert(field->name && field->meaning && field->proto < PROTO_COUNT && field->type < TYPE_COUNT);
        bool slice = type_info[field->type].slice;
        switch (field->kind) {
        case FIELD_IS_NUMBER:
            cr_assert(!slice && field->width >= 1 && field->width <= 8 && field->mask != 0, "%s", field->name);
            cr_assert_eq(field->width < 8 ? field->mask << field->shift >> (8 * field->width) : 0, 0, "%s",
                         field->name);
            cr_assert_leq(field->byte + field->width, SPAN_MAX, "%s", field->name);
            break;
        case FIELD_IS_BYTES:
            cr_assert(slice && field->width > 0 && field->byte + field->width <= SPAN_MAX, "%s", field->name);
            break;
        case FIELD_IS_CALC:
            cr_assert_not_null(field->calc, "%s", field->name);
            cr_assert(slice || !(field->how & (CALC_MADE | CALC_STRUCT | CALC_KEYED)), "%s", field->name);
            cr_assert(!(field->how & CALC_STRUCT) || field->type == TYPE_BYTES, "%s", field->name);
            break;
        case FIELD_IS_ALIAS: cr_assert(field_info[field->first].kind < FIELD_IS_PAIR, "%s", field->name); break;
        case FIELD_IS_PAIR: {
            const FieldInfo *first = &field_info[field->first], *second = &field_info[field->second];
            cr_assert(first->proto == field->proto && second->proto == field->proto, "%s", field->name);
            cr_assert(first->type == field->type && second->type == field->type, "%s", field->name);
            cr_assert(first->kind != FIELD_IS_PAIR && second->kind != FIELD_IS_PAIR, "%s", field->name);
            break;
        }
        default: cr_assert(false, "%s", field->name);
        }
    }
}

Test(vm_fields, rows_of_a_protocol_stand_together_and_names_are_theirs_alone)
{
    for (u32 a = 0; a < FIELD_COUNT; a++) {
        if (a) cr_assert_geq(field_info[a].proto, field_info[a - 1].proto);
        for (u32 b = a + 1; b < FIELD_COUNT; b++)
            cr_assert(field_info[a].proto != field_info[b].proto ||
                          strcasecmp(field_info[a].name, field_info[b].name) != 0,
                      "%s.%s stands there twice", proto_info[field_info[a].proto].name, field_info[a].name);
    }
}

/* Does the name, from one of its structures on, lead to a field that ends in just that? */
static void is_found_from(const FieldInfo *field, const char *part)
{
    int found = structure_find(part, strlen(part));
    cr_assert(found >= 0, "%s", part);
    const char *name = field_info[found].name;
    size_t len = strlen(part), all = strlen(name);
    cr_assert(all >= len && strcasecmp(name + all - len, part) == 0, "%s: %s, %s", field->name, part, name);
}

Test(vm_fields, names_are_found_from_their_structures_on)
{
    u32 structures = 0, others = 0;
    for (u32 f = 0; f < FIELD_COUNT; f++) {
        const FieldInfo *field = &field_info[f];
        size_t outer_len = strcspn(field->name, ".");
        int outer = field_find(field->proto, field->name, outer_len);
        if (outer >= 0 && field_is((FieldId)outer, CALC_STRUCT)) {
            is_found_from(field, field->name);
            structures++;
        } else if (structure_find(field->name, strlen(field->name)) < 0) {
            others++;
        }
    }
    cr_assert(structures > 10 && others > 100);
    cr_assert_eq(structure_find("TCPOPTIONS.maxsegmentsize", 25), FIELD_TCP_MSS);
    cr_assert_eq(structure_find("TCPOptions.", 11), -1);
    cr_assert_eq(structure_find("SrcPort", 7), -1);
    cr_assert_eq(structure_find("", 0), -1);
    u16 fields[4] = {0};
    cr_assert_eq(structure_find_all("qrecord.questionname", 20, fields, 4), 3);
    cr_assert_eq(fields[0], FIELD_DNS_QUESTION_NAME);
    cr_assert_eq(structure_find_all("qrecord.questionname", 20, fields, 2), 2);
    cr_assert_eq(structure_find_all("TCPOptions", 10, fields, 4), 1);
    cr_assert_eq(structure_find_all("SrcPort", 7, fields, 4), 0);
}

Test(vm_fields, names_are_found_without_case)
{
    cr_assert_eq(proto_find("tcp", 3), PROTO_TCP);
    cr_assert_eq(proto_find("TCP.Port", 3), PROTO_TCP);
    cr_assert_eq(proto_find("tc", 2), -1);
    cr_assert_eq(proto_find("tcpx", 4), -1);
    cr_assert_eq(proto_find("TCP\0x", 5), -1);
    cr_assert_eq(proto_find("", 0), -1);
    cr_assert_eq(proto_find("Ssl", 3), PROTO_TLS); /* a PROTO_ALIAS */
    cr_assert_eq(proto_find("kerberosV5", 10), PROTO_KERBEROS);
    cr_assert_eq(field_find(PROTO_TCP, "flags.SYN", 9), FIELD_TCP_SYN);
    cr_assert_eq(field_find(PROTO_TCP, "Flags", 5), FIELD_TCP_FLAGS);
    cr_assert_eq(field_find(PROTO_UDP, "Flags", 5), -1);
    cr_assert_eq(meta_find("timeofday", 9), META_TIME_OF_DAY);
    cr_assert_eq(meta_find("TimeOf", 6), -1);
    for (int p = 0; p < PROTO_COUNT; p++) cr_assert_eq(proto_find(proto_info[p].name, strlen(proto_info[p].name)), p);
    for (int f = 0; f < FIELD_COUNT; f++)
        cr_assert_eq(field_find(field_info[f].proto, field_info[f].name, strlen(field_info[f].name)), f);
}

static void prints_number(ValueType type, u64 value, const char *want)
{
    char text[512];
    size_t len = value_print_number(text, sizeof text, type, value);
    cr_assert(len == strlen(want) && memcmp(text, want, len) == 0, "%.*s, expected %s", (int)len, text, want);
    for (size_t size = 0; size < len; size++) { /* as much as there is room for, and no byte more */
        char small[64];
        memset(small, '#', sizeof small);
        cr_assert_eq(value_print_number(small, size, type, value), size);
        cr_assert(memcmp(small, want, size) == 0 && small[size] == '#');
    }
}

static void prints_bytes(ValueType type, const char *bytes, size_t len, size_t size, const char *want)
{
    char text[512];
    size_t written = value_print_bytes(text, size, type, (const u8 *)bytes, len);
    cr_assert(written == strlen(want) && memcmp(text, want, written) == 0, "%.*s, expected %s", (int)written, text,
              want);
}

Test(vm_fields, values_print)
{
    prints_number(TYPE_NUMBER, 0, "0");
    prints_number(TYPE_NUMBER, UINT64_MAX, "18446744073709551615");
    prints_number(TYPE_SIGNED, UINT64_MAX, "-1");
    prints_number(TYPE_SIGNED, (u64)1 << 63, "-9223372036854775808");
    prints_number(TYPE_IPV4, 0xc0a80aff, "192.168.10.255");
    prints_number(TYPE_MAC, 0x0011aabbccff, "00:11:aa:bb:cc:ff");
    prints_number(TYPE_DURATION, 10000000, "1.0000000");
    prints_number(TYPE_DURATION, (u64)-1, "-0.0000001");
    prints_number(TYPE_DURATION, (u64)1 << 63, "-922337203685.4775808");
    prints_number(TYPE_TIME, 0, "1601-01-01T00:00:00.0000000Z");
    prints_number(TYPE_TIME, 116444736000000000, "1970-01-01T00:00:00.0000000Z");
    prints_number(TYPE_TIME, 129222852861360590,
                  "2010-06-29T11:41:26.1360590Z"); /* the value of NetMon's own examples */
    prints_bytes(TYPE_IPV6, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16, 512, "2001:db8::1");
    prints_bytes(TYPE_BYTES, "\x00\xff\x10", 3, 512, "00ff10");
    prints_bytes(TYPE_BYTES, "\x00\xff\x10", 3, 5, "00ff");
    prints_bytes(TYPE_STRING, "plain text", 10, 512, "plain text");
    prints_bytes(TYPE_STRING, "plain text", 10, 5, "plain");
    prints_bytes(TYPE_STRING, "", 0, 5, "");
    prints_bytes(TYPE_NETBIOS, "NMTEST2        ", 15, 512, "NMTEST2");
    prints_bytes(TYPE_NETBIOS, "               ", 15, 512, "");
}
