/* proto_tls.c - TLS within a frame: the rules of vm/protocols/tls.c, one by one. */
#include <criterion/criterion.h>

#include "tests/effort.h"
#include "tests/frames.h"
#include "tests/payload.h"

/* A segment being written; what opens is closed with its length. */
typedef struct {
    u8 bytes[4000];
    u32 len;
} Segment;

static void put(Segment *s, u32 width, u64 value)
{
    for (u32 i = width; i > 0; i--) s->bytes[s->len++] = (u8)(value >> (8 * (i - 1)));
}

static void put_bytes(Segment *s, const void *bytes, u32 len)
{
    memcpy(s->bytes + s->len, bytes, len);
    s->len += len;
}

/* Room for a length of `width` bytes; close() fills it in. */
static u32 open_length(Segment *s, u32 width)
{
    put(s, width, 0);
    return s->len;
}

static void close_length(Segment *s, u32 width, u32 at)
{
    u32 end = s->len, length = end - at;
    s->len = at - width;
    put(s, width, length);
    s->len = end;
}

static u32 open_record(Segment *s, u8 type, u16 version)
{
    put(s, 1, type);
    put(s, 2, version);
    return open_length(s, 2);
}

static void put_record(Segment *s, u8 type, const void *body, u32 len)
{
    u32 record = open_record(s, type, 0x0303);
    put_bytes(s, body, len);
    close_length(s, 2, record);
}

static u32 open_message(Segment *s, u8 type)
{
    put(s, 1, type);
    return open_length(s, 3);
}

static u32 open_extension(Segment *s, u16 type)
{
    put(s, 2, type);
    return open_length(s, 2);
}

static void put_random(Segment *s)
{
    for (u32 i = 0; i < 32; i++) put(s, 1, 0xa0 + i);
}

static void put_client_hello(Segment *s)
{
    u32 message = open_message(s, 1), extensions, extension, list;
    put(s, 2, 0x0303);
    put_random(s);
    put(s, 1, 4), put(s, 4, 0xdeadbeef);
    put(s, 2, 6), put(s, 6, 0x1301c02f00ff);
    put(s, 1, 2), put(s, 2, 0x0100);
    extensions = open_length(s, 2);
    extension = open_extension(s, 0), list = open_length(s, 2);
    put(s, 1, 0), put(s, 2, 16), put_bytes(s, "WWW.Example.com.", 16);
    close_length(s, 2, list), close_length(s, 2, extension);
    extension = open_extension(s, 23);
    close_length(s, 2, extension);
    extension = open_extension(s, 16), list = open_length(s, 2);
    put(s, 1, 2), put_bytes(s, "h2", 2), put(s, 1, 8), put_bytes(s, "http/1.1", 8);
    close_length(s, 2, list), close_length(s, 2, extension);
    extension = open_extension(s, 43);
    put(s, 1, 4), put(s, 4, 0x03040303);
    close_length(s, 2, extension);
    extension = open_extension(s, 10), list = open_length(s, 2);
    put(s, 4, 0x001d0017);
    close_length(s, 2, list), close_length(s, 2, extension);
    close_length(s, 2, extensions);
    close_length(s, 3, message);
}

static void put_server_hello(Segment *s, u16 suite)
{
    u32 message = open_message(s, 2), extensions, extension;
    put(s, 2, 0x0303);
    put_random(s);
    put(s, 1, 0);
    put(s, 2, suite);
    put(s, 1, 0);
    extensions = open_length(s, 2);
    extension = open_extension(s, 43);
    put(s, 2, 0x0304);
    close_length(s, 2, extension);
    extension = open_extension(s, 16);
    put(s, 2, 3), put(s, 1, 2), put_bytes(s, "h2", 2);
    close_length(s, 2, extension);
    close_length(s, 2, extensions);
    close_length(s, 3, message);
}

/* One ClientHello in a record. */
static Segment client(void)
{
    Segment s = {.len = 0};
    u32 record = open_record(&s, 22, 0x0301);
    put_client_hello(&s);
    close_length(&s, 2, record);
    return s;
}

