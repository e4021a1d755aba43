#!/usr/bin/env bash
# example.sh - the example program of tests/example builds against the public header and the library alone, and works.
. "$(dirname "$0")/lib.sh"

mkdir "$work/include"
cp runtime/pktsift.h "$work/include/"
check "it builds with nothing but pktsift.h and the library" \
    ${CC:-cc} -std=c11 -Wall -Wextra -Werror -I"$work/include" -o "$work/sift" tests/example/sift.c "$B/libpktsift.a" -lpcre2-8 -lpthread
check "the header is C++ too" sh -c "echo '#include <pktsift.h>' | ${CXX:-c++} -fsyntax-only -I'$work/include' -x c++ -"

"$B/mkcapture" mixed "$work/in.pcap" --size 2M >/dev/null
expected=$(awk '$1 == "tcp-port" { print $2 }' "$work/in.pcap.counts")
"$work/sift" 'TCP.Port == 53487' "$work/out.pcapng" "$work/in.pcap" >"$work/shown" 2>"$work/errors"
same "it ends well" 0 $?
same "it says nothing on stderr" "" "$(cat "$work/errors")"
same "it shows a line a frame, and the count" "$((expected + 1))" "$(wc -l <"$work/shown")"
same "all of them match" "$expected" "$(grep -cE 'TCP .*(Src|Dst)Port=53487,| HTTP ' "$work/shown")"
same "the capture holds them" "$expected" "$("$B/pktsift" count 'TCP.Port == 53487' "$work/out.pcapng" 2>/dev/null)"
same "and nothing else" "$expected" "$("$B/pktsift" count 'FrameVariable.FrameLength > 0' "$work/out.pcapng" 2>/dev/null)"

"$work/sift" 'TCP.Prot == 53487' "$work/none.pcapng" "$work/in.pcap" >"$work/shown" 2>"$work/errors"
same "a wrong filter is status 2" 2 $?
check "and is explained" grep -q 'filter:1:1: error: ' "$work/errors"
check "and leaves no file" test ! -e "$work/none.pcapng"
finish
