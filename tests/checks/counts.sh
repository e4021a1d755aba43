#!/usr/bin/env bash
# counts.sh - every filter of bench/filters.txt counts what the generator says, with any number of threads and in
# every capture format that editcap makes of the same frames.
. "$(dirname "$0")/lib.sh"

"$B/mkcapture" mixed "$work/mixed.pcap" --size 12M >/dev/null
"$B/mkcapture" cut68 "$work/cut68.pcap" --size 4M >/dev/null
for capture in mixed cut68; do
    editcap -F pcapng "$work/$capture.pcap" "$work/$capture.pcapng" 2>/dev/null
    editcap -F netmon2 "$work/$capture.pcap" "$work/$capture.cap" 2>/dev/null
done

counted() { awk -v name="$2" '$1 == name { print $2 }' "$work/$1.pcap.counts"; }
count() { # the number, or what went wrong
    "$PKTSIFT" count "$@" 2>"$work/talk"
    [ $? -lt 2 ] || tail -n 1 "$work/talk"
}

while IFS=: read -r name expected filter; do
    case $name in '' | \#*) continue ;; esac
    for capture in mixed cut68; do
        [ "$expected" = counted ] && want=$(counted "$capture" "$name") || want=$expected
        want="$want $want $want $want $want $want"
        got=$(for threads in 1 2 7 16; do count -j $threads "$filter" "$work/$capture.pcap"; done
            count -j 3 "$filter" "$work/$capture.pcapng"
            count -j 3 "$filter" "$work/$capture.cap")
        same "$capture: $name, with 1, 2, 7, 16 threads, as pcapng, as .cap" "$want" "$(tr '\n' ' ' <<<"$got" | sed 's/ $//')"
    done
done < <(sed -E 's/^([^:#]*): *([^: ]*): */\1:\2:/' bench/filters.txt)
finish
