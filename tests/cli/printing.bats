# printing.bats - `filter` without -w, and `count`: every shape of the output.
load helper

@test "a line a frame: number, time, source, destination, protocol, length, summary" {
    make_pcap a.pcap 53487 1111 53487
    run -0 --separate-stderr pktsift filter 'tcp.port == 53487' a.pcap
    same 2 "${#lines[@]}"
    [[ ${lines[0]} =~ ^\ +1\ \ 2014-10-25\ 23:32:00\.123456\ \ 10\.0\.0\.1\ +-\>\ 10\.0\.0\.2\ +TCP\ +56\ \ .*53487 ]]
    [[ ${lines[1]} =~ ^\ +3\ \ 2014-10-25\ 23:32:02\.123456\ \  ]]
    has "${lines[0]}" 53487
}

@test "the last line: frames, files, bytes, time" {
    make_pcap a.pcap 1 2 3
    make_pcap b.pcap 1
    run -0 --separate-stderr pktsift filter 'tcp.port == 1' a.pcap b.pcap
    [[ $stderr =~ ^2\ of\ 4\ frames\ in\ 2\ files,\ 336\ bytes,\ [0-9.]+\ s$ ]]
    run -0 --separate-stderr pktsift count 'tcp.port == 1' b.pcap
    [[ $stderr =~ ^1\ of\ 1\ frame\ in\ 1\ file,\ 96\ bytes,\ [0-9.]+\ s$ ]]
}

@test "numbers are grouped by thousands" {
    make_pcap a.pcap $(seq 1 1234)
    run -0 --separate-stderr pktsift count tcp a.pcap
    same 1234 "$output"
    has "$stderr" "1 234 of 1 234 frames"
}

@test "with several files each line begins with the file's name" {
    make_pcap a.pcap 1
    make_pcap b.pcap 1
    run -0 --separate-stderr pktsift filter tcp a.pcap b.pcap
    has "${lines[0]}" "a.pcap:      1  2014"
    has "${lines[1]}" "b.pcap:      1  2014"
}

@test "--time=utc, epoch, delta, and tshark's letters for them" {
    make_pcap a.pcap 1 1
    run -0 --separate-stderr env TZ=Europe/Berlin pktsift filter tcp a.pcap
    has "${lines[0]}" "2014-10-26 01:32:00.123456 "
    run -0 --separate-stderr env TZ=Europe/Berlin pktsift filter tcp a.pcap --time=utc
    has "${lines[0]}" "2014-10-25 23:32:00.123456Z"
    utc=$output
    prints 0 "$utc" pktsift filter tcp a.pcap -t ud
    run -0 --separate-stderr pktsift filter tcp a.pcap -t epoch
    has "${lines[0]}" "  1414279920.123456  "
    run -0 --separate-stderr pktsift filter tcp a.pcap -t delta
    has "${lines[0]}" "  0.000000  "
    has "${lines[1]}" "  1.000000  "
}

@test "--time=delta counts from the frame before in the file, matching or not" {
    make_pcap a.pcap 1 2 2 1
    run -0 --separate-stderr pktsift filter 'tcp.port == 1' a.pcap -t delta
    has "${lines[1]}" "     4  1.000000  "
}

@test "--json: one object a line that a parser takes" {
    make_pcap 'a "b".pcap' 53487
    run -0 --separate-stderr pktsift filter tcp 'a "b".pcap' --json
    same 1 "${#lines[@]}"
    same 'a "b".pcap|1|2014-10-25T23:32:00.123456Z|1414279920.123456|10.0.0.1|10.0.0.2|TCP|56|56' \
        "$(perl -MJSON::PP -ne '$o = decode_json $_; print join "|", @$o{qw(file number time epoch source destination protocol length captured)}' <<<"$output")"
}

@test "--json keeps all digits of nanoseconds" {
    make_pcap a.pcap 1
    patch a.pcap 0 4d3cb2a1
    patch a.pcap 28 15cd5b07
    run -0 --separate-stderr pktsift filter tcp a.pcap --json
    has "$output" '"time":"2014-10-25T23:32:00.123456789Z","epoch":"1414279920.123456789"'
}

@test "--fields: tabs between values, commas between several values of one" {
    make_pcap a.pcap 53487 22
    prints 0 $'53487,80\t10.0.0.1\n22,80\t10.0.0.1' pktsift filter tcp a.pcap --fields tcp.port,ipv4.sourceaddress
}

@test "--fields: an absent field is empty" {
    make_pcap a.pcap 1
    prints 0 $'1\t\t80' pktsift filter tcp a.pcap --fields TCP.SrcPort,UDP.SrcPort,TCP.DstPort
}

@test "--fields with --json: numbers are numbers, several an array, none null" {
    make_pcap a.pcap 53487
    run -0 --separate-stderr pktsift filter tcp a.pcap --json --fields tcp.port,tcp.srcport,udp.srcport,ipv4.sourceaddress
    has "$output" ',"TCP.Port":[53487,80],"TCP.SrcPort":53487,"UDP.SrcPort":null,"IPv4.SourceAddress":"10.0.0.1"}'
}

