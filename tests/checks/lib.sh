# shellcheck shell=bash
# lib.sh - TAP lines and a scratch folder for the scripts of this folder.  Sourced by bash.
set -u -o pipefail
export LC_ALL=C.UTF-8 TZ=UTC
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 2
B=${B:-build}
PKTSIFT=${PKTSIFT:-$PWD/$B/pktsift}
work=$(mktemp -d "${TMPDIR:-/tmp}/pktsift-checks.XXXXXX")
trap 'rm -rf "$work"' EXIT
tap_count=0 tap_failed=0

# check NAME COMMAND...: the command decides; what it says on failure is shown.
check() {
    local name=$1
    shift
    tap_count=$((tap_count + 1))
    if "$@" >"$work/said" 2>&1; then
        echo "ok $tap_count - $name"
    else
        tap_failed=$((tap_failed + 1))
        echo "not ok $tap_count - $name"
        head -n 20 "$work/said" | sed 's/^/# /'
    fi
}
# same NAME EXPECTED FOUND
same() { check "$1" compare "$2" "$3"; }
compare() { [ "$1" = "$2" ] || { echo "expected: $1"; echo "found:    $2"; return 1; }; }
# skip NAME REASON: what cannot be done here is counted, and said.
skip() {
    tap_count=$((tap_count + 1))
    echo "ok $tap_count - $1 # skip $2"
}
finish() {
    echo "1..$tap_count"
    [ "$tap_failed" -eq 0 ] && [ "$tap_count" -gt 0 ]
    exit
}
