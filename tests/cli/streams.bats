# streams.bats - pipes, closed pipes, signals.
load helper

@test "a capture from a pipe" {
    make_pcap a.pcap 1 2 1
    prints 0 2 bash -c 'cat a.pcap | pktsift count "tcp.port == 1" -'
    prints 0 2 bash -c 'pktsift count "tcp.port == 1" - <a.pcap'
    prints 0 2 pktsift count 'tcp.port == 1' <(cat a.pcap)
    for kind in pcapng nsecpcap; do
        editcap -F $kind a.pcap in.$kind
        prints 0 2 bash -c "cat in.$kind | pktsift count 'tcp.port == 1' -"
    done
}

@test "tcpdump | pktsift | tcpdump" {
    make_pcap a.pcap 1 2 3
    run -0 --separate-stderr bash -c \
        'tcpdump -r a.pcap -w - 2>/dev/null | pktsift filter "tcp.port != 2" -w - --format pcap - | tcpdump -nr - 2>/dev/null'
    same 2 "${#lines[@]}"
    has "${lines[0]}" "10.0.0.1.1 > 10.0.0.2.80"
    has "${lines[1]}" "10.0.0.1.3 > 10.0.0.2.80"
}

@test "pktsift | tshark, pcapng" {
    make_pcap a.pcap 1 2 3
    prints 0 $'1\n3' bash -c 'pktsift filter "tcp.port != 2" a.pcap -w - | tshark -r - -T fields -e tcp.srcport 2>/dev/null'
}

@test "a closed pipe is no news" {
    make_pcap a.pcap $(seq 1 5000)
    run -0 --separate-stderr bash -c 'pktsift filter tcp a.pcap | head -1; [ "${PIPESTATUS[0]}" -eq 141 ]'
    same 1 "${#lines[@]}"
    same "" "$stderr"
    run -0 --separate-stderr bash -c 'for i in 1 2 3 4 5 6 7 8 9; do cat a.pcap | tail -c +$((i > 1 ? 25 : 1)); done | pktsift filter "" - -w - | head -c 1 >/dev/null'
    same "" "$stderr"
}

@test "a closed pipe is no news, whatever thread writes to it" {
    make_pcap a.pcap $(seq 1 20000)
    pktsift merge a.pcap a.pcap a.pcap -q -w b.pcap
    for i in $(seq 20); do
        run -0 --separate-stderr bash -c 'pktsift filter tcp b.pcap -j 4 | true; [ "${PIPESTATUS[0]}" -eq 141 ]'
        same "" "$stderr"
    done
}

@test "a full standard output is an error with its reason" {
    make_pcap a.pcap $(seq 1 20000)
    pktsift merge a.pcap a.pcap a.pcap -q -w b.pcap
    for how in -q=no -l -x; do
        says 2 "pktsift filter: cannot write standard output: No space left on device" \
            bash -c "pktsift filter tcp b.pcap -j 4 ${how/-q=no/} >/dev/full"
        same 1 "$(grep -c 'cannot write' <<<"$stderr")"
    done
    says 2 "cannot write standard output: No space left on device" bash -c 'pktsift count tcp b.pcap >/dev/full'
}

# waiting SIGNAL: a run that waits for more of a pipe, with some of its output written, gets SIGNAL; sets status.
waiting() {
    mkfifo in
    exec 5<>in
    cat a.pcap >&5
    pktsift filter tcp - -w out.pcap <in 2>err 3>&- 5>&- &
    local child=$!
    for _ in $(seq 50); do
        [ -n "$(find . -maxdepth 1 -name '*out.pcap*')" ] && break
        sleep 0.1
    done
    [ -n "$(find . -maxdepth 1 -name '*out.pcap*')" ] || fail "no output was begun"
    kill "-$1" $child
    status=0
    wait $child || status=$?
    exec 5>&-
}

@test "SIGTERM, SIGHUP: no half file, status 128 and the number" {
    make_pcap a.pcap 1 2 3
    waiting TERM
    same 143 "$status"
    only a.pcap err in
    rm in
    waiting HUP
    same 129 "$status"
    only a.pcap err in
}

@test "SIGINT: no half file, status 130" {
    make_pcap a.pcap 1 2 3
    # A background child of a shell ignores SIGINT; perl takes that back.
    mkfifo in
    run -0 --separate-stderr perl -e '
        $SIG{INT} = "DEFAULT";
        my $pid = fork // die;
        if (!$pid) { open STDIN, "<", "in"; exec "pktsift", "filter", "tcp", "-", "-w", "out.pcap" }
        open my $in, ">", "in"; syswrite $in, do { local (@ARGV, $/) = "a.pcap"; <> };
        select undef, undef, undef, 0.5;
        kill INT => $pid; waitpid $pid, 0; print $? & 127, "\n"'
    same 2 "$output"
    only a.pcap in
}

@test "nohup stays nohup" {
    make_pcap a.pcap 1
    mkfifo in
    run -0 --separate-stderr bash -c '
        trap "" HUP
        pktsift count tcp - <in 2>/dev/null & child=$!
        exec 5>in
        head -c 50 a.pcap >&5
        sleep 0.3
        kill -HUP $child
        tail -c +51 a.pcap >&5
        exec 5>&-
        wait $child'
    same 1 "$output"
}

@test "a progress bar on a terminal, wiped before the last line" {
    make_pcap a.pcap 1 2 3
    run -0 script -qec '{ head -c 96 a.pcap; sleep 0.5; tail -c +97 a.pcap; } | pktsift count tcp - -j 1' /dev/null
    has "$output" $'\r\033[K'
    has "$output" "/s"
    [[ $output =~ $'\033[K'[0-9] ]]
    has "$output" "3 of 3 frames"
    run -0 --separate-stderr bash -c '{ head -c 96 a.pcap; sleep 0.5; tail -c +97 a.pcap; } | pktsift count tcp -'
    lacks "$stderr" $'\033'
    run -0 script -qec '{ head -c 96 a.pcap; sleep 0.5; tail -c +97 a.pcap; } | pktsift count tcp - -q' /dev/null
    same "" "$output"
}
