/* readers.c - the readers against captures made for the purpose: what is found, what is refused and in which words.
 *
 * tests/properties/formats.c asks the same of cut and mixed-up captures. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>

#include "tests/captures.h"

static void expect_frame(const Made *made, u64 number, const Lane *lane, const Batch *batch, u32 i)
{
    const Expected *frame = &made->frames[number];
    FrameInfo info;

    cr_assert_lt(number, made->count, "%s: more frames than were made", made->name);
    cr_assert_eq(batch->caplen[i], frame->caplen, "%s: frame %lu", made->name, number);
    cr_assert_eq(batch->len[i], frame->len, "%s: frame %lu", made->name, number);
    cr_assert_eq(batch->linktype, frame->linktype, "%s: frame %lu", made->name, number);
    cr_assert_eq(batch->time[i], frame->time_ns, "%s: frame %lu at %ld, expected %ld", made->name, number,
                 batch->time[i], frame->time_ns);
    cr_assert_leq(batch->caplen_min, frame->caplen);
    for (u32 k = 0; k < frame->caplen; k++)
        cr_assert_eq(batch->data[i][k], (u8)(frame->fill + 7 * k), "%s", made->name);

    cr_assert(lane->capture->format->frame(lane->capture, lane->context, batch->at[i], &info));
    cr_assert_eq(info.data, batch->data[i]);
    cr_assert_eq(info.time_ns, frame->time_ns);
    cr_assert_eq(info.has_time, frame->has_time);
    cr_assert_eq(info.ticks, frame->ticks, "%s: frame %lu", made->name, number);
    cr_assert_eq(info.tsresol, frame->tsresol, "%s: frame %lu", made->name, number);
    cr_assert_eq(info.tsoffset, frame->tsoffset);
    cr_assert_eq(info.interface, frame->interface);
    cr_assert_eq(info.comment_len, strlen(frame->comment), "%s: frame %lu", made->name, number);
    cr_assert_eq(memcmp(info.comment ? info.comment : (const u8 *)"", frame->comment, info.comment_len), 0);
}

static void take_expected(void *user, const Lane *lane, const Batch *batch, u32 i, u64 number)
{
    const Made *made = user;

    expect_frame(made, number, lane, batch, i);
    cr_assert_eq(batch->number[i], number);
    cr_assert_eq(batch->delta[i], made->frames[number].delta_ns, "%s: frame %lu: %ld, expected %ld", made->name, number,
                 batch->delta[i], made->frames[number].delta_ns);
}

Test(readers, find_every_frame_of_every_kind)
{
    static const u32 counts[] = {0, 1, 2, 65, 300};
    static const u32 mosts[] = {1, 7, 64};

    for (u32 shape = 0; shape < made_shapes(); shape++) {
        for (u32 c = 0; c < COUNT_OF(counts); c++) {
            for (u32 m = 0; m < COUNT_OF(mosts); m++) {
                Made made = made_capture(shape, counts[c], shape + 1);
                Opened opened = open_bytes(made.bytes.bytes, made.bytes.size);
                Lane end;

                cr_assert(opened.open, "%s: %s", made.name, opened.damage.text);
                cr_assert_str_eq(opened.capture.format->name, made.format);
                cr_assert_eq(walk_capture(&opened.capture, mosts[m], take_expected, &made, &end), counts[c], "%s",
                             made.name);
                cr_assert_eq(end.state, LANE_EOF, "%s: %d %s", made.name, end.state, end.damage.text);
                close_opened(&opened);
                made_free(&made);
            }
        }
    }
}

Test(readers, say_what_the_header_says)
{
    Made made = made_named("pcap fcs", 3, 1);
    Opened opened = open_bytes(made.bytes.bytes, made.bytes.size);

    cr_assert_eq(opened.capture.linktype, 1);
    cr_assert_eq(opened.capture.link_extra, 0x24000000);
    cr_assert_eq(opened.capture.snaplen, 65535);
    cr_assert_eq(opened.capture.tsresol, 6);
    cr_assert_str_eq(opened.capture.variant, "pcap, microseconds, little-endian");
    cr_assert(opened.capture.start_known);
    cr_assert_eq(opened.capture.start_ns, made.frames[0].time_ns);
    close_opened(&opened);
    made_free(&made);

    made = made_named("pcapng offset", 3, 1);
    opened = open_bytes(made.bytes.bytes, made.bytes.size);
    cr_assert(opened.capture.big_endian);
    cr_assert_str_eq(opened.capture.variant, "pcapng, big-endian");
    cr_assert_eq(opened.capture.start_ns, made.frames[0].time_ns);
    InterfaceInfo info;
    cr_assert_eq(capture_interfaces(&opened.capture, opened.capture.context), 1);
    cr_assert(capture_interface(&opened.capture, opened.capture.context, 0, &info));
    cr_assert_eq(info.tsoffset, -3600);
    cr_assert_eq(info.name_len, 4);
    cr_assert_eq(memcmp(info.name, "eth0", 4), 0);
    cr_assert_not(capture_interface(&opened.capture, opened.capture.context, 1, &info));
    close_opened(&opened);
    made_free(&made);

    made = made_named("netmon 2.3", 3, 1);
    opened = open_bytes(made.bytes.bytes, made.bytes.size);
    cr_assert_eq(opened.capture.tsresol, 7);
    cr_assert_str_eq(opened.capture.variant, "NetMon 2.3");
    cr_assert_eq(opened.capture.end, 12);
    close_opened(&opened);
    made_free(&made);
}

/* Offsets in .cap are the frame's own, so they hold whatever the time zone. */
Test(readers, offsets_are_from_the_start)
{
    Made made = made_named("netmon 2.0", 5, 1);
    Opened opened = open_bytes(made.bytes.bytes, made.bytes.size);
    Lane lane = {.capture = &opened.capture, .limit = UINT64_MAX};
    Batch batch;

    cr_assert_eq(opened.capture.format->fill(&lane, 1, 64, NEED_OFFSET, &batch), 5);
    cr_assert_eq(batch.offset[0], -5000000, "frame 0 was put 5 ms before the start");
    for (u32 i = 0; i < 5; i++)
        cr_assert_eq(batch.offset[i], made.frames[i].time_ns - opened.capture.start_ns, "%ld", batch.offset[i]);
    close_opened(&opened);
    made_free(&made);
}

