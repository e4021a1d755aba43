#!/usr/bin/env bash
# run.sh [PART...] - run the parts of the test suite, say how each went, and sum up in the last line.
#
# Parts: unit (Criterion), cli (bats), checks and oracle (scripts that print TAP), san (Criterion under the address and
# undefined sanitizers), tsan (whole scans by the command under the thread sanitizer; Criterion cannot start under it,
# its sandbox wants memory where the sanitizer keeps its own).  Everything is built already: make does that.  B names
# the build folder.
#
# Always true: a part that failed in any way, or ran no test, counts as failed, and the exit status says so.
set -u
cd "$(dirname "$0")/.." || exit 2
export B=${B:-build}
export PKTSIFT=$PWD/$B/pktsift
export TZ=UTC LC_ALL=C.UTF-8
TEST_TIMEOUT=${TEST_TIMEOUT:-600} # seconds a part may take; under the sanitizers the tests in C take a few minutes
criterion_options=--ignore-warnings # tests say by a warning what they ran over; it is shown, and no failure
logs=$B/test-logs
mkdir -p "$logs"
rm -f "$logs"/*.sums
# Memory given back is watched for 16 MiB, not 256: with less memory touched for the first time, half the time is spared.
export ASAN_OPTIONS=quarantine_size_mb=16${ASAN_OPTIONS:+:$ASAN_OPTIONS}
cores=$(nproc)

# Each tally reads a log and sets part_passed, part_failed, part_skipped.
tally_tap() {
    part_skipped=$(grep -ciE '^ *ok\b.*# *skip' "$1")
    part_passed=$(($(grep -cE '^ *ok\b' "$1") - part_skipped))
    part_failed=$(($(grep -cE '^ *not ok\b' "$1") + $(grep -c '^ *Bail out!' "$1")))
}
tally_criterion() { # [====] Synthesis: Tested: 3 | Passing: 2 | Failing: 1 | Crashing: 0
    local line
    line=$(sed 's/\x1b\[[0-9;]*m//g' "$1" | grep 'Synthesis:' | tail -n 1)
    number() { grep -oE "$1: *[0-9]+" <<<"$line" | grep -oE '[0-9]+' || echo 0; }
    part_skipped=0
    part_passed=$(number Passing)
    # A leak is found when a test's process ends, after Criterion has taken the test for passed.
    part_failed=$(($(number Failing) + $(number Crashing) + $(grep -c 'ERROR: LeakSanitizer' "$1")))
}

# run_part NAME tap|criterion COMMAND...: run it, print one block, leave the sums in NAME.sums.
run_part() {
    local name=$1 kind=$2 file=$logs/${1//[^A-Za-z0-9-]/_} begun=$SECONDS log status note=
    shift 2
    log=$file.log
    echo 0 1 >"$file.sums" # until it is known better
    timeout -k 10 "$TEST_TIMEOUT" "$@" >"$log" 2>&1 </dev/null
    status=$?
    "tally_$kind" "$log"
    if [ "$status" -eq 124 ] || [ "$status" -eq 137 ]; then
        part_failed=$((part_failed + 1)) note=", stopped after $TEST_TIMEOUT s"
    elif [ "$status" -ne 0 ] && [ "$part_failed" -eq 0 ]; then
        part_failed=1 note=", ended with status $status"
    elif [ $((part_passed + part_failed + part_skipped)) -eq 0 ]; then
        part_failed=1 note=", ran no test"
    fi
    [ "$part_skipped" -eq 0 ] || note="$note, $part_skipped skipped"
    report=$(
        printf '%-34s %5d passed, %d failed%s (%d s)\n' "$name" "$part_passed" "$part_failed" "$note" $((SECONDS - begun))
        sed -n 's/^\[WARN\] /  note: /p' "$log"
        [ "$part_failed" -eq 0 ] || show_failures "$log"
    )
    printf '%s\n' "$report" # in one piece: other parts print too
    echo "$part_passed $part_failed" >"$file.sums"
}

show_failures() {
    echo "  from $1:"
    { grep -A 12 -E '^ *not ok|Bail out|ERROR: |WARNING: Thread|runtime error|\[(----|FAIL)\]' "$1" || tail -n 30 "$1"; } |
        head -n 80 | sed 's/^/    /'
}

# As many parts at a time as there are cores.
start_part() {
    while [ "$(jobs -pr | wc -l)" -ge "$cores" ]; do wait -n; done
    run_part "$@" &
}

run_scripts() { # FOLDER: its TAP scripts, but for what they share
    local script
    for script in "$1"/*.sh; do
        case ${script##*/} in
        lib.sh | regenerate.sh) ;;
        *) start_part "${script#tests/}" tap bash "$script" ;;
        esac
    done
}

all_parts="unit san oracle tsan cli checks" # the long ones first
# shellcheck disable=SC2086 # words on purpose
[ $# -gt 0 ] || set -- $all_parts
for part in "$@"; do
    case $part in
    unit) start_part "unit" criterion "$B/unit-tests" $criterion_options ;;
    cli) # a file at a time, so that both cores are busy to the end
        for script in tests/cli/*.bats; do
            start_part "cli/${script##*/}" tap prove -v -e 'bats --tap' "$script"
        done ;;
    checks) run_scripts tests/checks ;;
    oracle) run_scripts tests/oracle ;;
    san) start_part "unit, address+undefined" criterion build/san/unit-tests $criterion_options ;;
    tsan) start_part "scans, thread" tap env PKTSIFT="$PWD/build/tsan/pktsift" TSAN_OPTIONS=halt_on_error=1 LARGE=no \
        bash tests/checks/threads.sh ;;
    *) echo "run.sh: no part named '$part'; there are: $all_parts" >&2; exit 2 ;;
    esac
done
wait
passed=0 failed=0
for sums in "$logs"/*.sums; do
    read -r part_passed part_failed <"$sums"
    passed=$((passed + part_passed)) failed=$((failed + part_failed))
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
