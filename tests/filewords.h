/* filewords.h - a sift file's tree in words, one statement or entry a line: to be compared, and to be read. */
#ifndef TESTS_FILEWORDS_H
#define TESTS_FILEWORDS_H

#include "grammar/file.h"

const char *file_in_words(Arena *arena, const Source *source, const SiftFile *file);

#endif
