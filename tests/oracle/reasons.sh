#!/bin/bash
# reasons.sh - holds rows of deviations.tsv against the frames themselves: every frame of a row must answer to the display
# filter its reason has in reasons.tsv.
#
#     tests/oracle/reasons.sh                       checks deviations.tsv; TAP, one test a capture
#     tests/oracle/filters.sh DIR | reasons.sh -    reads new rows (reason "?") and prints them with the reasons whose
#                                                   filter fits, a row a reason; "?" stays where none does
#
# A fitting reason is a candidate.  Who is right is decided by looking at the frame.
. "$(dirname "$0")/lib.sh"
need_tools tshark
need_captures
prepare_tshark

rows=$HERE/deviations.tsv
[ $# -eq 0 ] || { rows=$WORK/rows; awk -F'\t' 'NF == 6 && $6 == "?"' >"$rows"; }
grep -v '^#' "$rows" | cut -f2 | sort -u >"$WORK/captures"

while IFS= read -r path; do
    ask_tshark "$CAPTURES/$path" "$HERE/reasons.tsv" >"$WORK/holds" || { not_ok "$path: tshark failed"; continue; }
    awk -F'\t' -v OFS='\t' -v path="$path" -f "$HERE/lists.awk" -f <(cat <<'AWK'
FILENAME ~ /reasons.tsv$/ { if ($1 !~ /^#/) order[++reasons] = $1; next }
FILENAME ~ /holds$/ { m = list_read($2, a); for (i = 1; i <= m; i++) holds[$1, a[i]]; next }
/^#/ || $2 != path { next }
{ split_by_reason($4, "more"); split_by_reason($5, "less") }
# Frames of one column by reason; a row that has a reason already must keep it.
function split_by_reason(text, side,    n, a, i, j, why) {
    n = list_read(text, a)
    for (i = 1; i <= n; i++) {
        why = "?"
        if ($6 != "?") { if (($6, a[i]) in holds) why = $6 }
        else for (j = 1; j <= reasons; j++) if ((order[j], a[i]) in holds) { why = order[j]; break }
        k = $1 OFS $2 OFS $3 OFS why
        if (!(k in seen)) { seen[k]; row[++rows] = k }
        part[k, side] = part[k, side] (part[k, side] == "" ? "" : ",") a[i]
    }
}
END {
    for (i = 1; i <= rows; i++) {
        split(row[i], f, OFS)
        print f[1], f[2], f[3], short(part[row[i], "more"]), short(part[row[i], "less"]), f[4]
    }
}
function short(text,    n, a) { n = list_read(text, a); return list_whole(n, a) }
AWK
    ) "$HERE/reasons.tsv" "$WORK/holds" "$rows" >"$WORK/result"
    if [ $# -gt 0 ]; then cat "$WORK/result"; continue; fi
    if grep -q '?$' "$WORK/result"; then grep '?$' "$WORK/result" | say; not_ok "$path: frames that do not answer to their reason's filter"
    else ok "$path: $(wc -l <"$WORK/result") differences have the frames their reasons speak of"; fi
done <"$WORK/captures"
[ $# -gt 0 ] || finish
