/* proto_services.c - Kerberos, LDAP, SSH, RDP: fields of messages built by hand, cut at every byte, with lengths that lie. */
#include <criterion/criterion.h>

#include <stdlib.h>

#include "vm/protocols/reading.h"

typedef struct {
    const u8 *bytes;
    u32 len;
} Message;
#define MESSAGE(...) ((Message){(const u8[]){__VA_ARGS__}, sizeof((u8[]){__VA_ARGS__})})
#define TEXT(text)   ((Message){(const u8 *)(text), sizeof(text) - 1})

/* Value number `item` of a field in the first `caplen` bytes of a message of `wire` bytes.  The bytes stand in a heap block
 * of just that length. */
static bool value_of(FieldId field, Message message, u32 caplen, u32 item, CalcValue *value, u8 *copy)
{
    static u8 room[TEXT_MAX];
    CalcState state = {0};
    CalcFrame frame = {.data = copy, .caplen = caplen, .len = message.len, .end = caplen, .wire_end = message.len};
    bool found;
    do {
        *value = (CalcValue){.room = room, .state = &state};
        found = field_info[field].calc(&frame, value);
    } while (found && field_is(field, CALC_MANY) && item-- > 0);
    return found;
}

static u8 *copy_of(Message message, u32 len)
{
    u8 *copy = malloc(len ? len : 1);
    memcpy(copy, message.bytes, len);
    return copy;
}

static void is_text(FieldId field, Message message, u32 item, const char *want)
{
    CalcValue value;
    u8 *copy = copy_of(message, message.len);
    bool found = value_of(field, message, message.len, item, &value, copy);
    if (want)
        cr_expect(found && value.len == strlen(want) && memcmp(value.bytes, want, value.len) == 0,
                  "%s %u: %.*s, expected %s", field_info[field].name, item, found ? (int)value.len : 0,
                  found ? (const char *)value.bytes : "", want);
    else
        cr_expect(!found && !value.cut, "%s %u", field_info[field].name, item);
    free(copy);
}

static void is_number(FieldId field, Message message, u32 item, i64 want)
{
    CalcValue value;
    u8 *copy = copy_of(message, message.len);
    bool found = value_of(field, message, message.len, item, &value, copy);
    cr_expect(want < 0 ? !found && !value.cut : found && value.number == (u64)want, "%s %u: %llu, expected %lld",
              field_info[field].name, item, (unsigned long long)value.number, (long long)want);
    free(copy);
}

/* A field of the message cut at any byte is what it is in the whole message, or the beginning of that, or cut. */
static void cut_anywhere(Proto proto, Message message)
{
    for (u32 f = 0; f < FIELD_COUNT; f++) {
        const FieldInfo *info = &field_info[f];
        if (info->proto != proto || info->kind != FIELD_IS_CALC) continue;
        for (u32 caplen = 1; caplen <= message.len; caplen++) {
            for (u32 item = 0; item < 4; item++) {
                CalcValue whole, part;
                u8 *all = copy_of(message, message.len), *copy = copy_of(message, caplen), kept[TEXT_MAX];
                bool in_whole = value_of((FieldId)f, message, message.len, item, &whole, all);
                u32 whole_len = in_whole ? MIN_OF(whole.len, (u32)TEXT_MAX) : 0;
                if (in_whole && type_info[info->type].slice && whole_len) memcpy(kept, whole.bytes, whole_len);
                bool in_part = value_of((FieldId)f, message, caplen, item, &part, copy);
                if (in_part && !type_info[info->type].slice) cr_expect(in_whole && part.number == whole.number);
                if (in_part && type_info[info->type].slice && !part.open)
                    cr_expect(in_whole && part.len == whole.len && memcmp(part.bytes, kept, whole_len) == 0, "%s",
                              info->name);
                if (in_part && type_info[info->type].slice && part.open)
                    cr_expect(part.len <= whole_len && memcmp(part.bytes, kept, part.len) == 0, "%s", info->name);
                if (in_whole && !in_part) cr_expect(part.cut, "%s at %u", info->name, caplen);
                if (!info->how) item = 4;
                free(all);
                free(copy);
            }
        }
    }
}

