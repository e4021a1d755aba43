#!/usr/bin/env bash
# generators.sh - the generators' captures and counts hold up in front of tshark and tcpdump, which know neither us nor them.
. "$(dirname "$0")/lib.sh"

"$B/mkcapture" mixed "$work/mixed.pcap" --size 10M >/dev/null
"$B/mkcapture" cut68 "$work/cut68.pcap" --size 3M >/dev/null
"$B/mkdemo" "$work/demo" --last 2745 >/dev/null
counted() { awk -v name="$2" '$1 == name { print $2 }' "$1.counts"; }

# Our name, a tab, the display filter.  No commas: tshark's statistics take a list of filters between commas.
filters='blob	frame[34:2]==d0:ef or frame[36:2]==d0:ef
tcp-port	tcp.port==53487
host	ip.addr==10.0.7.42
prefix	ip.src==10.20.0.0/16
ipv6	ipv6.addr==2001:db8:7::c8
web	tcp.port==80 or tcp.port==443 or (tcp.srcport>=8000 and tcp.srcport<=8100) or (tcp.dstport>=8000 and tcp.dstport<=8100)
syn	tcp.flags.syn==1 and tcp.flags.ack==0
dns	udp.dstport==53
arp	arp
large	tcp and frame.len>1000
needle	frame contains "ticket-4711"
request	tcp.payload matches "^GET /i/[0-9]*7 "
delta	frame.time_delta>0.005
minute	frame.time>="2014-10-25 23:32:00" and frame.time<"2014-10-25 23:33:00"
all	frame'

for capture in mixed cut68; do
    list=
    while IFS=$'\t' read -r _ filter; do list="$list,$filter"; done <<<"$filters"
    tshark -r "$work/$capture.pcap" -q -z "io,stat,0$list" 2>/dev/null |
        grep '<>' | tr -d ' ' | tr '|' '\n' | grep -vE '<>|^$' | awk 'NR % 2' >"$work/frames" # frames, bytes, frames ...
    exec 3<"$work/frames"
    while IFS=$'\t' read -r name filter; do
        read -r found <&3 || found=nothing
        # Of IPv6 segments cut inside the TCP header tshark gives no flags, though their byte was captured.
        [ "$capture $name" = "cut68 syn" ] && continue
        same "$capture: $name as tshark counts it" "$(counted "$work/$capture.pcap" "$name")" "$found"
    done <<<"$filters"
    same "$capture: blob as tcpdump counts it" "$(counted "$work/$capture.pcap" blob)" \
        "$(tcpdump -r "$work/$capture.pcap" --count 'ether[34:2]==0xd0ef or ether[36:2]==0xd0ef' 2>/dev/null | cut -d' ' -f1)"
    same "$capture: frames as capinfos counts them" "$(counted "$work/$capture.pcap" frames)" \
        "$(capinfos -rTMc "$work/$capture.pcap" 2>/dev/null | cut -f2)"
done

checksums() { tshark -r "$1" -o tcp.check_checksum:TRUE -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE \
    -Y 'tcp.checksum.status==0 || ip.checksum.status==0 || udp.checksum.status==0 || icmp.checksum.status==0 || icmpv6.checksum.status==0' 2>/dev/null; }
same "mixed: every checksum is right" "" "$(checksums "$work/mixed.pcap" | head -n 3)"
same "demo: every checksum is right" "" "$(checksums "$work/demo/capfile(2740).cap" | head -n 3)"

session=$(for file in "$work"/demo/*.cap; do
    tshark -r "$file" -Y 'tcp.port==53487' -T fields -e tcp.flags.reset -e tcp.len 2>/dev/null
done)
same "demo: the session has 25 frames" 25 "$(grep -c . <<<"$session")"
same "demo: its request goes out six times" 6 "$(grep -c '^0.226$' <<<"$session")"
same "demo: it ends with a reset" 1 "$(tail -n 1 <<<"$session" | cut -f1)"
finish