/* ServerHello, Certificate and ServerHelloDone in a record, a ChangeCipherSpec, a handshake record that is encrypted. */
static Segment server(void)
{
    static const u8 encrypted[40] = {0, 0, 0, 0, 0, 0, 0, 0, 0x9c};
    Segment s = {.len = 0};
    u32 record = open_record(&s, 22, 0x0303), message;
    put_server_hello(&s, 0xc02f);
    message = open_message(&s, 11);
    put_bytes(&s, "chain of certificates", 21);
    close_length(&s, 3, message);
    message = open_message(&s, 14);
    close_length(&s, 3, message);
    close_length(&s, 2, record);
    put_record(&s, 20, "\1", 1);
    put_record(&s, 22, encrypted, sizeof encrypted);
    return s;
}

static void has(FieldId field, const Segment *s, const char *want) { has_values(field, s->bytes, s->len, want); }

static bool matches(const char *filter, const Segment *s)
{
    return payload_matches(filter, &(Payload){.port = 4433, .bytes = s->bytes, .sent = s->len, .captured = s->len});
}

/* -- what is TLS --------------------------------------------------------------------------------------------------------- */

static bool is_tls(const char *bytes, u32 len)
{
    return payload_matches("TLS", &(Payload){.port = 9999, .bytes = bytes, .sent = len, .captured = len});
}

Test(proto_tls, a_record_header_that_makes_sense)
{
    cr_assert(is_tls("\x16\3\1\0\1\0", 6));
    cr_assert(is_tls("\x14\3\0\0\1\0", 6));
    cr_assert(is_tls("\x18\3\4\0\1\0", 6));
    cr_assert(is_tls("\x17\3\3\x48\0", 5)); /* 18,432 bytes in segments to come */
    cr_assert(is_tls("\x17\3\3\0\0", 5));
    cr_assert_not(is_tls("\x16\3\3\0\0", 5));
    cr_assert_not(is_tls("\x17\3\3\x48\1", 5));
    cr_assert_not(is_tls("\x13\3\3\0\1\0", 6));
    cr_assert_not(is_tls("\x19\3\3\0\1\0", 6));
    cr_assert_not(is_tls("\x16\2\3\0\1\0", 6));
    cr_assert_not(is_tls("\x16\3\5\0\1\0", 6));
    cr_assert_not(is_tls("\x16\3\3\0", 4));
    cr_assert_not(is_tls("rest of a record", 16));
}

Test(proto_tls, a_payload_that_was_cut_may_have_been_tls)
{
    Segment s = client();
    for (u32 captured = 0; captured < 40; captured++) {
        Payload p = {.port = 443, .bytes = s.bytes, .sent = s.len, .captured = captured};
        cr_assert_eq(payload_matches("TLS", &p), captured >= 5, "%u", captured);
        cr_assert_eq(payload_is_cut("TLS", &p), captured < 5, "%u", captured);
        cr_assert_not(payload_matches("HTTP", &p));
        cr_assert_eq(payload_is_cut("HTTP", &p), captured == 0, "%u", captured);
    }
}

Test(proto_tls, by_all_its_names)
{
    Segment s = client();
    cr_assert(matches("TLS AND SSL AND Protocol.TLS AND .Protocol.SSL", &s));
    cr_assert(matches("TLS.TlsRecLayer.TlsRecordLayer.SSLHandshake.HandShake.ClientHello", &s));
    cr_assert(matches("SSL.TlsRecLayer AND TlsRecordLayer AND SSLHandshake AND HandShake AND ClientHello", &s));
    cr_assert(matches("Frame.Ethernet.IPv4.TCP.TLS.ClientHello.Version == 0x0303", &s));
    cr_assert(
        matches("TLS.TlsRecordLayer.Version == 0x0301 AND SSLHandshake.HandShake.ClientHello.Version == 771", &s));
    cr_assert(matches("tls.clienthello.clienthelloextension.servername == 'www.example.com'", &s));
    cr_assert_not(matches("ServerHello OR Alert OR ChangeCipherSpec OR SSLApplicationData OR Cert", &s));
}

/* -- records ------------------------------------------------------------------------------------------------------------- */