/* -- lanes ------------------------------------------------------------------------------------------------------- */

typedef struct {
    u64 at[512];
    const void *context[512];
    u32 count;
} Starts;

static void take_start(void *user, const Lane *lane, const Batch *batch, u32 i, u64 number)
{
    Starts *starts = user;
    (void)number;
    starts->context[starts->count] = lane->context;
    starts->at[starts->count++] = batch->at[i];
}

/* Eight lanes over eight stretches find in each stretch what one lane finds there. */
static void expect_lanes(const Made *made, const Capture *capture, const Starts *starts, u32 lane_count, u32 most)
{
    Lane lanes[LANES_MAX] = {0};
    u64 next[LANES_MAX], stop[LANES_MAX], found = 0;
    Batch batch;
    u32 count;

    for (u32 k = 0; k < lane_count; k++) {
        next[k] = starts->count * k / lane_count;
        stop[k] = starts->count * (k + 1) / lane_count;
        lanes[k] = (Lane){.capture = capture, .at = starts->at[next[k]], .context = starts->context[next[k]]};
        lanes[k].limit = stop[k] < starts->count ? starts->at[stop[k]] : UINT64_MAX;
    }
    while ((count = capture->format->fill(lanes, lane_count, most, NEED_TIME, &batch)) > 0) {
        Mask all = 0;
        cr_assert_leq(count, most);
        for (u32 k = 0; k < lane_count; k++) {
            cr_assert_eq(all & lanes[k].mask, 0);
            all |= lanes[k].mask;
        }
        cr_assert_eq(all, batch_all(&batch));
        for (u32 i = 0; i < count; i++) {
            u32 k = batch.lane[i];
            cr_assert(lanes[k].mask >> i & 1);
            cr_assert_eq(batch.at[i], starts->at[next[k]]);
            expect_frame(made, next[k]++, &lanes[k], &batch, i);
        }
        found += count;
    }
    cr_assert_eq(found, starts->count, "%s: %lu of %u", made->name, found, starts->count);
    for (u32 k = 0; k < lane_count; k++) {
        cr_assert_eq(next[k], stop[k]);
        cr_assert_eq(lanes[k].state, k + 1 == lane_count ? LANE_EOF : LANE_LIMIT, "%s: lane %u: %d %s", made->name, k,
                     lanes[k].state, lanes[k].damage.text);
    }
}

