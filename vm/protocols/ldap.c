/* ldap.c - LDAP, RFC 4511: LDAPMessage ::= SEQUENCE { messageID INTEGER, protocolOp [APPLICATION n] ..., controls }. */
#include "vm/protocols/der.h"
#include "vm/protocols/describe.h"

#include <stdio.h>

enum { BIND_REQUEST = 0, BIND_RESPONSE = 1, SEARCH_REQUEST = 3, SEARCH_ENTRY = 4, SEARCH_DONE = 5 };

/* A message taken apart. */
typedef struct {
    u32 start, end; /* all of it */
    Der id, operation;
    u8 number; /* of the operation: its [APPLICATION n] */
} Message;

/* The next message of the segment; the function's place is behind it.  A SEQUENCE without an INTEGER first ends the list. */
static bool next_message(const CalcFrame *frame, Message *message, CalcValue *value)
{
    Der around = der_all(), parts;
    u8 tag;
    around.at = message->start = value->state->at;
    if (!der_expect(frame, &around, DER_SEQUENCE, &parts, value)) return false;
    message->end = value->state->at = around.at;
    if (!der_expect(frame, &parts, DER_INTEGER, &message->id, value)) return false;
    if (!der_next(frame, &parts, &tag, &message->operation, value)) return false;
    message->number = tag & 0x1f;
    return tag >> 6 == 1; /* APPLICATION; some operations are no SEQUENCE, and primitive */
}

bool ldap_message(const CalcFrame *frame, CalcValue *value)
{
    Message message;
    return next_message(frame, &message, value) && der_bytes(frame, (Der){message.start, message.end}, value);
}

bool ldap_message_id(const CalcFrame *frame, CalcValue *value)
{
    Message message;
    return next_message(frame, &message, value) && der_number(frame, message.id, value);
}

bool ldap_operation(const CalcFrame *frame, CalcValue *value)
{
    Message message;
    if (!next_message(frame, &message, value)) return false;
    value->number = message.number;
    return true;
}

/* -- parts of an operation ------------------------------------------------------------------------------------------------ */

/* Rule: a message whose operation is not what its number promises has none of its parts; those behind it count. */

/* The next operation of this kind. */
static bool next_operation(const CalcFrame *frame, u8 number, Der *operation, CalcValue *value)
{
    Message message;
    do
        if (!next_message(frame, &message, value)) return false;
    while (message.number != number);
    *operation = message.operation;
    return true;
}

static bool operation_bytes(const CalcFrame *frame, u8 number, CalcValue *value)
{
    Der operation;
    return next_operation(frame, number, &operation, value) && der_bytes(frame, operation, value);
}

bool ldap_search(const CalcFrame *frame, CalcValue *value) { return operation_bytes(frame, SEARCH_REQUEST, value); }
bool ldap_bind(const CalcFrame *frame, CalcValue *value) { return operation_bytes(frame, BIND_REQUEST, value); }
bool ldap_entry(const CalcFrame *frame, CalcValue *value) { return operation_bytes(frame, SEARCH_ENTRY, value); }

static bool octets(const CalcFrame *frame, Der *around, CalcValue *value)
{
    Der content;
    return der_expect(frame, around, DER_OCTETS, &content, value) && der_bytes(frame, content, value);
}

bool ldap_search_base(const CalcFrame *frame, CalcValue *value)
{
    Der operation;
    while (next_operation(frame, SEARCH_REQUEST, &operation, value))
        if (octets(frame, &operation, value)) return true;
    return false;
}

bool ldap_entry_name(const CalcFrame *frame, CalcValue *value)
{
    Der operation;
    while (next_operation(frame, SEARCH_ENTRY, &operation, value))
        if (octets(frame, &operation, value)) return true;
    return false;
}

/* BindRequest ::= SEQUENCE { version INTEGER, name LDAPDN, ... } */
bool ldap_bind_name(const CalcFrame *frame, CalcValue *value)
{
    Der operation, version;
    while (next_operation(frame, BIND_REQUEST, &operation, value))
        if (der_expect(frame, &operation, DER_INTEGER, &version, value) && octets(frame, &operation, value))
            return true;
    return false;
}

/* -- LDAPResult ::= SEQUENCE { resultCode ENUMERATED, matchedDN, diagnosticMessage, ... } --------------------------------- */

static bool ends_in_result(u8 number)
{
    return number == BIND_RESPONSE || number == SEARCH_DONE || number == 24 ||
           (number >= 7 && number <= 15 && number % 2);
}

/* The result in the next message that has one. */
static bool next_result(const CalcFrame *frame, Der *result, CalcValue *value)
{
    Message message;
    do
        if (!next_message(frame, &message, value)) return false;
    while (!ends_in_result(message.number));
    *result = message.operation;
    return true;
}

static bool result_code(const CalcFrame *frame, Der *result, CalcValue *value)
{
    Der content;
    return der_expect(frame, result, DER_ENUMERATED, &content, value) && der_number(frame, content, value);
}

bool ldap_result(const CalcFrame *frame, CalcValue *value)
{
    Der result;
    return next_result(frame, &result, value) && der_bytes(frame, result, value);
}

bool ldap_result_code(const CalcFrame *frame, CalcValue *value)
{
    Der result;
    while (next_result(frame, &result, value))
        if (result_code(frame, &result, value)) return true;
    return false;
}

