# test.bats - `pktsift test`: what the tests of a filter file may say, and how results are told.
load helper

sift() { # sift FILE LINE...: a filter file
    local file=$1
    shift
    printf '%s\n' '// sift 1' "$@" >"$file"
}

# outcome TEXT: standard output is this; what the last line says goes to $stderr.
outcome() { same "$1" "$output"; }

# A frame of TCP from port 80 to 53487.
FRAME='020000000002020000000001 0800 4500002a00010000400600000a0000010a000002 0050d0ef000003e8000007d05018200000000000 6869'

@test "every entry, passed" {
    make_pcap a.pcap 1 2 2 3
    make_pcap 'r(1).pcap' 1 2
    make_pcap 'r(2).pcap' 3 1
    sift f.sift 'param port = 1' 'filter main = tcp.srcport == port' 'filter all = tcp' \
        'test "main" of main {' '  match "a.pcap" frames 1' '  count "a.pcap" == 1' '  count "a.pcap" != 2' '  count "a.pcap" <= 1' \
        '  count "a.pcap" < 2' '  count "a.pcap" >= 1' '  count "a.pcap" > 0' '  match "r(1..2).pcap" frames 4, 1' '}' \
        'test "two" of main { with port = 2' '  match "a.pcap" frames 2..3' '}' \
        'test "none" of main { with port = 9' '  reject "a.pcap"' '}' \
        'test "all" { match "a.pcap"' '  match "r(1..2).pcap"' '}' \
        "test \"hex\" of main { with port = 80" "  match hex \"$FRAME\"" "  reject hex \"${FRAME/0050d0ef/0051d0ef}\"" \
        "  match hex '${FRAME#* 0800 }' linktype 101" '}'
    run --separate-stderr pktsift test f.sift
    outcome 'ok     f.sift: main
ok     f.sift: two
ok     f.sift: none
ok     f.sift: all
ok     f.sift: hex'
    same 0 "$status"
    has "$stderr" "5 tests in 1 file: 5 passed; "
}

@test "every entry, failed: what was expected, what was found, where" {
    make_pcap a.pcap 1 2 2 3 2 1
    sift f.sift 'filter main = tcp.srcport == 2' 'test "t" {' '  match "a.pcap" frames 1, 3..4' '  match "a.pcap"' '  reject "a.pcap"' \
        '  count "a.pcap" > 3' "  match hex \"$FRAME\"" '  reject hex "00"' '}' \
        'filter any = tcp' 'test "u" { reject hex' "      \"$FRAME\" \"00\"" '}'
    run --separate-stderr pktsift test f.sift
    outcome 'FAILED f.sift: t
  f.sift:4:3: match "a.pcap" frames 1, 3..4
    expected 1, 3, 4
    found    2, 3, 5 of 6 frames
    missing  1, 4
    too many 2, 5
  f.sift:5:3: match "a.pcap"
    expected 1..6
    found    2, 3, 5 of 6 frames
    missing  1, 4, 6
  f.sift:6:3: reject "a.pcap"
    expected none
    found    2, 3, 5 of 6 frames
    too many 2, 3, 5
  f.sift:7:3: count "a.pcap" > 3
    expected > 3
    found    3 of 6 frames
  f.sift:8:3: match hex "020000000002020000000001 0800 4500002a00010000400600000a0000010a000002 0050d0ef000003e800...
    expected that it matches
    found    that it does not
FAILED f.sift: u
  f.sift:12:12: reject hex "020000000002020000000001 0800 4500002a00010000400600000a0000010a000002 0050d0ef000003e80...
    expected that it does not match
    found    that it does'
    same 1 "$status"
    has "$stderr" "2 tests in 1 file: 0 passed, 2 failed; "
}

@test "what cannot be run is broken, and the others run" {
    make_pcap a.pcap 1
    make_pcap cut.pcap 1 1
    truncate -s -1 cut.pcap
    make_pcap empty.pcap
    put bad.pcap d4c3b2a1020004000000000000000000ffff00000100000000000000 00000000ffffff7fffffff7f
    mkfifo pipe
    sift f.sift 'param port = 1' 'filter main = tcp.srcport == port' \
        'test "missing" { match "none.pcap" }' 'test "range" { with port = 70000' '  match "a.pcap"' '}' \
        'test "empty" { reject "empty.pcap" }' 'test "cut" { match "cut.pcap" }' 'test "bad" { reject "bad.pcap" }' 'test "good" { match "a.pcap" }'
    sift pipe.sift 'filter main = tcp' 'test "pipe" { match "pipe" }'
    run --separate-stderr pktsift test pipe.sift
    has "$output" 'BROKEN pipe.sift: pipe
  pipe is no regular file'
    sift wrong.sift 'filter main = TCP.Prt' 'test "t" { match "a.pcap" }'
    echo 'tcp' >bare.sift
    run --separate-stderr pktsift test f.sift wrong.sift bare.sift nowhere.sift
    same 2 "$status"
    has "$output" 'BROKEN f.sift: missing
  f.sift:4:18: none.pcap: No such file or directory'
    has "$output" "BROKEN f.sift: range
  f.sift:5:28: error: can never match: 'tcp.srcport' has 16 bits, 70000 needs 17"
    has "$output" 'FAILED f.sift: empty
  f.sift:8:16: reject "empty.pcap"
    expected frames
    found    none: the capture is empty'
    has "$output" 'ok     f.sift: cut
  f.sift:9:14: warning: cut.pcap: '
    has "$output" 'BROKEN f.sift: bad
  f.sift:10:14: bad.pcap: '
    has "$output" 'ok     f.sift: good'
    has "$output" "BROKEN wrong.sift
  wrong.sift:2:15: error: no field named 'TCP.Prt'"
    has "$output" 'BROKEN nowhere.sift
  nowhere.sift: the filter file cannot be read: No such file or directory'
    lacks "$output" 'bare.sift'
    has "$stderr" "8 tests in 4 files: 2 passed, 1 failed, 5 could not be run; "
}

