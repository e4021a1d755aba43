# bench.bats - `pktsift bench`: what is told, and what it says where it cannot.  No time is expected here, only what must hold
# of any: where a verdict is wanted, the times it is held against are made up.
load helper

# field NAME <JSON: of each object a line; compare.ratio for what is inside.
field() {
    perl -MJSON::PP -ne 'BEGIN { @path = split /\./, shift }
        my $v = decode_json $_; $v = $v->{$_} for @path; print ref $v eq "ARRAY" ? scalar @$v : $v // "-", "\n"' "$1"
}

# forge FILE EXPR: changes every result of a --json; $o is one, ns(N...) its rounds in times the floor.
forge() {
    perl -MJSON::PP -i -ne '
        BEGIN { $change = shift @ARGV }
        sub ns { $o->{rounds_ns} = [map { $_ * 1000 } @_]; $o->{floor_rounds_ns} = [(1000) x @_]; }
        our $o = decode_json $_; eval $change; die $@ if $@; print encode_json($o), "\n"' "$2" "$1"
}

@test "a table: the floor, the filter, its count" {
    make_pcap a.pcap 1 2 2 3
    run -0 --separate-stderr pktsift bench 'tcp.srcport == 2' a.pcap --rounds 6
    has "${lines[0]}" "4 frames, 312 bytes in 1 file; page cache warm; 6 rounds, 1 thread"
    for column in ms least..most +- ns/frame Mframes/s GB/s floors matched; do has "${lines[1]}" "$column"; done
    [[ ${lines[2]} =~ ^\ +[0-9.]+\ +[0-9.]+\.\.[0-9.]+\ +[0-9.]+\ %\ +[0-9.]+\ +[0-9.]+\ +[0-9.]+\ +1\.00\ +-\ \ \(the\ floor\)$ ]]
    [[ ${lines[3]} =~ \ 2\ \ tcp\.srcport\ ==\ 2$ ]]
    has "$stderr" "so small a capture tells mostly what opening files and starting a scan takes"
    only a.pcap
}

@test "without INPUT: a capture of its own, always the same, of which nothing is left" {
    mkdir tmp
    export TMPDIR=$PWD/tmp
    run -0 --separate-stderr pktsift bench tcp --rounds 1
    has "${lines[0]}" "64 MB of office traffic, made for this: "
    first=$(sed -n 's/.* \([0-9 ]*\)  tcp$/\1/p' <<<"$output")
    run -0 --separate-stderr pktsift bench tcp --rounds 1
    same "$first" "$(sed -n 's/.* \([0-9 ]*\)  tcp$/\1/p' <<<"$output")"
    run -0 --separate-stderr pktsift bench 'IPv6 OR VLAN OR ARP OR DNS OR ICMP OR HTTP' --rounds 1 --json
    [ "$(field matched <<<"$output")" -gt 10000 ]
    same "64 MB of office traffic, made for this" "$(field workload <<<"$output")"
    run -0 --separate-stderr pktsift bench 'NOT Property.TCPCheckSumStatus AND TCP' --rounds 1 --json
    same "" "$(ls -A tmp)"
    TMPDIR=/nowhere says 2 "a capture could not be made in \$TMPDIR: No such file or directory" pktsift bench tcp
}

@test "--json: an object a line, with all rounds" {
    make_pcap a.pcap 1 2 2 3
    run -0 --separate-stderr pktsift bench 'tcp.srcport == 2' a.pcap --rounds 7 --json
    same 1 "${#lines[@]}"
    for row in 'filter tcp.srcport == 2' 'frames 4' 'matched 2' 'bytes 312' 'files 1' 'threads 1' 'cache warm' 'rounds 7' \
        'rounds_ns 7' 'floor_rounds_ns 7' 'compare -' 'profile -' 'workload -'; do
        same "${row#* }" "$(field "${row%% *}" <<<"$output")"
    done
    perl -MJSON::PP -e '$o = decode_json <STDIN>;
        $o->{least_ns} <= $o->{median_ns} && $o->{median_ns} <= $o->{most_ns} or die "median";
        $o->{ns_per_frame_low} <= $o->{ns_per_frame} && $o->{ns_per_frame} <= $o->{ns_per_frame_high} or die "interval";
        $o->{times_floor_low} <= $o->{times_floor} && $o->{times_floor} <= $o->{times_floor_high} or die "floor";
        abs($o->{ns_per_frame} * 4 - $o->{median_ns}) < 1 or die "a frame";
        abs($o->{frames_per_second} * $o->{ns_per_frame} / 1e9 - 1) < 0.01 or die "a second"; $o->{gb_per_second} >= 0 or die;
        $o->{machine} =~ /\d cores/ && $o->{version} =~ /^\d/ or die "machine"' <<<"$output"
}

