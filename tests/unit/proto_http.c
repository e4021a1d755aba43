/* proto_http.c - HTTP within a frame: the rules of vm/protocols/http.c, one by one. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/payload.h"

#define HAS(text, field, want)       has_values(FIELD_HTTP_##field, text, sizeof(text) - 1, want)
#define MATCHES(text, filter)        cr_assert(payload_matches(filter, TCP_TEXT(8888, text)), "%s", filter)
#define DOES_NOT_MATCH(text, filter) cr_assert_not(payload_matches(filter, TCP_TEXT(8888, text)), "%s", filter)

/* -- what is HTTP ------------------------------------------------------------------------------------------------------- */

Test(proto_http, a_method_and_a_blank_or_a_version)
{
    MATCHES("GET / HTTP/1.1\r\n\r\n", "HTTP AND HTTP.Request AND NOT HTTP.Response");
    MATCHES("HTTP/1.1 200 OK\r\n\r\n", "HTTP AND HTTP.Response AND NOT HTTP.Request");
    MATCHES("HTTP/1.", "HTTP.Response");
    MATCHES("RPC_IN_DATA /rpc/rpcproxy.dll?exchange:6001 HTTP/1.1\r\n", "HTTP.Request.Command == 'RPC_IN_DATA'");
    MATCHES("M-SEARCH * HTTP/1.1\r\n", "HTTP.Request.URI == '*'");
    MATCHES("UPDATEREDIRECTREF / HTTP/1.1\n", "HTTP");
    MATCHES("UPDATE / HTTP/1.1\n", "HTTP.Request.Command == 'UPDATE'"); /* the beginning of the one before */
    DOES_NOT_MATCH("HTTP/2", "HTTP");
    DOES_NOT_MATCH("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP");
    DOES_NOT_MATCH("get / HTTP/1.1\r\n\r\n", "HTTP");
    DOES_NOT_MATCH("GETS / HTTP/1.1\r\n\r\n", "HTTP");
    DOES_NOT_MATCH("GET", "HTTP");
    DOES_NOT_MATCH("GET\r\n", "HTTP");
    DOES_NOT_MATCH(" GET / HTTP/1.1\r\n", "HTTP");
    DOES_NOT_MATCH("\r\nGET / HTTP/1.1\r\n", "HTTP");
    DOES_NOT_MATCH("body of an earlier message", "HTTP");
}

Test(proto_http, a_whole_request_line_says_so_at_its_end)
{
    DOES_NOT_MATCH("OPTIONS sip:a@b SIP/2.0\r\n\r\n", "HTTP");
    DOES_NOT_MATCH("OPTIONS rtsp://host/x RTSP/1.0\r\n\r\n", "HTTP");
    DOES_NOT_MATCH("POST something else\n", "HTTP");
    DOES_NOT_MATCH("SEARCH \n", "HTTP");
    DOES_NOT_MATCH("GET words\n", "HTTP");
    MATCHES("GET /old\r\n", "HTTP.Request.URI == '/old' AND NOT HTTP.Request.ProtocolVersion");
    MATCHES("GET /old \r\n", "HTTP.Request.URI == '/old'");
    MATCHES("OPTIONS sip:a@b SIP/2", "HTTP"); /* its end is in another segment */
}

Test(proto_http, on_any_port_and_behind_options_and_by_path)
{
    Payload get = *TCP_TEXT(53487, "GET / HTTP/1.1\r\n\r\n");
    cr_assert(payload_matches("HTTP.Request", &get));
    cr_assert(payload_matches("Frame.Ethernet.IPv4.TCP.HTTP.Request.Command == 'GET'", &get));
    cr_assert(payload_matches("Frame.Ethernet.IPv4.TCP", &get));
    cr_assert_not(payload_matches("Frame.Ethernet.IPv6.TCP.HTTP.Request.Command == 'GET'", &get));
    get.options = 40;
    cr_assert(payload_matches("HTTP.Request.Command == 'GET'", &get));
    get.udp = true;
    cr_assert_not(payload_matches("HTTP", &get));
}

