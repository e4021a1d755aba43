# helper.bash - what the tests of the command line share: where the command is, and captures made on the spot.
#
# Always true: a test works in an empty folder of its own; local time is UTC; nothing is written elsewhere.
# PKTSIFT names the command (default: build/pktsift).
bats_require_minimum_version 1.5.0

setup_file() {
    local root
    root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
    export ROOT=$root
    export PKTSIFT=${PKTSIFT:-$root/build/pktsift}
    case $PKTSIFT in /*) ;; *) PKTSIFT=$PWD/$PKTSIFT ;; esac
    [ -x "$PKTSIFT" ] || { echo "no command at $PKTSIFT: make first" >&2; return 1; }
    ln -sf "$PKTSIFT" "$BATS_FILE_TMPDIR/nmcap"
    ln -sf "$PKTSIFT" "$BATS_FILE_TMPDIR/pktsift"
    export PATH=$BATS_FILE_TMPDIR:$PATH
    export TZ=UTC LC_ALL=C.UTF-8
    unset NO_COLOR ARGP_HELP_FMT POSIXLY_CORRECT
}

# bats keeps files of its own in BATS_TEST_TMPDIR.
setup() { mkdir "$BATS_TEST_TMPDIR/here" && cd "$BATS_TEST_TMPDIR/here"; }

# make_pcap FILE [PORT[:PAYLOAD]]...: little-endian pcap, one TCP frame for each PORT: 10.0.0.1 PORT -> 10.0.0.2 80,
# PAYLOAD "hi" (\xHH known), a second apart from 2014-10-25 23:32:00.123456 on.
# START: seconds since 1970 of the first.  SNAP: bytes kept of each frame.  LINKTYPE: 1 unless set.
make_pcap() {
    perl -e '
        my ($file, @frames) = @ARGV;
        my ($at, $snap, $link) = ($ENV{START} // 1414279920, $ENV{SNAP} // 262144, $ENV{LINKTYPE} // 1);
        open my $out, ">:raw", $file or die "$file: $!";
        print $out pack("VvvVVVV", 0xa1b2c3d4, 2, 4, 0, 0, $snap, $link);
        for (@frames) {
            my ($port, $payload) = split /:/, $_, 2;
            $payload //= "hi";
            $payload =~ s/\\x([0-9a-f]{2})/chr hex $1/ge;
            my $tcp = pack("nnNNnnnn", $port, 80, 1000, 2000, 0x5018, 8192, 0, 0) . $payload;
            my $ip = pack("CCnnnCCnNN", 0x45, 0, 20 + length $tcp, 1, 0x4000, 64, 6, 0, 0x0a000001, 0x0a000002);
            my $frame = ($link == 101 ? "" : pack("H12H12n", "020000000002", "020000000001", 0x0800)) . $ip . $tcp;
            my $kept = substr $frame, 0, $snap;
            print $out pack("VVVV", $at++, 123456, length $kept, length $frame), $kept;
        }' "$@"
}

# put FILE HEX...: the bytes.
put() {
    local file=$1
    shift
    perl -e 'print pack "H*", join "", map { s/\s+//gr } @ARGV' "$@" >"$file"
}

# patch FILE OFFSET HEX: overwrites bytes in place.
patch() {
    perl -e 'my ($f, $at, $hex) = @ARGV; open my $h, "+<:raw", $f or die $!; seek $h, $at, 0; print $h pack "H*", $hex' "$@"
}

# fail_with TEXT: why, for the log.
fail() {
    printf '%s\n' "$@" >&2
    return 1
}

same() { # same EXPECTED ACTUAL
    [ "$1" = "$2" ] || fail "expected:" "$1" "got:" "$2"
}

has() { # has TEXT PART
    case $1 in *"$2"*) ;; *) fail "expected to find:" "$2" "in:" "$1" ;; esac
}

lacks() { # lacks TEXT PART
    case $1 in *"$2"*) fail "expected not to find:" "$2" "in:" "$1" ;; *) ;; esac
}

# said STATUS TEXT COMMAND...: ends with STATUS, and standard error is TEXT and nothing else.
said() {
    local wanted=$1 text=$2
    shift 2
    run --separate-stderr "$@"
    [ "$status" -eq "$wanted" ] || fail "status $status, expected $wanted" "$output" "$stderr"
    same "$text" "$stderr"
}

# says STATUS PART COMMAND...: ends with STATUS, and standard error has PART in it.
says() {
    local wanted=$1 part=$2
    shift 2
    run --separate-stderr "$@"
    [ "$status" -eq "$wanted" ] || fail "status $status, expected $wanted" "$output" "$stderr"
    has "$stderr" "$part"
}

# prints STATUS TEXT COMMAND...: ends with STATUS, and standard output is TEXT and nothing else.
prints() {
    local wanted=$1 text=$2
    shift 2
    run --separate-stderr "$@"
    [ "$status" -eq "$wanted" ] || fail "status $status, expected $wanted" "$output" "$stderr"
    same "$text" "$output"
}

# No file here but these: what a failed run must leave.
only() {
    same "$(printf '%s\n' "$@" | sort)" "$(ls -A | sort)"
}

# What others read in a capture.
frames_of() { capinfos -Trc "$1" 2>/dev/null | cut -f2 | tr -d '[:space:]'; }
type_of() { capinfos -Trt "$1" 2>/dev/null | cut -f2 | tr -d '\r\n'; }
# Not tshark where tcpdump can: starting it takes twenty times as long.
ports_of() {
    local lines
    if lines=$(tcpdump -nn -r "$1" 2>/dev/null); then sed -n 's/.* IP [0-9.]*\.\([0-9]*\) > .*/\1/p' <<<"$lines"
    else tshark -r "$1" -T fields -e tcp.srcport 2>/dev/null # .cap, and several link types
    fi | tr '\n' ' ' | sed 's/ $//'
}
