/* sample.h - some frames of the captures that will be read, on which the compiler tries a filter's tests.
 *
 * Beside scan.c, before it: a scan begins when the filter is compiled.  Always true: the same inputs give the same frames;
 * what is wrong with a capture is not told here, the scan will. */
#ifndef RUNTIME_SAMPLE_H
#define RUNTIME_SAMPLE_H

#include "compiler/sample.h"
#include "runtime/capture/file.h"
#include "runtime/pktsift.h"

typedef struct {
    const pks_inputs *inputs;
    u64 bytes_min; /* of all inputs; with fewer the scan is over before anything is won.  0: the default */
    CaptureFile file;
    Batch *batch;
    Sample sample;
} FrameSample;

/* SampleSource; user: a FrameSample with its inputs, the rest {0}.  Frames stay until sample_release. */
const Sample *sample_take(void *user);
void sample_release(FrameSample *sample);

#endif
