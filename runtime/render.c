/* render.c - see render.h. */
#include "runtime/render.h"

#include <stdlib.h>

#include "runtime/runs.h"

enum { TEXT_ROOM = 64 << 10 }; /* at first */

static bool add_text(Chunk *chunk, pks_text text, size_t most)
{
    if (text.length > most || chunk->text_len > most - text.length) return false;
    if (chunk->text_room - chunk->text_len < text.length) {
        size_t room = MIN_OF(MAX_OF(TEXT_ROOM, (chunk->text_len + text.length) * 2), most);
        char *grown = realloc(chunk->text, room);

        if (!grown) return false;
        chunk->text = grown;
        chunk->text_room = room;
    }
    if (text.length) memcpy(chunk->text + chunk->text_len, text.at, text.length);
    chunk->text_len += text.length;
    return true;
}

bool render_picks(const pks_scan_options *options, unsigned thread, const FrameSource *source, size_t most,
                  Chunk *chunk)
{
    const i64 *deltas = chunk->delta_count ? chunk->deltas : NULL;

    for (u32 i = 0; i < chunk->pick_count; i++) {
        const FrameRun *pick = &chunk->picks[i];
        RunCursor cursor;
        FrameInfo info;

        run_start(&cursor, source->capture, pick);
        while (run_next(&cursor, &info)) {
            pks_frame frame;

            frame_describe(&frame, source, &info, pick->first + cursor.done, deltas ? *deltas++ : 0);
            if (!add_text(chunk, options->render(options->user, thread, &frame), most)) return false;
        }
        if (cursor.done < pick->frames) return false;
    }
    chunk->pick_count = chunk->delta_count = 0;
    chunk->rendered = true;
    return true;
}
