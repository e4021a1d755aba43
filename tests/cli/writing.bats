# writing.bats - `filter -w` and `merge`: what lands in the file, as tshark and capinfos read it.
load helper

@test "-w: the frames that match, as they were" {
    make_pcap a.pcap 53487 22 53487
    run -0 --separate-stderr pktsift filter 'tcp.port == 53487' a.pcap -w out.pcap
    same "" "$output"
    has "$stderr" "2 of 3 frames in 1 file, 240 bytes"
    has "$stderr" "; out.pcap: 168 bytes"
    same 2 "$(frames_of out.pcap)"
    same "1414279920.123456000 53487 1414279922.123456000 53487" \
        "$(tshark -r out.pcap -T fields -e frame.time_epoch -e tcp.srcport 2>/dev/null | tr '\t\n' '  ' | sed 's/ $//')"
    { head -c 24 a.pcap; tail -c +25 a.pcap | head -c 72; tail -c 72 a.pcap; } >expected.pcap
    cmp out.pcap expected.pcap
}

@test "a filter that takes every frame of a pcap gives the same pcap" {
    make_pcap a.pcap 1 2 3
    run -0 pktsift filter '' a.pcap -w out.pcap
    cmp a.pcap out.pcap
}

@test "the format: by suffix, by --format, .cap as the first input, else pcapng" {
    make_pcap a.pcap 1
    editcap -F netmon2 a.pcap n.cap
    run -0 pktsift filter tcp a.pcap -w o.pcap
    same pcap "$(type_of o.pcap)"
    run -0 pktsift filter tcp a.pcap -w o.pcapng
    same pcapng "$(type_of o.pcapng)"
    run -0 pktsift filter tcp a.pcap -w o
    same pcapng "$(type_of o)"
    run -0 pktsift filter tcp a.pcap -w o.cap
    same pcap "$(type_of o.cap)"
    run -0 pktsift filter tcp n.cap -w p.cap
    same netmon2 "$(type_of p.cap)"
    run -0 pktsift filter tcp a.pcap -w q.pcap --format netmon
    same netmon2 "$(type_of q.pcap)"
    run -0 pktsift filter tcp n.cap a.pcap -w r.pcapng
    same 2 "$(frames_of r.pcapng)"
    says 2 "format" pktsift filter tcp a.pcap -w s --format snoop
    [ ! -e s ]
}

@test "every format in, every format out: the same frames" {
    make_pcap a.pcap 1 2 3
    for kind in pcap nsecpcap pcapng netmon1 netmon2; do
        editcap -F $kind a.pcap in.$kind
        for format in pcap pcapng netmon; do
            run -0 --separate-stderr pktsift filter 'tcp.port != 2' in.$kind -w out --format $format
            same "1 3" "$(ports_of out)"
        done
    done
}

@test "link types: pcapng takes several, pcap says why not" {
    make_pcap e.pcap 1
    LINKTYPE=101 make_pcap r.pcap 2
    run -0 --separate-stderr pktsift filter tcp e.pcap r.pcap -w both.pcapng
    same "1 2" "$(ports_of both.pcapng)"
    says 2 "link type" pktsift filter tcp e.pcap r.pcap -w both.pcap
    only e.pcap r.pcap both.pcapng
}

@test "no match: an empty capture that others open, and status 1" {
    make_pcap a.pcap 1
    for suffix in pcap pcapng; do
        run -1 --separate-stderr pktsift filter 'tcp.port == 9' a.pcap -w out.$suffix
        same 0 "$(frames_of out.$suffix)"
    done
}

@test "-C splits: OUT, OUT(1), OUT(2), none larger than SIZE, no frame lost" {
    make_pcap a.pcap $(seq 1 100)
    run -0 --separate-stderr pktsift filter tcp a.pcap -w out.pcap -C 2k
    has "$stderr" "; out.pcap and 3 more: "
    only a.pcap out.pcap 'out(1).pcap' 'out(2).pcap' 'out(3).pcap'
    for file in out*.pcap; do [ "$(stat -c %s "$file")" -le 2048 ]; done
    prints 0 100 pktsift count '' out.pcap 'out(1..3).pcap'
    same "$(seq -s' ' 1 28)" "$(ports_of out.pcap)"
    same "$(seq -s' ' 29 56)" "$(ports_of 'out(1).pcap')"
}

