# bad-input.bats - what cannot be read gets a message with file and offset, what was expected and what was found; what
# is good before it and beside it is used.
load helper

# The 12 bytes every pcapng of these tests begins with: a section header; and one interface.
SHB=0a0d0d0a1c0000004d3c2b1a01000000ffffffffffffffff1c000000
IDB=01000000140000000100000000000400'14000000'

@test "unknown content" {
    echo "hello, this is no capture" >t.txt
    said 2 "pktsift count: t.txt: offset 0: expected a capture file: text, not a capture" pktsift count tcp t.txt
    same "" "$output"
    put b.bin 8f454c46 00010203
    says 2 "b.bin: offset 0: expected a capture file: " pktsift count tcp b.bin
    has "$stderr" "8f 45 4c 46"
}

@test "a compressed capture says what to do" {
    make_pcap a.pcap 1
    gzip a.pcap
    says 2 "a.pcap.gz: offset 0: expected a capture file: gzip-compressed" pktsift count tcp a.pcap.gz
    has "$stderr" "zcat"
}

@test "an empty file" {
    : >empty.pcap
    said 2 "pktsift count: empty.pcap: offset 0: the file is empty: expected a capture, found 0 bytes" pktsift count tcp empty.pcap
    says 2 "standard input: offset 0: nothing came: expected a capture, found 0 bytes" bash -c ': | pktsift count tcp -'
}

@test "an empty file among good ones" {
    make_pcap a.pcap 1
    : >empty.pcap
    says 2 "empty.pcap" pktsift count tcp a.pcap empty.pcap a.pcap
    same 2 "$output"
}

@test "no such file, nothing like the pattern, no file of the range" {
    says 2 "nofile.pcap: " pktsift count tcp nofile.pcap
    has "$stderr" "No such file or directory"
    says 2 "no*.pcap" pktsift count tcp 'no*.pcap'
    said 2 "pktsift count: no(1..3).pcap: no file of this range exists" pktsift count tcp 'no(1..3).pcap'
    says 2 "the range counts down" pktsift count tcp 'no(3..1).pcap'
    says 2 "nolist" pktsift count tcp @nolist
}

@test "a directory without files" {
    mkdir d
    says 2 "d: " pktsift count tcp d
}

@test "a message is one line, whatever the name of the file" {
    said 2 'pktsift count: a\x0ab\x1bc.pcap: No such file or directory' pktsift count tcp $'a\nb\ec.pcap'
    printf x >$'a\nb.pcap'
    run --separate-stderr pktsift count tcp $'a\nb.pcap'
    same 2 "$status"
    same 1 "$(wc -l <<<"$stderr")"
}

@test "no permission" {
    make_pcap a.pcap 1
    chmod 000 a.pcap
    if [ "$(id -u)" -eq 0 ]; then
        # root may read anything; another user may not.
        chmod 755 . && bin=$(mktemp -d) && cp "$PKTSIFT" "$bin/pktsift" && chmod 755 "$bin" "$bin/pktsift"
        mv a.pcap "$bin" && cd "$bin"
        says 2 "a.pcap: cannot be opened: Permission denied" setpriv --reuid=65534 --clear-groups "$bin/pktsift" count tcp a.pcap
        rm -rf "$bin"
    else
        says 2 "a.pcap: cannot be opened: Permission denied" pktsift count tcp a.pcap
    fi
}

@test "a NetMon capture from a pipe, whose frame table is at its end, is read all the same" {
    make_pcap a.pcap 1
    editcap -F netmon2 a.pcap a.cap
    prints 0 1 bash -c 'cat a.cap | pktsift count tcp -'
    mkfifo f
    prints 0 1 bash -c 'cat a.cap >f & pktsift count tcp f'
}

@test "NetMon output to a pipe" {
    make_pcap a.pcap 1
    says 2 "needs a regular file" bash -c 'pktsift filter tcp a.pcap -w - --format netmon | cat; exit ${PIPESTATUS[0]}'
    mkfifo f
    says 2 "needs a regular file" timeout 10 pktsift filter tcp a.pcap -w f --format netmon # and waits for no reader
}

