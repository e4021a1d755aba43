# lib.sh - what the oracle scripts share: where things are, TAP lines, and the one place that knows pktsift's output.
#
# Sourced by bash scripts of this folder.  PKTSIFT names another binary than build/pktsift; PKTSIFT_CAPTURES another
# folder than ../shared/captures beside the repository.

set -u -o pipefail
export LC_ALL=C TZ=UTC

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
REPO=$(cd "$HERE/../.." && pwd)
CAPTURES=${PKTSIFT_CAPTURES:-$REPO/../shared/captures}
PKTSIFT=${PKTSIFT:-$REPO/build/pktsift}
WORK=$(mktemp -d "${TMPDIR:-/tmp}/pktsift-oracle.XXXXXX")
trap 'rm -rf "$WORK"' EXIT

tap_count=0
tap_failed=0
ok() { tap_count=$((tap_count + 1)); echo "ok $tap_count - $*"; }
not_ok() { tap_count=$((tap_count + 1)); tap_failed=$((tap_failed + 1)); echo "not ok $tap_count - $*"; }
skip() { tap_count=$((tap_count + 1)); echo "ok $tap_count - # SKIP $*"; }
say() { sed 's/^/# /'; } # indents a diagnosis for TAP
# The plan comes last, and a run that tested nothing fails.
finish() {
    [ "$tap_count" -gt 0 ] || not_ok "nothing was tested"
    echo "1..$tap_count"
    [ "$tap_failed" -eq 0 ]
    exit
}
bail() { echo "Bail out! $*"; exit 1; }

have() { command -v "$1" >/dev/null 2>&1; }
need_pktsift() { [ -x "$PKTSIFT" ] || bail "$PKTSIFT does not exist: run make first"; }
# Without the captures there is nothing to compare with: said, and counted as one skipped test.
need_captures() {
    [ -r "$CAPTURES/INDEX.tsv" ] && return
    skip "no captures used: $CAPTURES/INDEX.tsv is not there (set PKTSIFT_CAPTURES)"
    finish
}
need_tools() {
    local tool missing=
    for tool in "$@"; do have "$tool" || missing="$missing $tool"; done
    [ -z "$missing" ] && return
    skip "no captures used: not installed:$missing"
    finish
}

# Formats of INDEX.tsv column 4 that pktsift reads.
is_read() { case $1 in pcap-[lb]e-us | pcap-[lb]e-ns | pcap-le-mod | pcapng-[lb]e | netmon-[12].*) true ;; *) false ;; esac }

# Paths of the captures of a format, one a line: those are what INDEX.tsv lists, so the order never changes.
captures_of() { awk -F'\t' -v want="$1" 'FNR > 1 && $4 ~ want { print $1 }' "$CAPTURES/INDEX.tsv"; }

# -- pktsift's output: the one place that knows its shape -------------------------------------------------------------

# count_by_file FILE... : "N TAB FILE" for each file that could be opened, in order; the exit status is pktsift's.
count_by_file() {
    "$PKTSIFT" count --by-file 'FrameVariable.FrameLength >= 0' "$@" |
        awk 'match($0, /:[0-9]+$/) { print substr($0, RSTART + 1) "\t" substr($0, 1, RSTART - 1) }'
}
# The captures in TABLE's second column, below the current folder, each with a match by a filter of TABLE ("id TAB filter"): "id
# TAB FILE TAB n,n,...", the 1-based numbers of its matching frames; "id TAB ! TAB message" for a filter that failed.
# keeps TABLE FILE... ; build_program first.
keeps() { "$WORK/keeps" "$@"; }
# build_program NAME LIBRARY... : WORK/NAME from NAME.c beside this file.
build_program() {
    local name=$1
    shift
    cc -std=c11 -D_GNU_SOURCE -O1 -I"$REPO" -o "$WORK/$name" "$HERE/$name.c" "$@" || bail "$name.c does not compile"
}
library=("${PKTSIFT%/*}/libpktsift.a" -lpcre2-8 -lpthread)
# write_matches EXPR FILE OUT : the matching frames into OUT, whose suffix says the format.
write_matches() { "$PKTSIFT" filter -q -w "$3" "$1" "$2"; }

# -- tshark -----------------------------------------------------------------------------------------------------------
#
# Reassembly, desegmentation and sequence analysis are off, so that a frame is judged by its own bytes.  Protocols pktsift
# does not follow (L2TP, ERSPAN, Teredo ...) are off, so that both look at the same headers.  ICMP is on only for filters
# that speak of it: tshark takes the datagram quoted in an ICMP error for a header of the frame.

prepare_tshark() {
    local followed='frame|pkt_comment|netmon_header|eth|ethertype|vlan|ieee8021ad|llc|arp|ip|mpls|pppoed|pppoes|gre|vxlan|gtp|esp|ipv6(\.(hopopts|dstopts|fraghdr|routing.*))?|ah|udp|tcp|mptcp|sll|null|raw|ppp|chdlc|data'
    followed+='|wlan|wlan_radio|radiotap|netmon_802_11|sctp|igmp|dns|mdns|llmnr|nbns|dhcp|dhcpv6|ntp|syslog|http|tls|nbss|smb|smb2|kerberos|ldap|cldap|ssh'
    mkdir "$WORK/rest" "$WORK/icmp"
    tshark -G protocols 2>/dev/null | cut -f3 | grep -vxE "$followed" >"$WORK/rest/disabled_protos"
    grep -vxE 'icmp|icmpv6' "$WORK/rest/disabled_protos" >"$WORK/icmp/disabled_protos"
}
# Preferences: frames are judged one by one.  NetBIOS, TLS, HTTP and the like reassemble by preferences of their own.
tshark_options=()
for preference in ip.defragment:FALSE ipv6.defragment:FALSE ipv6.tso_support:TRUE tcp.desegment_tcp_streams:FALSE \
    tcp.analyze_sequence_numbers:FALSE tcp.relative_sequence_numbers:FALSE tcp.check_checksum:TRUE udp.check_checksum:TRUE \
    ip.check_checksum:TRUE tls.desegment_ssl_records:FALSE tls.desegment_ssl_application_data:FALSE http.desegment_headers:FALSE \
    http.desegment_body:FALSE dns.desegment_dns_messages:FALSE nbss.desegment_nbss_commands:FALSE ldap.desegment_ldap_messages:FALSE \
    kerberos.desegment:FALSE ssh.desegment_buffers:FALSE wlan.defragment:FALSE sctp.reassembly:FALSE "sctp.checksum:CRC 32c"; do tshark_options+=(-o "$preference"); done
# ask_tshark CAPTURE TABLE : "id TAB n,n,..." for each row of TABLE (id in column 1, display filter in column 4)
ask_tshark() {
    local which
    for which in rest icmp; do
        [ $which = rest ] || grep -q icmp <(cut -f4 "$2") || continue # starting tshark is most of the time it takes
        WIRESHARK_CONFIG_DIR=$WORK/$which tshark -q -n -r "$1" "${tshark_options[@]}" \
            -X "lua_script:$HERE/tshark.lua" -X "lua_script1:$2" -X "lua_script1:$which" 2>>"$WORK/tshark.err"
    done
}
