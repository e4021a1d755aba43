/* linktype.c - the public name of a link type; the table is readers/linktypes.def. */
#include "runtime/pktsift.h"
#include "runtime/readers/reader.h"

const char *pks_linktype_name(uint32_t linktype) { return linktype_name(linktype); }