/* Any byte may lie: nothing outside the block is read (the address sanitizer looks on), and every list ends. */
static void lies(Proto proto, Message message)
{
    for (u32 at = 0; at < message.len; at++) {
        for (u32 lie = 0; lie < 6; lie++) {
            static const u8 values[] = {0, 1, 0x7f, 0x80, 0x84, 0xff};
            u8 *copy = copy_of(message, message.len);
            copy[at] = values[lie];
            for (u32 f = 0; f < FIELD_COUNT; f++) {
                CalcValue value;
                if (field_info[f].proto != proto || field_info[f].kind != FIELD_IS_CALC) continue;
                value_of((FieldId)f, message, message.len, 100000, &value, copy);
            }
            free(copy);
        }
    }
}

/* KRB-ERROR { pvno 5, msg-type 30, stime "20261125193200Z", susec 1, error-code 24, realm "EX.COM",
 *             sname { 2, { "krbtgt", "EX.COM" } }, e-text "no" } */
static const Message krb_error =
    MESSAGE(0x7e, 0x56, 0x30, 0x54, 0xa0, 3, 2, 1, 5, 0xa1, 3, 2, 1, 30, 0xa4, 0x11, 0x18, 0x0f, '2', '0', '2', '6',
            '1', '1', '2', '5', '1', '9', '3', '2', '0', '0', 'Z', 0xa5, 3, 2, 1, 1, 0xa6, 3, 2, 1, 24, 0xa9, 8, 0x1b,
            6, 'E', 'X', '.', 'C', 'O', 'M', 0xaa, 0x1b, 0x30, 0x19, 0xa0, 3, 2, 1, 2, 0xa1, 0x12, 0x30, 0x10, 0x1b, 6,
            'k', 'r', 'b', 't', 'g', 't', 0x1b, 6, 'E', 'X', '.', 'C', 'O', 'M', 0xab, 4, 0x1b, 2, 'n', 'o');

/* AS-REQ { pvno 5, msg-type 10, req-body { options, cname { 1, { "alice" } }, realm "EX.COM", etype { 18, -133, 23 } } } */
static const Message as_req =
    MESSAGE(0x6a, 0x43, 0x30, 0x41, 0xa1, 3, 2, 1, 5, 0xa2, 3, 2, 1, 10, 0xa4, 0x35, 0x30, 0x33, 0xa0, 7, 3, 5, 0, 0x40,
            0, 0, 0x10, 0xa1, 0x10, 0x30, 0x0e, 0xa0, 3, 2, 1, 1, 0xa1, 7, 0x30, 5, 0x1b, 5 - 2, 'a', 'l', 'i', 0xa2, 8,
            0x1b, 6, 'E', 'X', '.', 'C', 'O', 'M', 0xa8, 0x0c, 0x30, 0x0a, 2, 1, 18, 2, 2, 0xff, 0x7b, 2, 1, 23);

