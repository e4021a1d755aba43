# nmcap.bats - NetMon's switches.
load helper

@test "three lines that must run, the first" {
    make_pcap p.pcap 53487 22 53487
    editcap -F netmon2 p.pcap 'capfile(2735).cap'
    run -0 --separate-stderr nmcap /UseProfile 2 /inputcapture 'capfile(2735).cap' /disableconversations /capture 'Blob(FrameData, 34, 2) == 0xD0EF OR Blob(FrameData, 36, 2) == 0xD0EF' /file out_2735:2G
    same "" "$output"
    has "$stderr" "2 of 3 frames in 1 file"
    same netmon2 "$(type_of out_2735.cap)"
    same "53487 53487" "$(ports_of out_2735.cap)"
}

@test "three lines that must run, the second" {
    make_pcap a.pcap 1 2
    make_pcap b.pcap 3 4
    editcap -F netmon2 a.pcap 'out_(2762).cap'
    editcap -F netmon1 b.pcap 'out_(2763).cap'
    run -0 --separate-stderr nmcap /UseProfile 2 /disableconversations /inputcapture 'out_(2762).cap' 'out_(2763).cap' /capture /file all.cap:2G
    same netmon2 "$(type_of all.cap)"
    same "1 2 3 4" "$(ports_of all.cap)"
}

@test "three lines that must run, the third" {
    make_pcap foo.cap 1 2
    make_pcap 'foo(1).cap' 3
    LINKTYPE=1 make_pcap x.pcap 4
    run -0 --separate-stderr nmcap /InputCapture foo.cap 'foo(1).cap' /Capture tcp.port==80 /File out.cap
    same netmon2 "$(type_of out.cap)"
    same "1 2 3" "$(ports_of out.cap)"
    same 3 "$(frames_of out.cap)"
}

@test "a filter split over arguments, switches in any case and any order" {
    make_pcap a.cap 1 2 3
    run -0 nmcap /FILE out /cApTuRe tcp.port '==' 1 OR '(tcp.port' == '3)' /INPUTCAPTURE a.cap
    same "1 3" "$(ports_of out.cap)"
}

@test "a filter's file is taken for a filter, compiled or not" {
    make_pcap a.cap 1 2 3
    printf '// sift 1\nparam p : number = 2\nfilter low = TCP.SrcPort < p\nfilter high = TCP.SrcPort > p\n' >g.sift
    run -0 nmcap /inputcapture a.cap /capture g.sift:high /file out
    same 3 "$(ports_of out.cap)"
    pktsift compile g.sift:low -o g.siftc
    run -0 nmcap /inputcapture a.cap /capture g.siftc /file out
    same 1 "$(ports_of out.cap)"
    prints 0 "pktsift filter -F g.siftc a.cap -w out.cap --format=netmon" nmcap --translate /inputcapture a.cap /capture g.siftc /file out
    said 2 "nmcap: /Capture takes a filter or its file, without -F: /Capture g.siftc" nmcap /inputcapture a.cap /capture -F g.siftc /file out
}

@test "the first letters of a switch do, NetMon's own spellings among them" {
    make_pcap a.cap 1
    run -0 nmcap /inputcap a.cap /capture /disableconversation /minDiskQuota 5 /fil out
    same 1 "$(ports_of out.cap)"
    said 2 "nmcap: '/dis' could be more than one switch; nmcap /? lists them" nmcap /inputcapture a.cap /dis /file b
}

@test "paths that begin with / are no switches" {
    make_pcap a.cap 1
    run -0 nmcap /InputCapture "$PWD/a.cap" /Capture /File "$PWD/out.cap"
    same 1 "$(ports_of out.cap)"
}

@test "a name without suffix is .cap, in and out; another suffix stays" {
    make_pcap a.cap 1
    run -0 nmcap /inputcapture a /capture /file b
    [ -e b.cap ]
    run -0 nmcap /inputcapture a /capture /file c.2014
    same netmon2 "$(type_of c.2014)"
    run -0 nmcap /inputcapture a /capture /file d.pcapng
    same pcapng "$(type_of d.pcapng)"
    mkdir e.d
    run -0 nmcap /inputcapture a /capture /file e.d/f
    [ -e e.d/f.cap ]
}