@test "every format, several files, standard input from a file" {
    make_pcap a.pcap 1 2 2 3
    for kind in nsecpcap pcapng netmon1 netmon2; do
        editcap -F $kind a.pcap in.$kind
        pktsift bench 'tcp.srcport == 2' in.$kind --rounds 1 --json -q
        same "" "$(pktsift bench 'tcp.srcport == 2' in.$kind --rounds 1 -q 2>&1)"
    done
    run -0 --separate-stderr pktsift bench 'tcp.srcport == 2' a.pcap -r in.pcapng 'in.netmon*' --rounds 1 --json
    same "16 8 4" "$(field frames <<<"$output") $(field matched <<<"$output") $(field files <<<"$output")"
    run -0 --separate-stderr pktsift bench tcp - --rounds 2 --json <a.pcap
    same 4 "$(field matched <<<"$output")"
}

@test "threads: 1 unless asked for; --scaling: 1, 2, 4 ... up to the cores" {
    make_pcap a.pcap 1 2
    same 1 "$(pktsift bench tcp a.pcap --rounds 1 --json 2>/dev/null | field threads)"
    same 3 "$(pktsift bench tcp a.pcap --rounds 1 --json -j 3 2>/dev/null | field threads)"
    cores=$(nproc)
    same "$cores" "$(pktsift bench tcp a.pcap --rounds 1 --json -j 0 2>/dev/null | field threads)"
    expected=$({ for ((n = 1; n < cores; n *= 2)); do echo $n; done; echo "$cores"; } | sort -nu)
    same "$expected" "$(pktsift bench tcp a.pcap --rounds 1 --json --scaling 2>/dev/null | field threads | sort -n)"
    [ "$cores" -eq 1 ] || pktsift bench tcp a.pcap --rounds 1 --scaling | grep -E "tcp  \[$cores threads: [0-9.]+ times as fast\]"
}

@test "--cold: evicted before every run, in rows of their own" {
    make_pcap a.pcap 1 2
    run -0 --separate-stderr pktsift bench tcp a.pcap --rounds 3 --cold
    has "$output" "page cache warm; 3 rounds"
    has "$output" "page cache cold; 3 rounds"
    same 4 "$(grep -cE '(the floor\)|tcp)$' <<<"$(grep -v '^runs' <<<"$output")")"
    run -0 --separate-stderr pktsift bench tcp a.pcap --rounds 3 --cold --json
    same "warm cold" "$(field cache <<<"$output" | tr '\n' ' ' | sed 's/ $//')"
}

@test "--profile: what each instruction and opcode takes" {
    make_pcap a.pcap 1 2 2
    run -0 --separate-stderr pktsift bench 'tcp.srcport == 2' a.pcap --rounds 1 --profile
    has "$output" "tcp.srcport == 2: 2 of 3 frames; the filter took "
    has "$output" "  plan"
    has "$output" "m0 = all"
    has "$output" "  opcodes"
    grep -qE '^ +1 +3 +2 .* EQ_K$' <<<"$output" # one batch, two of three frames
    run -0 --separate-stderr pktsift bench 'tcp.srcport == 2' a.pcap --rounds 1 --profile --json --plain
    same "3 2" "$(field profile.filter.in <<<"$output") $(field profile.filter.out <<<"$output")"
    [ "$(field profile.code <<<"$output")" -gt 3 ]
    [ "$(field profile.opcodes <<<"$output")" -gt 3 ]
}

@test "-F: all filters of a file, or one; with -D; compiled ones" {
    make_pcap a.pcap 1 2 2
    printf '%s\n' '// sift 1' 'param port = 2' 'filter one = tcp.srcport == port' 'filter main = tcp' >f.sift
    run -0 --separate-stderr pktsift bench -F f.sift a.pcap --rounds 1 --json
    same "f.sift:one 2 f.sift:main 3" "$(paste -d' ' <(field filter <<<"$output") <(field matched <<<"$output") | tr '\n' ' ' | sed 's/ $//')"
    run -0 --separate-stderr pktsift bench -F f.sift:one -D port=1 a.pcap --rounds 1
    same 1 "$(grep -c f.sift <<<"$output")"
    has "$output" " 1  f.sift:one"
    pktsift compile -e 'tcp.srcport == 2' -o f.siftc
    pktsift bench -F f.siftc a.pcap --rounds 1 --profile | grep " 2  f.siftc$"
    echo 'tcp.srcport == 1' >bare
    pktsift bench -F bare a.pcap --rounds 1 | grep " 1  bare$"
    says 2 "no filter here is called 'three'" pktsift bench -F f.sift:three a.pcap
    echo 'filter broken = nonsense.field == 1' >>f.sift
    says 2 "nonsense" pktsift bench -F f.sift a.pcap
    same "" "$output"
}

