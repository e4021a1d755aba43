#!/bin/bash
# convert.sh - the same frames in another format give the same answer: Ethernet pcap files converted by editcap to pcapng,
# to pcap with nanoseconds and to both NetMon formats, a handful of filters, equal frame numbers.  TAP, one test a format
# and filter.
#
# Used is every tenth whole, readable Ethernet pcap file with at least one frame, in the order of INDEX.tsv
# (PKTSIFT_CONVERT=all: every one).  A capture that editcap refuses to write in a
# format is no test of it.  Left out for NetMon 1, which keeps lengths in 16 bits and times in whole milliseconds, counted
# without a sign from the first frame on: captures with a frame longer than 65,535 bytes, and filters on time.
. "$(dirname "$0")/lib.sh"
need_pktsift
need_tools editcap cc
need_captures
cd "$CAPTURES" || bail "$CAPTURES"

filters=(
    'FrameVariable.FrameLength >= 0'
    'TCP.Port == 80 OR UDP.Port == 53'
    'Blob(FrameData, 12, 2) == 0x0800 AND UINT8(FrameData, 22) > 32'
    'IPv6 OR ARP OR VLAN'
    'FrameVariable.FrameLength > 128 AND FrameVariable.CaptureLength > 64'
    'FrameVariable.FrameNumber IN {0..2, 5, 8..1000} AND NOT IPv4.Address == 10.0.0.0/8'
    'FrameVariable.TimeDelta > 1ms AND FrameVariable.TimeOfDay >= "2005-01-01 00:00:00Z"'
)
step=$([ "${PKTSIFT_CONVERT:-}" = all ] && echo 1 || echo 10)
awk -F'\t' -v step="$step" '
    FILENAME ~ /counts.tsv/ { if ($5 == "whole" && $3 == $4 && $3 > 0) whole[$2]; next }
    $4 ~ /^pcap-[lb]e-(us|ns)$/ && $5 == "EN10MB" && $1 in whole && n++ % step == 0 { print $1 }' "$HERE/counts.tsv" INDEX.tsv >"$WORK/originals"
[ -s "$WORK/originals" ] || { not_ok "no capture to convert"; finish; }

# Copy number N of a format is WORK/FORMAT/N, made from line N of WORK/originals.
convert() { # FORMAT
    mkdir -p "$WORK/$1"
    awk -v OFS='\n' '{ print $0, NR }' "$WORK/originals" | tr '\n' '\0' |
        xargs -0 -n 2 -P "$(nproc)" bash -c 'editcap -F "$0" "$2" "$1/$3" 2>/dev/null || rm -f "$1/$3"' "$1" "$WORK/$1"
}

build_program keeps "${library[@]}"
printf '%s\n' "${filters[@]}" | awk -v OFS='\t' '{ print NR - 1, $0 }' >"$WORK/filters"
echo "long	FrameVariable.FrameLength > 65535" >"$WORK/long.filter"

# numbers_of LIST FILTERS : "filter TAB N TAB numbers" for the files that stand in LIST as "N TAB FILE"
numbers_of() {
    local files
    mapfile -t files < <(cut -f2 "$1")
    keeps "$2" "${files[@]}" | awk -F'\t' -v OFS='\t' 'NR == FNR { number[$2] = $1; next } { print $1, $2 == "!" ? $2 : number[$2], $3 }' "$1" -
}

awk -v OFS='\t' '{ print NR, $0 }' "$WORK/originals" >"$WORK/list"
numbers_of "$WORK/list" "$WORK/filters" >"$WORK/original"

for format in pcapng nsecpcap netmon1 netmon2; do
    convert "$format"
    awk -F'\t' -v OFS='\t' -v dir="$WORK/$format" '
        { file = dir "/" $1; if ((getline line < file) >= 0) { print $1, file; close(file) } }' "$WORK/list" >"$WORK/copies"
    if [ $format = netmon1 ]; then
        numbers_of "$WORK/list" "$WORK/long.filter" | cut -f2 >"$WORK/long"
        awk 'NR == FNR { long[$1]; next } !($1 in long)' "$WORK/long" "$WORK/copies" >"$WORK/short" && mv "$WORK/short" "$WORK/copies"
    fi
    copies=$(wc -l <"$WORK/copies")
    [ "$copies" -gt 0 ] || { not_ok "$format: editcap wrote no copy"; continue; }
    numbers_of "$WORK/copies" "$WORK/filters" >"$WORK/copy"
    for f in "${!filters[@]}"; do
        case $format:${filters[f]} in netmon1:*Time*) continue ;; esac
        awk -F'\t' -v filter="$f" '
            FILENAME ~ /list$/ { path[$1] = $2; next }
            FILENAME ~ /copies$/ { copied[$1]; next }
            $1 != filter { next }
            $2 == "!" { print "pktsift failed: " $3; next }
            FILENAME ~ /original$/ { want[$2] = $3; next }
            { got[$2] = $3 }
            END { for (n in copied) if (got[n] != want[n]) print path[n] ": original " substr(want[n], 1, 60) "; copy " substr(got[n], 1, 60) }' \
            "$WORK/list" "$WORK/copies" "$WORK/original" "$WORK/copy" >"$WORK/wrong"
        if [ -s "$WORK/wrong" ]; then head -20 "$WORK/wrong" | say; not_ok "$format: ${filters[f]}: $(wc -l <"$WORK/wrong") of $copies copies answer otherwise"
        else ok "$format: $copies copies: ${filters[f]}"; fi
    done
    rm -rf "${WORK:?}/$format"
done
echo "# $(wc -l <"$WORK/originals") captures used"
finish