Test(proto_tls, records)
{
    Segment s = server();
    has(FIELD_TLS_CONTENT_TYPE, &s, "22|20|22");
    has(FIELD_TLS_VERSION, &s, "771|771|771");
    has(FIELD_TLS_LENGTH, &s, "88|1|40");
    has(FIELD_TLS_CHANGE_CIPHER_SPEC, &s, "01");
    put_record(&s, 21, "\2\x28", 2);
    put_record(&s, 21, "encrypted alert", 15);
    put_record(&s, 23, "application data", 16);
    put_record(&s, 23, "", 0);
    put_record(&s, 24, "beat", 4);
    has(FIELD_TLS_CONTENT_TYPE, &s, "22|20|22|21|21|23|23|24");
    has(FIELD_TLS_ALERT, &s, "0228|656e6372797074656420616c657274");
    has(FIELD_TLS_ALERT_LEVEL, &s, "2");
    has(FIELD_TLS_ALERT_DESCRIPTION, &s, "40");
    has(FIELD_TLS_APPLICATION_DATA, &s, "6170706c69636174696f6e2064617461");
    cr_assert(matches("TlsRecordLayer.ContentType == 24 AND TlsRecordLayer.ContentType != 25", &s));
    cr_assert_not(matches("TlsRecordLayer.ContentType != 24", &s));
    put(&s, 5, 0x1703090001); /* no version of a record */
    put_record(&s, 23, "behind it", 9);
    has(FIELD_TLS_CONTENT_TYPE, &s, "22|20|22|21|21|23|23|24");
}

Test(proto_tls, the_last_record_goes_as_far_as_the_segment)
{
    Segment s = {.len = 0};
    put_record(&s, 23, "one", 3);
    put(&s, 5, 0x1703030400);
    put_bytes(&s, "two", 3);
    has(FIELD_TLS_APPLICATION_DATA, &s, "6f6e65|74776f");
    has(FIELD_TLS_LENGTH, &s, "3|1024");
    s.len -= 3; /* nothing of it but its header */
    has(FIELD_TLS_APPLICATION_DATA, &s, "6f6e65");
    has(FIELD_TLS_LENGTH, &s, "3|1024");
    s.len--; /* not even that */
    has(FIELD_TLS_LENGTH, &s, "3");
}

/* -- handshake messages -------------------------------------------------------------------------------------------------- */

Test(proto_tls, messages)
{
    Segment s = server();
    has(FIELD_TLS_HANDSHAKE_TYPE, &s, "2|11|14");
    has(FIELD_TLS_HANDSHAKE_LENGTH, &s, "55|21|0");
    has(FIELD_TLS_CERTIFICATE, &s, "636861696e206f6620636572746966696361746573");
    cr_assert(matches("TLS.Cert.Contains('certificates')", &s));
    cr_assert(matches("SSLHandshake AND ServerHello AND NOT ClientHello", &s));
}

static void message_types(const char *body, u32 len, bool behind_change, const char *want)
{
    Segment s = {.len = 0};
    if (behind_change) put_record(&s, 20, "\1", 1);
    put_record(&s, 22, body, len);
    has(FIELD_TLS_HANDSHAKE_TYPE, &s, want);
    has(FIELD_TLS_CONTENT_TYPE, &s, behind_change ? "20|22" : "22");
}

Test(proto_tls, an_encrypted_record_has_no_messages)
{
    message_types("\x0b\0\0\2ab\x0e\0\0\0", 10, false, "11|14");
    message_types("\x0b\0\0\2ab\x63\0\0\0", 10, false, "");  /* no such type */
    message_types("\x0b\0\0\1ab\x0e\0\0\0", 10, false, "");  /* what follows is none */
    message_types("\x0b\0\0\2ab\x0e\0\0\1x", 11, false, ""); /* a ServerHelloDone has nothing in it */
    message_types("\x0b\0\0\2ab\x0e\0\0", 9, false, "11");   /* a header that goes on in the next record */
    message_types("\x0b\0\0\x20"
                  "ab",
                  6, false, "11"); /* a message that does */
    message_types("\x0b\x7f\xff\xff"
                  "ab",
                  6, false, "");                     /* a length that no message has */
    message_types("\0\0\0\0", 4, false, "0");        /* HelloRequest */
    message_types("\0\0\0\0\0\0\0\0", 8, false, ""); /* the start of a counter */
    message_types("\x10\0\0\2ab", 6, false, "16");
    message_types("\x10\0\0\2ab", 6, true, ""); /* behind a ChangeCipherSpec */
    message_types("\1\0\0\2ab", 6, true, "1");  /* but for a second ClientHello, TLS 1.3 */
    message_types("ab", 2, false, "");
}

/* -- hellos -------------------------------------------------------------------------------------------------------------- */