@test "a pcap header that is not whole, or of another version" {
    make_pcap a.pcap 1
    head -c 20 a.pcap >b.pcap
    says 2 "b.pcap: offset 20: the file ends after 20 of the 24 bytes of a pcap header" pktsift count tcp b.pcap
    patch a.pcap 4 0900
    says 2 "a.pcap: offset 4: pcap version 9.4; expected 2.4" pktsift count tcp a.pcap
}

@test "a nonsense snap length does not keep frames from being read" {
    for snap in 00000000 ffffffff 01000000; do
        make_pcap a.pcap 1 2
        patch a.pcap 16 $snap
        prints 0 2 pktsift count tcp a.pcap
    done
}

@test "a captured length beyond all reason: what stood before it is used" {
    make_pcap a.pcap 1 2 3
    patch a.pcap 104 ffffff7f
    says 2 "pktsift count: a.pcap: frame 2, offset 96: captured length 2147483647 is more than the 262144 bytes that a frame may have here; the frame before it was used
1 of 1 frame in 1 file, 240 bytes, " pktsift count tcp a.pcap
    same 1 "$output"
}

@test "a last frame that is not whole: a warning; --strict: an error" {
    make_pcap a.pcap 1 2 3
    truncate -s -1 a.pcap
    says 0 "pktsift count: warning: a.pcap: frame 3, offset 168: the file ends after 55 of the 56 bytes of the frame" \
        pktsift count tcp a.pcap
    same 2 "$output"
    says 2 "pktsift count: a.pcap: frame 3, offset 168: the file ends after 55 of the 56 bytes of the frame" \
        pktsift count tcp a.pcap --strict
    same 2 "$output"
    truncate -s 170 a.pcap
    says 0 "a.pcap: frame 3, offset 168: the file ends after 2 of the 16 bytes of a record header" pktsift count tcp a.pcap
}

@test "cut short is no news with -q, and a stream is cut the same way" {
    make_pcap a.pcap 1 2 3
    truncate -s -1 a.pcap
    said 1 "" pktsift count 'tcp.port == 9' a.pcap -q
    says 0 "the file ends after 55 of the 56 bytes" bash -c 'cat a.pcap | pktsift count tcp -'
    same 2 "$output"
}

@test "pcapng: an interface that was never described" {
    put a.pcapng $SHB $IDB 06000000 24000000 05000000 00000000 00000000 04000000 04000000 deadbeef 24000000
    says 2 "a.pcapng: frame 1, offset 48: interface 5 was never described; 1 known here" pktsift count '' a.pcapng
}

@test "pcapng: lengths that do not agree" {
    put a.pcapng $SHB $IDB 06000000 24000000 00000000 00000000 00000000 04000000 04000000 deadbeef 28000000
    says 2 "a.pcapng: frame 1, offset 48: block length 36 at its start, 40 at its end" pktsift count '' a.pcapng
    put b.pcapng $SHB $IDB 06000000 05000000 00000000 00000000
    says 2 "b.pcapng: frame 1, offset 48: block length 5; expected a multiple of 4" pktsift count '' b.pcapng
    put c.pcapng $SHB $IDB 06000000 24000000 00000000 00000000 00000000 40000000 40000000 deadbeef 24000000
    says 2 "c.pcapng: frame 1, offset 48: captured length 64 does not fit a block of 36 bytes" pktsift count '' c.pcapng
}

@test "pcapng: a byte-order magic that is none" {
    put a.pcapng 0a0d0d0a1c000000 11223344 01000000ffffffffffffffff1c000000
    says 2 "a.pcapng: offset 0: expected a capture file: " pktsift count '' a.pcapng
}

# u32 at offset 24 of a NetMon file: where the frame table is; at 28: its length.
table_of() { perl -e 'open my $h, "<:raw", shift; seek $h, 24, 0; read $h, my $b, 4; print unpack "V", $b' "$1"; }

@test "NetMon: a frame table outside the file" {
    make_pcap a.pcap 1 2 3
    editcap -F netmon2 a.pcap a.cap
    size=$(stat -c %s a.cap)
    patch a.cap 24 ffffff7f
    says 2 "a.cap: offset 24: frame table at 2147483647 with 12 bytes, outside the file of $size bytes" pktsift count tcp a.cap
}

