#!/bin/bash
# filters.sh - every filter of filters.tsv over every capture of captures.tsv: pktsift's frames against the answers that
# tshark and tcpdump gave (answers/), differences against deviations.tsv.  TAP, one test a filter.
#
#     tests/oracle/filters.sh          the test
#     tests/oracle/filters.sh DIR      with the full answers below DIR (made by `regenerate.sh DIR`): also prints a row
#                                      for deviations.tsv for each unexplained difference, its reason left as "?"
#
# A difference that deviations.tsv does not list fails; so does a listed one that is no longer there.
. "$(dirname "$0")/lib.sh"
need_pktsift
need_tools cc
need_captures

answers=${1:-$HERE}/answers
propose=
[ $# -eq 0 ] || { propose=1 LIST_MAX=10000000 && export LIST_MAX; }

cd "$CAPTURES" || bail "$CAPTURES"

# Captures that are there and are the ones the answers speak of.
paths=()
awk -F'\t' '!/^#/ && $1 != "" { printf "%s%c", $2, 0 }' "$HERE/captures.tsv" | xargs -0 sha256sum >"$WORK/sums" 2>/dev/null
while IFS=$'\t' read -r sha path why; do
    case $sha in '#'* | '') continue ;; esac
    read -r sum _ < <(grep -F "  $path" "$WORK/sums")
    if [ -z "$sum" ]; then not_ok "$path is missing"; continue; fi
    [ "${sum:0:16}" = "$sha" ] || { not_ok "$path is another file than the answers speak of"; continue; }
    paths+=("$path")
done <"$HERE/captures.tsv"

build_program keeps "${library[@]}"
keeps "$HERE/filters.tsv" "${paths[@]}" >"$WORK/got" || bail "keeps failed"

# One line a filter: "ok|not ok TAB id TAB what was compared", with diagnoses "# ..." before it.
printf '%s\n' "${paths[@]}" >"$WORK/paths"
awk -F'\t' -v OFS='\t' -v propose="$propose" -f "$HERE/lists.awk" -f <(cat <<'AWK'
FILENAME ~ /paths$/ { present[$1]; next }
FILENAME ~ /captures.tsv$/ { if ($1 !~ /^#/ && $2 in present) { capture[++captures] = $2; of_sha[$1] = $2 } next }
FILENAME ~ /filters.tsv$/ { if ($1 !~ /^#/ && $1 != "") { filter[++filters] = $1; speaks["tcpdump", $1] = $3 != "-"; speaks["tshark", $1] = $4 != "-" } next }
FILENAME ~ /reasons.tsv$/ { reason[$1]; next }
FILENAME ~ /deviations.tsv$/ {
    if ($1 ~ /^#/ || $1 == "") next
    k = $3 SUBSEP $1 SUBSEP $2; rows[k]++
    listed_more[k, rows[k]] = $4; listed_less[k, rows[k]] = $5; listed_reason[k, rows[k]] = $6
    next
}
FILENAME ~ /got$/ && $2 == "!" { failed[$1] = $3; next }
FILENAME ~ /got$/ { got[$1, $2] = $3; next }
/^#/ { next }
/^@/ { current = of_sha[substr($0, 2)]; next }
{ answer[FILENAME ~ /tshark/ ? "tshark" : "tcpdump", $1, current] = $2 }

# Is the difference between pktsift's list and the tool's the listed one?  Edits pktsift's list into the tool's.
function compare(tool, id, path, want,    k, i, n, m, a, b, c, ours) {
    k = tool SUBSEP id SUBSEP path
    n = list_read(got[id, path], a); ours = list_short(n, a)
    for (i = 1; i <= rows[k]; i++) {
        if (!(listed_reason[k, i] in reason)) complain(id, path, tool, "reasons.tsv has no reason \"" listed_reason[k, i] "\"")
        m = list_read(listed_more[k, i], b); if (list_edit(n, a, "-", m, b, c) != n - m) { stale(id, path, tool, k, i); return }
        n = copy(c, a)
        m = list_read(listed_less[k, i], b); if (list_edit(n, a, "+", m, b, c) != n + m) { stale(id, path, tool, k, i); return }
        n = copy(c, a); used[k]
    }
    if (list_short(n, a) == want) return
    if (want ~ /^#/) complain(id, path, tool, tool " has " want ", pktsift " list_hash(n, a) ": see README.md, \"Which frames differ\"")
    else {
        m = list_read(want, b)
        i = list_edit(n, a, "-", m, b, c); more = list_whole(i, c)
        i = list_edit(m, b, "-", n, a, c); less = list_whole(i, c)
        complain(id, path, tool, "only pktsift: " brief(more) "; only " tool ": " brief(less))
        if (propose) print "#>", id, path, tool, more, less, "?"
    }
}
function copy(from, to,    i) { split("", to); for (i = 1; i in from; i++) to[i] = from[i]; return i - 1 }
function brief(text) { return text == "" ? "none" : length(text) > 120 ? substr(text, 1, 120) "..." : text }
function stale(id, path, tool, k, i) { complain(id, path, tool, "deviations.tsv lists a difference (" listed_reason[k, i] ") that is not there") }
function complain(id, path, tool, text) { bad[id] = 1; print "# " id ": " path ": " tool ": " text }

END {
    for (f = 1; f <= filters; f++) {
        id = filter[f]; compared["tshark"] = compared["tcpdump"] = 0
        if (id in failed) { bad[id] = 1; print "# " id ": pktsift failed: " failed[id] }
        else for (c = 1; c <= captures; c++) for (t = 1; t <= 2; t++) {
            tool = t == 1 ? "tshark" : "tcpdump"; path = capture[c]
            want = answer[tool, id, path]
            if (!speaks[tool, id] || want ~ /^!/ || answer[tool, "*", path] ~ /^!/) continue
            compared[tool]++
            compare(tool, id, path, want)
        }
        if (!compared["tshark"] && !compared["tcpdump"]) bad[id] = 1
        print (id in bad ? "not ok" : "ok"), id, "captures compared with tshark " compared["tshark"] ", with tcpdump " compared["tcpdump"]
    }
    for (k in rows) { split(k, part, SUBSEP); known = 0
        for (f = 1; f <= filters; f++) if (filter[f] == part[2]) known = 1
        if (!known) print "not ok", "deviations.tsv", "names the filter " part[2] ", which filters.tsv has not" }
}
AWK
) "$WORK/paths" "$HERE/captures.tsv" "$HERE/filters.tsv" "$HERE/reasons.tsv" "$HERE/deviations.tsv" "$WORK/got" "$answers/tshark.tsv" "$answers/tcpdump.tsv" >"$WORK/verdict"

while IFS=$'\t' read -r verdict id what; do
    case $verdict in
    ok) ok "$id: $what" ;;
    'not ok') not_ok "$id: $what" ;;
    '#>') [ -n "$propose" ] && printf '%s\t%s\n' "$id" "$what" ;;
    '#'*) echo "$verdict" ;;
    esac
done <"$WORK/verdict"
echo "# ${#paths[@]} captures used"
[ ${#paths[@]} -ge 25 ] || not_ok "at least 25 captures are wanted"
finish