Test(readers, lanes_take_turns_and_agree_with_one)
{
    static const u32 mosts[] = {1, 7, 64};

    for (u32 shape = 0; shape < made_shapes(); shape++) {
        Made made = made_capture(shape, 200, 3);
        bool sections = strstr(made.name, "sections") || strstr(made.name, "turning");
        Opened opened = open_bytes(made.bytes.bytes, made.bytes.size);
        Starts starts = {.count = 0};
        walk_capture(&opened.capture, 1, take_start, &starts, NULL);
        /* A lane ends at a section; those captures are walked in lanes below. */
        for (u32 m = 0; m < COUNT_OF(mosts) && !sections; m++)
            for (u32 lanes = 1; lanes <= LANES_MAX; lanes++)
                expect_lanes(&made, &opened.capture, &starts, lanes, mosts[m]);
        close_opened(&opened);
        made_free(&made);
    }
}

/* Lanes of both byte orders at once: each batch is of one, and none is forgotten. */
Test(readers, lanes_in_sections_of_both_byte_orders)
{
    Made made = made_named("pcapng turning", 80, 5);
    Opened opened = open_bytes(made.bytes.bytes, made.bytes.size);
    Lane lanes[LANES_MAX] = {{.capture = &opened.capture, .at = 0, .limit = UINT64_MAX}};
    u32 lane_count = 1;
    Batch batch;
    u64 frames = 0, count, section[LANES_MAX] = {0};

    for (u64 at = 4; at + 12 <= made.bytes.size; at += 4) {
        if (load_le32(made.bytes.bytes + at) != 0x0a0d0d0a) continue;
        u32 magic = load_le32(made.bytes.bytes + at + 8);
        if (magic != 0x1a2b3c4d && magic != 0x4d3c2b1a) continue;
        section[lane_count] = at;
        lanes[lane_count++] = (Lane){.capture = &opened.capture, .at = at, .limit = UINT64_MAX};
    }
    cr_assert_eq(lane_count, 4);
    while ((count = opened.capture.format->fill(lanes, lane_count, 7, 0, &batch)) > 0) frames += count;
    cr_assert_eq(frames, made.count);
    for (u32 k = 0; k < lane_count; k++) {
        cr_assert_eq(lanes[k].state, k + 1 < lane_count ? LANE_SECTION : LANE_EOF);
        cr_assert_eq(lanes[k].at, k + 1 < lane_count ? section[k + 1] : made.bytes.size);
    }
    close_opened(&opened);
    made_free(&made);
}

Test(readers, a_lane_stops_before_any_limit)
{
    for (u32 shape = 0; shape < made_shapes(); shape++) {
        Made made = made_capture(shape, 12, 7);
        Opened opened = open_bytes(made.bytes.bytes, made.bytes.size);
        const Capture *capture = &opened.capture;
        Starts starts = {.count = 0};
        walk_capture(capture, 64, take_start, &starts, NULL);
        for (u64 limit = capture->first; limit <= capture->end; limit++) {
            Lane lane = {.capture = capture, .at = capture->first, .limit = limit, .context = capture->context};
            Batch batch;
            u32 count = 0, expected = 0, got;
            while ((got = capture->format->fill(&lane, 1, 3, 0, &batch)) > 0) count += got;
            while (expected < starts.count && starts.at[expected] < limit) expected++;
            if (lane.state == LANE_SECTION) continue;
            cr_assert_eq(count, expected, "%s: limit %lu", made.name, limit);
            cr_assert_eq(lane.state, lane.at == capture->end ? LANE_EOF : LANE_LIMIT, "%s: limit %lu", made.name,
                         limit);
            cr_assert_geq(lane.at, MIN_OF(limit, capture->end));
        }
        close_opened(&opened);
        made_free(&made);
    }
}

/* -- contexts ---------------------------------------------------------------------------------------------------- */

