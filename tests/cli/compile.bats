# compile.bats - `pktsift compile`, and what -F makes of the file.
load helper

@test "a compiled filter is taken wherever a filter is" {
    make_pcap a.pcap 53487 22 53487
    echo 'tcp.port == 53487 // the client' >f.sift
    said 0 "" pktsift compile f.sift -o f.siftc
    same "" "$output"
    prints 0 2 pktsift count -F f.siftc a.pcap
    prints 0 "$(pktsift filter -F f.sift a.pcap)" pktsift filter -F f.siftc a.pcap
    run -0 pktsift merge -F f.siftc a.pcap a.pcap -w m.pcap
    same 4 "$(frames_of m.pcap)"
    prints 0 "$(pktsift explain -F f.sift --stage=code)" pktsift explain -F f.siftc --stage=code
    prints 0 "$(printf 'Code\n' && pktsift explain -F f.sift --stage=code)" pktsift explain -F f.siftc
    only a.pcap f.sift f.siftc m.pcap
}

@test "the filter comes from a file, from -F, from -e; it goes to a file or a pipe" {
    make_pcap a.pcap 1 2
    echo 'tcp.srcport == 2' >f.sift
    pktsift compile -e 'tcp.srcport == 2' -o one
    pktsift compile -F f.sift -o two
    pktsift compile f.sift -o - | cat >three
    for name in one two three; do prints 0 1 pktsift count -F $name a.pcap; done
    pktsift compile f.sift -o - | prints 0 1 pktsift count -F - a.pcap
    cmp two three
}

@test "a file of filters in a filter's place leads to -F" {
    make_pcap a.pcap 1 2
    echo 'tcp.srcport == 2' >f.sift
    pktsift compile f.sift -o f.siftc
    for name in f.sift f.siftc f.sift:one; do
        says 2 "'$name' is a file of filters, and a filter is expected: -F $name" pktsift count $name a.pcap
    done
    says 2 "-F f.sift" pktsift bench f.sift a.pcap
    says 2 "no protocol or field named 'g.sift'" pktsift count g.sift a.pcap
    said 2 "pktsift test: f.siftc: this filter is compiled already: its tests are in its text" pktsift test f.siftc
}

@test "--from and --to hold for a compiled filter" {
    make_pcap a.pcap 1 2 3 4
    pktsift compile -e 'tcp.srcport != 3' -o f.siftc
    prints 0 3 pktsift count -F f.siftc a.pcap
    for window in '--from 2014-10-25T23:32:01Z' '--from 2014-10-25T23:32:01Z --to 2014-10-25T23:32:02.9Z' \
        '--to 2014-10-25T23:32:00.123456Z' '--to 2014-10-25T23:32:00.123455Z' '--from 2014-10-25T23:32:03.1234561Z'; do
        run --separate-stderr pktsift count 'tcp.srcport != 3' a.pcap $window
        prints $status "$output" pktsift count -F f.siftc a.pcap $window
    done
    prints 1 0 pktsift count -F f.siftc a.pcap --from 2014-10-25T23:32:02Z --to 2014-10-25T23:32:02.9Z
}

@test "what cannot be: no filter, no output, two filters, the filter itself, a compiled one" {
    echo tcp >f.sift
    says 2 "no filter given: name its file, or -e EXPR" pktsift compile -o x
    says 2 "no output given: -o OUT" pktsift compile f.sift
    says 2 "one filter, please; 'f.sift' is one too many" pktsift compile f.sift -e tcp -o x
    says 2 "one filter, please; 'g.sift' is one too many" pktsift compile f.sift g.sift -o x
    said 2 "pktsift compile: -o ./f.sift: this is the filter itself; give the compiled one another name" \
        pktsift compile f.sift -o ./f.sift
    said 2 "pktsift compile: tcp.port == 80: No such file or directory; an expression stands behind -e" \
        pktsift compile 'tcp.port == 80' -o x
    pktsift compile f.sift -o f.siftc
    said 2 "pktsift compile: f.siftc: this filter is compiled already" pktsift compile f.siftc -o x
    said 2 "pktsift count: --plain is a way to compile, and f.siftc is compiled already" \
        pktsift count -F f.siftc --plain f.sift
    said 2 "pktsift explain: --stage=plan: of a compiled filter only the code is left" \
        pktsift explain -F f.siftc --stage=plan
    only f.sift f.siftc
    same tcp "$(cat f.sift)"
}

@test "an error leaves no file, and not another one in its place" {
    echo 'tcp.prot == 1' >f.sift
    echo old >x
    says 2 "no field named 'tcp.prot'" pktsift compile f.sift -o x
    says 2 "cannot create no/such/x" pktsift compile -e tcp -o no/such/x
    same old "$(cat x)"
    only f.sift x
}

@test "a file of another version, a damaged one, half of one" {
    make_pcap a.pcap 1
    pktsift compile -e 'tcp.port == 1 OR frame.ethernet.ipv4.tcp.port in {5, 7..9}' -o good.siftc
    prints 0 1 pktsift count -F good.siftc a.pcap
    size=$(stat -c %s good.siftc)
    cp good.siftc x.siftc
    patch x.siftc 8 63
    said 2 "pktsift count: x.siftc: this compiled filter cannot be used: made by another version of pktsift; compile it again" \
        pktsift count -F x.siftc a.pcap
    cp good.siftc x.siftc
    patch x.siftc 16 ffffffffffffffff
    says 2 "x.siftc: this compiled filter cannot be used: made by another version of pktsift" pktsift count -F x.siftc a.pcap
    for at in $(seq 24 37 $((size - 1))); do # every byte of one: tests/unit/vm_program.c
        cp good.siftc x.siftc
        byte=$(od -An -tx1 -j "$at" -N 1 good.siftc | tr -d " ")
        patch x.siftc "$at" "$(printf %02x $((0x$byte ^ 0x10)))"
        says 2 "x.siftc: this compiled filter cannot be used: " pktsift count -F x.siftc a.pcap
        has "$stderr" "; compile it again"
    done
    : >x.siftc
    said 2 "pktsift count: x.siftc: this compiled filter is empty; compile it again" pktsift count -F x.siftc a.pcap
    for length in 8 50 96 200 $((size - 1)); do
        head -c "$length" good.siftc >x.siftc
        says 2 "x.siftc: this compiled filter cannot be used: " pktsift count -F x.siftc a.pcap
    done
}
