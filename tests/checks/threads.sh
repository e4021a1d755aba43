#!/usr/bin/env bash
# threads.sh - counting, printing, writing and merging give the same bytes with 1, 2, 7 and 16 threads.
#
# run.sh runs it twice: as it is, and with PKTSIFT built under the thread sanitizer, where a race ends the command.  Of
# inputs up to 128 MB one thread takes all unless that takes long, as it does under the sanitizer: so there is a LARGE one.
. "$(dirname "$0")/lib.sh"

"$B/mkdemo" "$work/set" --first 8 --last 13 --size 700000 >/dev/null
"$B/mkcapture" mixed "$work/mixed.pcap" --size 6M >/dev/null
"$B/mkcapture" cut68 "$work/cut68.pcap" --size 2M --seed 2 >/dev/null
[ "${LARGE:-130M}" = no ] || "$B/mkcapture" mixed "$work/large.pcap" --size "${LARGE:-130M}" --seed 3 >/dev/null
inputs=("$work/set/capfile(8..13).cap" "$work/mixed.pcap" "$work/cut68.pcap")

large=("${inputs[@]}")
[ ! -e "$work/large.pcap" ] || large+=("$work/large.pcap")

# with_threads NAME OUT COMMAND...: THREADS and OUT in the command are replaced; OUT is what is compared, or - for stdout.
with_threads() {
    local name=$1 out=$2 threads
    shift 2
    for threads in 1 2 7 16; do
        local command=("${@//THREADS/$threads}") result="$work/result-$threads"
        command=("${command[@]//OUT/$result$out}")
        "$PKTSIFT" "${command[@]}" >"$result" 2>"$work/talk" || [ $? -eq 1 ] || {
            check "$name, $threads threads" cat_and_fail "$work/talk"
            continue
        }
        [ "$out" = - ] || mv "$result$out" "$result"
        if [ "$threads" -eq 1 ]; then
            check "$name, 1 thread, gives something" test -s "$result"
        else
            check "$name, $threads threads as 1" cmp "$result" "$work/result-1"
        fi
    done
}
cat_and_fail() { cat "$1"; return 1; }

blob='Blob(FrameData, 34, 2) == 0xD0EF OR Blob(FrameData, 36, 2) == 0xD0EF'
with_threads "count" - count --by-file -j THREADS "$blob" "${large[@]}"
with_threads "count that needs frame numbers" - count -j THREADS 'FrameVariable.FrameNumber % 7 == 1' "${large[@]}"
with_threads "print" - filter -j THREADS 'TCP.Flags.Reset == 1' "${large[@]}"
with_threads "print as JSON, with times since the frame before" - filter --json -t delta -j THREADS 'UDP.DstPort == 53' "${large[@]}"
with_threads "print as CSV with fields, of one file" - filter --csv --fields=TCP.Port,DNS.QRecord.QuestionName -j THREADS '' "$work/mixed.pcap"
with_threads "print fields, the frame's number among them" - \
    filter --fields=FrameVariable.FrameNumber,TCP.Port -j THREADS 'FrameVariable.FrameNumber % 7 == 1' "${large[@]}"
with_threads "print with bytes" - filter --hex -j THREADS 'TCP.Flags.Syn == 1' "${inputs[@]}"
with_threads "first 50" - filter -c 50 -j THREADS 'UDP.DstPort == 53' "${large[@]}"
with_threads "write pcapng" .pcapng filter -j THREADS "TCP.Port == 443" "${large[@]}" -w OUT
cat >"$work/tests.sift" <<'EOF'
// sift 1
param port = 443
filter web = TCP.Port == port AND NOT UDP
EOF
for n in $(seq 12); do
    printf 'test "%d" { count "mixed.pcap" > %d\n  match "cut68.pcap" frames %d..40\n  with port = %d\n}\n' $n $n $n $((440 + n % 5))
done >>"$work/tests.sift"
with_threads "test" - test -j THREADS --coverage "$work/tests.sift"
with_threads "merge" .pcapng merge -j THREADS "${inputs[@]}" -w OUT
finish
