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

# The filter as options, `written` or a line.
filter_of() { # CAPTURE NAME FILTER
    [ "$3" = written ] && options=(-F "$work/$1.pcap.$2") || options=(-e "$3")
}

while IFS=: read -r name expected filter; do
    case $name in '' | \#*) continue ;; esac
    for capture in mixed cut68; do
        [ "$expected" = counted ] && want=$(counted "$capture" "$name") || want=$expected
        filter_of "$capture" "$name" "$filter"
        want="$want $want $want $want $want $want"
        got=$(for threads in 1 2 7 16; do count -j $threads "${options[@]}" "$work/$capture.pcap"; done
            count -j 3 "${options[@]}" "$work/$capture.pcapng"
            count -j 3 "${options[@]}" "$work/$capture.cap")
        same "$capture: $name, with 1, 2, 7, 16 threads, as pcapng, as .cap" "$want" "$(tr '\n' ' ' <<<"$got" | sed 's/ $//')"
    done
done < <(sed -E 's/^([^:#]*): *([^: ]*): */\1:\2:/' bench/filters.txt)
finish