@test "the last line tells the sizes that the files have" {
    make_pcap a.pcap 1 2 3
    for format in pcap pcapng netmon; do
        for filter in tcp udp; do
            run --separate-stderr pktsift filter $filter a.pcap -w out --format $format
            has "$stderr" "; out: $(stat -c %s out) bytes"
        done
    done
    run -0 --separate-stderr pktsift filter tcp a.pcap -w part.pcap -C 100
    has "$stderr" "; part.pcap and 2 more: $(stat -c %s part*.pcap | awk '{ s += $1 } END { print s }') bytes"
}

@test "-s: the first bytes of each frame, the length as it was" {
    make_pcap a.pcap 1
    run -0 --separate-stderr pktsift filter tcp a.pcap -w out.pcapng -s 40
    same "40 56" "$(tshark -r out.pcapng -T fields -e frame.cap_len -e frame.len 2>/dev/null | tr '\t' ' ')"
}

@test "-c with -w" {
    make_pcap a.pcap 1 2 3
    run -0 --separate-stderr pktsift filter tcp a.pcap -w out.pcap -c 2
    same "1 2" "$(ports_of out.pcap)"
}

@test "-q with -w writes, and says nothing" {
    make_pcap a.pcap 1 2 3
    said 0 "" pktsift filter tcp a.pcap -w out.pcap -q
    same 3 "$(frames_of out.pcap)"
}

@test "-w and --json: both" {
    make_pcap a.pcap 1
    run -0 --separate-stderr pktsift filter tcp a.pcap -w out.pcap --json
    has "$output" '"number":1'
    same 1 "$(frames_of out.pcap)"
}

@test "several files in the order given, numbers in natural order" {
    make_pcap 'r(2).pcap' 2
    make_pcap 'r(10).pcap' 10
    make_pcap 'r(1).pcap' 1
    run -0 --separate-stderr pktsift filter tcp 'r(1..10).pcap' -w out.pcapng
    same "1 2 10" "$(ports_of out.pcapng)"
    has "$stderr" "warning: "
    has "$stderr" "3..9"
    run -0 --separate-stderr pktsift filter tcp 'r(10).pcap' 'r(1).pcap' -w out.pcapng
    same "10 1" "$(ports_of out.pcapng)"
    mkdir d && mv r*.pcap d
    run -0 --separate-stderr pktsift filter tcp d -w out.pcapng
    same "1 2 10" "$(ports_of out.pcapng)"
    run -0 --separate-stderr pktsift filter tcp 'd/r*.pcap' -w out.pcapng
    same "1 2 10" "$(ports_of out.pcapng)"
    printf 'd/r(10).pcap\nd/r(2).pcap\n' >list
    run -0 --separate-stderr pktsift filter tcp @list -w out.pcapng
    same "10 2" "$(ports_of out.pcapng)"
}

@test "merge: in the order of times, as mergecap does" {
    START=1000 make_pcap a.pcap 1 2 3
    START=1001 make_pcap b.pcap 4 5 6
    START=990 make_pcap c.pcap 7
    run -0 --separate-stderr pktsift merge a.pcap b.pcap c.pcap -w out.pcapng
    mergecap -w wanted.pcapng a.pcap b.pcap c.pcap
    same "$(tshark -r wanted.pcapng -T fields -e frame.time_epoch 2>/dev/null)" \
        "$(tshark -r out.pcapng -T fields -e frame.time_epoch 2>/dev/null)"
    same "7 1 2 4 3 5 6" "$(ports_of out.pcapng)"
    has "$stderr" "7 of 7 frames in 3 files"
}

