/* messages.h - what stands behind the ports of vm/ports.def, at random: for frame_random.
 *
 * Most messages are well-formed; the others have counts, lengths and pointers that lie, bytes that were changed, or end too
 * soon. */
#ifndef TESTS_MESSAGES_H
#define TESTS_MESSAGES_H

#include "tests/frames.h"

/* Adds a message of the protocol that the port stands for; false: of none that is made here. */
bool message_random(FrameDraft *d, Random *random, bool tcp, u16 port);

#endif