Test(proto_services, kerberos)
{
    is_number(FIELD_KERBEROS_TYPE, krb_error, 0, 30);
    is_number(FIELD_KERBEROS_ERROR_CODE, krb_error, 0, 24);
    is_text(FIELD_KERBEROS_ERROR_REALM, krb_error, 0, "EX.COM");
    is_text(FIELD_KERBEROS_ERROR_TIME, krb_error, 0, "20261125193200Z");
    is_text(FIELD_KERBEROS_ERROR_TEXT, krb_error, 0, "no");
    is_text(FIELD_KERBEROS_ERROR_SNAME, krb_error, 0, "krbtgt");
    is_text(FIELD_KERBEROS_ERROR_SNAME, krb_error, 1, "EX.COM");
    is_text(FIELD_KERBEROS_ERROR_SNAME, krb_error, 2, NULL);
    is_text(FIELD_KERBEROS_ERROR_CREALM, krb_error, 0, NULL);
    is_text(FIELD_KERBEROS_BODY_REALM, krb_error, 0, NULL);
    is_text(FIELD_KERBEROS_AS_REQ, krb_error, 0, NULL);
    is_number(FIELD_KERBEROS_TYPE, as_req, 0, 10);
    is_text(FIELD_KERBEROS_ERROR, as_req, 0, NULL);
    is_text(FIELD_KERBEROS_BODY_CNAME, as_req, 0, "ali");
    is_text(FIELD_KERBEROS_BODY_REALM, as_req, 0, "EX.COM");
    is_number(FIELD_KERBEROS_BODY_ETYPE, as_req, 0, 18);
    is_number(FIELD_KERBEROS_BODY_ETYPE, as_req, 1, 23);
    is_number(FIELD_KERBEROS_BODY_ETYPE, as_req, 2, -1);
    cut_anywhere(PROTO_KERBEROS, krb_error);
    cut_anywhere(PROTO_KERBEROS, as_req);
    lies(PROTO_KERBEROS, krb_error);
    lies(PROTO_KERBEROS, as_req);
}

/* Segments end anywhere: what is here of a message counts, and the rest was not cut off by the capture. */
Test(proto_services, kerberos_goes_on_in_the_next_segment)
{
    Message begun = {krb_error.bytes, krb_error.len - 1};
    is_number(FIELD_KERBEROS_TYPE, begun, 0, 30);
    is_text(FIELD_KERBEROS_ERROR_SNAME, begun, 0, "krbtgt");
    is_text(FIELD_KERBEROS_ERROR_TEXT, begun, 0, "n");
    begun.len--;
    is_text(FIELD_KERBEROS_ERROR_TEXT, begun, 0, NULL);
    cut_anywhere(PROTO_KERBEROS, begun);
}

/* Two messages: 7 searchResEntry "dc=x", 7 searchResDone { noSuchObject, "dc=x", "gone" } */
static const Message ldap =
    MESSAGE(0x30, 0x0d, 2, 1, 7, 0x64, 8, 4, 4, 'd', 'c', '=', 'x', 0x30, 0, 0x30, 0x84, 0, 0, 0, 0x14, 2, 1, 7, 0x65,
            0x0f, 0x0a, 1, 32, 4, 4, 'd', 'c', '=', 'x', 4, 4, 'g', 'o', 'n', 'e');
/* bindResponse { success, "", "" } of message 1 */
static const Message bound = MESSAGE(0x30, 0x0c, 2, 1, 1, 0x61, 7, 0x0a, 1, 0, 4, 0, 4, 0);

