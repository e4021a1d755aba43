/* proto_syslog.c - Syslog: the examples of RFC 5424 and 3164, and messages that keep to neither. */
#include <criterion/criterion.h>

#include "tests/matches.h"
#include "tests/values.h"

#include <stdio.h>

enum { ETHERNET = 1 };

static FrameDraft draft; /* tests run in processes of their own */

static FrameDraft *syslog(const char *text)
{
    FrameDraft *d = &draft;
    frame_begin(d);
    frame_ethernet(d, 1, 2, 0x0800);
    frame_ipv4(d, 17, 0x0a000001, 0x0a000002);
    frame_udp(d, 1025, 514);
    frame_payload(d, text, (u32)strlen(text));
    frame_end(d);
    return d;
}

Test(proto_syslog, rfc_5424)
{
    FrameDraft *d = syslog("<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog 8710 ID47 "
                           "[exampleSDID@32473 iut=\"3\" eventSource=\"a]b\\\"]\"][examplePriority@32473] An event");
    layers(d, ETHERNET, "Ethernet.IPv4.UDP.Syslog");
    says(d, ETHERNET, "Syslog.Priority", "165");
    says(d, ETHERNET, "Syslog.Facility", "20");
    says(d, ETHERNET, "Syslog.Severity", "5");
    says(d, ETHERNET, "Syslog.Version", "1");
    says(d, ETHERNET, "Syslog.TimeStamp", "2003-10-11T22:14:15.003Z");
    says(d, ETHERNET, "Syslog.HostName", "mymachine.example.com");
    says(d, ETHERNET, "Syslog.AppName", "evntslog");
    says(d, ETHERNET, "Syslog.ProcID", "8710");
    says(d, ETHERNET, "Syslog.MsgID", "ID47");
    says(d, ETHERNET, "Syslog.StructuredData",
         "[exampleSDID@32473 iut=\"3\" eventSource=\"a]b\\\"]\"] [examplePriority@32473]");
    says(d, ETHERNET, "Syslog.StructuredData.ID", "exampleSDID@32473 examplePriority@32473");
    says(d, ETHERNET, "Syslog.Message", "An event");
    keeps(d, "Syslog.Text.Contains('mymachine')");
    keeps(d, "Syslog.StructuredData.ID == 'examplePriority@32473'");
    holds_when_cut(d, ETHERNET);
}

Test(proto_syslog, absent_parts)
{
    FrameDraft *d = syslog("<0>12 - - - - - - x");
    says(d, ETHERNET, "Syslog.Version", "12");
    says(d, ETHERNET, "Syslog.Priority", "0");
    says(d, ETHERNET, "Syslog.TimeStamp", "");
    says(d, ETHERNET, "Syslog.HostName", "");
    says(d, ETHERNET, "Syslog.AppName", "");
    says(d, ETHERNET, "Syslog.ProcID", "");
    says(d, ETHERNET, "Syslog.MsgID", "");
    says(d, ETHERNET, "Syslog.StructuredData", "");
    says(d, ETHERNET, "Syslog.Message", "x");
    drops(d, "Syslog.HostName");
    holds_when_cut(d, ETHERNET);
    d = syslog("<13>1 2003-10-11T22:14:15Z h a p m -");
    says(d, ETHERNET, "Syslog.MsgID", "m");
    says(d, ETHERNET, "Syslog.Message", "");
    holds_when_cut(d, ETHERNET);
    d = syslog("<13>1 2003-10-11T22:14:15Z h a");
    says(d, ETHERNET, "Syslog.AppName", "a");
    says(d, ETHERNET, "Syslog.ProcID", "");
    says(d, ETHERNET, "Syslog.Message", "");
    holds_when_cut(d, ETHERNET);
}

/* Structured data that does not begin with [, or does not end. */
Test(proto_syslog, structured_data_that_lies)
{
    FrameDraft *d = syslog("<13>1 2003-10-11T22:14:15Z h a p m text [a] b");
    says(d, ETHERNET, "Syslog.StructuredData", "");
    says(d, ETHERNET, "Syslog.Message", "text [a] b");
    holds_when_cut(d, ETHERNET);
    says(syslog("<13>1 2003-10-11T22:14:15Z h a p m -text"), ETHERNET, "Syslog.Message", "-text");
    d = syslog("<13>1 2003-10-11T22:14:15Z h a p m [a][b c=\"] text");
    says(d, ETHERNET, "Syslog.StructuredData", "[a]");
    says(d, ETHERNET, "Syslog.Message", "");
    holds_when_cut(d, ETHERNET);
    d = syslog("<13>1 2003-10-11T22:14:15Z h a p m []text");
    says(d, ETHERNET, "Syslog.StructuredData", "[]");
    says(d, ETHERNET, "Syslog.StructuredData.ID", "");
    says(d, ETHERNET, "Syslog.Message", "text");
    d = syslog("<13>1 2003-10-11T22:14:15Z h a p m [a\\");
    says(d, ETHERNET, "Syslog.StructuredData", "");
    holds_when_cut(d, ETHERNET);
}

/* As firewalls write them: a number, and no version. */
Test(proto_syslog, numbers_that_are_no_version)
{
    static const char *const messages[] = {"854 08/20/2013-12:00:01 CONFIG", "1 x", "1 2013/08", "1 -1", "1"};
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
        char text[60];
        snprintf(text, sizeof text, "<134>%s", messages[i]);
        FrameDraft *d = syslog(text);
        says(d, ETHERNET, "Syslog.Severity", "6");
        says(d, ETHERNET, "Syslog.Version", "");
        says(d, ETHERNET, "Syslog.HostName", "");
        says(d, ETHERNET, "Syslog.Message", messages[i]);
        holds_when_cut(d, ETHERNET);
    }
}