@test "INPUT forms of pktsift, and several /InputCapture" {
    make_pcap 'r(1).cap' 1
    make_pcap 'r(2).cap' 2
    make_pcap z.cap 9
    run -0 nmcap /inputcapture z.cap /capture /inputcapture 'r(1..2).cap' /file out
    same "9 1 2" "$(ports_of out.cap)"
}

@test "a chain: out.cap, out(1).cap ..." {
    make_pcap a.cap $(seq 1 100)
    run -0 --separate-stderr nmcap /inputcapture a.cap /capture /file out.chn:3000
    only a.cap out.cap 'out(1).cap' 'out(2).cap' 'out(3).cap'
    for file in out*.cap; do
        [ "$(stat -c %s "$file")" -le 3000 ]
        same netmon2 "$(type_of "$file")"
    done
    prints 0 100 pktsift count '' out.cap 'out(1..3).cap'
    rm out*
    run -0 nmcap /inputcapture a.cap /capture /file out.chn: 1M
    only a.cap out.cap
}

@test "a limit on a .cap keeps the newest frames" {
    make_pcap a.cap $(seq 1 100)
    says 0 "nmcap: warning: the limit of 3000 bytes is reached: the oldest 69 frames are left out" \
        nmcap /inputcapture a.cap /capture /file out.cap:3000
    [ "$(stat -c %s out.cap)" -le 3000 ]
    same "$(seq -s' ' 70 100)" "$(ports_of out.cap)"
    run -0 --separate-stderr nmcap /inputcapture a.cap /capture 'tcp.port <= 20' /file few.cap:3000
    lacks "$stderr" "limit"
    same "$(seq -s' ' 1 20)" "$(ports_of few.cap)"
}

@test "a limit on a .cap that a pipe reaches is an error, and leaves nothing" {
    make_pcap a.pcap $(seq 1 100)
    says 2 "cannot be read again" bash -c 'cat a.pcap | nmcap /inputcapture - /capture /file out.cap:3000'
    only a.pcap
    run -0 bash -c 'cat a.pcap | nmcap /inputcapture - /capture "tcp.port <= 20" /file out.cap:3000'
    same "$(seq -s' ' 1 20)" "$(ports_of out.cap)"
}

@test "/MaxFrameLength" {
    make_pcap a.cap 1
    run -0 nmcap /inputcapture a.cap /capture /maxframelength 40 /file out
    same "40 56" "$(tshark -r out.cap -T fields -e frame.cap_len -e frame.len 2>/dev/null | tr '\t' ' ')"
    said 2 "nmcap: /MaxFrameLength: 'x' is no number of bytes" nmcap /inputcapture a.cap /capture /maxframelength x /file out
}

@test "switches that do nothing here say so" {
    make_pcap a.cap 1
    run -0 --separate-stderr nmcap /inputcapture a.cap /capture /RecordConfig /RecordFilters /Reassemble /CaptureProcesses /file out
    has "$stderr" "nmcap: /RecordConfig: no configuration frames are added to the output"
    has "$stderr" "nmcap: /RecordFilters: the filter is not recorded in the output"
    has "$stderr" "nmcap: /Reassemble: no reassembled frames are added to the output"
    has "$stderr" "nmcap: /CaptureProcesses: a process table is not written: the input is files"
}

@test "live capture is known, and refused" {
    make_pcap a.cap 1
    for line in '/network *' '/networks *' '/startwhen /timeafter 2s' '/stopwhen /frame tcp' '/terminatewhen /keypress x' '/displaynetworks'; do
        read -ra words <<<"$line"
        says 2 'comes with `pktsift capture' nmcap "${words[@]}" /inputcapture a.cap /capture /file out.cap
    done
    says 2 "no /InputCapture: capturing live comes with" nmcap /capture /file out.cap
    only a.cap
}

@test "/?, /help, /examples, /displayprofiles, --version" {
    run -0 nmcap '/?'
    for word in InputCapture MaxFrameLength TerminateWhen DisableConversations '.chn:SIZE'; do has "$output" $word; done
    help=$output
    prints 0 "$help" nmcap /Help
    prints 0 "$help" nmcap --help
    run -2 nmcap
    same "$help" "$output"
    run -0 nmcap /examples
    has "$output" "/Capture tcp.port==80 /File out.cap"
    run -0 nmcap /displayprofiles
    has "$output" "High Performance Capture"
    run -0 nmcap --version
    has "$output" "nmcap of pktsift"
}

