/* values.h - what the fields of a frame say, as text: for the tests of protocols.
 *
 * A frame is decoded by the complete path and read by vm/value.c; that both machines agree with that is the business of
 * tests/properties/machine.c. */
#ifndef TESTS_VALUES_H
#define TESTS_VALUES_H

#include "tests/frames.h"

/* Every value of the field in the frame, one after the other as `.ToString` prints them, joined by spaces; "" is none.
 *     says(d, 1, "VLAN.VLANID", "100 200");
 * PAIR and ALIAS names are those of the fields they stand for; a protocol's name alone says "yes" for each of its headers. */
#define says(draft, linktype, name, want) values_are(__FILE__, __LINE__, draft, linktype, name, want)
void values_are(const char *file, int line, const FrameDraft *draft, u32 linktype, const char *name, const char *want);

/* The layers of the frame: "Ethernet.VLAN.IPv4". */
#define layers(draft, linktype, want) layers_are(__FILE__, __LINE__, draft, linktype, want)
void layers_are(const char *file, int line, const FrameDraft *draft, u32 linktype, const char *want);

/* The frame cut short after every one of its bytes: no field may have a value that the whole frame has not, in that
 * place, or a header that it has not.  Values that go on in the missing part may be shorter. */
#define holds_when_cut(draft, linktype) cuts_hold(__FILE__, __LINE__, draft, linktype)
void cuts_hold(const char *file, int line, const FrameDraft *draft, u32 linktype);

#endif
