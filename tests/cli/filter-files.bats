# filter-files.bats - -F FILE:NAME, -D, imports and where they may lead; whole messages are in tests/cases/module.case.
load helper

sift() { # sift FILE LINE...: a filter file
    local file=$1
    shift
    printf '%s\n' '// sift 1' "$@" >"$file"
}

@test "a filter of a file is chosen by name, or is main, or the only one" {
    make_pcap a.pcap 1 2 2 3 3 3
    sift f.sift 'filter main = tcp.port == 1' 'filter two = tcp.port == 2'
    prints 0 1 pktsift count -F f.sift a.pcap
    prints 0 1 pktsift count -F f.sift:main a.pcap
    prints 0 2 pktsift count -F f.sift:TWO a.pcap
    sift one.sift 'filter three = tcp.port == 3'
    prints 0 3 pktsift count -F one.sift a.pcap
    sift more.sift 'filter b = tcp' 'filter c = udp'
    said 2 "more.sift:1:1: error: this file has 2 filters and none is called 'main': say which, FILE:NAME
  // sift 1
  ^~~~~~~~~
hint: there are 'b', 'c'" pktsift count -F more.sift a.pcap
    says 2 "no filter here is called 'd'" pktsift count -F more.sift:d a.pcap
    mv more.sift odd:name.sift
    prints 0 6 pktsift count -F odd:name.sift:b a.pcap
    mv odd:name.sift f.sift:b
    prints 0 1 pktsift count -F f.sift a.pcap
    says 2 "this file has 2 filters" pktsift count -F f.sift:b a.pcap
}

@test "every command that takes -F takes a name and parameters" {
    make_pcap a.pcap 1 2 2 3
    sift f.sift 'param port = 1' 'filter main = tcp' 'filter by = tcp.srcport == port'
    prints 0 2 pktsift count -F f.sift:by -D port=2 a.pcap
    run -0 pktsift filter -F f.sift:by -D port=3 a.pcap --fields TCP.SrcPort
    same 3 "$(grep -v ' of ' <<<"$output")"
    run -0 pktsift merge -F f.sift:by -D port=2 a.pcap a.pcap -w m.pcap
    same 4 "$(frames_of m.pcap)"
    prints 0 "$(pktsift explain --stage=plan 'tcp.srcport == 7')" pktsift explain --stage=plan -F f.sift:by -D port=7
    pktsift compile f.sift:by -D port=2 -o by.siftc
    prints 0 2 pktsift count -F by.siftc a.pcap
    said 2 "pktsift compile: -o f.sift: this is the filter itself; give the compiled one another name" \
        pktsift compile f.sift:by -o f.sift
}

@test "-D gives literals of the parameter's type, each name once" {
    make_pcap a.pcap 1 2
    sift f.sift 'param port = 1' 'param name = "hi"' 'filter main = tcp.port == port AND tcp.tcppayload == name'
    prints 0 1 pktsift count -F f.sift a.pcap -D port=2 -D 'name="hi"'
    prints 1 0 pktsift count -F f.sift a.pcap -D 'name="ho"'
    said 2 "-D port:1:1: error: 'port' is a number, not text
  \"x\"
  ^~~
hint: such as 80, 0xD0EF or -5" pktsift count -F f.sift a.pcap -D 'port="x"'
    said 2 "-D name:1:1: error: a parameter's value is a literal or a set of literals, not 'hi'
  hi
  ^~
hint: text stands in quotes: -D 'name=\"hi\"'" pktsift count -F f.sift a.pcap -D name=hi
    sift t.sift 'param since : time = "2014-01-01"' 'filter main = FrameVariable.TimeOfDay > since'
    says 2 "hint: a time stands in quotes: -D 'since=\"2021-01-01\"'" pktsift count -F t.sift a.pcap -D since=2021-01-01
    says 2 "-D port: expected NAME=VALUE" pktsift count -F f.sift a.pcap -D port
    says 2 "-D =1: expected NAME=VALUE" pktsift count -F f.sift a.pcap -D =1
    says 2 "-D gives 'PORT' two values" pktsift count -F f.sift a.pcap -D port=1 -D PORT=2
    says 2 "-D port=1: only filter files have parameters: -F FILE" pktsift count tcp a.pcap -D port=1
    echo tcp >bare.flt
    said 2 "pktsift count: bare.flt: this file is one bare expression: it has no parameter 'port' that could be set" \
        pktsift count -F bare.flt -D port=1 a.pcap
    said 2 "pktsift count: bare.flt: this file is one bare expression: there is no filter called 'x' in it" \
        pktsift count -F bare.flt:x a.pcap
    pktsift compile f.sift -o f.siftc
    said 2 "pktsift count: f.siftc: this file is compiled: it has no parameter 'port' that could be set" \
        pktsift count -F f.siftc -D port=1 a.pcap
}

