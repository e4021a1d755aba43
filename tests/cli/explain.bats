# explain.bats - `pktsift explain`: stages, and with captures what becomes of their frames.
load helper

# counted PLAN-OR-CODE: runs, frames in, frames out and the line itself, of one table of the profile.
counted() {
    perl -ne 'BEGIN { $want = shift } $on = $1 eq $want if /^ +runs .* (\w+)$/;
        print "$1 $2 $3|$4\n" if $on && /^ *([\d ]+?)  +([\d ]+?)  +([\d ]+?)  +(?:[\d.]+ %)? +[\d.]+ % +[\d.]+  (.*)$/' "$1"
}

@test "without captures: the four stages, and nothing is counted" {
    run -0 --separate-stderr pktsift explain 'tcp.port == 80'
    for heading in Tree 'Typed tree' Plan Code; do has "$output" "$heading"; done
    lacks "$output" Profile
    same "" "$stderr"
    said 2 "pktsift explain: --stage=profile: needs an INPUT whose frames are counted" pktsift explain tcp --stage=profile
}

@test "with captures: frames in and out of each step, in the plan and in the code" {
    make_pcap a.pcap 1 2 2 3 3 3
    run -0 --separate-stderr pktsift explain 'tcp.srcport == 3 OR UINT8(FrameData, 47) == 80' a.pcap --stage=profile
    has "$stderr" "3 of 6 frames in 1 file"
    has "$output" "3 of 6 frames; the filter took "
    table=$(counted plan <<<"$output")
    same "1 6 3|or   cost 4.0, passes 10%
1 6 0|  UINT8(FrameData, 47) == 80   cost 2.0, passes 5%
1 6 3|  any header   cost 6.0, passes 5%
1 6 3|    TCP.SrcPort == 3   cost 4.0, passes 5%" "$(sed 's/cost [0-9.]*/cost 4.0/; s/\(47.*\)cost 4.0/\1cost 2.0/; s/\(any.*\)cost 4.0/\1cost 6.0/' <<<"$table")"
    has "$(counted code <<<"$output")" "1 6 6|          0  m0 = all"
    has "$(counted code <<<"$output")" "answer m1"
}

@test "with captures: the stages come first; a match is no condition; inputs of all kinds, threads, a window" {
    make_pcap a.pcap 1 2 3
    make_pcap b.pcap 1 2 3
    run -0 --separate-stderr pktsift explain 'udp' a.pcap b.pcap -j 2
    has "$output" "Typed tree"
    has "$output" "0 of 6 frames"
    pktsift explain tcp - <a.pcap | grep -F "3 of 3 frames"
    pktsift explain tcp -r a.pcap | grep -F "3 of 3 frames"
    pktsift explain tcp '*.pcap' --from 2014-10-25T23:32:01Z | grep -F "4 of 6 frames"
    pktsift compile -e 'tcp.srcport == 2' -o f.siftc
    run -0 --separate-stderr pktsift explain -F f.siftc a.pcap --stage=profile
    has "$output" "1 of 3 frames"
    lacks "$output" " plan"
}

@test "what is no input" {
    echo nonsense >x
    says 2 "'no.pcap' is no INPUT, and one filter is enough (quote a filter that has blanks)" pktsift explain tcp no.pcap
    says 2 "x: " pktsift explain tcp x --stage=profile
    same "" "$output"
}

@test "frames are counted once, even where records only seem to begin" {
    make_pcap a.pcap 1 2 3
    perl -e 'local $/; my $pcap = <STDIN>; my $record = substr $pcap, 24, 72;
        my $body = $record x 800;
        print substr($pcap, 0, 24);
        for (1 .. 40) { print pack("VVVV", 0, 0, length $body, length $body), $body; }' <a.pcap >nested.pcap
    run -0 --separate-stderr pktsift explain 'FrameVariable.FrameLength > 1000' nested.pcap --stage=profile -j 2
    has "$output" "40 of 40 frames"
    same "1 40 40|FrameVariable.FrameLength > 1000" "$(counted plan <<<"$output" | sed 's/^[0-9]* /1 /; s/   cost.*//')"
}
