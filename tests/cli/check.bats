# check.bats - `pktsift check`: what it reads, how it prints, what it ends with.  What lint finds is in tests/cases/lint.case.
load helper

good='TCP.Port == 80'
flag='TCP.Flags.Syn'

@test "findings are told with place, rule, line, caret and hint; status 1" {
    printf '%s\n' "$good AND" "  $flag" >a.sift
    prints 1 "a.sift:2:3: warning: 'TCP.Flags.Syn' alone asks whether the field exists, not whether it is set [bare-flag]
    TCP.Flags.Syn
    ^~~~~~~~~~~~~
hint: TCP.Flags.Syn == 1" pktsift check a.sift
    same "1 warning in 1 file" "$stderr"
}

@test "nothing found: status 0, and notes leave it there" {
    echo "$good" >a.sift
    prints 0 "" pktsift check a.sift
    same "nothing found in 1 file" "$stderr"
    echo "$good // sift:allow bare-flag" >b.sift
    run -0 --separate-stderr pktsift check a.sift b.sift
    has "$output" "b.sift:1:30: note: nothing here has to be allowed 'bare-flag' [unused-allow]"
    same "1 note in 2 files" "$stderr"
}

@test "what does not compile, or cannot be read: status 2, and the rest is checked all the same" {
    echo 'TCP.Prt == 80' >bad.sift
    echo "$flag" >flag.sift
    run -2 --separate-stderr pktsift check bad.sift nowhere.sift flag.sift
    has "$output" "bad.sift:1:1: error: no field named 'TCP.Prt'"
    has "$output" "flag.sift:1:1: warning: "
    has "$stderr" "pktsift check: nowhere.sift: the filter file cannot be read: No such file or directory"
    has "$stderr" "2 errors, 1 warning in 3 files"
    printf '// sift 1\nfilter main = \n' >file.sift
    run -2 pktsift check file.sift
    has "$output" "file.sift:2:14: error: expected an expression behind '='"
}

@test "an expression, standard input" {
    prints 0 "" pktsift check -e "$good"
    same "nothing found" "$stderr"
    run -1 pktsift check -e "$flag"
    has "$output" "filter:1:1: warning: "
    run -1 pktsift check - <<<"$flag"
    has "$output" "standard input:1:1: warning: "
}

@test "a folder: all .sift below it, in order, each file once" {
    mkdir -p f/sub/deep f/.git
    for name in f/10 f/9 f/sub/deep/x f/.git/no f/.hidden; do echo "$flag" >$name.sift; done
    echo "$flag" >f/other.txt
    ln -s .. f/sub/loop
    ln -s ../9.sift f/sub/same.sift
    run -1 --separate-stderr pktsift check f f/9.sift f/sub/
    same "f/9.sift f/10.sift f/sub/deep/x.sift" "$(grep -o '^f/[^:]*' <<<"$output" | tr '\n' ' ' | sed 's/ $//')"
    same "3 warnings in 3 files" "$stderr"
    mkdir empty
    says 2 "pktsift check: empty: no .sift file in this folder, nor below it" pktsift check empty
    says 2 "pktsift check: no filter given: name a file, a folder with .sift files, - for standard input, or -e EXPR" pktsift check
}

@test "more errors than are told: counted in a note" {
    { echo '// sift 1' && yes 'filter = 1' | head -n 23; } >a.sift
    run -2 --separate-stderr pktsift check a.sift
    same 20 "$(grep -c ': error: ' <<<"$output")"
    same "a.sift: note: ... and 3 more errors" "$(tail -n 1 <<<"$output")"
    same "20 errors, 1 note in 1 file" "$stderr"
}

@test "--json: one object a line" {
    printf '%s\n' "$flag // \"\\ " >'a"b.sift'
    prints 1 '{"file":"a\"b.sift","line":1,"column":1,"end_line":1,"end_column":14,"level":"warning","rule":"bare-flag","text":"'"'TCP.Flags.Syn' alone asks whether the field exists, not whether it is set"'","hint":"TCP.Flags.Syn == 1"}' \
        pktsift check --json 'a"b.sift'
    same "" "$stderr"
    prints 2 '{"file":"no.sift","level":"error","rule":null,"text":"the filter file cannot be read: No such file or directory","hint":null}' \
        pktsift check --json no.sift
    run -2 --separate-stderr pktsift check --json -e 'TCP.Prt == 1'
    has "$output" '"level":"error","rule":null,"text":"no field named '
    run -2 pktsift check --json --sarif -e TCP
    prints 1 "filter:1:1: warning: an empty filter takes every frame [always-true]" pktsift check -e ' '
}