@test "merge: a filter by -e, lines without -w" {
    START=1000 make_pcap a.pcap 1 2 3
    START=1001 make_pcap b.pcap 1 5 6
    run -0 --separate-stderr pktsift merge -e 'tcp.port == 1' b.pcap a.pcap
    same 2 "${#lines[@]}"
    has "${lines[0]}" "a.pcap:      1  1970-01-01 00:16:40.123456"
    has "${lines[1]}" "b.pcap:      1  1970-01-01 00:16:41.123456"
    run -1 pktsift merge -e 'tcp.port == 9' b.pcap a.pcap
}

@test "an output that is also an input is refused, by any name" {
    make_pcap a.pcap 1 2
    cp a.pcap copy
    ln a.pcap hard.pcap
    ln -s a.pcap soft.pcap
    for out in a.pcap ./a.pcap hard.pcap soft.pcap; do
        says 2 "$out" pktsift filter tcp a.pcap -w $out
        cmp a.pcap copy
    done
    says 2 "a.pcap" pktsift merge a.pcap -w a.pcap
    only a.pcap copy hard.pcap soft.pcap
}

@test "/dev/stdout as a pipe, which has no path" {
    make_pcap a.pcap 53487 22
    pktsift filter --format pcap 'tcp.port == 53487' a.pcap -w /dev/stdout | cat >out.pcap
    same 1 "$(frames_of out.pcap)"
    pktsift compile -e 'tcp.port == 53487' -o /dev/stdout | cat >f.siftc
    same 1 "$(pktsift count -F f.siftc a.pcap)"
}

@test "a missing output folder" {
    make_pcap a.pcap 1
    says 2 "no/such/out.pcap" pktsift filter tcp a.pcap -w no/such/out.pcap
    has "$stderr" "No such file or directory"
    only a.pcap
}

@test "an output that is a folder" {
    make_pcap a.pcap 1
    mkdir out
    says 2 "out" pktsift filter tcp a.pcap -w out
    has "$stderr" "directory"
    only a.pcap out
}

@test "an existing output stays as it was when the run fails" {
    make_pcap a.pcap 1
    echo precious >out.pcap
    run -2 pktsift filter tcp nofile.pcap -w out.pcap
    same precious "$(cat out.pcap)"
    run -2 pktsift filter 'tcp ==' a.pcap -w out.pcap
    same precious "$(cat out.pcap)"
    only a.pcap out.pcap
}

@test "a full disk: text" {
    make_pcap a.pcap $(seq 1 100)
    says 2 "cannot write standard output: No space left on device" bash -c 'pktsift filter tcp a.pcap >/dev/full'
    says 2 "cannot write standard output: No space left on device" bash -c 'pktsift count tcp a.pcap >/dev/full'
    says 2 "cannot write standard output: No space left on device" bash -c 'pktsift info a.pcap >/dev/full'
    says 2 "cannot write standard output: No space left on device" bash -c 'pktsift fields >/dev/full'
    says 2 "cannot write standard output: No space left on device" bash -c 'pktsift help >/dev/full'
}

@test "a full disk: a capture to standard output" {
    make_pcap a.pcap $(seq 1 100)
    says 2 "No space left on device" bash -c 'pktsift filter tcp a.pcap -w - >/dev/full'
}

@test "a full disk: a capture file; nothing half is left" {
    make_pcap a.pcap $(seq 1 3000)
    says 2 "File too large" bash -c 'trap "" XFSZ; ulimit -f 64; exec pktsift filter tcp a.pcap -w out.pcap'
    has "$stderr" "out.pcap"
    only a.pcap
}

@test "no binary to a terminal" {
    make_pcap a.pcap 1
    run -2 script -qec 'pktsift filter tcp a.pcap -w -' /dev/null
    has "$output" "-w -: a capture is binary and standard output is a terminal"
}

@test "one input bad, the others good: what was found is kept, status 2" {
    make_pcap a.pcap 1
    make_pcap b.pcap 1
    says 2 "nocapture.txt" bash -c 'echo hello, this is text >nocapture.txt; pktsift filter tcp a.pcap nocapture.txt b.pcap -w out.pcap'
    same 2 "$(frames_of out.pcap)"
}

@test "no input readable: no output" {
    echo hello, this is text >t.txt
    run -2 pktsift filter tcp t.txt -w out.pcap
    only t.txt
}
