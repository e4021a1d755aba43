#!/bin/bash
# regenerate.sh - asks capinfos, tshark and tcpdump once, and keeps their answers in tables of this folder.
#
#     tests/oracle/regenerate.sh            writes counts.tsv, answers/tshark.tsv and answers/tcpdump.tsv
#     tests/oracle/regenerate.sh DIR        writes them below DIR, lists of frames in full: what `filters.sh DIR` wants to
#                                           tell which frames differ where the kept tables hold only a hash
#
# Needed when captures.tsv or filters.tsv changed, or to see what other versions of the tools say.  No byte of a capture
# is kept: only names, hashes and frame numbers.  deviations.tsv is written by hand (see README.md), never from here.
#
# tcpdump is asked through its library by bpf.c; the number of matches is checked against `tcpdump --count`.  It does not
# read NetMon files, so it is given editcap's copy of them as pcap where there can be one.  tshark: see lib.sh.
. "$(dirname "$0")/lib.sh"

FILTERS=$HERE/filters.tsv
OUT=$HERE
[ $# -eq 0 ] || { mkdir -p "$1" && OUT=$(cd "$1" && pwd) && export LIST_MAX=10000000; } || exit
for tool in capinfos tshark tcpdump editcap sha256sum cc; do have "$tool" || bail "not installed: $tool"; done
[ -r "$CAPTURES/INDEX.tsv" ] || bail "no captures at $CAPTURES"
cd "$CAPTURES" || exit

prepare_tshark

# counts.tsv: sha256_16, path, frames by INDEX.tsv, frames by capinfos, how capinfos ended
counts() {
    awk -F'\t' 'FNR > 1 && $4 ~ /^(pcap-(le|be)-(us|ns|mod)|pcapng-(le|be)|netmon-[12]\..*)$/ { print $1 }' INDEX.tsv |
        tr '\n' '\0' | xargs -0 capinfos -M -T -r -c >"$WORK/counts" 2>"$WORK/complaints"
    printf '# %s\n# sha256_16\tpath\tindex\tcapinfos\tstate\n' "$(capinfos -v 2>/dev/null | head -1)"
    awk -F'\t' -v OFS='\t' '
        FILENAME ~ /counts$/ { count[$1] = $2; next }
        FILENAME ~ /complaints$/ {
            if (match($0, /^capinfos: An error occurred after reading [0-9]+ packets from "/)) {
                n = $0; sub(/.*after reading /, "", n); path = substr($0, RLENGTH + 1); sub(/"\.$/, "", path)
                count[path] = n + 0; state[path] = "damaged"
            } else if (match($0, /^capinfos: The file "/)) {
                path = substr($0, RLENGTH + 1); rest = path; sub(/" .*/, "", path); sub(/.*" /, "", rest)
                if (rest ~ /^appears to have been cut short/) state[path] = "cut"
                else if (rest ~ /damaged or corrupt/) state[path] = "damaged"
                else state[path] = "refused"
            }
            next
        }
        FNR > 1 && $4 ~ /^(pcap-(le|be)-(us|ns|mod)|pcapng-(le|be)|netmon-[12]\..*)$/ {
            print $3, $1, $6, ($1 in count ? count[$1] : "-"), ($1 in state ? state[$1] : "whole")
        }' "$WORK/counts" "$WORK/complaints" INDEX.tsv
}

tshark_answers() { ask_tshark "$1" "$FILTERS"; }

# What libpcap can open: the capture itself, or a copy of a NetMon file.  Wiretap gives commented NetMon frames a link type
# of their own (188) though their bytes are Ethernet's, so editcap must be told; a file with event frames (187) has no copy.
pcap_of() { # CAPTURE
    [ "$(head -c 4 "$1")" = GMBU ] || { echo "$1"; return; }
    ! tshark -r "$1" -T fields -e frame.encap_type 2>/dev/null | grep -qvx '1\|188' &&
        editcap -F nsecpcap -T ether "$1" "$WORK/copy" >/dev/null 2>&1 && echo "$WORK/copy"
}
tcpdump_answers() {
    local file
    file=$(pcap_of "$1") || { printf '*\t!pcap cannot hold its event frames\n'; return; }
    "$WORK/bpf" "$file" "$FILTERS" 2>"$WORK/bpf.err" || { printf '*\t!%s\n' "$(sed 's/.*: //' "$WORK/bpf.err" | head -1)"; return; }
}

# Long lists in, table lines out.  Rows without a match are left out: a filter asked for and not listed matched nothing.
shorten() {
    awk -F'\t' -v OFS='\t' -f "$HERE/lists.awk" -f <(echo '
        $2 == "" { next }
        $2 ~ /^!/ { print; next }
        { n = list_read($2, a); print $1, list_short(n, a) }')
}

answers() { # TOOL
    local sha path why
    while IFS=$'\t' read -r sha path why; do
        case $sha in '#'* | '') continue ;; esac
        [ "$(sha256sum "$path" | cut -c1-16)" = "$sha" ] || bail "$path is not the capture captures.tsv speaks of"
        echo "@$sha"
        "$1_answers" "$path" | tee "$WORK/long" | shorten
        if [ "$1" = tcpdump ]; then check_counts "$path"; fi
    done <"$HERE/captures.tsv"
}

# libpcap's count against tcpdump's own: an unequal one would mean that bpf.c asks something else than tcpdump does.
check_counts() { # CAPTURE
    local file id expression answer want got
    file=$(pcap_of "$1") || return
    while IFS=$'\t' read -r id answer; do
        case $answer in '!'*) continue ;; esac
        want=$(awk -F'\t' -v id="$id" '$1 == id { print $3 }' "$FILTERS")
        got=$(tcpdump --count -nr "$file" "$want" 2>/dev/null | awk '/packets?$/ { print $1 }')
        [ "${got:-0}" = "$(awk -v l="$answer" 'BEGIN { print split(l, a, ",") }')" ] ||
            echo "regenerate: $1: $id: tcpdump counts ${got:-nothing}, its library otherwise" >&2
    done <"$WORK/long"
}

build_program bpf -lpcap
mkdir -p "$OUT/answers"
counts >"$WORK/counts.tsv" && cp "$WORK/counts.tsv" "$OUT/counts.tsv"
{ echo "# $(tshark -v 2>/dev/null | head -1)"; answers tshark; } >"$WORK/tshark.tsv" && cp "$WORK/tshark.tsv" "$OUT/answers/tshark.tsv"
{ echo "# $(tcpdump --version 2>&1 | head -2 | paste -sd,)"; answers tcpdump; } >"$WORK/tcpdump.tsv" && cp "$WORK/tcpdump.tsv" "$OUT/answers/tcpdump.tsv"
wc -lc "$OUT/counts.tsv" "$OUT"/answers/*.tsv
