# info.bats - `info`, `fields`, `explain`.
load helper

@test "info: a block a file" {
    make_pcap a.pcap 1 2 3
    run -0 --separate-stderr pktsift info a.pcap
    same "" "$stderr"
    same "File:          a.pcap" "${lines[0]}"
    has "${lines[1]}" "pcap"
    for row in 'Link type:     EN10MB (1)' 'Snap length:   262 144 bytes' 'Frames:        3' 'File size:     240 bytes' \
        'Captured:      168 bytes' 'On the wire:   168 bytes' 'Average:       56.0 bytes a frame' \
        'First frame:   2014-10-25 23:32:00.123456' 'Last frame:    2014-10-25 23:32:02.123456' 'Duration:      2.0 s' \
        'Rate:          84 bytes/s on the wire, 1.5 frames/s' 'Order:         in order of time' 'State:         whole'; do
        has "$output" "$row"
    done
}

@test "info --json says what capinfos says" {
    make_pcap a.pcap 1 2 3
    for kind in pcap nsecpcap pcapng netmon1 netmon2; do
        editcap -F $kind a.pcap in.$kind
        run -0 --separate-stderr pktsift info in.$kind --json
        # capinfos: packets, file size, data size, duration
        same "$(capinfos -TrcsduM in.$kind 2>/dev/null | awk -F'\t' '{ printf "%d %d %d %.3f", $2, $3, $4, $5 }')" \
            "$(perl -MJSON::PP -e '$o = decode_json <STDIN>; printf "%d %d %d %.3f", @$o{qw(frames file_bytes wire_bytes duration)}' <<<"$output")"
        has "$output" '"state":"whole"}'
    done
}

@test "info: times at both ends of 64 bits" {
    perl -e 'sub block { my ($type, $body) = @_; pack("VV", $type, length($body) + 12) . $body . pack("V", length($body) + 12) }
        sub interface { block(1, pack("vvV vvq< V", 1, 0, 0, 14, 8, $_[0], 0)) } # if_tsoffset, seconds
        sub packet { block(6, pack("V5", $_[0], 0, 1, 4, 4) . "abcd") }
        print block(0x0a0d0d0a, pack("Vvvq<", 0x1a2b3c4d, 1, 0, -1)), interface(-9223372036854775807),
            interface(9223372036854775807), packet(0), packet(1)' >ends.pcapng
    run -0 --separate-stderr pktsift info ends.pcapng --json
    has "$output" '"duration":9223372036.854775807,'
    run -0 --separate-stderr pktsift info ends.pcapng
    has "$output" 'Duration:      106751 d 23 h'
}

@test "info: frames out of order" {
    START=1000 make_pcap a.pcap 1 2
    START=900 make_pcap b.pcap 3
    { cat a.pcap; tail -c +25 b.pcap; } >c.pcap
    run -0 --separate-stderr pktsift info c.pcap
    has "$output" "Last frame:    1970-01-01 00:15:00.123456"
    has "$output" "Earliest:      1970-01-01 00:15:00.123456"
    has "$output" "Latest:        1970-01-01 00:16:41.123456"
    has "$output" "Order:         1 frame is older than the one before it"
    has "$output" "Duration:      1 min 41 s"
}

@test "info: several files, a blank line between" {
    make_pcap a.pcap 1
    LINKTYPE=101 make_pcap b.pcap 2
    run -0 --separate-stderr pktsift info a.pcap b.pcap
    has "$output" $'whole\n\nFile:          b.pcap'
    has "$output" "RAW (101)"
}

@test "info: an empty capture is no fault" {
    make_pcap a.pcap
    run -0 --separate-stderr pktsift info a.pcap
    has "$output" "Frames:        0"
    lacks "$output" "First frame"
}

@test "info: cut short is a warning, with --strict an error" {
    make_pcap a.pcap 1 2 3
    truncate -s -1 a.pcap
    says 0 "a.pcap: " pktsift info a.pcap
    has "$stderr" "warning: "
    has "$output" "Frames:        2"
    has "$output" "State:         cut short"
    run -2 --separate-stderr pktsift info a.pcap --strict
    run -2 --separate-stderr pktsift info a.pcap nofile
}