Test(proto_tls, client_hello)
{
    Segment s = client();
    has(FIELD_TLS_CLIENT_VERSION, &s, "771");
    has(FIELD_TLS_CLIENT_RANDOM, &s, "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf");
    has(FIELD_TLS_CLIENT_SESSION, &s, "deadbeef");
    has(FIELD_TLS_CLIENT_SUITE, &s, "4865|49199|255");
    has(FIELD_TLS_CLIENT_COMPRESSION, &s, "1|0");
    has(FIELD_TLS_CLIENT_EXTENSION_TYPE, &s, "0|23|16|43|10");
    has(FIELD_TLS_SERVER_NAME, &s, "www.example.com");
    has(FIELD_TLS_CLIENT_PROTOCOL, &s, "h2|http/1.1");
    has(FIELD_TLS_CLIENT_SUPPORTED, &s, "772|771");
    has(FIELD_TLS_CLIENT_GROUP, &s, "29|23");
    has(FIELD_TLS_SERVER_VERSION, &s, "");
    has(FIELD_TLS_SERVER_SUITE, &s, "");
    cr_assert(matches("ClientHelloExtension.ServerName == 'WWW.EXAMPLE.COM.'", &s));
    cr_assert(matches("ClientHello.TLSCipherSuites IN {0xc000..0xcfff} AND ClientHello.TLSCipherSuites != 1", &s));
    cr_assert_not(matches("ClientHello.TLSCipherSuites != 0x1301", &s));
}

Test(proto_tls, server_hello)
{
    Segment s = server();
    has(FIELD_TLS_SERVER_VERSION, &s, "771");
    has(FIELD_TLS_SERVER_RANDOM, &s, "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf");
    has(FIELD_TLS_SERVER_SESSION, &s, ""); /* there, and empty */
    cr_assert(matches("ServerHello.SessionID AND ServerHello.SessionID == ''", &s));
    has(FIELD_TLS_SERVER_SUITE, &s, "49199");
    has(FIELD_TLS_SERVER_COMPRESSION, &s, "0");
    has(FIELD_TLS_SERVER_EXTENSION_TYPE, &s, "43|16");
    has(FIELD_TLS_SERVER_EXTENSION, &s, "002b00020304|001000050003026832");
    has(FIELD_TLS_SERVER_SELECTED, &s, "772");
    has(FIELD_TLS_SERVER_PROTOCOL, &s, "h2");
    has(FIELD_TLS_SERVER_NAME, &s, "");
}

Test(proto_tls, several_hellos_in_a_segment)
{
    Segment s = client(), more = client();
    put_bytes(&s, more.bytes, more.len);
    has(FIELD_TLS_SERVER_NAME, &s, "www.example.com|www.example.com");
    has(FIELD_TLS_CLIENT_SUITE, &s, "4865|49199|255|4865|49199|255");
}

/* Where in the ClientHello of client() its lengths stand. */
enum {
    SESSION_AT = 5 + 4 + 34,
    SUITES_AT = SESSION_AT + 5,
    COMPRESSIONS_AT = SUITES_AT + 8,
    EXTENSIONS_AT = COMPRESSIONS_AT + 3
};
enum { NAME_EXTENSION_AT = EXTENSIONS_AT + 2 };

Test(proto_tls, lengths_that_lie_lead_to_the_end_of_what_is_around_them)
{
    Segment s = client();
    s.bytes[SESSION_AT] = 255;
    has(FIELD_TLS_CLIENT_SUITE, &s, "");
    has(FIELD_TLS_SERVER_NAME, &s, "");
    has(FIELD_TLS_CLIENT_VERSION, &s, "771");

    s = client();
    s.bytes[SUITES_AT] = 255;
    has(FIELD_TLS_CLIENT_COMPRESSION, &s, "");
    cr_assert(matches("ClientHello.TLSCipherSuites == 0x1301", &s));

    s = client();
    s.bytes[EXTENSIONS_AT] = 255;
    has(FIELD_TLS_SERVER_NAME, &s, "www.example.com");
    has(FIELD_TLS_CLIENT_EXTENSION_TYPE, &s, "0|23|16|43|10");
    s.bytes[EXTENSIONS_AT] = 0;
    s.bytes[EXTENSIONS_AT + 1] = 26; /* one extension, and a byte of the next */
    has(FIELD_TLS_CLIENT_EXTENSION_TYPE, &s, "0");
    has(FIELD_TLS_CLIENT_PROTOCOL, &s, "");

    s = client();
    s.bytes[NAME_EXTENSION_AT + 2] = 255; /* the first extension is all the rest */
    has(FIELD_TLS_CLIENT_EXTENSION_TYPE, &s, "0");
    has(FIELD_TLS_SERVER_NAME, &s, "www.example.com");
    s.bytes[NAME_EXTENSION_AT + 2] = 0;
    s.bytes[NAME_EXTENSION_AT + 7] = 255; /* a name longer than its list */
    has(FIELD_TLS_SERVER_NAME, &s, "www.example.com");
    s.bytes[NAME_EXTENSION_AT + 6] = 1; /* no host's name */
    has(FIELD_TLS_SERVER_NAME, &s, "");

    s = client();
    s.bytes[SUITES_AT + 1] = 5; /* half a suite */
    has(FIELD_TLS_CLIENT_SUITE, &s, "4865|49199");
}