@test "NetMon: a frame table inside the header, or of no whole entries" {
    make_pcap a.pcap 1 2 3
    editcap -F netmon2 a.pcap a.cap
    cp a.cap b.cap
    patch a.cap 24 10000000
    says 2 "a.cap: offset 24: frame table at 16, inside the file header of " pktsift count tcp a.cap
    patch b.cap 28 0b000000
    says 2 "b.cap: offset 28: frame table of 11 bytes; expected a multiple of 4" pktsift count tcp b.cap
}

@test "NetMon: an entry that points outside the file, or into the table" {
    make_pcap a.pcap 1 2 3
    editcap -F netmon2 a.pcap a.cap
    cp a.cap b.cap
    table=$(table_of a.cap)
    patch a.cap $((table + 4)) ffffff7f
    says 2 "a.cap: frame 2, offset $((table + 4)): the frame table puts frame 2 at 2147483647, outside the file of" \
        pktsift count tcp a.cap
    same 1 "$output"
    patch b.cap $((table + 8)) "$(perl -e 'print unpack "H8", pack "V", shift' "$table")"
    run -2 --separate-stderr pktsift count tcp b.cap
    has "$stderr" "b.cap: frame 3"
    same 2 "$output"
}

@test "NetMon: an entry that points back into a frame before it" {
    make_pcap a.pcap 1 2 3
    editcap -F netmon2 a.pcap a.cap
    table=$(table_of a.cap)
    patch a.cap $((table + 4)) 8c000000
    run --separate-stderr pktsift count tcp a.cap
    same 2 "$status"
    has "$stderr" "a.cap: frame "
}

@test "a filter of 1 MB" {
    make_pcap a.pcap 1 2 3
    perl -e 'print join(" OR ", map { "tcp.srcport == $_" } 2 .. 50000), "\n"' >f.txt
    [ "$(stat -c %s f.txt)" -gt 1000000 ]
    prints 0 2 pktsift count -F f.txt a.pcap
    perl -e 'print "tcp AND ", "x" x 1000000' >g.txt
    says 2 "g.txt:1:9: error:" pktsift count -F g.txt a.pcap
    [ "${#stderr}" -lt 2000 ]
}

@test "10,000 nested parentheses" {
    make_pcap a.pcap 1
    perl -e 'print "(" x 10000, "tcp", ")" x 10000' >f.txt
    says 2 "f.txt:1:" pktsift count -F f.txt a.pcap
    has "$stderr" "200"
    [ "${#stderr}" -lt 2000 ]
    says 2 "error:" pktsift count "$(perl -e 'print "(" x 10000')" a.pcap
    says 2 "error:" pktsift count "$(perl -e 'print "NOT " x 10000, "tcp"')" a.pcap
}

@test "a filter that is a binary, or a folder" {
    make_pcap a.pcap 1
    says 2 "a.pcap:" pktsift count -F a.pcap a.pcap
    lacks "$stderr" $'\033'
    mkdir d
    says 2 "d: " pktsift count -F d a.pcap
}

@test "several errors in one run" {
    make_pcap a.pcap 1
    says 2 "filter:1:1: error:" pktsift count 'tcp.prt == 1 OR udp.prt == 2' a.pcap
    has "$stderr" "filter:1:17: error:"
}

@test "a file that shrinks while it is read" {
    perl -e 'print "1\n" x 200000' >ports
    make_pcap a.pcap 1
    perl -e 'local $/; open A, "<:raw", "a.pcap"; my $b = <A>; open O, ">:raw", "big.pcap"; print O substr $b, 0, 24; print O substr($b, 24) x 2000000'
    (sleep 0.05; truncate -s 1000 big.pcap) &
    run --separate-stderr pktsift count 'TCP.TCPPayload MATCHES "x*y"' big.pcap
    wait
    # Either it was through before the cut, or it says so: never a crash.
    [ "$status" -le 2 ]
    [ "$status" -ne 2 ] || has "$stderr" "big.pcap"
}
