/* wifi.h - what radiotap.c and wifi.c share. */
#ifndef VM_PROTOCOLS_WIFI_H
#define VM_PROTOCOLS_WIFI_H

#include "vm/base.h"

/* Walk.hint of STEP_WIFI: what is known of a frame from what stands in front of it. */
enum {
    WIFI_PADDED = 1,    /* zeros behind the header, up to a multiple of four */
    WIFI_DECRYPTED = 2, /* encrypted on the air, and an A-MSDU taken apart, whatever its flags say */
};

/* The number of the channel at that many MHz; false: there is none. */
static inline bool wifi_channel_of(u32 frequency, u64 *channel)
{
    static const struct {
        u16 first, last, base; /* channel n is at base + 5 n */
    } bands[] = {{2412, 2472, 2407}, {4910, 4980, 4000}, {5000, 5895, 5000}, {5955, 7115, 5950}};
    if (frequency == 2484) *channel = 14;
    if (frequency == 5935) *channel = 2; /* of 6 GHz */
    if (frequency == 2484 || frequency == 5935) return true;
    for (size_t i = 0; i < COUNT_OF(bands); i++) {
        if (frequency < bands[i].first || frequency > bands[i].last || (frequency - bands[i].base) % 5) continue;
        *channel = (frequency - bands[i].base) / 5;
        return *channel > 0;
    }
    return false;
}

#endif
