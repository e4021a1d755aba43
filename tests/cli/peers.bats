# peers.bats - filters of Wireshark and tcpdump: the help topics are true, explain and errors speak of them.
load helper

# put_right FILTER: the filter that the messages' hints lead to.
put_right() {
    local said hint
    said=$(pktsift explain --stage=tree "$1" 2>&1 >/dev/null) && { echo "$1"; return; }
    hint=$(sed -n 's/^hint: .*[iI]n all: //p; s/^hint: did you mean[^:]*: //p' <<<"$said")
    [ -z "$hint" ] || { echo "$hint"; return; }
    SAID=$said perl -e '
        my ($text) = @ARGV;
        while ($ENV{SAID} =~ /error: .(\S+). is Wireshark.s name\n.*?hint: did you mean .([^\x27]+)./sg) {
            my ($theirs, $ours) = ($1, $2);
            $text =~ s/\Q$theirs\E/$ours/;
        }
        print "$text\n"' "$1"
}

@test "what the topics say of filters of theirs is what the hints say" {
    for topic in tcpdump wireshark; do
        run -0 pktsift help $topic
        rows=0
        while IFS= read -r line; do
            [[ $line =~ ^'  '([^' '].*[^' '])'  '' '*([A-Z].*)$ ]] || continue
            theirs=${BASH_REMATCH[1]%%  *}
            ours=$(sed "s/^  \+//; s/^.\{${#theirs}\} *//" <<<"$line")
            same "$ours" "$(put_right "$theirs")"
            rows=$((rows + 1))
        done <<<"$output"
        [ "$rows" -ge 12 ] || fail "$topic: only $rows rows"
    done
}

@test "a filter of tcpdump's is one error, with the filter meant" {
    make_pcap a.pcap 1
    said 2 "filter:1:1: error: this is a filter of tcpdump's, and filters here are NetMon's
  tcp port 80
  ^~~~~~~~~~~
hint: did you mean: TCP.Port == 80" pktsift count 'tcp port 80' a.pcap
    echo 'not port 22' >f.sift
    says 2 "f.sift:1:1: error: this is a filter of tcpdump's" pktsift count -F f.sift a.pcap
    says 2 "this is a filter of tcpdump's" nmcap /inputcapture a.pcap /capture 'host 10.0.0.1' /file b.cap
    only a.pcap f.sift
}

@test "explain gives the equivalent filters, their exceptions, or why there are none" {
    prints 0 "tcp.port == 80
but not for  fragments and segments: Wireshark shows what they hold in the frame that completes it, and does not look into segments sent again, unless ip.defragment, ipv6.defragment, tcp.desegment_tcp_streams and tcp.no_subdissector_on_error are FALSE
             ICMP errors: Wireshark also reads the packet that they quote
             tunnels that pktsift does not follow: Wireshark also reads what is inside
             damaged headers: each tool has rules of its own for lengths that lie" pktsift explain --stage=wireshark 'tcp.port == 80'
    prints 0 "ether[34:2] == 0xd0ef
but not for  wireless frames with a radio's header: libpcap counts the bytes of a frame from behind it" pktsift explain --stage=tcpdump 'Blob(FrameData, 34, 2) == 0xD0EF'
    prints 0 "none: libpcap compares bytes at known places, it does not search" pktsift explain --stage=tcpdump 'FrameData.Contains("x")'
    run -0 --separate-stderr pktsift explain 'FrameVariable.FrameLength > 100'
    has "$output" "
Wireshark
frame.len > 100

tcpdump
len > 100"
    pktsift compile -e tcp -o f.siftc
    says 2 "of a compiled filter only the code is left" pktsift explain -F f.siftc --stage=wireshark
}

@test "explain --json" {
    make_pcap a.pcap 1 2
    run -0 --separate-stderr pktsift explain --json 'tcp.srcport == 2' a.pcap
    perl -MJSON::PP -e '
        my $said = decode_json(join "", <STDIN>);
        $said->{wireshark}{filter} eq "tcp.srcport == 2" or die "wireshark";
        $said->{tcpdump}{filter} eq "tcp src port 2" or die "tcpdump";
        (grep { $_->{name} eq "tagged" } @{$said->{tcpdump}{but_not_for}}) or die "exceptions";
        $said->{profile}{filter}{in} == 2 && $said->{profile}{filter}{out} == 1 or die "profile";
        my $row = $said->{profile}{plan}[-1];
        $row->{in} == 2 && $row->{out} == 1 && $row->{line} =~ /^ *TCP.SrcPort == 2/ or die "plan";
        @{$said->{profile}{code}} > 5 && exists $said->{tree} or die "code";' <<<"$output"
    run -0 --separate-stderr pktsift explain --json --stage=tcpdump 'FrameData.Contains("x")'
    same '{"tcpdump":{"none":"libpcap compares bytes at known places, it does not search"}}' "$output"
}
