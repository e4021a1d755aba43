/* sample.h - frames that a filter's tests can be tried on, and how the compiler asks for them (trial.h). */
#ifndef COMPILER_SAMPLE_H
#define COMPILER_SAMPLE_H

#include "vm/batch.h"

typedef struct {
    const Batch *batch; /* with all that a batch can carry; the frames are readable until the compilation has ended */
    u32 count;          /* of batches */
} Sample;

/* Called at most once, where an order depends on it.  NULL: there are no frames. */
typedef const Sample *SampleSource(void *user);

#endif