Test(proto_http, a_payload_that_was_cut_may_have_been_http)
{
    static const char text[] = "GET / HTTP/1.1\r\n\r\n";
    for (u32 captured = 0; captured < sizeof text - 1; captured++) {
        Payload get = {.port = 80, .bytes = text, .sent = sizeof text - 1, .captured = captured};
        cr_assert_eq(payload_matches("HTTP", &get), captured >= 4, "%u", captured);
        cr_assert_eq(payload_is_cut("HTTP", &get), captured < 4, "%u", captured);
    }
    Payload other = {.port = 80, .bytes = "GEX / HTTP/1.1\r\n", .sent = 16, .captured = 3};
    cr_assert_not(payload_is_cut("HTTP", &other));
    other = (Payload){.port = 80, .bytes = "GET", .sent = 3, .captured = 2}; /* no room for more */
    cr_assert_not(payload_is_cut("HTTP", &other));
}

/* -- the first line ------------------------------------------------------------------------------------------------------ */

Test(proto_http, request_lines)
{
    static const char usual[] = "POST /a/b?c=d HTTP/1.1\r\n\r\n";
    HAS(usual, COMMAND, "POST");
    HAS(usual, URI, "/a/b?c=d");
    HAS(usual, REQUEST_VERSION, "HTTP/1.1");
    HAS(usual, STATUS, "");
    HAS(usual, RESPONSE_VERSION, "");
    HAS("GET  /a b \t c   HTTP/1.0  \n", URI, "/a b \t c");
    HAS("GET  /a b \t c   HTTP/1.0  \n", REQUEST_VERSION, "HTTP/1.0");
    HAS("GET HTTP/1.1\n", URI, "HTTP/1.1"); /* two words: there is no version */
    HAS("GET /half", URI, "/half");
    HAS("GET /half", REQUEST_VERSION, "");
    HAS("GET /half HTT", URI, "/half");
    HAS("GET /whole HTTP/1", REQUEST_VERSION, "HTTP/1");
    HAS("GET /a\rb HTTP/1.1\r\n", URI, "/a\rb"); /* a CR is no end of line */
}

Test(proto_http, status_lines)
{
    HAS("HTTP/1.1 404 Not Found\r\n\r\n", RESPONSE_VERSION, "HTTP/1.1");
    HAS("HTTP/1.1 404 Not Found\r\n\r\n", STATUS, "404");
    HAS("HTTP/1.1 404 Not Found\r\n\r\n", STATUS_NUMBER, "404");
    HAS("HTTP/1.1 404 Not Found\r\n\r\n", REASON, "Not Found");
    HAS("HTTP/1.1 404 Not Found\r\n\r\n", COMMAND, "");
    HAS("HTTP/1.0 200\n", REASON, "");
    HAS("HTTP/1.0 200 \r\n", STATUS, "200");
    HAS("HTTP/1.0\n", STATUS, "");
    HAS("HTTP/1.0 2xx What\n", STATUS, "2xx");
    HAS("HTTP/1.0 2xx What\n", STATUS_NUMBER, "");
    HAS("HTTP/1.0 99999999999999999999999 What\n", STATUS_NUMBER, "");
    HAS("HTTP/1.1\t500\t Server  Error \r\n", REASON, "Server  Error");
}

Test(proto_http, a_line_longer_than_the_segment_goes_as_far_as_that)
{
    static char text[9000] = "GET /";
    memset(text + 5, 'x', sizeof text - 5);
    Payload get = {.port = 80, .bytes = text, .sent = sizeof text, .captured = sizeof text};
    cr_assert(payload_matches("HTTP.Request.URI MATCHES '^/x{8995}$' AND NOT HTTP.Request.ProtocolVersion", &get));
}

/* -- header lines -------------------------------------------------------------------------------------------------------- */

Test(proto_http, lines_end_with_or_without_cr)
{
    HAS("GET / HTTP/1.1\r\nA: 1\r\nB: 2\r\n\r\n", LINES, "A: 1|B: 2");
    HAS("GET / HTTP/1.1\nA: 1\nB: 2\n\n", LINES, "A: 1|B: 2");
    HAS("GET / HTTP/1.1\nA: 1\r\nB: 2\n\r\n", LINES, "A: 1|B: 2");
    HAS("GET / HTTP/1.1\r\nA: 1\r\r\nB: 2\r\n\r\n", LINES, "A: 1\r|B: 2");
    HAS("GET / HTTP/1.1\r\nA: 1\r\nB: 2", LINES, "A: 1|B: 2"); /* the head goes on in the next segment */
    HAS("GET / HTTP/1.1\r\nA: 1\r\n", LINES, "A: 1");
    HAS("GET / HTTP/1.1\r\n", LINES, "");
    HAS("GET / HTTP/1.1", LINES, "");
    HAS("GET / HTTP/1.1\r\n\r\nA: 1\r\n\r\n", LINES, ""); /* that is not the head any more */
}

