#!/usr/bin/env bash
# std.sh - the filters that are shipped: lint has nothing to say, README.md lists them all, an import by name finds them.
. "$(dirname "$0")/lib.sh"

check "lint finds nothing" "$PKTSIFT" check runtime/std
listed=$(grep -oE '^\| `[a-z]+\.sift`.*' runtime/std/README.md | grep -oE '`[a-z_0-9]+`' | tr -d '`' | sort)
same "README.md lists every filter" "$(sed -n 's/^filter \([a-z_0-9]*\).*/\1/p' runtime/std/*.sift | sort)" "$listed"
same "every filter has a test" "$(awk '/^filter / { print FILENAME, $2 }' runtime/std/*.sift | sort)" \
    "$(awk '/^test / { print FILENAME, $(NF - 1) }' runtime/std/*.sift | sort -u)"
printf '%s\n' '// sift 1' 'import "std/tcp.sift" as std_tcp' 'import "std/noise.sift" as chatter' \
    'filter main = std_tcp.reset AND NOT chatter.noise' >"$work/main.sift"
check "an import by name finds them" "$PKTSIFT" explain -F "$work/main.sift"
finish