Test(proto_syslog, rfc_3164)
{
    FrameDraft *d = syslog("<34>Oct 11 22:14:15 mymachine su: 'su root' failed");
    says(d, ETHERNET, "Syslog.Facility", "4");
    says(d, ETHERNET, "Syslog.Severity", "2");
    says(d, ETHERNET, "Syslog.Version", "");
    says(d, ETHERNET, "Syslog.TimeStamp", "Oct 11 22:14:15");
    says(d, ETHERNET, "Syslog.HostName", "mymachine");
    says(d, ETHERNET, "Syslog.AppName", "su");
    says(d, ETHERNET, "Syslog.ProcID", "");
    says(d, ETHERNET, "Syslog.MsgID", "");
    says(d, ETHERNET, "Syslog.Message", "'su root' failed");
    says(d, ETHERNET, "Syslog.Text", "Oct 11 22:14:15 mymachine su: 'su root' failed");
    holds_when_cut(d, ETHERNET);
    d = syslog("<34>Oct  1 22:14:15 2001:db8::1 sshd[42]: bye");
    says(d, ETHERNET, "Syslog.TimeStamp", "Oct  1 22:14:15");
    says(d, ETHERNET, "Syslog.HostName", "2001:db8::1");
    says(d, ETHERNET, "Syslog.AppName", "sshd");
    says(d, ETHERNET, "Syslog.ProcID", "42");
    says(d, ETHERNET, "Syslog.Message", "bye");
    holds_when_cut(d, ETHERNET);
}

/* What devices and local senders make of it. */
Test(proto_syslog, rfc_3164_less_or_more)
{
    FrameDraft *d = syslog("<13>Oct 11 22:14:15 cron[7]:x");
    says(d, ETHERNET, "Syslog.HostName", "");
    says(d, ETHERNET, "Syslog.AppName", "cron");
    says(d, ETHERNET, "Syslog.ProcID", "7");
    says(d, ETHERNET, "Syslog.Message", "x");
    holds_when_cut(d, ETHERNET);
    d = syslog("<13>Oct 11 22:14:15 host no tag here");
    says(d, ETHERNET, "Syslog.HostName", "host");
    says(d, ETHERNET, "Syslog.AppName", "");
    says(d, ETHERNET, "Syslog.Message", "no tag here");
    holds_when_cut(d, ETHERNET);
    d = syslog("<13>Oct 11 22:14:15 host a-tag-that-is-longer-than-32-bytes: x");
    says(d, ETHERNET, "Syslog.AppName", "");
    d = syslog("<13>Oct 11 22:14:15 host su[1 2]: x");
    says(d, ETHERNET, "Syslog.AppName", "");
    says(d, ETHERNET, "Syslog.Message", "su[1 2]: x");
    holds_when_cut(d, ETHERNET);
    says(syslog("<13>Oct 11 22:14:15 host su[1"), ETHERNET, "Syslog.Message", "su[1");
    says(syslog("<13>Oct 11 22:14:15 host"), ETHERNET, "Syslog.HostName", "host");
    says(syslog("<13>Oct 11 22:14:15 host"), ETHERNET, "Syslog.Message", "");
    d = syslog("<13>Okt 11 22:14:15 host su: x");
    says(d, ETHERNET, "Syslog.TimeStamp", "");
    says(d, ETHERNET, "Syslog.Message", "Okt 11 22:14:15 host su: x");
    says(syslog("<13>Oct 11 22-14:15 host"), ETHERNET, "Syslog.TimeStamp", "");
    d = syslog("<189>%SYS-5-CONFIG_I: Configured");
    says(d, ETHERNET, "Syslog.Severity", "5");
    says(d, ETHERNET, "Syslog.Message", "%SYS-5-CONFIG_I: Configured");
    holds_when_cut(d, ETHERNET);
}

Test(proto_syslog, priorities)
{
    static const char *const none[] = {"no", "<>no", "<192>no", "<1234>no", "<1a>no", "<-1>no", "13>no", "<13", "<"};
    for (u32 i = 0; i < COUNT_OF(none); i++) {
        FrameDraft *d = syslog(none[i]);
        says(d, ETHERNET, "Syslog.Priority", "");
        says(d, ETHERNET, "Syslog.Facility", "");
        says(d, ETHERNET, "Syslog.Severity", "");
        says(d, ETHERNET, "Syslog.Message", none[i]);
        says(d, ETHERNET, "Syslog.Text", none[i]);
        holds_when_cut(d, ETHERNET);
    }
    says(syslog("<191>"), ETHERNET, "Syslog.Severity", "7");
    says(syslog("<191>"), ETHERNET, "Syslog.Message", "");
    says(syslog("<13>01 x"), ETHERNET, "Syslog.Version", "");
    says(syslog("<13>1234 x"), ETHERNET, "Syslog.Version", "");
    says(syslog("<13>1"), ETHERNET, "Syslog.Message", "1");
}

Test(proto_syslog, described)
{
    keeps(syslog("<34>hello"), "Description == 'Syslog:Facility=auth, Severity=crit, Text=hello'");
    keeps(syslog("<103>hello"), "Description == 'Syslog:Facility=12, Severity=debug, Text=hello'");
}