Test(proto_tls, a_hello_ends_with_its_message_and_its_record)
{
    Segment s = client();
    s.bytes[4] = SESSION_AT - 5 - 2; /* the record ends inside the random bytes */
    has(FIELD_TLS_CLIENT_VERSION, &s, "771");
    has(FIELD_TLS_CLIENT_RANDOM, &s, "");
    has(FIELD_TLS_CLIENT_SESSION, &s, "");
    s = client();
    s.bytes[4] = SUITES_AT - 5 + 4; /* inside the suites; the message goes on in another record */
    has(FIELD_TLS_CLIENT_SUITE, &s, "4865");
    has(FIELD_TLS_SERVER_NAME, &s, "");
}

/* -- summaries, cuts ----------------------------------------------------------------------------------------------------- */

Test(proto_tls, descriptions_are_netmon_s)
{
    Segment s = {.len = 0};
    put_record(&s, 23, "x", 1);
    cr_assert(matches(".Protocol.TLS AND Description == \"TLS:TLS Rec Layer-1 SSL Application Data\"", &s));
    s = client();
    cr_assert(matches("Description == 'TLS:TLS Rec Layer-1 HandShake: Client Hello.'", &s));
    s = server();
    cr_assert(matches("Description == 'TLS:TLS Rec Layer-1 HandShake: Server Hello. Certificate. Server Hello Done.; "
                      "TLS Rec Layer-2 Cipher Change Spec; TLS Rec Layer-3 HandShake: Encrypted Handshake Message.'",
                      &s));
    s = (Segment){.len = 0};
    put_record(&s, 21, "\2\x28", 2);
    put_record(&s, 21, "abc", 3);
    put_record(&s, 24, "abc", 3);
    cr_assert(matches("Description == 'TLS:TLS Rec Layer-1 Alert; TLS Rec Layer-2 Encrypted Alert; TLS Rec Layer-3 "
                      "Heartbeat'",
                      &s));
    s = (Segment){.len = 0};
    for (u32 i = 0; i < 200; i++) put_record(&s, 23, "x", 1); /* as many as there is room for */
    cr_assert(matches("Description MATCHES 'Data; TLS Rec Layer-7 SSL Application Data'", &s));
}

Test(proto_tls, cut_anywhere)
{
    Segment one = client(), two = server();
    put_record(&two, 21, "\1\0", 2);
    put_record(&two, 23, "application data", 16);
    cut_at_every_byte(PROTO_TLS, one.bytes, one.len, 5);
    cut_at_every_byte(PROTO_TLS, two.bytes, two.len, 5);
    put_bytes(&two, one.bytes, one.len);
    cut_at_every_byte(PROTO_TLS, two.bytes, two.len, 5);
}

/* Any byte may be anything: nothing is read outside, everything ends. */
Test(proto_tls, damaged_anywhere)
{
    for (u64 seed = 0; seed < EFFORT(400); seed++) {
        Random r = {seed * 77 + 1};
        Segment s = random_once_in(&r, 2) ? client() : server();
        for (u32 n = 1 + random_below(&r, 4); n > 0; n--)
            s.bytes[5 + random_below(&r, s.len - 5)] = (u8)(random_once_in(&r, 2) ? 255 : random_next(&r));
        for (u32 f = 0; f < FIELD_COUNT; f++)
            if (field_info[f].proto == PROTO_TLS && field_info[f].kind == FIELD_IS_CALC)
                values_of((FieldId)f, s.bytes, 5 + random_below(&r, s.len - 4), s.len);
    }
}
