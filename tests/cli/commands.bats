# commands.bats - which word does what: commands, help, mistakes on the command line.
load helper

@test "no command: the list, and status 2" {
    says 2 'Usage: pktsift COMMAND' pktsift
    same "" "$output"
}

@test "--help and help list every command and topic" {
    run -0 --separate-stderr pktsift --help
    for word in filter count info merge explain bench compile check fmt fields help language inputs output exit rules reference; do has "$output" "  $word "; done
    for word in top tcp capture; do lacks "$output" "  $word "; done
    same "" "$stderr"
    list=$output
    prints 0 "$list" pktsift help
    prints 0 "$list" pktsift -h
}

@test "--version" {
    run -0 pktsift --version
    [[ $output =~ ^pktsift\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
    version=$output
    prints 0 "$version" pktsift -V
    prints 0 "$version" pktsift filter --version
}

@test "an unknown command gets the nearest one" {
    said 2 "pktsift: no command 'fliter'; did you mean 'filter'?" pktsift fliter tcp x.pcap
    said 2 "pktsift: no command 'frobnicate'; pktsift help lists them" pktsift frobnicate
}

@test "a command of a later version says so" {
    for word in top tcp capture; do
        says 2 "is not in this version" pktsift $word
        same "" "$output"
    done
    said 2 "pktsift: 'top' (values of a field) is not in this version" pktsift top TCP.Port x.pcap
}

@test "an option before the command" {
    said 2 "pktsift: '-w' stands before a command; options follow it: pktsift filter -w ..." pktsift -w x.pcap filter tcp
}

@test "every command has --help, its usage and its exit status" {
    for word in filter count info merge explain bench compile check test fmt fields help; do
        run -0 --separate-stderr pktsift $word --help
        has "$output" "Usage: pktsift $word"
        has "$output" "Exit status"
        same "" "$stderr"
        first=${lines[0]}
        run -0 pktsift help $word
        [ $word = fields ] || same "$first" "${lines[0]}"
        run -0 pktsift $word --usage
        run -0 pktsift $word -h
    done
}

@test "help topics" {
    run -0 pktsift help language
    for word in Precedence Blob UINT16LE ContainsBin MATCHES Tunnels; do has "$output" $word; done
    run -0 pktsift help inputs
    has "$output" "'capfile(2735..2765).cap'"
    run -0 pktsift help exit
    has "$output" "nothing matched"
    run -0 pktsift help output
    has "$output" "--json"
    said 2 "pktsift help: no topic 'langauge'; did you mean 'language'?" pktsift help langauge
    said 2 "pktsift help: no topic 'weather'; pktsift help lists them" pktsift help weather
}

@test "a pattern that fits no name says what patterns are" {
    said 1 "pktsift fields: no name in the dictionary has 'zzz' in it" pktsift fields zzz
    said 1 "pktsift fields: no name in the dictionary has '^DNS.Flags' in it; a pattern is as a shell's: 'DNS.Flags.*'" pktsift fields '^DNS.Flags'
    said 1 "pktsift fields: no whole name in the dictionary fits 'Flags.*', in which *, ? and [] are as in a shell's patterns" pktsift fields 'Flags.*'
}

@test "help fields is the dictionary" {
    run -0 pktsift fields
    prints 0 "$output" pktsift help fields
}

@test "an unknown option" {
    says 2 "pktsift filter: unrecognized option '--bogus'" pktsift filter --bogus
    has "$stderr" "pktsift filter --help"
    says 2 "unrecognized option '--by-file'" pktsift filter --by-file tcp x.pcap
}

@test "the filter is missing" {
    make_pcap a.pcap 1
    says 2 "no filter given: EXPR is the first operand, or -e EXPR, or -F FILE" pktsift count
    says 2 "no filter given: 'a.pcap' is a file; EXPR comes first, then the inputs" pktsift count a.pcap
    says 2 "no filter given" pktsift explain
}

@test "the input is missing" {
    says 2 "no INPUT given" pktsift count tcp
    says 2 "no INPUT given" pktsift info
    says 2 "no INPUT given" pktsift merge
}

@test "too many operands" {
    says 2 "'b' is no INPUT, and one filter is enough (quote a filter that has blanks)" pktsift explain tcp b
    says 2 "'b' is one operand too many" pktsift fields a b
    says 2 "'b' is one operand too many" pktsift help a b
}

@test "numbers, sizes, times that are none" {
    make_pcap a.pcap 1
    says 2 "--max-count: 'x' is no number" pktsift filter tcp a.pcap -c x
    says 2 "--threads: '-1' is no number" pktsift filter tcp a.pcap -j -1
    says 2 "--max-count: '99999999999999999999' is no number" pktsift filter tcp a.pcap -c 99999999999999999999
    says 2 "--split: '64Q' is no size; sizes look like 64M, 2G or 1500000" pktsift filter tcp a.pcap -C 64Q -w b.pcap
    says 2 "--split: '99999999999G' is no size" pktsift filter tcp a.pcap -C 99999999999G -w b.pcap
    says 2 "--from: 'yesterday' is no time; times look like '2014-10-25 23:32:00'" pktsift filter tcp a.pcap --from yesterday
    says 2 "--to: '2014-13-01 00:00:00' is no time" pktsift filter tcp a.pcap --to '2014-13-01 00:00:00'
    only a.pcap
}

@test "options that cannot be together" {
    make_pcap a.pcap 1
    says 2 "--json and --csv" pktsift filter tcp a.pcap --json --csv
    says 2 "--hex has no place in --csv" pktsift filter tcp a.pcap --csv -x
    says 2 "-C splits what -w writes; there is no -w" pktsift filter tcp a.pcap -C 1M
    says 2 "--format is for what -w writes; there is no -w" pktsift filter tcp a.pcap --format pcap
    says 2 "-s shortens what -w writes; there is no -w" pktsift filter tcp a.pcap -s 68
    says 2 "-C splits files, and -w - is none" pktsift filter tcp a.pcap -C 1M -w -
    says 2 "would both go to standard output" pktsift filter tcp a.pcap -w - --json
    says 2 "-c 0: stop after how many?" pktsift filter tcp a.pcap -c 0
    says 2 "-c 0: stop after how many?" pktsift count tcp a.pcap -c 0
    says 2 "-e and -F both give a filter; use one of them" pktsift count -e tcp -F x a.pcap
    says 2 "--expression is given twice" pktsift count -e tcp -e udp a.pcap
    says 2 "--filter-file is given twice" pktsift count -F x -F y a.pcap
    says 2 "--write is given twice" pktsift filter tcp a.pcap -w b.pcap -w c.pcap
    says 2 "--from is later than --to" pktsift count tcp a.pcap --from '2014-10-25 23:32:01' --to '2014-10-25 23:32:00'
    only a.pcap
}

@test "a filter that begins with a minus" {
    make_pcap a.pcap 1
    for filter in '-1 < tcp.port' '-tcp.port < 0'; do
        said 2 "pktsift count: a filter that begins with '-' would be taken for an option: put -e before '$filter'" \
            pktsift count "$filter" a.pcap
        prints 0 1 pktsift count -e "$filter" a.pcap
        prints 0 1 pktsift count -- "$filter" a.pcap
    done
    prints 0 1 pktsift count '-etcp AND ipv4' a.pcap
    prints 0 1 pktsift count -c1 tcp a.pcap
}

@test "words that are no style, stage, colour" {
    make_pcap a.pcap 1
    said 2 "pktsift filter: --time=noon: expected local, utc, epoch or delta" pktsift filter tcp a.pcap -t noon
    said 2 "pktsift info: --time=delta: expected local, utc or epoch" pktsift info a.pcap --time=delta
    said 2 "pktsift explain: --stage=soup: expected tree, typed, plan, code, wireshark, tcpdump or profile" pktsift explain tcp --stage=soup
    said 2 "pktsift count: --color=blue: expected auto, always or never" pktsift count tcp a.pcap --color=blue
}

@test "the reference in README.md is what the tables say" {
    run -0 pktsift help reference
    same "$(sed -n '/^<!-- reference -->$/,/^<!-- \/reference -->$/p' "$ROOT/runtime/cli/README.md" | sed '1d;$d')" "$output"
}