Test(readers, contexts_are_equal_when_nothing_changed)
{
    Made made = made_named("pcapng sections", 30, 1);
    Opened opened = open_bytes(made.bytes.bytes, made.bytes.size);
    Lane end;
    walk_capture(&opened.capture, 64, NULL, NULL, &end);
    cr_assert_eq(end.context, opened.capture.context, "the last section describes the same interfaces as the first");
    close_opened(&opened);
    made_free(&made);

    made = made_named("pcapng late", 30, 1);
    opened = open_bytes(made.bytes.bytes, made.bytes.size);
    Lane again;
    walk_capture(&opened.capture, 64, NULL, NULL, &end);
    walk_capture(&opened.capture, 5, NULL, NULL, &again);
    cr_assert_neq(end.context, opened.capture.context);
    cr_assert_eq(capture_interfaces(&opened.capture, opened.capture.context), 1);
    cr_assert_eq(capture_interfaces(&opened.capture, end.context), 2);
    cr_assert_eq(end.context, again.context);
    close_opened(&opened);
    made_free(&made);
}

/* Sections that begin alike and then differ: each frame has the link type that its own section gave its interface. */
Test(readers, contexts_part_where_sections_differ)
{
    static const u32 section[] = {0x0a0d0d0a, 28, 0x1a2b3c4d, 1, UINT32_MAX, UINT32_MAX, 28};
    static const u32 packet[] = {6, 36, 1, 0, 0, 4, 4, 0, 36};
    static const u32 links[] = {101, 113, 101, 276, 113};
    Bytes bytes = {0};

    for (u32 i = 0; i < COUNT_OF(links); i++) {
        u32 first[] = {1, 20, 1, 0, 20}, second[] = {1, 20, links[i], 0, 20};
        bytes_add(&bytes, section, sizeof section);
        bytes_add(&bytes, first, sizeof first);
        bytes_add(&bytes, second, sizeof second);
        bytes_add(&bytes, packet, sizeof packet);
    }
    Opened opened = open_bytes(bytes.bytes, bytes.size);
    Lane lane = {.capture = &opened.capture, .limit = UINT64_MAX};
    const void *contexts[COUNT_OF(links)];
    Batch batch;
    /* Twice, so that what the first walk left behind is found again. */
    for (u32 i = 0; i < 2 * COUNT_OF(links); i++) {
        cr_assert_eq(opened.capture.format->fill(&lane, 1, 64, 0, &batch), 1, "%s", lane.damage.text);
        cr_assert_eq(batch.linktype, links[i % COUNT_OF(links)], "section %u", i);
        contexts[i % COUNT_OF(links)] = lane.context;
        opened.capture.format->fill(&lane, 1, 64, 0, &batch);
        u64 at = lane.state == LANE_SECTION ? lane.at : 0;
        lane = (Lane){.capture = &opened.capture, .at = at, .limit = UINT64_MAX};
    }
    cr_assert_eq(contexts[0], contexts[2]);
    cr_assert_eq(contexts[1], contexts[4]);
    cr_assert_neq(contexts[0], contexts[1]);
    close_opened(&opened);
    free(bytes.bytes);
}

/* What a wrong guess would make of a file must not cost memory that the file itself needs. */
Test(readers, lanes_from_guesses_follow_contexts_but_add_none)
{
    Made made = made_named("pcapng late", 30, 1);
    Opened opened = open_bytes(made.bytes.bytes, made.bytes.size);
    Lane guessed = {
        .capture = &opened.capture, .at = opened.capture.first, .limit = UINT64_MAX, .context = opened.capture.context};
    Lane again = guessed, end;
    Batch batch;

    guessed.guessed = again.guessed = true;
    while (opened.capture.format->fill(&guessed, 1, 64, 0, &batch) > 0) {
    }
    cr_assert_eq(guessed.state, LANE_BROKEN);
    cr_assert_eq(guessed.context, opened.capture.context);
    u64 frames = walk_capture(&opened.capture, 64, NULL, NULL, &end);
    cr_assert_lt(guessed.frames, frames);
    while (opened.capture.format->fill(&again, 1, 64, 0, &batch) > 0) {
    }
    cr_assert_eq(again.state, LANE_EOF, "%s", again.damage.text);
    cr_assert_eq(again.context, end.context);
    cr_assert_eq(again.frames, frames);
    close_opened(&opened);
    made_free(&made);
}

