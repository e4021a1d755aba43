#!/usr/bin/env bash
# includes.sh - includes point one way: vm knows nobody, grammar only vm/base.h, compiler both, runtime all, and the
# command line only the public header.  Threads are started in runtime/workers/ alone.  Every header stands by itself.
. "$(dirname "$0")/lib.sh"

# one_way NAME FOLDER(as find takes it) ALLOWED-REGEX
one_way() {
    local folder
    read -ra folder <<<"$2"
    same "$1" "" "$(find "${folder[@]}" -type f \( -name '*.[chy]' -o -name '*.re' -o -name '*.def' \) -print | sort |
        xargs awk -v allowed="^($3)\$" '
            /^ *# *include *"/ {
                split($0, part, "\""); included = part[2]
                if (included == "parser.h") included = "grammar/parser.h" # generated
                else if (included !~ /\//) { included = FILENAME; sub(/[^\/]*$/, "", included); included = included part[2] }
                if (included !~ allowed) print FILENAME ":" FNR ": " included
            }')"
}

one_way "vm/ includes vm/ only" vm 'vm/.*'
one_way "grammar/ includes grammar/ and vm/base.h" grammar 'grammar/.*|vm/base[.]h'
one_way "compiler/ includes compiler/, grammar/, vm/" compiler '(compiler|grammar|vm)/.*'
one_way "runtime/ does not include its command line" "runtime -path runtime/cli -prune -o" \
    '(compiler|grammar|vm)/.*|runtime/([^/]*|(capture|readers|writers|workers|analysis)/.*)'
one_way "runtime/cli/ includes runtime/pktsift.h and its own" runtime/cli 'runtime/cli/.*|runtime/pktsift[.]h'

same "threads are started in runtime/workers/ only" "" \
    "$(grep -rnE '(pthread|thrd)_create *\(' grammar compiler vm runtime --include='*.c' | grep -v '^runtime/workers/')"

# All in one run of the compiler's driver: a process for each takes twice as long.
mkdir "$work/alone"
while read -r header; do
    echo "#include \"$header\"" >"$work/alone/${header//\//-}.c"
done < <(find grammar compiler vm runtime -name '*.h' | sort)
${CC:-cc} -std=c11 -D_GNU_SOURCE -I. -I"$B/gen" -Wall -Werror -fsyntax-only "$work"/alone/*.c >"$work/alone.log" 2>&1
while read -r header; do
    same "$header compiles by itself" "" "$(! grep -qF "${header//\//-}.c" "$work/alone.log" || grep -F -A 5 "${header//\//-}.c" "$work/alone.log")"
done < <(find grammar compiler vm runtime -name '*.h' | sort)
finish