@test "--sarif: one document, whatever is found" {
    run -0 --separate-stderr pktsift check --sarif -e TCP
    has "$output" '"version": "2.1.0"'
    has "$output" '"results": []'
    same "" "$stderr"
    run -1 pktsift check --sarif -e "$flag"
    has "$output" '"ruleId": "bare-flag"'
}

@test "-q: the status alone" {
    for form in '' --json --sarif; do
        said 1 "" pktsift check -q $form -e "$flag"
        same "" "$output"
    done
    said 0 "" pktsift check -q -e TCP
    says 2 "no.sift: the filter file cannot be read" pktsift check -q no.sift
    same "" "$output"
}

@test "--rules and help rules tell every rule" {
    run -0 --separate-stderr pktsift check --rules
    same "" "$stderr"
    list=$output
    help=$(pktsift help rules)
    ids=$(cut -d' ' -f1 <<<"$list")
    [ "$(wc -l <<<"$ids")" -gt 20 ]
    for id in $ids; do has "$help" "
$id: "; done
    run -0 pktsift check --rules --json
    same "$ids" "$(grep -o '^{"id":"[^"]*' <<<"$output" | cut -d'"' -f4)"
}

@test "the day of @expires is today, or SOURCE_DATE_EPOCH" {
    printf '// sift 1\n// @id a @expires 2001-09-09\nlet a = TCP\n' >a.sift
    run -1 pktsift check a.sift
    has "$output" "[expired]"
    SOURCE_DATE_EPOCH=1000000000 prints 0 "" pktsift check a.sift
    SOURCE_DATE_EPOCH=1000079999 prints 0 "" pktsift check a.sift
    SOURCE_DATE_EPOCH=1000080000 run -1 pktsift check a.sift
    has "$output" "this expired 1 day ago"
    SOURCE_DATE_EPOCH=soon says 2 "SOURCE_DATE_EPOCH=soon: expected seconds since 1970" pktsift check a.sift
}

@test "control characters of filters and names do not reach the terminal" {
    printf 'TCP.Flags.Syn // \033[31m' >"$(printf 'a\033b.sift')"
    run -1 --separate-stderr pktsift check .
    lacks "$output" "$(printf '\033')"
    has "$output" 'a\x1bb.sift:1:1: warning: '
}

@test "colours where they are asked for" {
    run -1 pktsift check --color=always -e "$flag"
    has "$output" "filter:1:1: $(printf '\033')[1;35mwarning:$(printf '\033')[0m 'TCP.Flags.Syn'"
    run -1 pktsift check -e "$flag"
    lacks "$output" "$(printf '\033')"
}

@test "explain tells findings too, and heeds what is allowed" {
    run -0 --separate-stderr pktsift explain --stage=tree "$flag"
    has "$stderr" "[bare-flag]"
    said 0 "" pktsift explain --stage=tree "$flag // sift:allow bare-flag"
}

@test "imports: errors in them are told, findings in them are not; an import that nobody uses is one" {
    mkdir lib
    printf '// sift 1\nlet flag = TCP.Flags.Syn\nlet web(p) = TCP.Port == p\nlet syn = NOT TCP.Flags.Syn\n' >lib/common.sift
    printf '// sift 1\n// @id a\nimport "lib/common.sift" as common\nimport "lib/common.sift" as again\n%s\nfilter main = common.web(80) OR common.syn\n' \
        '// sift:allow no-positive-test, no-negative-test' >main.sift
    prints 1 'main.sift:4:29: warning: no expression of this file uses '"'again'"' [unused-import]
  import "lib/common.sift" as again
                              ^~~~~' pktsift check main.sift
    run -1 --separate-stderr pktsift check .
    has "$output" "lib/common.sift:4:15: warning: 'TCP.Flags.Syn' alone asks"
    same "2 warnings in 2 files" "$stderr"
    echo 'let bad = TCP.Prt == 1' >>lib/common.sift
    sed -i '/again/d; s/common.syn/common.bad/' main.sift
    run -2 pktsift check main.sift
    has "$output" "lib/common.sift:5:11: error: no field named 'TCP.Prt'"
    has "$output" "main.sift:5:33: note: used here"
    run -2 pktsift check --json main.sift
    has "$output" '"used":[{"file":"main.sift","line":5,"column":33,"end_line":5,"end_column":43}]'
    sed -i 's/web(80)/web/' main.sift
    run -2 pktsift check --json main.sift
    has "$output" '"file":"main.sift","line":5,'
}

@test "an offset that no capture of the tests reaches" {
    SNAP=68 make_pcap cut.pcap 1 2
    make_pcap whole.pcap 1 2
    mkdir f .git && cd f
    printf '// sift 1\n// @id a\nfilter main = UINT8(TCP.TCPPayload, 0) == 1 OR FrameData.Length > 70 OR UINT16(FrameData, 12) == 1 OR %s\n%s\n' \
        'Blob(FrameData, 66, 4) == 1 // sift:allow byte-offset' \
        'test "t" {
            match "../cut.pcap"
            reject hex "001122334455 66778899aabb"
        }' >a.sift
    run -1 --separate-stderr pktsift check a.sift
    has "$output" "a.sift:3:103: warning: this needs 70 bytes of a frame, and the tests of this filter have at most 68 [offset-past-snaplen]"
    same "1 warning in 1 file" "$stderr"
    cd ..
    run -1 pktsift check f/a.sift
    sed -i 's/reject hex.*/reject "..\/whole.pcap"/' f/a.sift
    prints 0 "" pktsift check f/a.sift
}