@test "captures are looked for in the folder of the file, wherever it is run from" {
    mkdir -p filters/data elsewhere
    make_pcap filters/data/a.pcap 1
    make_pcap 'filters/@list' 1
    sift filters/f.sift 'filter main = tcp' 'test "t" { match "data/a.pcap"' '  match "@list"' '  match "../filters/data/*.pcap"' "  match \"$PWD/filters/data/a.pcap\"" '}'
    for where in . filters elsewhere; do
        cd $where
        run -0 pktsift test "$(realpath --relative-to=. "$OLDPWD/filters/f.sift" 2>/dev/null || echo ../filters/f.sift)"
        cd - >/dev/null
    done
    cd filters
    run -0 pktsift test f.sift
    run -0 pktsift test ../filters
}

@test "--run takes tests by file and title" {
    make_pcap a.pcap 1
    sift one.sift 'filter main = tcp' 'test "first" { match "a.pcap" }' 'test "second" { match "a.pcap" }'
    sift two.sift 'filter main = tcp' 'test "first" { match "a.pcap" }'
    prints 0 'ok     one.sift: first
ok     two.sift: first' pktsift test one.sift two.sift --run first
    prints 0 'ok     one.sift: second' pktsift test one.sift two.sift --run '^one.*sec'
    prints 0 'ok     two.sift: first' pktsift test one.sift two.sift --run '(?i)TWO'
    says 0 "1 test in 2 files: 1 passed, 2 left out; " pktsift test one.sift two.sift --run two
    says 2 "pktsift test: none of the 3 tests is called so" pktsift test one.sift two.sift --run nobody
    says 2 "pktsift test: '(' is no regular expression: missing closing parenthesis" pktsift test one.sift --run '('
    sift none.sift 'filter main = tcp'
    says 2 "pktsift test: there is no test in what was given" pktsift test none.sift
    says 2 "pktsift test: no filter file given" pktsift test
}

@test "--coverage names comparisons that were never true, never false, or in no test" {
    make_pcap a.pcap 1 2
    mkdir lib
    sift lib/l.sift 'let on(p) =' '    TCP.Port' '      == p' 'let unused = UDP'
    sift f.sift 'import "lib/l.sift" as l' 'param port = 1' 'filter main = TCP AND (l.on(port) OR UDP.Port == 53)' 'filter rest = ARP' \
        'test "t" of main { match "a.pcap" frames 1' '}'
    prints 0 'ok     f.sift: t
f.sift:4:15: never false: TCP
f.sift:4:38: never true: UDP.Port == 53
f.sift:5:15: in no test: ARP' pktsift test f.sift --coverage
    says 0 "1 of 4 comparisons true and false; " pktsift test f.sift --coverage
    sift f.sift 'import "lib/l.sift" as l' 'param port = 1' 'filter main = l.on(port)' \
        'test "t" { match "a.pcap"' '  with port = 80' '}'
    prints 0 'ok     f.sift: t
lib/l.sift:3:5: never false: TCP.Port == p' pktsift test f.sift --coverage
    sift f.sift 'import "lib/l.sift" as l' 'param port = 1' 'filter main = l.on(port)' \
        'test "t" { match "a.pcap"' '  with port = 80' '}' 'test "u" { reject hex "00" }'
    prints 0 'TAP version 13
ok 1 - f.sift: t
ok 2 - f.sift: u
1..2' pktsift test f.sift --coverage --tap
}

@test "--tap is what prove reads" {
    make_pcap a.pcap 1
    sift f.sift 'filter main = tcp' 'test "good # \\ one" { match "a.pcap" }' 'test "bad" { reject "a.pcap" }'
    prints 1 'TAP version 13
ok 1 - f.sift: good \# \\ one
not ok 2 - f.sift: bad
# f.sift:4:14: reject "a.pcap"
#   expected none
#   found    1 of 1 frame
#   too many 1
1..2' pktsift test f.sift --tap
    run prove -e 'pktsift test --tap' f.sift
    same 1 "$status"
    has "$output" "Failed 1/2 subtests"
    has "$output" "Failed test:  2"
}

