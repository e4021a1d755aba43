# fmt.bats - `pktsift fmt`: what it reads, writes and says.  The layout itself is in tests/cases/format.case.
load helper

ugly='tcp.port==80||udp'
nice='TCP.Port == 80 OR UDP'

@test "a file is rewritten in place; one that is formatted stays untouched" {
    echo "$ugly" >a.sift
    echo "$nice" >b.sift
    touch -d 2020-01-01 b.sift
    said 0 "formatted a.sift" pktsift fmt a.sift b.sift
    same "" "$output"
    same "$nice" "$(cat a.sift)"
    same 2020 "$(date -r b.sift +%Y)"
    said 0 "" pktsift fmt a.sift b.sift
    echo "$ugly" >a.sift
    said 0 "" pktsift fmt -q a.sift
    same "$nice" "$(cat a.sift)"
    only a.sift b.sift
}

@test "the mode stays, a link stays a link" {
    mkdir real
    echo "$ugly" >real/a.sift
    chmod 640 real/a.sift
    ln -s real/a.sift link.sift
    run -0 pktsift fmt link.sift
    same "$nice" "$(cat real/a.sift)"
    same 640 "$(stat -c %a real/a.sift)"
    [ -L link.sift ]
    same "a.sift" "$(ls -A real)"
}

@test "standard input goes to standard output, also without FILE" {
    prints 0 "$nice" pktsift fmt - <<<"$ugly"
    same "" "$stderr"
    prints 0 "$nice" pktsift fmt <<<"$ugly"
    prints 0 "$nice" pktsift fmt <<<"$nice"
    printf 'TCP // no newline' | prints 0 "TCP // no newline" pktsift fmt
    printf '\xef\xbb\xbf// sift 1\r\nfilter  main=udp\r\n' >in
    pktsift fmt <in >out
    printf '// sift 1\n\nfilter main = UDP\n' | cmp - out
}

@test "--check lists what is not formatted; status 1; nothing is written" {
    mkdir f
    echo "$ugly" >f/a.sift
    echo "$nice" >f/b.sift
    prints 1 "f/a.sift" pktsift fmt --check f
    same "" "$stderr"
    prints 1 "" pktsift fmt --check -q f
    same "$ugly" "$(cat f/a.sift)"
    prints 0 "" pktsift fmt --check f/b.sift
    prints 1 "standard input" pktsift fmt --check <<<"$ugly"
    prints 0 "" pktsift fmt --check <<<"$nice"
}

@test "--diff prints a diff that patch takes; status 1; nothing is written" {
    { seq -f 'x == %.0f AND' 1 30; echo "y"; } >a.sift
    sed -i '1i // one' a.sift
    run -1 --separate-stderr pktsift fmt --diff a.sift
    same "" "$stderr"
    has "$output" "--- a.sift
+++ a.sift
@@ -1,32 +1,32 @@
 // one
-x == 1 AND
-x == 2 AND"
    cp a.sift b.sift
    command patch -s b.sift <<<"$output"
    run -0 pktsift fmt a.sift
    cmp a.sift b.sift
    prints 0 "" pktsift fmt --diff a.sift
    printf 'UDP' >c.sift
    prints 1 '--- c.sift
+++ c.sift
@@ -1 +1 @@
-UDP
\ No newline at end of file
+UDP' pktsift fmt --diff c.sift
}

@test "--diff: hunks with three lines around them" {
    { echo '// sift 1'; for i in $(seq 20); do printf '\nfilter f%d = UDP\n' "$i"; done; } >a.sift
    sed -i 's/f1 = UDP/f1=UDP/; s/f4 = UDP/f4 = udp/; s/f15 = UDP/f15 = UDP  /' a.sift
    prints 1 "--- a.sift
+++ a.sift
@@ -1,12 +1,12 @@
 // sift 1
 
-filter f1=UDP
+filter f1 = UDP
 
 filter f2 = UDP
 
 filter f3 = UDP
 
-filter f4 = udp
+filter f4 = UDP
 
 filter f5 = UDP
 
@@ -28,7 +28,7 @@
 
 filter f14 = UDP
 
-filter f15 = UDP  
+filter f15 = UDP
 
 filter f16 = UDP
 " pktsift fmt --diff a.sift
}