@test "an import that is not there: status 2" {
    printf '// sift 1\nimport "nowhere.sift" as n\nfilter main = n.x\n' >a.sift
    run -2 pktsift check a.sift
    has "$output" "a.sift:2:8: error: 'nowhere.sift' cannot be read: No such file or directory"
}

@test "an error in one filter does not hide what is found in the others" {
    printf '%s\n' '// sift 1' '// @id a' 'let unused = UDP' 'filter bad = TCP.Port IN {}' 'filter flag = TCP.Flags.Syn' \
        'filter never = TCP.SrcPort > 70000' 'test "t" of never {}' >a.sift
    run -2 --separate-stderr pktsift check a.sift
    has "$output" "a.sift:4:26: error: "
    lacks "$output" "unused-let" # what cannot be read may use it
    has "$output" "a.sift:5:15: warning: 'TCP.Flags.Syn' alone"
    has "$output" "a.sift:6:16: warning: this can never be true [always-false]"
    has "$output" "a.sift:7:6: warning: this test tries nothing [empty-test]"
    printf '%s\n' '// sift 1' '// @id a' 'let unused = UDP' 'let used = UDP' 'filter bad = used AND TCP.Prt == 1' 'filter flag = TCP.Flags.Syn' >a.sift
    run -2 --separate-stderr pktsift check a.sift
    has "$output" "a.sift:3:5: warning: no expression of this file uses 'unused' [unused-let]"
    has "$output" "a.sift:6:15: warning: 'TCP.Flags.Syn' alone"
    lacks "$output" "'used'"
}

@test "files that are no text of a filter: a pipe, nothing, lines without ends, what is left of a compiled one" {
    mkfifo pipe.sift
    for command in 'check pipe.sift' 'count -F pipe.sift a.pcap' 'test pipe.sift'; do
        run -2 timeout 5 pktsift $command
        has "$output" "the filter file cannot be read: this is a pipe"
    done
    make_pcap a.pcap 1
    prints 0 1 pktsift count -F <(echo TCP) a.pcap
    : >empty.sift
    printf '\xef\xbb\xbf' >mark.sift
    printf 'TCP // all of it\rOR UDP\r' >mac.sift
    pktsift compile -e TCP -o whole.siftc
    for n in 0 1 4 7; do head -c $n whole.siftc >cut$n.siftc; done
    head -c 4 whole.siftc >cut.bin
    cp whole.siftc magic.siftc && patch magic.siftc 1 41
    while IFS='|' read -r file text; do
        run -2 pktsift check "$file"
        has "$output" "$text"
        says 2 "$text" pktsift count -F "$file" a.pcap
    done <<'END'
empty.sift|the filter is empty; the one that takes every frame is -e ''
mark.sift|the filter is empty; the one that takes every frame is -e ''
mac.sift|its lines end with CR alone
cut0.siftc|this compiled filter is empty; compile it again
cut1.siftc|this compiled filter is damaged
cut4.siftc|this compiled filter is damaged
cut7.siftc|this compiled filter is damaged
magic.siftc|this compiled filter is damaged
cut.bin|this is the beginning of a compiled filter
END
}
