/* pipeline.h - the route of a scan; its public face is pks_scan in pktsift.h. */
#ifndef RUNTIME_PIPELINE_H
#define RUNTIME_PIPELINE_H

#include "runtime/scan.h"

/* How many threads are worth starting for these inputs. */
unsigned pipeline_threads(const pks_scan_options *options, u64 bytes_all);

#endif