bool ldap_result_dn(const CalcFrame *frame, CalcValue *value)
{
    Der result;
    while (next_result(frame, &result, value))
        if (result_code(frame, &result, value) && octets(frame, &result, value)) return true;
    return false;
}

bool ldap_result_message(const CalcFrame *frame, CalcValue *value)
{
    Der result;
    while (next_result(frame, &result, value))
        if (result_code(frame, &result, value) && octets(frame, &result, value) && octets(frame, &result, value))
            return true;
    return false;
}

/* RFC 4511, section 4.1.9, in words as NetMon's "Success". */
static const NumberName codes[] = {
    {0, "Success"},
    {1, "Operations Error"},
    {2, "Protocol Error"},
    {3, "Time Limit Exceeded"},
    {4, "Size Limit Exceeded"},
    {5, "Compare False"},
    {6, "Compare True"},
    {7, "Auth Method Not Supported"},
    {8, "Stronger Auth Required"},
    {10, "Referral"},
    {11, "Admin Limit Exceeded"},
    {12, "Unavailable Critical Extension"},
    {13, "Confidentiality Required"},
    {14, "SASL Bind In Progress"},
    {16, "No Such Attribute"},
    {17, "Undefined Attribute Type"},
    {18, "Inappropriate Matching"},
    {19, "Constraint Violation"},
    {20, "Attribute Or Value Exists"},
    {21, "Invalid Attribute Syntax"},
    {32, "No Such Object"},
    {33, "Alias Problem"},
    {34, "Invalid DN Syntax"},
    {36, "Alias Dereferencing Problem"},
    {48, "Inappropriate Authentication"},
    {49, "Invalid Credentials"},
    {50, "Insufficient Access Rights"},
    {51, "Busy"},
    {52, "Unavailable"},
    {53, "Unwilling To Perform"},
    {54, "Loop Detect"},
    {64, "Naming Violation"},
    {65, "Object Class Violation"},
    {66, "Not Allowed On Non Leaf"},
    {67, "Not Allowed On RDN"},
    {68, "Entry Already Exists"},
    {69, "Object Class Mods Prohibited"},
    {71, "Affects Multiple DSAs"},
    {80, "Other"},
};

/* ", Name: text", or NULL for none; cut where the room ends. */
static void add_words(CalcValue *value, const char *name, const u8 *bytes, u32 len)
{
    char *out = (char *)value->room + value->len;
    size_t room = TEXT_MAX - value->len;
    int n = len ? snprintf(out, room, ", %s: %.*s", name, (int)len, (const char *)bytes)
                : snprintf(out, room, ", %s: NULL", name);
    value->len += (u32)MIN_OF((size_t)n, room - 1);
}

/* It ends where the captured bytes do. */
bool ldap_result_text(const CalcFrame *frame, CalcValue *value)
{
    Der result;
    CalcValue dn = {0}, said = {0};
    if (!next_result(frame, &result, value) || !result_code(frame, &result, value)) return false;
    bool whole = octets(frame, &result, &dn) && octets(frame, &result, &said);
    bool dn_ends = !dn.cut && !dn.open;
    const char *word = name_of(codes, COUNT_OF(codes), value->number);
    value->bytes = value->room;
    value->len =
        (u32)(word ? snprintf((char *)value->room, TEXT_MAX, "Status: %s", word)
                   : snprintf((char *)value->room, TEXT_MAX, "Status: %llu", (unsigned long long)value->number));
    if (!dn.cut) add_words(value, "MatchedDN", dn.bytes, dn.len);
    if (dn_ends && !said.cut) add_words(value, "ErrorMessage", said.bytes, said.len);
    value->open = dn.open || said.open || (!whole && (dn.cut || said.cut));
    return true;
}

/* -- in words ------------------------------------------------------------------------------------------------------------ */

void describe_ldap(Summary *out, const CalcFrame *frame)
{
    static const NumberName operations[] = {{BIND_REQUEST, "Bind Request"},
                                            {BIND_RESPONSE, "Bind Response"},
                                            {2, "Unbind Request"},
                                            {SEARCH_REQUEST, "Search Request"},
                                            {SEARCH_ENTRY, "Search Result Entry"},
                                            {SEARCH_DONE, "Search Result Done"},
                                            {6, "Modify Request"},
                                            {7, "Modify Response"},
                                            {8, "Add Request"},
                                            {9, "Add Response"},
                                            {10, "Delete Request"},
                                            {11, "Delete Response"},
                                            {12, "Modify DN Request"},
                                            {13, "Modify DN Response"},
                                            {14, "Compare Request"},
                                            {15, "Compare Response"},
                                            {16, "Abandon Request"},
                                            {19, "Search Result Reference"},
                                            {23, "Extended Request"},
                                            {24, "Extended Response"},
                                            {25, "Intermediate Response"}};
    u64 operation;
    if (!header_number(frame, FIELD_LDAP_OPERATION, &operation)) return;
    const char *word = name_of(operations, COUNT_OF(operations), operation);
    if (word) summary_add(out, "%s", word);
    summary_number(out, frame, "MessageID", FIELD_LDAP_MESSAGE_ID);
    summary_value(out, frame, "Status", FIELD_LDAP_RESULT_TEXT);
    summary_value(out, frame, "BaseObject", FIELD_LDAP_SEARCH_BASE);
}