typedef struct {
    const Capture *capture;
    const void *context;
    u64 frames;
} Walker;

static void *walk_alone(void *user)
{
    Walker *walker = user;
    Lane end;
    walker->frames = walk_capture(walker->capture, 3, NULL, NULL, &end);
    walker->context = end.context;
    return NULL;
}

Test(readers, contexts_may_be_met_by_many_threads)
{
    enum { INTERFACES = 500, WALKERS = 4 };
    Made made = made_named("pcapng le", 1, 1);
    Bytes bytes = made.bytes;
    made.bytes = (Bytes){0};
    /* Half of them on a second walk's path only: a second section of the same beginnings. */
    for (u32 i = 0; i < INTERFACES; i++) {
        u32 block[] = {1, 20, 1, i % 7 + 100, 20};
        u32 packet[] = {6, 36, i + 1, 0, 0, 4, 4, 0, 36};
        bytes_add(&bytes, block, sizeof block);
        bytes_add(&bytes, packet, sizeof packet);
    }
    Opened opened = open_bytes(bytes.bytes, bytes.size);
    Walker walkers[WALKERS];
    pthread_t threads[WALKERS];
    for (u32 i = 0; i < WALKERS; i++) {
        walkers[i] = (Walker){&opened.capture, NULL, 0};
        pthread_create(&threads[i], NULL, walk_alone, &walkers[i]);
    }
    for (u32 i = 0; i < WALKERS; i++) pthread_join(threads[i], NULL);
    for (u32 i = 0; i < WALKERS; i++) {
        cr_assert_eq(walkers[i].frames, INTERFACES + 1);
        cr_assert_eq(walkers[i].context, walkers[0].context);
        cr_assert_eq(capture_interfaces(&opened.capture, walkers[i].context), INTERFACES + 1);
    }
    close_opened(&opened);
    free(bytes.bytes);
    made_free(&made);
}

/* -- streams ----------------------------------------------------------------------------------------------------- */

/* A stream that comes a byte at a time gives the frames of the file, and asks for more instead of complaining. */
Test(readers, streams_that_come_a_byte_at_a_time)
{
    for (u32 shape = 0; shape < made_shapes(); shape++) {
        Made made = made_capture(shape, 9, 11);
        if (strcmp(made.format, "netmon") != 0) {
            Opened opened = {.block = malloc(made.bytes.size)};
            Capture *capture = &opened.capture;
            Lane lane = {.capture = capture, .limit = UINT64_MAX};
            Batch batch;
            u32 count;
            u64 number = 0;
            memcpy(opened.block, made.bytes.bytes, made.bytes.size);
            *capture =
                (Capture){.bytes = opened.block, .format = format_probe(opened.block, made.bytes.size), .more = true};
            for (u64 size = 0; size <= made.bytes.size; size++) {
                capture->size = size;
                if (!opened.open) {
                    opened.open = capture->format->open(capture, &opened.damage);
                    cr_assert(opened.open || opened.damage.text[0] == 0, "%s: %s", made.name, opened.damage.text);
                    lane.at = capture->first;
                    lane.context = capture->context;
                    if (!opened.open) continue;
                }
                do {
                    if (lane.state == LANE_SECTION)
                        lane = (Lane){.capture = capture, .at = lane.at, .limit = UINT64_MAX, .context = lane.context};
                    lane.state = LANE_RUNNING;
                    while ((count = capture->format->fill(&lane, 1, 64, NEED_TIME, &batch)) > 0)
                        for (u32 i = 0; i < count; i++) expect_frame(&made, number++, &lane, &batch, i);
                } while (lane.state == LANE_SECTION);
                cr_assert_eq(lane.state, LANE_MORE, "%s: %lu: %d %s", made.name, size, lane.state, lane.damage.text);
            }
            cr_assert_eq(number, made.count, "%s: %lu", made.name, number);
            capture->more = false;
            lane.state = LANE_RUNNING;
            cr_assert_eq(capture->format->fill(&lane, 1, 64, 0, &batch), 0);
            cr_assert_eq(lane.state, LANE_EOF);
            close_opened(&opened);
        }
        made_free(&made);
    }
}

/* -- guesses ----------------------------------------------------------------------------------------------------- */