@test "--compare EXPR: a ratio, its interval, a verdict" {
    make_pcap a.pcap 1 2 2
    run -0 --separate-stderr pktsift bench 'tcp.srcport == 2' a.pcap --compare 'tcp.srcport == 1' --rounds 8 --threshold 1000
    grep -E '^tcp.srcport == 2: [0-9.]+ times as long as tcp.srcport == 1, 95 % interval [0-9.]+ to [0-9.]+: (faster|not slower than the threshold of 1000)$' <<<"$output"
    has "$output" " 1  tcp.srcport == 1"
    has "$stderr" "tcp.srcport == 2 and tcp.srcport == 1 do not match the same frames"
    run -1 --separate-stderr pktsift bench 'tcp.srcport == 2' a.pcap --compare 'tcp.srcport == 1' --rounds 8 --threshold 0.001
    has "$output" ": slower than the threshold of 0.001"
    run -1 --separate-stderr pktsift bench 'tcp.srcport == 2' a.pcap --compare tcp --rounds 8 --threshold 0.001 -q
    same "" "$output$stderr"
    run -0 --separate-stderr pktsift bench tcp a.pcap --compare tcp --rounds 5 --threshold 0.001 --json
    same "cannot-tell 0 tcp" "$(head -1 <<<"$output" | { read -r o; for f in verdict by_floor with; do field compare.$f <<<"$o"; done; } | tr '\n' ' ' | sed 's/ $//')"
    pktsift bench tcp a.pcap --compare tcp --rounds 5 | grep "cannot tell: too few rounds for an interval"
}

@test "--compare FILE: by the filter's text; faster, not slower, slower, cannot tell" {
    make_pcap a.pcap 1 2 2
    measure() { pktsift bench 'tcp.srcport == 2' a.pcap --rounds 8 "$@" 2>&1; }
    measure --json -q >empty.json
    pktsift bench 'tcp.srcport == 2' a.pcap --rounds 8 --json >before.json 2>/dev/null
    for f in faster slower same torn few; do cp before.json $f.json; done
    forge faster.json 'ns(map { 1e7 + $_ } 1 .. 8)'
    run -0 measure --compare faster.json
    has "$output" ": faster"
    has "$output" "times as long as in faster.json, both by their floors, 95 % interval"
    forge slower.json 'ns(map { 1e-7 } 1 .. 8)'
    run -1 measure --compare slower.json
    has "$output" ": slower than the threshold of 1.05"
    run -1 measure --compare slower.json --threshold 2 --json
    same "slower" "$(grep '^{' <<<"$output" | field compare.verdict)"
    forge torn.json 'ns((1e-7) x 4, (1e7) x 4)'
    run -0 measure --compare torn.json
    has "$output" "cannot tell: the threshold of 1.05 lies in the interval; more --rounds, or a quieter machine"
    run -0 measure --compare torn.json --json
    same "cannot-tell" "$(grep '^{' <<<"$output" | field compare.verdict)"
    run -0 measure --compare torn.json --threshold 1e5
    run -0 measure --compare before.json --threshold 10000
    grep -E ': (faster|not slower than the threshold of 10000)$' <<<"$output"
    forge few.json 'ns(1e-7, 1e-7)'
    run -0 measure --compare few.json
    has "$output" "cannot tell: too few rounds for an interval"
}

@test "--compare FILE: what cannot be compared" {
    make_pcap a.pcap 1 2 2
    make_pcap b.pcap 1 2 2 2
    pktsift bench 'tcp.srcport == 2' a.pcap --rounds 6 --json 2>/dev/null >before.json
    says 2 "tcp.srcport == 2: 3 of 4 frames here, 2 of 3 in before.json: those times are of something else" \
        pktsift bench 'tcp.srcport == 2' b.pcap --rounds 1 --compare before.json
    same "" "$output"
    says 2 "before.json has no result for any of these filters with -j 1" pktsift bench tcp a.pcap --rounds 1 --compare before.json
    says 2 "before.json has no result for any of these filters with -j 2" \
        pktsift bench 'tcp.srcport == 2' a.pcap --rounds 1 -j 2 --compare before.json
    says 2 "no.json: No such file or directory" pktsift bench tcp a.pcap --compare no.json
    echo nonsense >x.json
    says 2 "x.json: object 1 is no JSON" pktsift bench tcp a.pcap --compare x.json
    echo '{"a":1}' >x.json
    says 2 "x.json: object 1 is no result of pktsift bench --json" pktsift bench tcp a.pcap --compare x.json
    : >x.json
    says 2 "there is no result of pktsift bench --json in it" pktsift bench tcp a.pcap --compare x.json
    for bad in '"rounds_ns":[1,"x"],"floor_rounds_ns":[1,1]' '"rounds_ns":[1,-1],"floor_rounds_ns":[1,1]' '"rounds_ns":[1],"floor_rounds_ns":[1,1]' '"rounds_ns":[0],"floor_rounds_ns":[1]'; do
        echo "{\"filter\":\"tcp\",\"frames\":3,\"matched\":3,\"threads\":1,$bad}" >x.json
        says 2 "x.json: object 1 is no result" pktsift bench tcp a.pcap --compare x.json
    done
    says 2 "nonsense" pktsift bench tcp a.pcap --compare 'nonsense.field == 1'
    forge before.json '$o->{machine} = "another, 64 cores"'
    says 0 "before.json was measured on another machine: another, 64 cores" \
        pktsift bench 'tcp.srcport == 2' a.pcap --rounds 1 --compare before.json
    printf '%s\n' '// sift 1' 'filter one = tcp' 'filter two = udp' >f.sift
    pktsift bench -F f.sift:one a.pcap --rounds 6 --json 2>/dev/null >one.json
    says 0 "f.sift:two: not in one.json with the same -j, and so not compared" \
        pktsift bench -F f.sift a.pcap --rounds 1 --compare one.json
}