Test(proto_http, folded_lines_belong_to_the_line_before)
{
    HAS("GET / HTTP/1.1\r\nA: 1\r\n 2\r\n\t3\r\nB: 4\r\n\r\n", LINES, "A: 1\r\n 2\r\n\t3|B: 4");
    HAS("GET / HTTP/1.1\r\n A: 1\r\nB: 2\r\n\r\n", LINES, " A: 1|B: 2"); /* nothing to fold into */
    HAS("GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", HOST, "a\r\n b");
    HAS("GET / HTTP/1.1\r\nHost: a\r\n ", HOST, "a\r\n");
    HAS("GET / HTTP/1.1\r\n\r\n x\r\n", LINES, ""); /* the empty line folds nothing */
}

Test(proto_http, lines_by_name)
{
    static const char text[] = "GET / HTTP/1.1\r\nHOST:  www.example.com \r\nUser-Agent: Mozilla/5.0\r\nX_Y: z\r\n"
                               "Accept: a\r\nAccept: b\r\nno colon\r\n\r\n";
    HAS(text, HOST, "www.example.com");
    HAS(text, SERVER, "");
    MATCHES(text, "HTTP.Request.HeaderFields.Host == 'www.example.com'");
    MATCHES(text, "HTTP.HeaderFields.Host == 'www.example.com'");
    MATCHES(text, "Property.HttpHost == 'www.example.com' AND HttpHost.Contains('example')");
    MATCHES(text, "http.request.headerfields.useragent.Contains('Mozilla')");
    MATCHES(text, "HTTP.HeaderFields.User_Agent.Contains('Mozilla')");
    MATCHES(text, "HTTP.HeaderFields.XY == 'z'");
    MATCHES(text, "HTTP.HeaderFields.Accept == 'a' AND HTTP.HeaderFields.Accept == 'b'");
    MATCHES(text, "HTTP.HeaderFields.Accept != 'c'");
    DOES_NOT_MATCH(text, "HTTP.HeaderFields.Accept != 'a'"); /* one of them is */
    DOES_NOT_MATCH(text, "HTTP.HeaderFields.Cookie OR HTTP.HeaderFields.Cookie != 'a'");
    DOES_NOT_MATCH(text, "HTTP.Response.HeaderFields.Host");
    MATCHES(text, "NOT HTTP.HeaderFields.Cookie");
    MATCHES("HTTP/1.1 200 OK\r\nServer: Apache\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n",
            "HttpServer == 'Apache' AND HttpContentType == 'text/html' AND HttpContentEncoding == 'gzip' AND "
            "HTTP.Response.HeaderFields.Server == 'Apache' AND NOT HttpHost");
}

/* The rows that stand for a name must find what Name.key finds. */
Test(proto_http, rows_of_one_name_find_what_the_name_finds)
{
    static const char *const texts[] = {
        "GET / HTTP/1.1\r\nHost: a\r\nh-o_st:b\r\nHost\r\n: Host\r\n Host: c\r\nHostess: d\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Type:\r\ncontent-type: x\r\nServer: s\r\n t\r\nCONTENT-ENCODING\t: y\r\n\r\n",
    };
    for (u32 i = 0; i < COUNT_OF(texts); i++) {
        Payload payload = {.port = 80, .bytes = texts[i], .sent = (u32)strlen(texts[i])};
        payload.captured = payload.sent;
        static const char *const values[] = {"", "a", "b", "c", "d", "x", "y", "s", "s\\r\\n t"};
        static const char *const names[][2] = {
            {"HTTP.Request.HeaderFields.Host", "HTTP.Request.HeaderFields.H_ost"},
            {"HTTP.Response.HeaderFields.Server", "HTTP.Response.HeaderFields.S_erver"},
            {"HTTP.HeaderFields.ContentType", "HTTP.HeaderFields.Content_Type"},
            {"HTTP.HeaderFields.ContentEncoding", "HTTP.HeaderFields.Content_Encoding"},
        };
        for (u32 n = 0; n < COUNT_OF(names); n++)
            for (u32 v = 0; v < COUNT_OF(values); v++) {
                char one[200], two[200];
                snprintf(one, sizeof one, "%s == '%s'", names[n][0], values[v]);
                snprintf(two, sizeof two, "%s == '%s'", names[n][1], values[v]);
                cr_assert_eq(payload_matches(one, &payload), payload_matches(two, &payload), "%s", one);
            }
    }
}

/* -- bodies -------------------------------------------------------------------------------------------------------------- */

