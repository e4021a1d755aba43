#!/bin/bash
# peers.sh - filters of ours that `pktsift explain` puts into Wireshark's and tcpdump's words, and filters of theirs that our
# error messages put into ours: do both keep the same frames?
#
#     tests/oracle/peers.sh            over a generated capture, the packets of peers-packets.hex, and peers-captures.txt
#     tests/oracle/peers.sh all        over these two and all of captures.tsv (some minutes)
#     tests/oracle/peers.sh FILE...    over these captures
#
# Ours: filters.tsv and peers.tsv.  Theirs: foreign.tsv, and what filters.tsv has of them that tcpdump can say as well.  tshark runs with its defaults, but
# for reassembly; tcpdump's library is asked by bpf.c.  Every frame about which the two sides disagree must be one of those
# that an exception of that filter speaks of: peers-exceptions.tsv has a display filter for each exception, by the name that
# `explain --json` gives it.  A filter without exceptions must agree about every frame.
. "$(dirname "$0")/lib.sh"
need_pktsift
need_tools tshark text2pcap editcap cc

rows() { grep -v '^#' "$1" | grep .; }

# Every filter of ours and of theirs, for peers.c.
{
    rows "$HERE/filters.tsv" | awk -F'\t' -v OFS='\t' '{ print "ours", $1, $2 }'
    rows "$HERE/peers.tsv" | awk -F'\t' -v OFS='\t' '{ print "ours", "peers:" $1, $2 }'
    rows "$HERE/foreign.tsv"
    rows "$HERE/filters.tsv" | awk -F'\t' -v OFS='\t' '
        $3 == "-" { next }
        !($3 in seen) { seen[$3]; print "tcpdump", $3 }
        $4 != "-" && $4 !~ /^(tcp|udp) contains/ && !($4 in seen) { seen[$4]; print "wireshark", $4 }'
} >"$WORK/filters"