@test "--junit writes XML that is XML, whatever titles hold" {
    make_pcap a.pcap 1
    sift f.sift 'filter main = tcp' 'test "good" { match "a.pcap" }' 'test "bad <&> \" ]]> \x01\xff" { reject "a.pcap" }' 'test "broken" { match "b&.pcap" }'
    sift g.sift 'filter main = tcp' 'test "other" { match "a.pcap" }'
    run --separate-stderr pktsift test f.sift g.sift --junit out.xml
    same 2 "$status"
    has "$output" "ok     g.sift: other"
    python3 - <<'EOF'
import xml.etree.ElementTree as tree
root = tree.parse("out.xml").getroot()
assert root.tag == "testsuites" and root.get("tests") == "4" and root.get("failures") == "1" and root.get("errors") == "1"
f, g = root
assert (f.get("name"), f.get("tests"), f.get("failures"), f.get("errors")) == ("f.sift", "3", "1", "1")
assert (g.get("name"), g.get("tests"), g.get("failures"), g.get("errors")) == ("g.sift", "1", "0", "0")
good, bad, broken = f
assert (good.get("classname"), good.get("name"), good.get("line"), len(good)) == ("f.sift", "good", "3", 0)
assert bad.get("name") == r'bad <&> " ]]> \x01\xff' and bad[0].tag == "failure"
assert bad[0].get("message") == 'f.sift:4:34: reject "a.pcap"' and "found    1 of 1 frame" in bad[0].text
assert broken[0].tag == "error" and "b&.pcap" in broken[0].text
EOF
    only a.pcap f.sift g.sift out.xml
    run --separate-stderr pktsift test f.sift --junit -
    has "$output" "<testsuites"
    lacks "$output" "ok     "
    says 2 "nowhere/out.xml: No such file or directory" pktsift test g.sift --junit nowhere/out.xml
}

@test "colours, quiet, folders" {
    make_pcap a.pcap 1
    mkdir filters .git
    sift filters/f.sift 'filter main = tcp' 'test "t" { match "../a.pcap" }'
    sift filters/g.sift 'filter main = tcp' 'test "t" { reject "../a.pcap" }'
    prints 1 "" pktsift test -q filters
    prints 0 $'\e[32mok    \e[0m filters/f.sift: t' pktsift test --color=always filters --run f.sift
    run --separate-stderr pktsift test filters -j 3
    same 'ok     filters/f.sift: t' "${lines[0]}"
    same 'FAILED filters/g.sift: t' "${lines[1]}"
}

@test "titles cannot speak to the terminal" {
    make_pcap a.pcap 1
    sift f.sift 'filter main = tcp' 'test "\x1b[31mred\n" { match "a.pcap" }'
    prints 0 'ok     f.sift: \x1b[31mred\x0a' pktsift test f.sift
}

@test "what tries nothing proves nothing" {
    sift f.sift 'filter main = tcp' 'param port = 80' 'test "none" { }' 'test "values" { with port = 1 }' 'test "bytes" { reject hex "" }'
    run -1 pktsift test f.sift
    has "$output" 'FAILED f.sift: none
  f.sift:4:1: this test tries nothing'
    has "$output" 'FAILED f.sift: values'
    has "$output" 'FAILED f.sift: bytes
  f.sift:6:16: reject hex ""
    expected a frame
    found    none: there are no bytes'
}

@test "captures stay below the repository, or the folder of the file where there is none" {
    make_pcap a.pcap 1
    mkdir -p repo/filters repo/data repo/.git/x
    cp a.pcap repo/data/in.pcap
    sift repo/filters/f.sift 'filter main = tcp' 'test "in" { match "../data/in.pcap"' "  match \"$PWD/repo/data/in.pcap\"" '}' \
        'test "out" { match "../../a.pcap" }' 'test "far" { count "/etc/passwd" == 0 }' 'test "glob" { match "../../*.pcap" }' \
        'test "link" { match "../data/link.pcap" }'
    ln -s ../../a.pcap repo/data/link.pcap
    run -2 pktsift test repo/filters/f.sift
    has "$output" "ok     repo/filters/f.sift: in"
    has "$output" "BROKEN repo/filters/f.sift: out
  repo/filters/f.sift:6:14: 'repo/filters/../../a.pcap' lies outside of $PWD/repo; captures of tests stay below the folder that has .git in it"
    has "$output" "'/etc/passwd' lies outside of $PWD/repo"
    has "$output" "BROKEN repo/filters/f.sift: glob"
    has "$output" "BROKEN repo/filters/f.sift: link"
    rm -r repo/.git
    run -2 pktsift test repo/filters/f.sift --run in
    has "$output" "captures of tests stay below the main file's folder"
}
