#!/usr/bin/env bash
# bench.sh - the benchmark and its peers run, check their answers, and give a wrong count no time.  Small captures and few
# filters (counts.sh has them all): no bars of time.
. "$(dirname "$0")/lib.sh"

"$B/mkcapture" mixed "$work/mixed.pcap" --size 3M --start 300K >/dev/null
"$B/mkcapture" mixed "$work/parts" --size 1M --files 4 >/dev/null
grep -E '^(all|blob|second|hosts-10k):' bench/filters.txt >"$work/filters.txt"
json_is_whole() { perl -MJSON::PP -e 'local $/; decode_json(<STDIN>)' <"$1"; }
has_time() { grep -qE "^ +($1) +[0-9.]+ +[0-9.]+\.\.[0-9.]+" "$2" || { cat "$2"; return 1; }; }
# What is left over must be the machine's lack, not a wrong count.
only_missing() { ! grep 'no time' "$1" | grep -v 'not run: cannot start'; }

check "a run over a capture and a folder, with every peer" "$B/measure" --peers --runs 1 --filters "$work/filters.txt" \
    --out "$work/results.json" "$work/mixed.pcap" "$work/parts"
cp "$work/said" "$work/table" 2>/dev/null
check "its JSON is whole" json_is_whole "$work/results.json"
check "no count is wrong" only_missing "$work/table"
for name in 'floor faults' 'floor populate-8M' 'floor read-256K' 'lines map-populate' cat cp 'tcpdump blob' \
    'bpf_filter blob' 'tshark blob' 'pktsift blob' 'pktsift hosts-10k' 'pktsift write-second' 'mergecap stitch' \
    'xargs-tcpdump blob'; do
    check "there is a time for $name" has_time "$name" "$work/table"
done
check "peers stand in a row with pktsift" grep -qE '^  \| blob \| [0-9]+ \| tcpdump .*, bpf_filter .*, tshark ~' "$work/table"

echo 'blob: 12345678: Blob(FrameData, 34, 2) == 0xD0EF' >"$work/wrong.txt"
"$B/measure" --runs 1 --filters "$work/wrong.txt" "$work/mixed.pcap" >"$work/table" 2>&1
same "a wrong count is exit status 1" 1 $?
check "and has no time" grep -q 'pktsift blob .*no time: counted .* instead of 12345678' "$work/table"
finish