Test(readers, guesses_are_record_starts_and_in_range)
{
    for (u32 shape = 0; shape < made_shapes(); shape++) {
        Made made = made_capture(shape, 100, 13);
        Opened opened = open_bytes(made.bytes.bytes, made.bytes.size);
        const Capture *capture = &opened.capture;
        bool one_order = !strstr(made.name, "turning");
        Starts starts = {.count = 0};
        walk_capture(capture, 64, take_start, &starts, NULL);
        u32 right = 0, next = 0;
        for (u32 k = 0; k + 10 < starts.count; k++) {
            u64 from = starts.at[k] + (k != 0), at = capture->format->guess(capture, from, capture->end);
            while (starts.at[next] < from) next++;
            cr_assert(at >= from && at <= capture->end, "%s: %lu from %lu", made.name, at, from);
            right += at <= starts.at[next]; /* blocks that are no packets may come first */
        }
        if (one_order) cr_assert_eq(right, starts.count - 10, "%s: %u of %u", made.name, right, starts.count - 10);
        cr_assert_eq(capture->format->guess(capture, capture->end, capture->end), capture->end);
        cr_assert_eq(capture->format->guess(capture, capture->end - 4, capture->end - 3),
                     capture->end - (strcmp(made.format, "netmon") ? 3 : 4));
        close_opened(&opened);
        made_free(&made);
    }
}

Test(readers, zeros_are_no_chain_of_records)
{
    Made made = made_named("pcap us le", 1, 1);
    static const u8 zeros[4096];
    bytes_add(&made.bytes, zeros, sizeof zeros);
    Opened opened = open_bytes(made.bytes.bytes, made.bytes.size);
    cr_assert_eq(opened.capture.format->guess(&opened.capture, 25, opened.capture.end), opened.capture.end);
    close_opened(&opened);
    made_free(&made);
}

/* -- damage ------------------------------------------------------------------------------------------------------ */

/* One place changed in a capture of 3 frames, and what is then said. */
typedef struct {
    const char *shape;
    int frame;   /* whose end the place is counted from; -1: from the beginning of the file */
    long offset; /* negative: from the end of the file */
    u32 value, bytes;
    bool opens;
    u32 frames;
    LaneState state;
    long damage_at; /* from the same place as offset; LONG_MIN: not asked */
    const char *text;
} Broken;