Test(proto_http, bodies)
{
    HAS("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody", PAYLOAD, "626f6479");
    HAS("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbodyrest", PAYLOAD, "626f6479");
    HAS("HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\nbody", PAYLOAD, "626f6479");
    HAS("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nbody", PAYLOAD, "");
    HAS("HTTP/1.1 200 OK\r\n\r\nbody", PAYLOAD, "626f6479");
    HAS("HTTP/1.1 200 OK\r\n\r\n", PAYLOAD, "");
    HAS("HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\nbody", PAYLOAD, "");
    HAS("HTTP/1.1 204 No Content\r\n\r\nbody", PAYLOAD, "");
    HAS("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n", PAYLOAD, ""); /* the head has no end */
    HAS("GET / HTTP/1.1\r\n\r\nbody", PAYLOAD, "");
    HAS("POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody", PAYLOAD, "626f6479");
    HAS("HTTP/1.1 200 OK\r\nContent-Length: 4x\r\n\r\nbodyrest", PAYLOAD, "626f647972657374");
    HAS("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nbody", PAYLOAD, "626f6479");
    HAS("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nbody", PAYLOAD, "626f6479");
    HAS("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nbody", PAYLOAD, "626f");
    HAS("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nbody", PAYLOAD, "626f6479");
    HAS("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nbody", PAYLOAD,
        "626f6479");
    HAS("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n1\r\na\r\n0\r\n\r\nz", PAYLOAD,
        "310d0a610d0a300d0a0d0a");
}

Test(proto_http, transfer_types)
{
    HAS("HTTP/1.1 200 OK\r\n\r\n", TRANSFER_TYPE, "0");
    HAS("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\nContent-Length: 1\r\n\r\n", TRANSFER_TYPE, "1");
    HAS("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", TRANSFER_TYPE, "1");
    HAS("HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 1\r\n\r\n", TRANSFER_TYPE, "2");
    HAS("HTTP/1.1 304 Not Modified\r\nContent-Length: 1\r\n\r\n", TRANSFER_TYPE, "3");
    HAS("GET / HTTP/1.1\r\n\r\n", TRANSFER_TYPE, "3");
    HAS("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n", TRANSFER_TYPE, "");
    MATCHES("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n", "Property.HttpTransferType == 2");
}

/* -- several messages in one segment ------------------------------------------------------------------------------------- */

Test(proto_http, requests_one_behind_the_other)
{
    static const char text[] = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"
                               "\r\nGET /3 HTTP/1.1\nHost: c\n\nHTTP/1.1 200 OK\r\n\r\nGET /4 HTTP/1.1\r\n";
    HAS(text, URI, "/1|/2|/3");
    HAS(text, COMMAND, "GET|POST|GET");
    HAS(text, HOST, "a|c");
    HAS(text, STATUS, "200");
    HAS(text, LINES, "Host: a|Content-Length: 3|Host: c");
    HAS(text, TRANSFER_TYPE, "3|2|3|0");
    MATCHES(text, "HTTP.Request.URI == '/3' AND HTTP.Request AND HTTP.Response");
    DOES_NOT_MATCH(text, "HTTP.Request.URI != '/3'");
    MATCHES(text, "HTTP.Request.URI != '/4'"); /* that is in the body of the response */
}

Test(proto_http, responses_one_behind_the_other)
{
    static const char text[] =
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        "4;a=b\r\nGET \r\nA\r\n0123456789\r\n000\r\nTrailer: x\r\n\r\nHTTP/1.1 304 Not Modified\r\nETag: y\r\n\r\n"
        "HTTP/1.1 206 Partial Content\r\nContent-Length: 10\r\n\r\n01";
    HAS(text, STATUS, "100|200|304|206");
    HAS(text, STATUS_NUMBER, "100|200|304|206");
    HAS(text, REASON, "Continue|OK|Not Modified|Partial Content");
    HAS(text, COMMAND, "");
    HAS(text, SUMMARY,
        "Response, HTTP/1.1, Status Code = 100, Continue|Response, HTTP/1.1, Status Code = 200, OK|"
        "Response, HTTP/1.1, Status Code = 304, Not Modified|Response, HTTP/1.1, Status Code = 206, Partial Content");
    MATCHES(text, "http.Response.StatusCode.StringToNumber > 300");
    MATCHES(text, "Property.HttpStatusCode == 304 AND HttpStatusCode IN {206}");
    DOES_NOT_MATCH(text, "http.Response.StatusCode.StringToNumber >= 400");
}

