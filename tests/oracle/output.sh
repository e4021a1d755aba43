#!/bin/bash
# output.sh - what pktsift writes, read by others: frames chosen by number, written as .pcap, .pcapng and .cap, are read back
# by Wireshark's library and compared, bytes, lengths and times, with editcap's own copy of the same frames.  TAP.
#
# Both copies go through `editcap -F nsecpcap` and must then be equal behind the file header; so the comparison keeps every
# captured byte, both lengths and times to the nanosecond.  Used is every fortieth whole capture of one link type in the order
# of INDEX.tsv (PKTSIFT_OUTPUT=all: every one).  Not compared, with the number said:
# - captures that editcap cannot hold in a pcap file (no such link type);
# - .cap from anything but Ethernet in microseconds: wiretap gives other NetMon frames a link type of their own, and the
#   format keeps no more than 100 ns.
# Captures of several link types are written as pcapng and compared by tshark, and refused as pcap.  Captures with simple
# packet blocks, which have no time stamp, are no part of that: editcap dates them to 1970, pktsift copies them as they are.
. "$(dirname "$0")/lib.sh"
need_pktsift
need_tools editcap tshark capinfos
need_captures
cd "$CAPTURES" || bail "$CAPTURES"

# The same frames for both: 0-based for the filter, 1-based for editcap.
expression='FrameVariable.FrameNumber IN {0, 2..6, 9, 20..400}'
chosen=(1 3-7 10 21-401)
export PKTSIFT expression WORK

# check_copy N FORMAT CAPTURE : one line "equal|differs|none TAB FORMAT TAB CAPTURE [TAB why]"
check_copy() {
    local here=$WORK/$1.$2 type=() why=
    mkdir "$here" || return
    [ "$2" = cap ] && type=(-T ether)
    if ! editcap -r -F nsecpcap "${type[@]}" "$3" "$here/want" 1 3-7 10 21-401 >/dev/null 2>&1; then
        printf 'none\t%s\t%s\n' "$2" "$3"
    elif ! "$PKTSIFT" filter -q -w "$here/ours.$2" "$expression" "$3" 2>"$here/err"; then
        why="pktsift: $(head -1 "$here/err")"
    elif ! editcap -F nsecpcap "${type[@]}" "$here/ours.$2" "$here/got" >/dev/null 2>"$here/err"; then
        why="editcap cannot read it: $(tail -1 "$here/err")"
    elif ! cmp -s -i 24 "$here/want" "$here/got"; then
        why=$(cmp -i 24 "$here/want" "$here/got" 2>&1 | sed 's/.*got[: ]*//')
    else
        printf 'equal\t%s\t%s\n' "$2" "$3"
    fi
    [ -z "$why" ] || printf 'differs\t%s\t%s\t%s\n' "$2" "$3" "$why"
    rm -rf "$here"
}
export -f check_copy

step=$([ "${PKTSIFT_OUTPUT:-}" = all ] && echo 1 || echo 40)
awk -F'\t' -v step="$step" '
    FILENAME ~ /counts.tsv/ { if ($5 == "whole" && $3 == $4 && $3 > 0) whole[$2]; next }
    $1 in whole && $5 !~ /\+/ && n++ % step == 0 {
        print "pcap"; print $1; print "pcapng"; print $1
        if ($4 ~ /^pcap-.*us$/ && $5 == "EN10MB") { print "cap"; print $1 }
    }' "$HERE/counts.tsv" INDEX.tsv |
    awk 'NR % 2 { print ++n } { print }' | tr '\n' '\0' |
    xargs -0 -n 3 -P "$(nproc)" bash -c 'check_copy "$@"' _ >"$WORK/results"

# A difference that output-explained.tsv lists must be there, and no other.
awk -F'\t' -v OFS='\t' '
    NR == FNR { if ($1 !~ /^#/) { n = split($2, f, ","); for (i = 1; i <= n; i++) explained[f[i], $1] } next }
    $1 == "differs" && ($2, $3) in explained { $1 = "explained" }
    $1 == "equal" && ($2, $3) in explained { $1 = "differs"; $4 = "no: output-explained.tsv lists a difference that is not there" }
    { print }' "$HERE/output-explained.tsv" "$WORK/results" >"$WORK/judged"
for format in pcap pcapng cap; do
    count() { grep -c "^$1	$format	" "$WORK/judged"; }
    if [ "$(count differs)" -gt 0 ]; then grep "^differs	$format	" "$WORK/judged" | head -40 | say; not_ok ".$format: $(count differs) captures differ"
    elif [ "$(count equal)" -eq 0 ]; then not_ok ".$format: nothing was compared"
    else ok ".$format: $(count equal) captures as editcap copies them ($(count explained) differ for a reason, $(count none) not to be had as pcap)"; fi
done

# Several link types.
fields() { tshark -n -r "$1" -T fields -e frame.time_epoch -e frame.len -e frame.cap_len -e frame.encap_type -e frame.comment 2>/dev/null; tshark -n -x -r "$1" 2>/dev/null; }
mixed=0
while IFS= read -r path; do
    mixed=$((mixed + 1))
    editcap -r "$path" "$WORK/want.pcapng" "${chosen[@]}" >/dev/null 2>&1
    if ! write_matches "$expression" "$path" "$WORK/ours.pcapng" 2>"$WORK/err"; then say <"$WORK/err"; not_ok "$path: cannot be written as pcapng"; continue; fi
    if cmp -s <(fields "$WORK/want.pcapng") <(fields "$WORK/ours.pcapng"); then ok "$path: several link types, as pcapng"
    else diff <(fields "$WORK/want.pcapng") <(fields "$WORK/ours.pcapng") | head -5 | say; not_ok "$path: several link types: differs from editcap's copy"; fi
    write_matches 'FrameVariable.FrameNumber >= 0' "$path" "$WORK/ours.pcap" 2>"$WORK/err"
    status=$?
    if [ $status -eq 2 ] && [ ! -e "$WORK/ours.pcap" ] && [ -s "$WORK/err" ]; then ok "$path: several link types, refused as pcap"
    else not_ok "$path: several link types: exit status $status as pcap"; fi
    rm -f "$WORK"/ours.* "$WORK"/want.*
done < <(awk -F'\t' 'FNR == NR { if ($5 == "whole") frames[$2] = $4; next } $5 ~ /\+/ && $4 ~ /^pcapng-.e$/ && $9 !~ /SPB/ && frames[$1] >= 5 && n++ < 5 { print $1 }' "$HERE/counts.tsv" INDEX.tsv)
[ "$mixed" -gt 0 ] || not_ok "no capture of several link types was used"
echo "# $((mixed + $(cut -f3 "$WORK/results" | sort -u | wc -l))) captures used"
finish
