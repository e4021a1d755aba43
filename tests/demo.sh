#!/usr/bin/env bash
# demo.sh [BUILD] - the main job, on captures made up for it: one session among thousands, found in 31 rolling files,
# stitched into one capture and shown.  `make demo` runs it; everything is written below BUILD/demo.
set -euo pipefail
cd "$(dirname "$0")/.."
export TZ=UTC
B=${1:-build}
set_of_files="$B/demo/capfile(2735..2765).cap"
session="$B/demo/session.pcapng"
filter='Blob(FrameData, 34, 2) == 0xD0EF OR Blob(FrameData, 36, 2) == 0xD0EF'

say() { printf '\n%s\n' "$*"; }
show() { # a command as one would type it
    local word line=
    for word in "$@"; do
        case $word in *[!A-Za-z0-9_./:=@-]*) line="$line '$word'" ;; *) line="$line $word" ;; esac
    done
    printf '\n$%s' "$line"
}
run() {
    show "$@"
    echo
    "$@"
}

exec 2>&1 # what the commands say stands below them
rm -rf "$B/demo"
echo "Thirty-one rolling captures, as a long-running nmcap leaves them, NetMon 2.3 format:"
run "$B/mkdemo" "$B/demo"

say "An error at 23:32, and one fact: port 53487, which is 0xD0EF.  Which files have it, and how often?"
count=("$B/pktsift" count --by-file "$filter" "$set_of_files")
show "${count[@]}"
echo " | grep -v ':0\$'"
"${count[@]}" | grep -v ':0$'

say "All of it into one capture that Wireshark opens:"
run "$B/pktsift" filter "$filter" "$set_of_files" -w "$session"

say "The same in NetMon's words (nmcap is a link to pktsift), and what that is here:"
nmcap_line=(/UseProfile 2 /disableconversations /inputcapture "$B/demo/capfile(2750).cap" "$B/demo/capfile(2751).cap"
    "$B/demo/capfile(2752).cap" /capture "$filter" /file "$B/demo/session:2G")
run "$B/nmcap" "${nmcap_line[@]}"
run "$B/nmcap" --translate "${nmcap_line[@]}"

say "The session: answered until 23:31:54; at 23:32:01 a request goes out, five times more, and the client gives up."
run "$B/pktsift" filter "TCP.Port == 53487" "$session"
say "Written: $session (and session.cap, the nmcap way)."