@test "rounds and seconds" {
    make_pcap a.pcap 1
    for n in 0 1001; do says 2 "--rounds: expected 1 to 1000" pktsift bench tcp a.pcap --rounds $n; done
    rounds=$(pktsift bench tcp a.pcap --seconds 0 --json 2>/dev/null | field rounds)
    same 6 "$rounds"
    rounds=$(pktsift bench tcp a.pcap --seconds 0 --rounds 20 --json 2>/dev/null | field rounds)
    [ "$rounds" -lt 20 ]
}

@test "runs that vary too much, or are too few, say so" {
    make_pcap a.pcap 1
    run -0 --separate-stderr pktsift bench tcp a.pcap --rounds 1 --json
    same 1 "$(field noisy <<<"$output")"
    run -0 --separate-stderr pktsift bench tcp a.pcap --rounds 5
    has "$output" "5 rounds are too few to tell how far times vary: 6 have an interval"
    has "${lines[3]}" " ? "
    run -0 --separate-stderr pktsift bench tcp a.pcap --rounds 8 --json
    said=$(perl -MJSON::PP -e '$o = decode_json <STDIN>; print $o->{ns_per_frame_high} - $o->{ns_per_frame_low} > $o->{ns_per_frame} / 10 ? 1 : 0' <<<"$output")
    same "$said" "$(field noisy <<<"$output")"
    run -0 --separate-stderr pktsift bench tcp a.pcap --rounds 6
    if grep -E '^ .* [1-9][0-9]\.[0-9] % .*  tcp$' <<<"$output"; then has "$output" "runs vary too much to tell: tcp took "; fi
}

@test "mistakes" {
    make_pcap a.pcap 1
    for t in x 0 -1 1.05x nan ''; do says 2 "--threshold=$t: expected how many times as long is too long, such as 1.05" pktsift bench tcp a.pcap --compare udp --threshold "$t"; done
    says 2 "--threshold is for what --compare finds; there is no --compare" pktsift bench tcp a.pcap --threshold 2
    says 2 "no filter given" pktsift bench
    says 2 "no filter given: 'a.pcap' is a file" pktsift bench a.pcap
    says 2 "no.pcap: " pktsift bench tcp no.pcap
    says 2 "nonsense" pktsift bench 'nonsense.field == 1' a.pcap
    says 2 "-: what is measured is read again and again: it must be a file" pktsift bench tcp - < <(cat a.pcap)
    mkfifo pipe
    says 2 "pipe: what is measured is read again and again: it must be a file" pktsift bench tcp pipe
    says 2 "--color=blue" pktsift bench tcp a.pcap --color=blue
    head -c 24 a.pcap >empty.pcap
    says 2 "there is no frame in what was given: nothing has a time" pktsift bench tcp empty.pcap
    cp a.pcap damaged.pcap
    patch damaged.pcap 32 ffffff7f
    says 2 "damaged.pcap: " pktsift bench tcp damaged.pcap
    same "" "$output"
    make_pcap cut.pcap 1 2
    truncate -s -3 cut.pcap
    says 0 "warning: cut.pcap: frame 2" pktsift bench tcp cut.pcap --rounds 1
    has "$output" "1 frame, "
}

@test "a signal ends it, and no figures are told" {
    make_pcap a.pcap 1
    run -124 timeout -s INT 1 pktsift bench tcp a.pcap --rounds 1000 --seconds 100
    same "" "$(grep floor <<<"$output" || true)"
}
