#!/usr/bin/env bash
# demo.sh - what `make demo` shows is true: the stitched captures hold the session, whole and in order.
. "$(dirname "$0")/lib.sh"

for program in pktsift nmcap mkdemo; do ln -s "$PWD/$B/$program" "$work/$program"; done
check "the demo runs" bash tests/demo.sh "$work"
for capture in session.pcapng session.cap; do
    lines=$(tshark -r "$work/demo/$capture" -T fields -e frame.time_epoch -e tcp.port -e tcp.flags.reset 2>/dev/null)
    same "$capture: 25 frames of port 53487" "25 25" "$(grep -c . <<<"$lines") $(grep -c 53487 <<<"$lines")"
    check "$capture: in time order" sort -nc -k1,1 <<<"$lines"
    same "$capture: a reset ends it" 1 "$(tail -n 1 <<<"$lines" | cut -f3)"
done
finish
