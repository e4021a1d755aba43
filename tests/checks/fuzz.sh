#!/usr/bin/env bash
# fuzz.sh - every driver of tests/fuzz/ still runs: a few inputs each, under the address and undefined sanitizers.  Many more
# are `make fuzz`.
. "$(dirname "$0")/lib.sh"
for source in tests/fuzz/*.c; do
    driver=build/san/fuzz-$(basename "$source" .c)
    check "$(basename "$driver") 200" "$driver" 200
done
finish
