/* kerberos.c - Kerberos version 5, RFC 4120: [APPLICATION n] SEQUENCE of [m] parts, section 5.
 *
 * On port 88.  Over TCP four bytes of length come first (section 7.2.2); one message a segment is looked at.  Messages inside
 * of GSS-API tokens (RFC 4121, SPNEGO) of SMB, LDAP, HTTP and RPC are not looked for. */
#include "vm/protocols/der.h"
#include "vm/protocols/describe.h"
#include "vm/walk.h"

enum { AS_REQ = 10, AS_REP, TGS_REQ, TGS_REP, AP_REQ, AP_REP, KRB_ERROR = 30 };

/* The upper bit of the length is kept for extensions (RFC 5021): such a segment begins with no message. */
Step walk_kerberos_segment(Walk *w)
{
    if (!walk_need(w, 4) || w->data[w->at] >= 0x80) return STEP_NONE;
    w->at += 4;
    return STEP_KERBEROS;
}

/* -- messages ------------------------------------------------------------------------------------------------------------ */

/* The SEQUENCE inside the message, and which message it is. */
static bool message(const CalcFrame *frame, u8 *type, Der *parts, CalcValue *value)
{
    Der all = der_all(), inside;
    u8 tag;
    if (!der_next(frame, &all, &tag, &inside, value) || (tag & 0xe0) != DER_APPLICATION) return false;
    *type = tag & 0x1f;
    return der_expect(frame, &inside, DER_SEQUENCE, parts, value);
}

bool kerberos_type(const CalcFrame *frame, CalcValue *value)
{
    Der parts;
    u8 type;
    if (!message(frame, &type, &parts, value)) return false;
    value->number = type;
    return true;
}

static bool message_of(const CalcFrame *frame, u8 type, CalcValue *value)
{
    Der parts;
    u8 found;
    if (!message(frame, &found, &parts, value) || found != type) return false;
    return der_bytes(frame, (Der){0, parts.end}, value);
}

bool kerberos_as_req(const CalcFrame *frame, CalcValue *value) { return message_of(frame, AS_REQ, value); }
bool kerberos_as_rep(const CalcFrame *frame, CalcValue *value) { return message_of(frame, AS_REP, value); }
bool kerberos_tgs_req(const CalcFrame *frame, CalcValue *value) { return message_of(frame, TGS_REQ, value); }
bool kerberos_tgs_rep(const CalcFrame *frame, CalcValue *value) { return message_of(frame, TGS_REP, value); }
bool kerberos_ap_req(const CalcFrame *frame, CalcValue *value) { return message_of(frame, AP_REQ, value); }
bool kerberos_ap_rep(const CalcFrame *frame, CalcValue *value) { return message_of(frame, AP_REP, value); }
bool kerberos_error(const CalcFrame *frame, CalcValue *value) { return message_of(frame, KRB_ERROR, value); }

/* -- parts --------------------------------------------------------------------------------------------------------------- */

/* Which messages a part is looked for in. */
typedef enum { IN_BODY, IN_REPLY, IN_ERROR } Where;

/* The parts of a KRB-ERROR, of a KDC-REP, or of the body of a KDC-REQ, its part 4. */
static bool parts_of(const CalcFrame *frame, Where where, Der *parts, CalcValue *value)
{
    u8 type;
    if (!message(frame, &type, parts, value)) return false;
    if (where == IN_ERROR) return type == KRB_ERROR;
    if (where == IN_REPLY) return type == AS_REP || type == TGS_REP;
    Der body, around = *parts;
    if (type != AS_REQ && type != TGS_REQ) return false;
    return der_find(frame, &around, DER_CONTEXT + 4, &body, value) &&
           der_expect(frame, &body, DER_SEQUENCE, parts, value);
}

static bool part(const CalcFrame *frame, Where where, u8 number, Der *inside, CalcValue *value)
{
    Der parts;
    return parts_of(frame, where, &parts, value) && der_find(frame, &parts, DER_CONTEXT + number, inside, value);
}

bool kerberos_reply(const CalcFrame *frame, CalcValue *value)
{
    Der parts;
    return parts_of(frame, IN_REPLY, &parts, value) && der_bytes(frame, parts, value);
}

bool kerberos_body(const CalcFrame *frame, CalcValue *value)
{
    Der parts;
    return parts_of(frame, IN_BODY, &parts, value) && der_bytes(frame, parts, value);
}

/* Realms are GeneralStrings, times GeneralizedTimes: the bytes of whatever string it is. */
static bool text(const CalcFrame *frame, Where where, u8 number, CalcValue *value)
{
    Der inside, content;
    u8 tag;
    return part(frame, where, number, &inside, value) && der_next(frame, &inside, &tag, &content, value) &&
           der_bytes(frame, content, value);
}