@test "byte-order mark, CRLF, standard input, other versions" {
    make_pcap a.pcap 1 2
    printf '\xef\xbb\xbf// sift 1\r\n// @id x\r\nfilter main =\r\n  tcp.port == 1\r\nfilter b = tcp.port = 1\r\n' >f.sift
    said 2 "f.sift:5:21: error: '=' is no operator: use '==' to compare
  filter b = tcp.port = 1
                      ^
hint: did you mean '=='?" pktsift count -F f.sift a.pcap
    printf '\xef\xbb\xbf// sift 1\r\nfilter main =\r\n  tcp.port == 1\r\nfilter b = tcp\r\n' >f.sift
    prints 0 1 pktsift count -F f.sift a.pcap
    prints 0 2 pktsift count -F f.sift:b a.pcap
    prints 0 2 pktsift count -F -:b a.pcap <f.sift
    mkdir lib
    sift lib/l.sift 'let x = tcp.port == 2'
    sift main.sift 'import "lib/l.sift" as l' 'filter main = l.x'
    prints 0 1 pktsift count -F - a.pcap <main.sift
    printf '// sift 2\nfilter main = tcp\n' >f.sift
    said 2 "f.sift:1:1: error: this file is written for version 2 of the filter files
  // sift 2
  ^~~~~~~~~
hint: this pktsift reads version 1: '// sift 1'" pktsift count -F f.sift a.pcap
    printf '// sift 10 of them\ntcp\n' >f.sift
    prints 0 2 pktsift count -F f.sift a.pcap
}

@test "an error in an imported name shows both places, as paths that can be opened from here" {
    mkdir -p repo/lib elsewhere
    sift repo/lib/l.sift 'let bad(x) = TCP.Prt == x'
    sift repo/main.sift 'import "lib/l.sift" as l' 'filter main = l.bad(1)'
    wanted='lib/l.sift:2:14: error: no field named '"'TCP.Prt'"'
  let bad(x) = TCP.Prt == x
               ^~~~~~~
hint: did you mean '"'TCP.Port'"'?
main.sift:3:15: note: used here
  filter main = l.bad(1)
                ^~~~~~~~'
    cd repo
    said 2 "$wanted" pktsift explain -F main.sift
    cd ../elsewhere
    said 2 "$(sed -E 's#^(lib/|main)#../repo/\1#' <<<"$wanted")" pktsift explain -F ../repo/main.sift
    ln -s ../repo/main.sift link.sift
    says 2 "$(dirname "$PWD")/repo/lib/l.sift:2:14: error" pktsift explain -F link.sift
}

@test "imports stay below the repository's root, or the file's folder where there is no repository" {
    mkdir -p repo/.git repo/filters/deep
    sift outside.sift 'let x = TCP'
    sift repo/lib.sift 'let x = TCP' 'let y = IPv4'
    sift repo/filters/main.sift 'import "../lib.sift" as a' 'import "deep/../../lib.sift" as b' 'filter main = a.x AND b.y'
    said 0 "" pktsift explain --stage=plan -F repo/filters/main.sift
    sift repo/filters/out.sift 'import "../../outside.sift" as o' 'filter main = o.x'
    says 2 "out.sift:2:8: error: '../../outside.sift' lies outside of $PWD/repo" pktsift explain -F repo/filters/out.sift
    has "$stderr" "hint: imports stay below the folder that has .git in it"
    ln -s ../outside.sift repo/link.sift
    sift repo/main.sift 'import "link.sift" as o' 'filter main = o.x'
    says 2 "'link.sift' lies outside of $PWD/repo" pktsift explain -F repo/main.sift
    rm -r repo/.git
    says 2 "'../lib.sift' lies outside of $PWD/repo/filters" pktsift explain -F repo/filters/main.sift
    has "$stderr" "hint: imports stay below the main file's folder, or below the one that has .git in it where there is one"
    echo 'gitdir: elsewhere' >repo/.git
    said 0 "" pktsift explain --stage=plan -F repo/filters/main.sift
}

