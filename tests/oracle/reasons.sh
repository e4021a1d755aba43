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
need_tools tshark editcap mergecap
need_captures
prepare_tshark

rows=$HERE/deviations.tsv
[ $# -eq 0 ] || { rows=$WORK/rows; awk -F'\t' 'NF == 6 && $6 == "?"' >"$rows"; }
grep -v '^#' "$rows" | cut -f2 | sort -u >"$WORK/captures"

# Starting tshark takes longer than reading most captures does, so the frames that rows speak of, each behind the one before
# it, are put into one file.  What editcap cannot write (frames of NetMon's own kinds), or has too many parts, is asked alone.
mkdir "$WORK/part"
: >"$WORK/holds"
parts=()
while IFS= read -r path; do
    part=$WORK/part/${#parts[@]}.pcapng
    awk -F'\t' -v path="$path" -f "$HERE/lists.awk" -f <(echo '
        function add(text,    n, a, i) { n = list_read(text, a); for (i = 1; i <= n; i++) { want[a[i]]; want[a[i] - 1]; if (a[i] > last) last = a[i] } }
        !/^#/ && $2 == path { add($4); add($5) }
        END { for (i = 1; i <= last; i++) if (i in want) all[++n] = i; print list_whole(n, all) }') "$rows" >"$WORK/wanted"
    IFS=, read -ra wanted <"$WORK/wanted"
    if [ ${#wanted[@]} -lt 500 ] && editcap -r "$CAPTURES/$path" "$part" "${wanted[@]}" 2>>"$WORK/tshark.err"; then
        parts+=("$part")
        awk -v path="$path" -f "$HERE/lists.awk" -f <(echo '{ n = list_read($0, a); for (i = 1; i <= n; i++) print path "\t" a[i] }') "$WORK/wanted" >>"$WORK/origin"
    else
        ask_tshark "$CAPTURES/$path" "$HERE/reasons.tsv" | sed "s|^|$path\t|" >>"$WORK/holds"
    fi
done <"$WORK/captures"
if [ ${#parts[@]} -gt 0 ]; then
    mergecap -a -w "$WORK/all.pcapng" "${parts[@]}" && ask_tshark "$WORK/all.pcapng" "$HERE/reasons.tsv" >"$WORK/all" || bail "tshark failed"
    awk -F'\t' -v OFS='\t' '
        FILENAME ~ /origin$/ { path[FNR] = $1; number[FNR] = $2; next }
        { n = split($2, a, ","); for (i = 1; i <= n; i++) print path[a[i]], $1, number[a[i]] }' "$WORK/origin" "$WORK/all" >>"$WORK/holds"
fi

while IFS= read -r path; do
    awk -F'\t' -v OFS='\t' -v path="$path" -f "$HERE/lists.awk" -f <(cat <<'AWK'
FILENAME ~ /reasons.tsv$/ { if ($1 !~ /^#/) order[++reasons] = $1; next }
FILENAME ~ /holds$/ { if ($1 == path) { m = list_read($3, a); for (i = 1; i <= m; i++) holds[$2, a[i]] } next }
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