bool kerberos_body_realm(const CalcFrame *frame, CalcValue *value) { return text(frame, IN_BODY, 2, value); }
bool kerberos_reply_realm(const CalcFrame *frame, CalcValue *value) { return text(frame, IN_REPLY, 3, value); }
bool kerberos_error_time(const CalcFrame *frame, CalcValue *value) { return text(frame, IN_ERROR, 4, value); }
bool kerberos_error_crealm(const CalcFrame *frame, CalcValue *value) { return text(frame, IN_ERROR, 7, value); }
bool kerberos_error_realm(const CalcFrame *frame, CalcValue *value) { return text(frame, IN_ERROR, 9, value); }
bool kerberos_error_text(const CalcFrame *frame, CalcValue *value) { return text(frame, IN_ERROR, 11, value); }

bool kerberos_error_code(const CalcFrame *frame, CalcValue *value)
{
    Der inside, content;
    return part(frame, IN_ERROR, 6, &inside, value) && der_expect(frame, &inside, DER_INTEGER, &content, value) &&
           der_number(frame, content, value);
}

/* -- lists: the function's place is the next element -------------------------------------------------------------------- */

/* The rest of a list that `first` finds; its elements have the tag. */
typedef bool FindList(const CalcFrame *frame, Where where, u8 number, Der *list, CalcValue *value);

static bool next_element(const CalcFrame *frame, Where where, u8 number, FindList *find, u8 tag, Der *content,
                         CalcValue *value)
{
    Der list = {value->state->at, value->state->left};
    if (list.end == 0 && !find(frame, where, number, &list, value)) return false;
    if (!der_expect(frame, &list, tag, content, value)) return false;
    value->state->at = list.at;
    value->state->left = list.end;
    return true;
}

/* PrincipalName ::= SEQUENCE { name-type [0] Int32, name-string [1] SEQUENCE OF KerberosString } */
static bool find_name(const CalcFrame *frame, Where where, u8 number, Der *list, CalcValue *value)
{
    Der inside, name, strings;
    return part(frame, where, number, &inside, value) && der_expect(frame, &inside, DER_SEQUENCE, &name, value) &&
           der_find(frame, &name, DER_CONTEXT + 1, &strings, value) &&
           der_expect(frame, &strings, DER_SEQUENCE, list, value);
}

static bool name(const CalcFrame *frame, Where where, u8 number, CalcValue *value)
{
    Der content;
    return next_element(frame, where, number, find_name, DER_GENERAL_STRING, &content, value) &&
           der_bytes(frame, content, value);
}

bool kerberos_body_cname(const CalcFrame *frame, CalcValue *value) { return name(frame, IN_BODY, 1, value); }
bool kerberos_body_sname(const CalcFrame *frame, CalcValue *value) { return name(frame, IN_BODY, 3, value); }
bool kerberos_reply_cname(const CalcFrame *frame, CalcValue *value) { return name(frame, IN_REPLY, 4, value); }
bool kerberos_error_cname(const CalcFrame *frame, CalcValue *value) { return name(frame, IN_ERROR, 8, value); }
bool kerberos_error_sname(const CalcFrame *frame, CalcValue *value) { return name(frame, IN_ERROR, 10, value); }

static bool find_sequence(const CalcFrame *frame, Where where, u8 number, Der *list, CalcValue *value)
{
    Der inside;
    return part(frame, where, number, &inside, value) && der_expect(frame, &inside, DER_SEQUENCE, list, value);
}

/* Encryption types below 0 are private ones: they are passed over. */
bool kerberos_body_etype(const CalcFrame *frame, CalcValue *value)
{
    Der content;
    while (next_element(frame, IN_BODY, 8, find_sequence, DER_INTEGER, &content, value)) {
        if (der_number(frame, content, value)) return true;
        if (value->cut) return false;
    }
    return false;
}

/* -- in words ------------------------------------------------------------------------------------------------------------ */

void describe_kerberos(Summary *out, const CalcFrame *frame)
{
    static const NumberName types[] = {{AS_REQ, "AS request"}, {AS_REP, "AS reply"},    {TGS_REQ, "TGS request"},
                                       {TGS_REP, "TGS reply"}, {AP_REQ, "AP request"},  {AP_REP, "AP reply"},
                                       {20, "Safe message"},   {21, "Private message"}, {22, "Credentials"},
                                       {KRB_ERROR, "Error"}};
    u64 type;
    if (!header_number(frame, FIELD_KERBEROS_TYPE, &type)) return;
    const char *word = name_of(types, COUNT_OF(types), type);
    if (word) summary_add(out, "%s", word);
    summary_number(out, frame, "MessageType", FIELD_KERBEROS_TYPE);
    summary_number(out, frame, "ErrorCode", FIELD_KERBEROS_ERROR_CODE);
    summary_value(out, frame, "Realm", type == KRB_ERROR ? FIELD_KERBEROS_ERROR_REALM : FIELD_KERBEROS_BODY_REALM);
}