@test "paths that are no files" {
    mkdir folder
    mkfifo pipe
    sift f.sift 'import "folder" as a' 'import "pipe" as b' 'import "none.sift" as c' "import \"$PWD/f.sift\" as d" \
        'import "bare.flt" as e' 'filter main = TCP'
    echo TCP >bare.flt
    says 2 "f.sift:2:8: error: 'folder' is no file that can be read" timeout 10 "$PKTSIFT" explain -F f.sift
    has "$stderr" "f.sift:3:8: error: 'pipe' is no file that can be read"
    has "$stderr" "f.sift:4:8: error: 'none.sift' cannot be read: No such file or directory"
    has "$stderr" "hint: paths start from the file they stand in: $PWD"
    has "$stderr" "f.sift:5:8: error: imports are relative to the file they stand in"
    has "$stderr" "f.sift:6:8: error: bare.flt does not begin with the line '// sift 1'"
}

@test "std/ is the file's own folder first, then the library" {
    make_pcap a.pcap 1 2 3
    mkdir -p library std repo
    sift library/tcp.sift 'import "more.sift" as more' 'let port = more.port'
    sift library/more.sift 'let port = tcp.port == 1'
    sift f.sift 'import "std/tcp.sift" as t' 'filter main = t.port'
    PKTSIFT_STD=$PWD/library prints 0 1 pktsift count -F f.sift a.pcap
    sift std/tcp.sift 'let port = tcp'
    PKTSIFT_STD=$PWD/library prints 0 3 pktsift count -F f.sift a.pcap
    rm std/tcp.sift
    PKTSIFT_STD=$PWD/nowhere says 2 "hint: PKTSIFT_STD is set to a folder that is not there: $PWD/nowhere" \
        pktsift count -F f.sift a.pcap
    sift library/tcp.sift 'import "../f.sift" as f' 'let port = tcp'
    PKTSIFT_STD=$PWD/library says 2 "hint: files of the library import files of the library" pktsift count -F f.sift a.pcap
    has "$stderr" "library/tcp.sift:2:8: error: '../f.sift' lies outside of $PWD/library"
    sift f.sift 'import "std/none.sift" as t' 'filter main = t.port'
    PKTSIFT_STD=$PWD/library says 2 "hint: neither in $PWD nor in the library, $PWD/library" pktsift count -F f.sift a.pcap
}

@test "a name that is printed cannot speak to the terminal" {
    sift f.sift $'import "\x1b[31mred" as a' 'filter main = TCP'
    run --separate-stderr pktsift explain -F f.sift
    lacks "$stderr" $'\x1b'
    sift f.sift 'import "\x1b[31mred" as a' 'filter main = TCP'
    run --separate-stderr pktsift explain -F f.sift
    lacks "$stderr" $'\x1b'
}

@test "help and README name every type of parameters, README every key of metadata" {
    local readme
    readme=$(cat "$ROOT/grammar/README.md")
    run -0 pktsift help files
    for type in $(sed -n 's/^PARAM_TYPE([A-Z]*, *"\([a-z]*\)".*/\1/p' "$ROOT/compiler/params.def"); do
        has "$output" " $type"
        has "$readme" "\`$type\`"
    done
    for key in $(sed -n 's/^LABEL([A-Z]*, "\([a-z]*\)".*/\1/p' "$ROOT/grammar/labels.def"); do
        has "$readme" "\`$key\`"
        has "$(pktsift help rules)" "@$key"
    done
}