@test "the examples run" {
    make_pcap 'capfile(2735).cap' 53487
    cp 'capfile(2735).cap' foo.cap
    for name in 'out_(2762)' 'out_(2763)' 'foo(1)' big; do cp foo.cap "$name.cap"; done
    nmcap /examples | sed -n 's/^  nmcap/nmcap/p' >lines.sh
    same 5 "$(wc -l <lines.sh)"
    run -0 bash -e lines.sh
    [ -e out_2735.cap ] && [ -e all.cap ] && [ -e out.cap ] && [ -e netcap.cap ]
}

@test "--translate prints the pktsift line, which does the same" {
    make_pcap foo.cap 1 2
    make_pcap 'foo(1).cap' 3
    prints 0 "pktsift filter 'tcp.port==80' foo.cap 'foo(1).cap' -w out.cap --format=netmon" \
        nmcap --translate /InputCapture foo.cap 'foo(1).cap' /Capture tcp.port==80 /File out.cap
    run -0 bash -c "$output"
    mv out.cap translated.cap
    run -0 nmcap /InputCapture foo.cap 'foo(1).cap' /Capture tcp.port==80 /File out.cap
    cmp out.cap translated.cap
    prints 0 "pktsift filter 'x == '\\''a b'\\''' a.cap -w out.cap --format=netmon -C 200M -s 512" \
        nmcap --translate /inputcapture a.cap /capture x == "'a b'" /file out.chn:200M /maxframelength 512
    prints 0 "pktsift filter '' ./-a.cap -w out.pcapng" nmcap /inputcapture -a.cap --translate /capture /file out.pcapng
    says 0 "this line keeps all" nmcap --translate /inputcapture a.cap /capture /file out.cap:200M
}

@test "mistakes" {
    make_pcap a.cap 1
    said 2 "nmcap: 'x' is no switch; nmcap /? lists them" nmcap x
    said 2 "nmcap: no switch '/fille'; did you mean '/File'?" nmcap /inputcapture a.cap /fille out
    said 2 "nmcap: no switch '/fille'; did you mean '/File'?" nmcap /inputcapture a.cap /capture tcp /fille out
    said 2 "nmcap: /InputCapture needs at least one file" nmcap /inputcapture /file out
    said 2 "nmcap: /File needs a name" nmcap /inputcapture a.cap /capture /file
    said 2 "nmcap: /File takes one name; 'b' is one too many" nmcap /inputcapture a.cap /file a b
    said 2 "nmcap: no /File NAME: where should the frames go?" nmcap /inputcapture a.cap /capture
    said 2 "nmcap: /File: '2X' is no size; sizes look like 64M, 2G or 1500000" nmcap /inputcapture a.cap /file out:2X
    said 2 "nmcap: /File: a limit of 100 is too small; 1500 bytes is the least" nmcap /inputcapture a.cap /file out:100
    said 2 "nmcap: /Capture is given twice" nmcap /inputcapture a.cap /capture tcp /capture udp /file out
    said 2 "nmcap: /UseProfile needs an argument: ID" nmcap /useprofile /inputcapture a.cap
    said 2 "nmcap: /DisableConversations takes no argument; 'tcp' is no switch" nmcap /disableconversations tcp
    says 2 "nofile.cap" nmcap /inputcapture nofile.cap /capture /file out
    only a.cap
}

@test "an error in the filter has its caret" {
    make_pcap a.cap 1
    says 2 "filter:1:1: error:" nmcap /inputcapture a.cap /capture tcp.prt == 80 /file out
    has "$stderr" "  tcp.prt == 80"
    has "$stderr" "  ^~~~~~~"
    only a.cap
}

@test "nothing matched: status 1, an empty capture" {
    make_pcap a.cap 1
    run -1 nmcap /inputcapture a.cap /capture tcp.port == 9 /file out
    # Others refuse a NetMon capture without frames, so the signature has to do.
    same GMBU "$(head -c 4 out.cap)"
    run -1 pktsift count '' out.cap
}
