/* matches.h - does a filter keep a frame?  For the tests of protocols.
 *
 * Both machines are asked, about the frame alone and first among plain ones, so that the fast path is seen as well; they
 * must say the same. */
#ifndef TESTS_MATCHES_H
#define TESTS_MATCHES_H

#include "tests/frames.h"

/* Of `draft` the first `captured` bytes are there.  *cut, unless NULL: the run counted the frame as cut short where the filter
 * looked. */
bool frame_matches(const char *filter, const FrameDraft *draft, u32 captured, u32 linktype, bool *cut);

/* Fails the test unless the filter keeps the Ethernet frame, or does not. */
#define keeps(draft, filter) cr_assert(frame_matches(filter, draft, (draft)->len, 1, NULL), "%s", filter)
#define drops(draft, filter) cr_assert_not(frame_matches(filter, draft, (draft)->len, 1, NULL), "%s", filter)

#endif
