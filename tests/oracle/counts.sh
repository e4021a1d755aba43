#!/bin/bash
# counts.sh - the number of frames in every capture of a format pktsift reads: as INDEX.tsv and capinfos say, or as
# counts-explained.tsv says where those two differ or the file is damaged.  TAP.
#
# Undamaged captures are counted in one run of pktsift, which must end with 0.  A damaged one is counted alone: damage in
# the middle is exit status 2, a last record cut by the end of the file a warning that names the file and exit status 0
# (1 when no frame is left), in both cases after every good frame was counted.
. "$(dirname "$0")/lib.sh"
need_pktsift
need_captures
cd "$CAPTURES" || bail "$CAPTURES"

# sha, path, count that pktsift must give, state (whole, cut, damaged; "other": of a format not counted here)
awk -F'\t' -v OFS='\t' '
    FILENAME ~ /explained/ { if ($1 !~ /^#/) { want[$1] = $5; state[$1] = $6 } next }
    /^#/ { next }
    $1 in want { print $1, $2, want[$1], state[$1]; used[$1]; next }
    $3 != $4 { print $1, $2, "?", $5; next }
    { print $1, $2, $3, $5 == "refused" ? "whole" : $5 }
    END { for (sha in want) if (!(sha in used) && state[sha] != "other") print sha, "-", "?", "-" }' \
    "$HERE/counts-explained.tsv" "$HERE/counts.tsv" >"$WORK/wanted"

# The table must speak of the captures that lie here.
awk -F'\t' 'NR == FNR { sha[$1] = $3; next } !/^#/ && sha[$2] != $1 { print $2 }' INDEX.tsv "$HERE/counts.tsv" >"$WORK/strange"
if [ -s "$WORK/strange" ]; then say <"$WORK/strange"; not_ok "counts.tsv speaks of captures that INDEX.tsv has otherwise: run regenerate.sh"
else ok "counts.tsv speaks of the captures in INDEX.tsv"; fi
if grep -q $'\t?\t' "$WORK/wanted"; then
    grep $'\t?\t' "$WORK/wanted" | say
    not_ok "INDEX.tsv and capinfos differ, or an explanation has no capture: counts-explained.tsv must say what is right"
else ok "where INDEX.tsv and capinfos differ, counts-explained.tsv says what is right"; fi

awk -F'\t' '$4 == "whole" { print $2 }' "$WORK/wanted" >"$WORK/whole"
tr '\n' '\0' <"$WORK/whole" | { mapfile -d '' -t files; count_by_file "${files[@]}"; } >"$WORK/counted" 2>"$WORK/err"
status=$?
awk -F'\t' '
    NR == FNR { got[$2] = $1; next }
    $4 == "whole" && got[$2] != $3 { print $2 ": pktsift " (($2 in got) ? got[$2] : "says nothing") ", wanted " $3 }' \
    "$WORK/counted" "$WORK/wanted" >"$WORK/wrong"
[ ! -s "$WORK/wrong" ] || say <"$WORK/wrong"
total=$(wc -l <"$WORK/whole")
if [ "$total" -gt 0 ] && [ ! -s "$WORK/wrong" ]; then ok "$total undamaged captures: $(awk '{ n += $1 } END { print n }' "$WORK/counted") frames"
else not_ok "undamaged captures: $(wc -l <"$WORK/wrong") of $total counted otherwise"; fi
if [ "$status" -eq 0 ]; then ok "undamaged captures: exit status 0"
else head -20 "$WORK/err" | say; not_ok "undamaged captures: exit status $status"; fi

while IFS=$'\t' read -r sha path want state; do
    [ "$state" = whole ] && continue
    name=$(basename "$path")
    got=$(count_by_file "$path" 2>"$WORK/err")
    status=$?
    case $state in
    damaged) expected=2 ;;
    cut) expected=$([ "$want" -gt 0 ] && echo 0 || echo 1) ;;
    esac
    if [ "${got%%$'\t'*}" != "$want" ]; then not_ok "$name: pktsift counts ${got%%$'\t'*}, wanted $want"
    elif [ "$status" -ne "$expected" ]; then say <"$WORK/err"; not_ok "$name: $state: exit status $status, wanted $expected"
    elif ! grep -qF -- "$name" "$WORK/err"; then say <"$WORK/err"; not_ok "$name: $state: no message names the file"
    else ok "$name: $want frames, then $state"; fi
done <"$WORK/wanted"

# What is compressed or of another format is read as well, or refused by name; never miscounted, never a crash.
while IFS=$'\t' read -r path format frames; do
    got=$(count_by_file "$path" 2>"$WORK/err")
    status=$?
    if [ "$status" -eq 2 ] && [ -z "$got" ] && grep -qF -- "$(basename "$path")" "$WORK/err"; then ok "$format: $path is refused by name"
    elif [ "$status" -le 1 ] && [ "${got%%$'\t'*}" = "$frames" ]; then ok "$format: $path has $frames frames"
    else say <"$WORK/err"; not_ok "$format: $path: exit status $status, counts ${got%%$'\t'*} where INDEX.tsv has $frames"; fi
done < <(awk -F'\t' -v OFS='\t' '
    FILENAME ~ /explained/ { want[$2] = $5; next }
    FILENAME ~ /counts.tsv/ { listed[$2]; next }
    FNR > 1 && !($1 in listed) { print $1, $4, $1 in want ? want[$1] : $6 }' "$HERE/counts-explained.tsv" "$HERE/counts.tsv" INDEX.tsv)

echo "# $(wc -l <"$WORK/wanted") captures used"
finish
