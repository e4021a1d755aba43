#!/usr/bin/env bash
# bench.sh - the benchmark runs, checks its answers, and gives a wrong count no time.  Small captures: no bars of time.
. "$(dirname "$0")/lib.sh"

"$B/mkcapture" mixed "$work/mixed.pcap" --size 3M >/dev/null
"$B/mkcapture" cut68 "$work/cut68.pcap" --size 1M >/dev/null
json_is_whole() { perl -MJSON::PP -e 'local $/; decode_json(<STDIN>)' <"$1"; }
has_time() { grep -qE "^ +($1) +[0-9.]+ +[0-9.]+\.\.[0-9.]+" "$2" || { cat "$2"; return 1; }; }

check "a run over both captures" "$B/measure" --runs 1 --out "$work/results.json" "$work/mixed.pcap" "$work/cut68.pcap"
cp "$work/said" "$work/table" 2>/dev/null
check "its JSON is whole" json_is_whole "$work/results.json"
for name in floor cat tcpdump bpf_filter 'pktsift blob' 'pktsift request'; do
    check "there is a time for $name" has_time "$name" "$work/table"
done

echo 'blob: 12345678: Blob(FrameData, 34, 2) == 0xD0EF' >"$work/wrong.txt"
"$B/measure" --runs 1 --filters "$work/wrong.txt" "$work/mixed.pcap" >"$work/table" 2>&1
same "a wrong count is exit status 1" 1 $?
check "and has no time" grep -q 'pktsift blob .*no time: counted .* instead of 12345678' "$work/table"
finish