# make_handshakes FILE: port 1 is answered; 2 is sent twice and answered; 3 is not; nor is 1 of
# another host; 4 is refused.
make_handshakes() {
    perl -e '
        my ($client, $other, $server) = (0x0a000001, 0x0a000003, 0x0a000002);
        my ($syn, $syn_ack, $rst_ack) = (0x02, 0x12, 0x14);
        my @frames = ([$client, 1, 1000, 0, $syn], [$server, 1, 7, 1001, $syn_ack], [$client, 2, 2000, 0, $syn],
            [$client, 2, 2000, 0, $syn], [$server, 2, 8, 2001, $syn_ack], [$client, 3, 3000, 0, $syn],
            [$other, 1, 9000, 0, $syn], [$client, 4, 4000, 0, $syn], [$server, 4, 0, 4001, $rst_ack]);
        open my $out, ">:raw", $ARGV[0] or die $!;
        print $out pack("VvvVVVV", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 101);
        for (@frames) {
            my ($from, $port, $seq, $ack, $flags) = @$_;
            my ($to, @ports) = $from == $server ? ($client, 80, $port) : ($server, $port, 80);
            my $ip = pack("CCnnnCCnNN", 0x45, 0, 40, 1, 0x4000, 64, 6, 0, $from, $to);
            print $out pack("VVVV", 1, 0, 40, 40), $ip, pack("nnNNnnnn", @ports, $seq, $ack, 0x5000 | $flags, 8192, 0, 0);
        }' "$1"
}

# What stands in runtime/std/README.md, step by step.
@test "SYNs without answer are found in two steps" {
    make_handshakes a.pcap
    run -0 --separate-stderr pktsift filter -F "$ROOT/runtime/std/tcp.sift:accept" --fields=TCP.AcknowledgementNumber a.pcap
    answered=$(sort -un <<<"$output" | paste -sd,)
    same "1001,2001" "$answered"
    run -0 --separate-stderr pktsift filter -F "$ROOT/runtime/std/tcp.sift:syn_unanswered" -D "answered={${answered:-0}}" \
        --fields=TCP.SrcPort a.pcap
    same $'3\n1\n4' "$output"
    run -0 --separate-stderr pktsift filter -F "$ROOT/runtime/std/tcp.sift:refused" --fields=TCP.AcknowledgementNumber a.pcap
    same 4001 "$output"
    prints 0 2 pktsift count -F "$ROOT/runtime/std/tcp.sift:syn_unanswered" -D "answered={$answered,$output}" a.pcap
    answered=
    prints 0 6 pktsift count -F "$ROOT/runtime/std/tcp.sift:syn_unanswered" -D "answered={${answered:-0}}" a.pcap
}

@test "-F std/FILE is the library's where no such file stands here" {
    make_pcap a.pcap 1
    mkdir lib
    printf '// sift 1\nimport "other.sift" as o\nfilter one = o.is\n' >lib/own.sift
    printf '// sift 1\nfilter is = TCP\n' >lib/other.sift
    export PKTSIFT_STD=$PWD/lib
    prints 0 1 pktsift count -F std/own.sift:one a.pcap
    prints 0 1 pktsift count -F std/own.sift a.pcap
    says 2 "std/nowhere.sift: the filter file cannot be read: No such file" pktsift count -F std/nowhere.sift:x a.pcap
    says 2 "std/../a.pcap: the filter file cannot be read" pktsift count -F std/../a.pcap a.pcap
    mkdir std
    printf '// sift 1\nfilter one = UDP\n' >std/own.sift
    prints 1 0 pktsift count -F std/own.sift:one a.pcap
}

@test "a time for -D is a date in quotes, or NetMon's number" {
    make_pcap a.pcap 1
    printf '// sift 1\nparam b : time = 0\nfilter main = FrameVariable.TimeOfDay >= b\n' >t.sift
    says 2 "a time before 1970: as a number it counts 100 ns since 1601" pktsift count -F t.sift -D b=2021 a.pcap
    says 2 "a time stands in quotes: -D 'b=\"2021-01-01\"'" pktsift count -F t.sift -D b=2021-01-01 a.pcap
    prints 1 0 pktsift count -F t.sift -D 'b="2021-01-01"' a.pcap
    prints 1 0 pktsift count -F t.sift -D b=132539328000000000 a.pcap
    prints 0 1 pktsift count -F t.sift -D b=0 a.pcap
}
