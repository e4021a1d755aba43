#!/usr/bin/env bash
# editors.sh - what `make` puts into build/editors shows a filter file as tests/checks/editors/expected.tsv says, in Vim and in
# TextMate's engine, and knows every protocol of the dictionary; Vim's gq and :make do what runtime/editors/README.md says.
. "$(dirname "$0")/lib.sh"

here=tests/checks/editors editors=$PWD/$B/editors
PATH=$(dirname "$PKTSIFT"):$PATH

# Every protocol, one a line, as the two checks want it.
"$PKTSIFT" fields --json | sed -n 's/^{"name":"\([^"]*\)","type":"protocol".*/\1/p' >"$work/protocols.sift"
awk '{ print NR "\t" $1 "\tsiftProtocol\tsupport.class.protocol.sift" }' "$work/protocols.sift" >"$work/protocols.tsv"
check "there are protocols" test "$(wc -l <"$work/protocols.sift")" -ge 20
check "the TextMate grammar is JSON" perl -MJSON::PP -0777 -ne 'decode_json($_)' "$editors/sift.tmLanguage.json"

# ---- Vim ----

run_vim() { # FILE COMMAND...
    local file=$1 arguments=()
    shift
    for command in "$@"; do arguments+=(-c "$command"); done
    timeout 60 vim -N -u NONE -i NONE -n -e -s -c "set rtp^=$editors" -c 'filetype plugin on' -c 'syntax on' \
        -c "edit $file" "${arguments[@]}" -c 'qa!' </dev/null >"$work/vim.log" 2>&1
}
vim_shows() { # SAMPLE TABLE
    rm -f "$work/said"
    SAID=$work/said EXPECTED=$2 run_vim "$1" "source $here/check.vim"
    [ -f "$work/said" ] || { cat "$work/vim.log"; return 1; }
    cat "$work/said"
    [ ! -s "$work/said" ]
}
if vim --version 2>/dev/null | grep -q '+syntax'; then
    check "Vim shows the sample as expected" vim_shows $here/sample.sift $here/expected.tsv
    check "Vim knows every protocol" vim_shows "$work/protocols.sift" "$work/protocols.tsv"

    echo 'tcp.port==80||udp' >"$work/a.sift"
    run_vim "$work/a.sift" 'normal gqq' 'write'
    same "gq formats the file" 'TCP.Port == 80 OR UDP' "$(cat "$work/a.sift")"
    printf '// sift 1\nfilter  main=udp\nfilter x = (\n' >"$work/b.sift"
    cp "$work/b.sift" "$work/before"
    run_vim "$work/b.sift" 'normal gggqG' 'write'
    check "gq leaves a file with a mistake as it is" cmp "$work/before" "$work/b.sift"
    printf 'TCP AND\nTCP.Flags.Syn\n' >"$work/c.sift"
    run_vim "$work/c.sift" 'silent make!' \
        'call writefile(map(getqflist(), "v:val.lnum . \":\" . v:val.col . v:val.type . v:val.text"), "'"$work"'/found")'
    same ":make fills the quickfix list" "2:1w'TCP.Flags.Syn' alone asks whether the field exists, not whether it is set [bare-flag]" \
        "$(cat "$work/found")"
    run_vim "$work/c.sift" 'call writefile([&filetype, &commentstring, &formatprg], "'"$work"'/set")'
    same "the file type, and what it sets" 'sift // %s pktsift fmt -' "$(tr '\n' ' ' <"$work/set" | sed 's/ $//')"
else
    skip "Vim shows the sample as expected" "no vim with +syntax here"
fi

# ---- TextMate ----

# The engine comes from npm, once, into the build folder.
get_engine() {
    local folder=$B/npm
    cmp -s "$here/package-lock.json" "$folder/package-lock.json" && [ -d "$folder/node_modules" ] && return 0
    rm -rf "$folder" && mkdir -p "$folder" && cp "$here"/package*.json "$folder/" &&
        (cd "$folder" && timeout 100 npm ci --silent --no-audit --no-fund --ignore-scripts) && [ -d "$folder/node_modules" ] ||
        { rm -rf "$folder"; return 1; }
}
textmate_shows() { # SAMPLE TABLE
    node "$here/check.mjs" "$editors/sift.tmLanguage.json" "$B/npm/node_modules" "$1" "$2" >"$work/textmate" || return 1
    cat "$work/textmate"
    [ ! -s "$work/textmate" ]
}
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    skip "TextMate's engine shows the sample as expected" "no node and npm here"
elif ! get_engine >"$work/npm.log" 2>&1; then
    skip "TextMate's engine shows the sample as expected" "npm cannot fetch vscode-textmate"
else
    check "TextMate's engine shows the sample as expected" textmate_shows $here/sample.sift $here/expected.tsv
    check "TextMate's engine knows every protocol" textmate_shows "$work/protocols.sift" "$work/protocols.tsv"
fi
finish