Test(proto_services, ldap)
{
    is_number(FIELD_LDAP_MESSAGE_ID, ldap, 0, 7);
    is_number(FIELD_LDAP_OPERATION, ldap, 0, 4);
    is_number(FIELD_LDAP_OPERATION, ldap, 1, 5);
    is_number(FIELD_LDAP_OPERATION, ldap, 2, -1);
    is_text(FIELD_LDAP_ENTRY_NAME, ldap, 0, "dc=x");
    is_number(FIELD_LDAP_RESULT_CODE, ldap, 0, 32);
    is_text(FIELD_LDAP_RESULT_DN, ldap, 0, "dc=x");
    is_text(FIELD_LDAP_RESULT_MESSAGE, ldap, 0, "gone");
    is_text(FIELD_LDAP_RESULT_TEXT, ldap, 0, "Status: No Such Object, MatchedDN: dc=x, ErrorMessage: gone");
    is_text(FIELD_LDAP_SEARCH_BASE, ldap, 0, NULL);
    is_number(FIELD_LDAP_RESULT_CODE, bound, 0, 0);
    is_text(FIELD_LDAP_RESULT_DN, bound, 0, "");
    is_text(FIELD_LDAP_RESULT_TEXT, bound, 0, "Status: Success, MatchedDN: NULL, ErrorMessage: NULL");
    /* A result without a code, a search without a base, and then one of each that is whole. */
    const Message lying = MESSAGE(0x30, 7, 2, 1, 1, 0x61, 2, 4, 0, 0x30, 7, 2, 1, 2, 0x63, 2, 5, 0, 0x30, 0x0c, 2, 1, 3,
                                  0x61, 7, 0x0a, 1, 5, 4, 0, 4, 0, 0x30, 7, 2, 1, 4, 0x63, 2, 4, 0);
    is_number(FIELD_LDAP_MESSAGE_ID, lying, 3, 4);
    is_number(FIELD_LDAP_RESULT_CODE, lying, 0, 5);
    is_number(FIELD_LDAP_RESULT_CODE, lying, 1, -1);
    is_text(FIELD_LDAP_SEARCH_BASE, lying, 0, "");
    cut_anywhere(PROTO_LDAP, lying);
    Message begun = {ldap.bytes, ldap.len - 6};
    is_number(FIELD_LDAP_OPERATION, begun, 1, 5);
    is_number(FIELD_LDAP_RESULT_CODE, begun, 0, 32);
    is_text(FIELD_LDAP_RESULT_MESSAGE, begun, 0, NULL);
    cut_anywhere(PROTO_LDAP, begun);
    cut_anywhere(PROTO_LDAP, ldap);
    cut_anywhere(PROTO_LDAP, bound);
    lies(PROTO_LDAP, ldap);
}

Test(proto_services, ssh)
{
    const Message banner = TEXT("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"), bare = TEXT("SSH-1.99-x\n");
    is_text(FIELD_SSH_BANNER, banner, 0, "SSH-2.0-OpenSSH_9.2p1 Debian-2");
    is_text(FIELD_SSH_VERSION, banner, 0, "2.0");
    is_text(FIELD_SSH_SOFTWARE, banner, 0, "OpenSSH_9.2p1");
    is_text(FIELD_SSH_VERSION, bare, 0, "1.99");
    is_text(FIELD_SSH_SOFTWARE, bare, 0, "x");
    is_text(FIELD_SSH_BANNER, TEXT("SSH-2.0-without an end"), 0, NULL);
    is_text(FIELD_SSH_BANNER, TEXT("\0\0\1\x2c\x0a\x14"), 0, NULL);
    cut_anywhere(PROTO_SSH, banner);
    lies(PROTO_SSH, banner);
}

Test(proto_services, rdp)
{
    const Message request = TEXT("\x03\0\0\x29\x24\xe0\0\0\0\0\0Cookie: mstshash=al\r\n\x01\0\x08\0\x03\0\0\0");
    is_number(FIELD_RDP_TPKT_LENGTH, request, 0, 0x29);
    is_number(FIELD_RDP_X224_TYPE, request, 0, 0xe0);
    is_text(FIELD_RDP_COOKIE, request, 0, "mstshash=al");
    is_number(FIELD_RDP_PROTOCOLS, request, 0, -1); /* its length is 2 more than it has */
    lies(PROTO_RDP, request);
    const Message exact = TEXT("\x03\0\0\x27\x22\xe0\0\0\0\0\0Cookie: mstshash=a\r\n\x01\0\x08\0\x03\0\0\0");
    is_number(FIELD_RDP_PROTOCOLS, exact, 0, 3);
    is_text(FIELD_RDP_COOKIE, exact, 0, "mstshash=a");
    is_number(FIELD_RDP_X224_TYPE, TEXT("\x16\x03\x01\0\x05hello"), 0, -1);
    cut_anywhere(PROTO_RDP, exact);
    lies(PROTO_RDP, exact);
}