paths=()
if [ $# -eq 0 ] || [ "$1" = all ]; then
    "${PKTSIFT%/*}/mkcapture" mixed "$WORK/generated.pcap" --size 256K >/dev/null || bail "mkcapture failed"
    text2pcap -q -F pcap "$HERE/peers-packets.hex" "$WORK/packets.pcap" >/dev/null 2>&1 || bail "text2pcap failed"
    paths+=("$WORK/generated.pcap" "$WORK/packets.pcap")
    [ $# -eq 0 ] && list=$(rows "$HERE/peers-captures.txt") || list=$(rows "$HERE/captures.tsv" | cut -f2)
    if [ -d "$CAPTURES" ]; then
        while read -r path; do paths+=("$CAPTURES/$path"); done <<<"$list"
    else
        echo "# $CAPTURES is not there: over a generated capture and peers-packets.hex alone"
    fi
else
    paths=("$@")
fi
for path in "${paths[@]}"; do [ -r "$path" ] || not_ok "$path is missing"; done

build_program peers "${library[@]}"
build_program bpf -lpcap
"$WORK/peers" "$WORK/filters" "$WORK/table" "$WORK/exceptions" "$WORK/part.ours" "${paths[@]}" 2>"$WORK/err" || not_ok "peers.c failed"
say <"$WORK/err"
rows "$HERE/peers-exceptions.tsv" | awk -F'\t' -v OFS='\t' '{ print "except:" $1, "-", "-", $2 }' >>"$WORK/table"

# NetMon files as pcap, where there can be such a copy (see regenerate.sh).
pcap_of() {
    [ "$(head -c 4 "$1")" = GMBU ] || { echo "$1"; return; }
    ! tshark -r "$1" -T fields -e frame.encap_type 2>/dev/null | grep -qvx '1\|188' &&
        editcap -F nsecpcap -T ether "$1" "$WORK/copy.$2" >/dev/null 2>&1 && echo "$WORK/copy.$2"
}
ask() { # CAPTURE NUMBER: both tools
    local file
    WIRESHARK_CONFIG_DIR=$WORK/config tshark -q -n -r "$1" -o ip.defragment:FALSE -o ipv6.defragment:FALSE \
        -o tcp.desegment_tcp_streams:FALSE -o tcp.no_subdissector_on_error:FALSE -X "lua_script:$HERE/tshark.lua" -X "lua_script1:$WORK/table" -X lua_script1:all \
        2>>"$WORK/tshark.err" | awk -F'\t' -v OFS='\t' -v path="$1" '{ print "wireshark", $1, path, $2 }'
    file=$(pcap_of "$1" "$2") || return
    "$WORK/bpf" "$file" "$WORK/table" 2>>"$WORK/bpf.err" | awk -F'\t' -v OFS='\t' -v path="$1" '{ print "tcpdump", $1, path, $2 }'
}
mkdir "$WORK/config"
for i in "${!paths[@]}"; do
    while [ "$(jobs -pr | wc -l)" -ge 2 ]; do wait -n; done
    ask "${paths[i]}" "$i" >"$WORK/part.$i" &
done
wait
cat "$WORK"/part.* >"$WORK/answers"

awk -F'\t' -v OFS='\t' '
    FILENAME ~ /exceptions$/ { excepted[$2, $1] = $3; next }
    FILENAME ~ /table$/ {
        if ($1 ~ /^except:/) next
        id[++ids] = $1; ours[$1] = $2; said["tcpdump", $1] = $3; said["wireshark", $1] = $4
        next
    }
    { answer[$1, $2, $3] = $4; seen[$1, $3]; path[$3] }

    # Frames that only one side has, and that no exception speaks of.
    function differ(tool, name, where,    n, i, list, names, m, e, what) {
        split("", in_ours); split("", left)
        n = split(answer["pktsift", name, where], list, ","); for (i = 1; i <= n; i++) { in_ours[list[i]]; left[list[i]] = "+" }
        n = split(answer[tool, name, where], list, ",")
        for (i = 1; i <= n; i++) if (list[i] in in_ours) delete left[list[i]]; else left[list[i]] = "-"
        m = split(excepted[tool, name], names, ",")
        for (e = 1; e <= m; e++) {
            n = split(answer["wireshark", "except:" names[e], where], list, ",")
            for (i = 1; i <= n; i++) if (list[i] in left) { delete left[list[i]]; used[tool, names[e]]++ }
        }
        for (i in left) what = what " " left[i] i
        return what
    }
    function judge(tool, name,    bad, compared, where, want, what) {
        if (ours[name] == "=") { print "not ok", tool, name, "the messages lead to no filter of ours"; return }
        if (ours[name] == "~") { reasoned[tool]++; return }
        for (where in path) {
            if (!((tool, where) in seen)) continue
            want = answer[tool, name, where]
            if (want ~ /^!.*(link-layer|802\.11|radio information|offset|ethernet|VLAN support|not supported|ether|broadcast link)/ && tool == "tcpdump") continue # another link type
            if (want ~ /^!/) { bad = bad "\n#   " where ": " want; continue }
            compared++
            what = differ(tool, name, where)
            if (what != "") bad = bad "\n#   " where ":" substr(what, 1, 150)
        }
        if (!compared) bad = bad "\n#   nothing was compared"
        if (bad != "") print "not ok", tool, name, ours[name] "   |   " said[tool, name] bad
        else print "ok", tool, name
    }
    END {
        for (f = 1; f <= ids; f++) for (t = 1; t <= 2; t++) {
            tool = t == 1 ? "wireshark" : "tcpdump"
            if (said[tool, id[f]] != "-") judge(tool, id[f])
            else if (id[f] !~ /^their/) without[tool]++
            if (id[f] !~ /^their/) all++
        }
        for (e in used) { split(e, part, SUBSEP); print "# " part[1] ": exception \"" part[2] "\" for " used[e] " frames" }
        print "# their filters that a message says cannot be said here: wireshark " reasoned["wireshark"] + 0 ", tcpdump " reasoned["tcpdump"] + 0
        print "# of " all / 2 " filters " without["wireshark"] + 0 " cannot be said in Wireshark, " without["tcpdump"] + 0 " not in tcpdump"
    }' "$WORK/exceptions" "$WORK/table" "$WORK/answers" >"$WORK/verdict"

while IFS=$'\t' read -r verdict tool id filter; do
    case $verdict in
    ok) ok "$tool: $id" ;;
    'not ok') not_ok "$tool: $id: $filter" ;;
    *) echo "$verdict" ;;
    esac
done <"$WORK/verdict"
echo "# ${#paths[@]} captures used"
finish