Test(proto_http, chunks_that_are_none_end_the_messages)
{
#define CHUNKED "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
#define NEXT    "HTTP/1.1 404 Not Found\r\n\r\n"
    HAS(CHUNKED "0\r\n\r\n" NEXT, STATUS, "200|404");
    HAS(CHUNKED "0\n\n" NEXT, STATUS, "200|404");
    HAS(CHUNKED "\r\n" NEXT, STATUS, "200");
    HAS(CHUNKED "x\r\n" NEXT, STATUS, "200");
    HAS(CHUNKED "2\r\nabc\r\n0\r\n\r\n" NEXT, STATUS, "200"); /* the chunk is longer than it says */
    HAS(CHUNKED "fffffffffffffffff\r\n" NEXT, STATUS, "200");
    HAS(CHUNKED "ffffffffffff\r\n" NEXT, STATUS, "200");
    HAS(CHUNKED "1\r\na\r\n", STATUS, "200");
    HAS(CHUNKED "0", STATUS, "200");
    HAS(CHUNKED "0\r\n", STATUS, "200");
    HAS(CHUNKED "0\r\nTrailer: x", STATUS, "200");
    HAS(CHUNKED "0\r\n\r\n" CHUNKED "1\r\na\r\n0\r\n\r\n" NEXT, STATUS, "200|200|404");
}

Test(proto_http, what_is_no_message_ends_the_list)
{
    HAS("GET /1 HTTP/1.1\r\n\r\nGET /2 SIP/2.0\r\n\r\nGET /3 HTTP/1.1\r\n\r\n", URI, "/1");
    HAS("GET /1 HTTP/1.1\r\n\r\n GET /2 HTTP/1.1\r\n\r\n", URI, "/1");
    HAS("GET /1\r\nGET /2\r\n", URI, "/1|/2"); /* HTTP/0.9 has no header lines */
    HAS("GET /1\r\nHost: a\r\n\r\n", HOST, "");
    HAS("GET /1\r\nGET /2 HTTP/1.1\r\nHost: b\r\n\r\n", HOST, "b");
    HAS("GET /1 HTTP/1.1\r\nGET /2 HTTP/1.1\r\n\r\n", URI, "/1");
}

Test(proto_http, structures_are_heads)
{
    HAS("GET /1 HTTP/1.1\n\nrest", REQUEST, "474554202f3120485454502f312e310a0a");
    HAS("GET /\nGET /\n", REQUEST, "474554202f0a|474554202f0a");
    HAS("HTTP/1.1", RESPONSE, "485454502f312e31");
}

Test(proto_http, thousands_of_messages_are_read_in_linear_time)
{
    static char text[60000];
    for (u32 i = 0; i + 6 <= sizeof text; i += 6) memcpy(text + i, "GET /\n", 6);
    Payload many = {.port = 80, .bytes = text, .sent = sizeof text, .captured = sizeof text};
    cr_assert_not(payload_matches("HTTP.Request.URI == '/x'", &many));
    cr_assert_not(payload_matches("HTTP.HeaderFields.Host == '/x' OR HTTP.Request.HeaderFields.Contains('x')", &many));
}

/* -- summaries, cuts ----------------------------------------------------------------------------------------------------- */

Test(proto_http, summaries)
{
    MATCHES("GET /a HTTP/1.1\r\n\r\n", "Property.HttpSummary == 'Request, GET /a'");
    MATCHES("HTTP/1.0 404 Not Found\r\n\r\n", "HttpSummary == 'Response, HTTP/1.0, Status Code = 404, Not Found'");
    MATCHES("HTTP/1.0 404\r\n\r\n", "HttpSummary == 'Response, HTTP/1.0, Status Code = 404'");
    MATCHES("GET /a HTTP/1.1\r\n\r\n", "Property.HttpUriLocation == '/a'");
}

Test(proto_http, cut_anywhere)
{
#define CUT(text) cut_at_every_byte(PROTO_HTTP, text, sizeof(text) - 1, 7)
    CUT("GET /1 HTTP/1.1\r\nHost: a\r\n b\r\n\r\nPOST /2 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET /3\r\nrest");
    CUT("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nServer: x\r\n\r\n"
        "4\r\nGET \r\n0\r\nTrailer: x\r\n\r\nHTTP/1.1 304 Not Modified\r\nContent-Type: y\r\n\r\nrest");
    CUT("HTTP/1.0 200 OK\nContent-Length: 12x\nContent-Encoding: gzip\n\nthis is the body");
}