@test "--fields with --csv: behind what is printed anyway" {
    make_pcap a.pcap 53487
    run -0 --separate-stderr pktsift filter tcp a.pcap --csv --fields tcp.port
    same "number,file,time,source,destination,protocol,length,captured,summary,TCP.Port" "${lines[0]}"
    [[ ${lines[1]} =~ ^1,a\.pcap,2014-10-25\ 23:32:00\.123456,10\.0\.0\.1,10\.0\.0\.2,TCP,56,56,.*,\"53487,80\"$ ]]
}

@test "--fields: an unknown name is an error with a hint" {
    make_pcap a.pcap 1
    says 2 "TCP.SrcPrt" pktsift filter tcp a.pcap --fields TCP.SrcPrt
    has "$stderr" "TCP.SrcPort"
    same "" "$output"
}

@test "--csv: a name that a spreadsheet would run is quoted and defused" {
    make_pcap '=1+1.pcap' 1
    run -0 --separate-stderr pktsift filter tcp '=1+1.pcap' --csv
    has "${lines[1]}" "\"'=1+1.pcap\""
}

@test "-x: the bytes below the line" {
    make_pcap a.pcap 53487:GET
    run -0 --separate-stderr pktsift filter tcp a.pcap -x
    same 5 "${#lines[@]}"
    same $'\t0x0000:  0200 0000 0002 0200 0000 0001 0800 4500  ..............E.' "${lines[1]}"
    same $'\t0x0030:  2000 0000 0000 4745 54                    .....GET' "${lines[4]}"
}

@test "-c: stop after so many" {
    make_pcap a.pcap $(seq 1 50)
    run -0 --separate-stderr pktsift filter tcp a.pcap -c 3
    same 3 "${#lines[@]}"
    has "$stderr" "; stopped after 3 matches"
    prints 0 3 pktsift count tcp a.pcap -c 3
    has "$stderr" "; stopped after 3 matches"
    prints 0 50 pktsift count tcp a.pcap -c 51
    lacks "$stderr" stopped
}

@test "-q: no word, the status alone" {
    make_pcap a.pcap 1
    said 0 "" pktsift filter 'tcp.port == 1' a.pcap -q
    same "" "$output"
    said 1 "" pktsift filter 'tcp.port == 2' a.pcap -q
    same "" "$output"
    said 0 "" pktsift count 'tcp.port == 1' a.pcap -q
    same "" "$output"
    said 1 "" pktsift count 'tcp.port == 2' a.pcap -q
}

@test "-l: a line is out before the next frame is in" {
    make_pcap a.pcap 1 2
    mkfifo in
    { head -c 96 a.pcap; sleep 3; tail -c +97 a.pcap; } >in &
    begun=$SECONDS
    pktsift filter tcp - -l <in 2>/dev/null | { read -r line; echo $((SECONDS - begun)) >waited; cat >/dev/null; }
    wait
    [ "$(cat waited)" -lt 3 ]
}

@test "-n, -r, -- and options behind operands" {
    make_pcap a.pcap 1
    run -0 --separate-stderr pktsift filter tcp a.pcap
    plain=$output
    prints 0 "$plain" pktsift filter -n tcp -r a.pcap
    prints 0 "$plain" pktsift filter -r a.pcap tcp
    prints 0 "$plain" pktsift filter -- tcp a.pcap
    prints 0 "$plain" pktsift filter a.pcap -e tcp
    prints 0 1 pktsift count tcp a.pcap -j 2
}

@test "-F: the filter from a file, with CRLF and a byte-order mark" {
    make_pcap a.pcap 1 2
    printf '\xef\xbb\xbf// the odd port\r\ntcp.port == 2\r\n' >f.txt
    prints 0 1 pktsift count -F f.txt a.pcap
    prints 0 1 bash -c 'echo "tcp.port == 2" | pktsift count -F /dev/stdin a.pcap'
    says 2 "nofile: " pktsift count -F nofile a.pcap
}

@test "an error in a filter file names the file, line and column" {
    make_pcap a.pcap 1
    printf 'tcp\nAND tcp.prt == 2\n' >f.txt
    says 2 "f.txt:2:5: error:" pktsift count -F f.txt a.pcap
    has "$stderr" "    ^~~~~~~"
}

@test "an error in the filter: place, caret, hint" {
    make_pcap a.pcap 1
    says 2 "filter:1:1: error:" pktsift count 'tcp.dstprt == 80' a.pcap
    has "$stderr" "  tcp.dstprt == 80"
    has "$stderr" "  ^~~~~~~~~~"
    has "$stderr" "TCP.DstPort"
    same "" "$output"
}

@test "a blank filter takes every frame" {
    make_pcap a.pcap 1 2 3
    prints 0 3 pktsift count '' a.pcap
    prints 0 3 pktsift count ' ' a.pcap
}

@test "colours only where asked for, and NO_COLOR" {
    make_pcap a.pcap 1
    run -0 --separate-stderr pktsift filter tcp a.pcap
    lacks "$output" $'\033'
    run -0 --separate-stderr pktsift filter tcp a.pcap --color=always
    has "$output" $'\033[32m'
    run -0 --separate-stderr script -qec 'TERM=xterm pktsift filter tcp a.pcap' /dev/null
    has "$output" $'\033[32m'
    run -0 --separate-stderr script -qec 'TERM=xterm NO_COLOR=1 pktsift filter tcp a.pcap' /dev/null
    lacks "$output" $'\033['
}

@test "names and payload cannot command a terminal" {
    name=$'evil\033]0;x\007.pcap'
    make_pcap "$name" '1:\x1b[31mred\x9b'
    cp "$name" b.pcap
    for shape in '' --json --csv '--fields TCP.TCPPayload,TCP.SrcPort' -x; do
        run -0 --separate-stderr pktsift filter tcp "$name" b.pcap $shape
        lacks "$output$stderr" $'\033'
        lacks "$output$stderr" $'\007'
    done
    run -0 --separate-stderr pktsift count tcp "$name" --by-file
    same 'evil\x1b]0;x\x07.pcap:1' "$output"
    says 2 'no\x1bfile' pktsift count tcp $'no\033file'
}

@test "--json: what commands a terminal is escaped, and a parser still gets it" {
    name=$'a\xc2\x9b\xe2\x80\xae.pcap'
    make_pcap "$name" 1
    run -0 --separate-stderr pktsift filter tcp "$name" --json
    has "$output" '"file":"a\u009b\u202e.pcap"'
}

@test "count: one number" {
    make_pcap a.pcap 1 2 1
    prints 0 2 pktsift count 'tcp.port == 1' a.pcap
    prints 1 0 pktsift count 'tcp.port == 3' a.pcap
    prints 0 '{"matched":2,"frames":3,"files":1}' pktsift count 'tcp.port == 1' a.pcap --json
}

@test "count --by-file: every file in order, zeros too" {
    make_pcap 'a(10).pcap' 1
    make_pcap 'a(9).pcap' 2
    prints 0 $'a(9).pcap:0\na(10).pcap:1' pktsift count 'tcp.port == 1' 'a(9..10).pcap' --by-file
    prints 0 $'{"file":"a(9).pcap","matched":0,"frames":1}\n{"file":"a(10).pcap","matched":1,"frames":1}' \
        pktsift count 'tcp.port == 1' 'a(9..10).pcap' --by-file --json
}

@test "--from and --to: frames inside, files outside passed over" {
    make_pcap a.pcap 1 1 1
    START=1414280000 make_pcap b.pcap 1
    prints 0 2 pktsift count tcp a.pcap b.pcap --from '2014-10-25 23:32:01' --to '2014-10-25 23:33:00'
    has "$stderr" "2 of 3 frames in 1 file"
    has "$stderr" "; 1 file outside the time window passed over"
    prints 0 1 pktsift count tcp a.pcap --to '2014-10-25T23:32:00.123456Z'
    prints 1 0 pktsift count tcp a.pcap --to '2014-10-25 23:32:00.123455'
    prints 0 3 pktsift count tcp a.pcap --from '2014-10-26 01:32:00+02:00'
    prints 1 0 pktsift count tcp a.pcap --from '2015-01-01 00:00:00'
}

@test "frames cut short where the filter looked are counted" {
    SNAP=40 make_pcap a.pcap 1 2
    run --separate-stderr pktsift count 'TCP.TCPPayload.Contains("hi")' a.pcap
    same 1 "$status"
    has "$stderr" "2 frames were cut short by the capture where the filter looked: what is missing counted as absent"
    run --separate-stderr pktsift count 'IPv4.SourceAddress == 10.0.0.1' a.pcap
    lacks "$stderr" "cut short"
}

@test "frames in which a regular expression was given up are counted, by one thread, several, and a merge" {
    local hay pattern='TCP.TCPPayload MATCHES "(a+)+(a+)+(a+)+[^ab]"' said="in 2 frames a MATCHES needed more steps than it may take"
    hay=$(printf 'a%.0s' {1..300})
    make_pcap a.pcap "1:$hay" 2 "3:$hay" 4
    says 1 "$said and was given up: that counted as no match" pktsift count "$pattern" a.pcap -j1
    says 1 "$said" pktsift count "$pattern" a.pcap -j4
    echo "$pattern" >p.flt
    says 1 "$said" pktsift merge -F p.flt a.pcap -w m.pcap
    says 1 "in 1 frame a MATCHES" pktsift count "TCP.SrcPort == 1 AND $pattern" a.pcap
    run --separate-stderr pktsift count 'TCP.TCPPayload MATCHES "a+[^ab]"' a.pcap
    lacks "$stderr" "MATCHES"
}