static const Broken broken[] = {
    {"pcap us le", -1, 4, 1, 2, false, 0, 0, 4, "pcap version 1.4; expected 2.4"},
    {"pcap us le", 0, 8, 0xdeadbeef, 4, true, 1, LANE_BROKEN, 0,
     "captured length 3735928559 is more than the 262144 bytes that a frame may have here"},
    {"pcap us be", 1, 8, 0x00010400, 4, true, 2, LANE_BROKEN, 0,
     "captured length 262400 is more than the 262144 bytes that a frame may have here"},
    {"pcap us le", 1, 8, 262144, 4, true, 2, LANE_CUT, 0, "the file ends after 166 of the 262144 bytes of the frame"},
    {"pcapng le", -1, 8, 0x1a2b3c4e, 4, false, 0, 0, 0, ""},
    {"pcapng le", -1, 12, 2, 2, false, 0, 0, 12, "section of pcapng version 2.0; expected 1.0"},
    {"pcapng le", -1, 4, 30, 4, false, 0, 0, 0, "block length 30; expected a multiple of 4 from 12 to 268435456"},
    {"pcapng le", 0, 4, 8, 4, true, 1, LANE_BROKEN, 0, "block length 8; expected a multiple of 4 from 12 to 268435456"},
    {"pcapng le", 0, 4, 0x0a0d0d0a, 4, true, 1, LANE_BROKEN, 0,
     "block length 168627466; expected a multiple of 4 from 12 to 268435456"},
    {"pcapng le", 0, 4, 400, 4, true, 1, LANE_CUT, 0, "the file ends after 236 of the 400 bytes of a block"},
    {"pcapng le", 0, 4, 44, 4, true, 1, LANE_BROKEN, 0, "block length 44 at its start, 200 at its end"},
    {"pcapng le", 0, 8, 7, 4, true, 1, LANE_BROKEN, 0, "interface 7 was never described; 1 known here"},
    {"pcapng le", 0, 20, 1 << 19, 4, true, 1, LANE_BROKEN, 0,
     "captured length 524288 is more than the 262144 bytes that a frame may have here"},
    {"pcapng le", 0, 20, 600, 4, true, 1, LANE_BROKEN, 0, "captured length 600 does not fit a block of 36 bytes"},
    {"pcapng old", 0, 8, 0x0900, 2, true, 1, LANE_BROKEN, 0, "interface 9 was never described; 2 known here"},
    {"pcapng simple", 0, 8, 0x200, 4, true, 1, LANE_BROKEN, 0, "captured length 512 does not fit a block of 24 bytes"},
    {"netmon 2.1", -1, 5, 3, 1, false, 0, 0, 5, "NetMon version 3.1 under the signature GMBU; expected 2.x"},
    {"netmon 2.1", -1, 28, 13, 4, false, 0, 0, 28, "frame table of 13 bytes; expected a multiple of 4"},
    {"netmon 2.1", -1, 28, 4000, 4, false, 0, 0, 24, NULL},
    {"netmon 2.1", -1, 24, 60, 4, false, 0, 0, 24, "frame table at 60, inside the file header of 64 bytes"},
    {"netmon 2.1", -1, -4, 8, 4, true, 2, LANE_BROKEN, -4,
     "the frame table puts frame 3 at 8, inside the file header of 64 bytes"},
    {"netmon 2.1", -1, -8, 1 << 20, 4, true, 1, LANE_BROKEN, -8, NULL},
    {"netmon 2.1", -1, -8, 128, 4, true, 0, LANE_BROKEN, -8, NULL},
    {"netmon 2.1", -1, 140, 0x00ffffff, 4, true, 0, LANE_BROKEN, 128,
     "captured length 16777215 of frame 1 is more than the 262144 bytes that a frame may have"},
    {"netmon 2.1", -1, 140, 60000, 4, true, 0, LANE_BROKEN, 128, NULL},
    {"netmon 2.1", -1, 140, 200, 4, true, 0, LANE_BROKEN, -8, NULL},
};

static void check_broken(const Broken *row, u32 index)
{
    Made made = made_named(row->shape, 3, 17);
    size_t from = row->frame >= 0 ? made.ends[row->frame] : 0, base = row->offset < 0 ? made.bytes.size : from;
    memcpy(made.bytes.bytes + (long)base + row->offset, &row->value, row->bytes);
    Opened opened = open_bytes(made.bytes.bytes, made.bytes.size);
    Damage damage = opened.damage;
    cr_assert_eq(opened.open, row->opens, "row %u: %s", index, damage.text);
    if (opened.open) {
        Lane end;
        cr_assert_eq(walk_capture(&opened.capture, 64, NULL, NULL, &end), row->frames, "row %u", index);
        cr_assert_eq(end.state, row->state, "row %u: %d %s", index, end.state, end.damage.text);
        damage = end.damage;
    }
    if (opened.capture.format) {
        long at = row->damage_at < 0 ? (long)made.bytes.size + row->damage_at : (long)from + row->damage_at;
        cr_assert_eq((long)damage.offset, at, "row %u: at %lu: %s", index, damage.offset, damage.text);
        cr_assert_gt(strlen(damage.text), 20, "row %u", index);
        if (row->text) cr_assert_str_eq(damage.text, row->text, "row %u: %s", index, damage.text);
    }
    close_opened(&opened);
    made_free(&made);
}

Test(readers, damage_is_named_with_its_place)
{
    for (u32 i = 0; i < COUNT_OF(broken); i++) check_broken(&broken[i], i);
}

/* A frame said to begin on the table's last entry would have a header of that entry and what is behind it. */
Test(readers, a_frame_table_that_points_into_itself)
{
    static const u8 behind[32];
    char expected[200];
    Made made = made_named("netmon 2.0", 3, 17);
    u32 table = load_le32(made.bytes.bytes + 24), last = table + 8;
    Lane end;

    memcpy(made.bytes.bytes + last, &last, sizeof last);
    bytes_add(&made.bytes, behind, sizeof behind);
    Opened opened = open_bytes(made.bytes.bytes, made.bytes.size);
    cr_assert_eq(walk_capture(&opened.capture, 64, NULL, NULL, &end), 2);
    cr_assert_eq(end.state, LANE_BROKEN);
    cr_assert_eq(end.damage.offset, last);
    snprintf(expected, sizeof expected, "the frame table puts frame 3 at %u, where it overlaps the table at %u", last,
             table);
    cr_assert_str_eq(end.damage.text, expected, "%s", end.damage.text);
    close_opened(&opened);
    made_free(&made);
}