@test "--diff of texts that have nothing in common, however long" {
    seq -f 'x==%.0f||' 5000 >a.sift
    echo y >>a.sift
    run -1 pktsift fmt --diff a.sift
    command patch -s -o b.sift a.sift <<<"$output"
    pktsift fmt <a.sift | cmp - b.sift
}

@test "--diff in colour has no control bytes of the file's" {
    printf 'UDP // \033[31mred\n\n\n' >a.sift
    run -1 pktsift fmt --diff --color=always a.sift
    has "$output" $'\033[1m--- a.sift\033[0m'
    has "$output" $' UDP // \\x1b[31mred'
    has "$output" $'\033[31m-\033[0m'
    run -1 pktsift fmt --diff a.sift
    has "$output" $' UDP // \033[31mred'
}

@test "a mistake: told, the file stays as it is, the others are formatted; status 2" {
    printf 'tcp.port = 80\n' >bad.sift
    echo "$ugly" >a.sift
    said 2 "bad.sift:1:10: error: '=' is no operator: use '==' to compare
  tcp.port = 80
           ^
hint: did you mean '=='?
formatted a.sift" pktsift fmt bad.sift a.sift
    same "tcp.port = 80" "$(cat bad.sift)"
    same "$nice" "$(cat a.sift)"
    says 2 "error: '=' is no operator" pktsift fmt --check bad.sift a.sift
    says 2 "standard input:1:10: error: " pktsift fmt <bad.sift
    same "" "$output"
    printf '// sift 1\nfilter a = (UDP\nfilter b=TCP\n' >file.sift
    says 2 "file.sift:2:16: error: expected ')' to close the '(' at 2:12" pktsift fmt file.sift
    only a.sift bad.sift file.sift
}

@test "names that nothing knows are no mistake here" {
    prints 0 "No.Such == 1 AND TCP.Port == 2" pktsift fmt <<<"No.Such==1&&tcp.port==2"
}

@test "a folder: all .sift below it" {
    mkdir -p f/sub empty
    for name in f/10 f/9 f/sub/x; do echo "$ugly" >$name.sift; done
    echo "$ugly" >f/other.txt
    said 0 "formatted f/9.sift
formatted f/10.sift
formatted f/sub/x.sift" pktsift fmt f
    same "$ugly" "$(cat f/other.txt)"
    says 2 "empty: no .sift file in this folder, nor below it" pktsift fmt empty
}

@test "no text at all is a filter, and stays as it is" {
    : >a.sift
    prints 0 "" pktsift fmt --check a.sift
    prints 0 "" pktsift fmt <a.sift
}

@test "what cannot be read, or not written" {
    says 2 "nowhere.sift: the filter file cannot be read: No such file or directory" pktsift fmt nowhere.sift
    echo "$nice" >a.sift
    pktsift compile a.sift -o a.siftc
    says 2 "a.siftc: this filter is compiled already: only its text can be formatted" pktsift fmt a.siftc
    says 2 "a.siftc: this filter is compiled already: only its text can be checked" pktsift check a.siftc
    mkfifo pipe
    says 2 "pipe: the filter file cannot be read: this is a pipe" pktsift fmt pipe
    if [ "$(id -u)" -ne 0 ]; then
        echo "$ugly" >b.sift
        chmod 444 b.sift
        says 2 "cannot write b.sift: Permission denied" pktsift fmt b.sift
        same "$ugly" "$(cat b.sift)"
    fi
}

@test "a full disk leaves the file as it was" {
    { echo x; seq -f '||x==%.0f' 40000; } >a.sift
    cp a.sift before
    (ulimit -f 100; trap '' XFSZ; says 2 "cannot write a.sift: File too large" pktsift fmt a.sift)
    cmp a.sift before
    only a.sift before
}

@test "words stay case by case: the file's own spelling first" {
    printf '%s\n' '// sift 1' 'LET Odd_Ports={1,3}' 'FILTER main=TCP.port IN odd_ports' >a.sift
    pktsift fmt a.sift
    same "// sift 1

let Odd_Ports = {1, 3}

filter main = TCP.Port IN Odd_Ports" "$(cat a.sift)"
}

@test "the filters that come with pktsift are formatted" {
    prints 0 "" pktsift fmt --check "$ROOT/runtime/std"
}