@test "fields: the dictionary, and a part of it" {
    run -0 --separate-stderr pktsift fields
    same "" "$stderr"
    for name in FrameVariable.FrameNumber TCP.Port IPv4.SourceAddress ICMP.Type ARP.OpCode IPv6.HopLimit UDP.DstPort; do has "$output" "$name "; done
    run -0 --separate-stderr pktsift fields 'tcp.*port'
    same "TCP.DstPort TCP.Port TCP.SrcPort" "$(awk '{ print $1 }' <<<"$output" | sort | tr '\n' ' ' | sed 's/ $//')"
    run -0 --separate-stderr pktsift fields SRCPORT
    same "ICMP.OriginalDatagram.SrcPort ICMPv6.OriginalDatagram.SrcPort SCTP.SrcPort TCP.SrcPort UDP.SrcPort" "$(awk '{ print $1 }' <<<"$output" | sort | tr '\n' ' ' | sed 's/ $//')"
    for name in FrameData Ethernet VLAN ARP IPv4 IPv6 ICMP ICMPv6 UDP TCP; do
        run -0 --separate-stderr pktsift fields "[$(cut -c1 <<<$name)]${name:1}"
        same "$name" "${output%% *}"
        same 1 "${#lines[@]}"
    done
    said 1 "pktsift fields: no name in the dictionary has 'zzz' in it" pktsift fields zzz
}

@test "fields: type, pair, several, by name, source" {
    run -0 --separate-stderr pktsift fields 'tcp.*'
    has "$output" "number, pair "
    has "$output" "TCP.TCPOptions.SACK.LeftEdge "
    has "$output" "number, several "
    has "$output" "[RFC 2018]"
    has "$(pktsift fields HeaderFields)" "several, by name "
}

@test "fields: a terminal's lines are not passed" {
    for columns in 60 100 160; do
        run -0 script -qec "stty cols $columns; pktsift fields 'TCP.TCPOptions.S*'" /dev/null
        [ "$(tr -d '\r' <<<"$output" | awk '{ if (length > most) most = length } END { print most }')" -le $columns ]
        has "$(tr -d '\r\n' <<<"$output" | tr -s ' ')" "that arrived behind a hole [RFC 2018]"
    done
    run -0 pktsift fields 'TCP.TCPOptions.S*'
    same 4 "${#lines[@]}"
}

@test "fields --json, and every name is a filter" {
    run -0 --separate-stderr pktsift fields --json
    make_pcap a.pcap 1
    perl -MJSON::PP -ne 'my $field = decode_json($_); print $field->{name}, "\n" unless $field->{type} eq "scope"' <<<"$output" >names
    [ "$(wc -l <names)" -gt 50 ]
    run --separate-stderr pktsift count "$(paste -sd'|' names | sed 's/|/ OR /g')" a.pcap
    same 0 "$status"
}

@test "explain: four stages, or one" {
    run -0 --separate-stderr pktsift explain 'tcp.port == 80 OR tcp.port == 443'
    for heading in Tree 'Typed tree' Plan Code; do has "$output" "$heading"; done
    run -0 --separate-stderr pktsift explain 'tcp.port == 80' --stage=code
    lacks "$output" "Plan"
    optimised=$output
    run -0 --separate-stderr pktsift explain 'tcp.port == 80 OR tcp.port == 443' --stage=plan --plain
    plain=$output
    run -0 --separate-stderr pktsift explain 'tcp.port == 80 OR tcp.port == 443' --stage=plan
    [ "$plain" != "$output" ]
    echo 'tcp.port == 80' >f
    prints 0 "$optimised" pktsift explain -F f --stage=code
    prints 0 "$optimised" pktsift explain -e 'tcp.port == 80' --stage=code
}

@test "explain: an error has its caret" {
    says 2 "filter:1:1: error:" pktsift explain 'tcp.prt == 80'
    same "" "$output"
}