/* What lies under the limits is read, however odd: as libpcap does. */
Test(readers, odd_but_readable)
{
    Made made = made_named("pcap us le", 3, 19);
    u32 nonsense = 0xffffffff, zero = 0, long_frame = 100000;
    memcpy(made.bytes.bytes + 16, &nonsense, 4); /* snap length */
    Opened opened = open_bytes(made.bytes.bytes, made.bytes.size);
    cr_assert_eq(walk_capture(&opened.capture, 64, NULL, NULL, NULL), 3);
    close_opened(&opened);

    memcpy(made.bytes.bytes + 16, &zero, 4);
    memcpy(made.bytes.bytes + 24 + 12, &zero, 4); /* captured more than there was */
    opened = open_bytes(made.bytes.bytes, made.bytes.size);
    cr_assert_eq(walk_capture(&opened.capture, 64, NULL, NULL, NULL), 3);
    close_opened(&opened);

    /* Longer than the snap length, but no longer than libpcap allows. */
    static const u8 data[100000];
    u32 snaplen = 96, record[4] = {1, 1, long_frame, long_frame};
    memcpy(made.bytes.bytes + 16, &snaplen, 4);
    bytes_add(&made.bytes, record, sizeof record);
    bytes_add(&made.bytes, data, sizeof data);
    opened = open_bytes(made.bytes.bytes, made.bytes.size);
    cr_assert_eq(walk_capture(&opened.capture, 64, NULL, NULL, NULL), 4);
    close_opened(&opened);
    made_free(&made);
}

/* -- files that are none ----------------------------------------------------------------------------------------- */

Test(readers, files_of_other_kinds_are_named)
{
    static const struct {
        const char *bytes;
        size_t size;
        const char *text;
    } rows[] = {
        {"", 0, "empty: it has no bytes at all"},
        {"\x1f\x8b\x08", 3, "gzip-compressed; try: zcat FILE | pktsift ... -"},
        {"\x28\xb5\x2f\xfd"
         "abcd",
         8, "zstd-compressed; try: zstdcat FILE | pktsift ... -"},
        {"snoop\0\0\0\0\0\0\2", 12, "a Solaris snoop capture; try: editcap FILE OUT.pcapng"},
        {"\0\0\0\0\0\0", 6, "no capture: its first 6 bytes are all zero"},
        {"tcp.port == 80\n", 15, "text, not a capture"},
        {"\x01\x02\x03\x04\x05", 5, "no capture that pktsift knows: it starts with 01 02 03 04"},
        {"\x01", 1, "no capture that pktsift knows: it starts with 01"},
        {"\x7f"
         "ELF\2\1\1",
         7, "an ELF program or library"},
    };
    char text[200], little[12];

    for (u32 i = 0; i < COUNT_OF(rows); i++) {
        cr_assert_null(format_probe((const u8 *)rows[i].bytes, rows[i].size));
        format_describe_unknown((const u8 *)rows[i].bytes, rows[i].size, text, sizeof text);
        cr_assert_str_eq(text, rows[i].text);
        format_describe_unknown((const u8 *)rows[i].bytes, rows[i].size, little, sizeof little);
        cr_assert_lt(strlen(little), sizeof little);
    }

    u8 trace[80] = {[1] = 4, [0x36] = 4, [0x4a] = 2, [0x4b] = 0xc0, [0x20] = 1};
    format_describe_unknown(trace, sizeof trace, text, sizeof text);
    cr_assert_str_eq(text, "a Windows event trace (.etl); convert it with: pktmon etl2pcap, or etl2pcapng");
}

Test(readers, link_types_have_names)
{
    cr_assert_str_eq(linktype_name(1), "EN10MB");
    cr_assert_str_eq(linktype_name(0xffffffe0), "NetMon event");
    cr_assert_null(linktype_name(65000));
}
