#!/usr/bin/env bash
# repository.sh - the repository of runtime/cli/REPOSITORY.md, made from that page: its commands do what they say, its files are
# formatted and without findings, its CI script finds what is wrong, and pre-commit runs the hooks of .pre-commit-hooks.yaml.
. "$(dirname "$0")/lib.sh"

page=$PWD/runtime/cli/REPOSITORY.md hooks=$PWD/.pre-commit-hooks.yaml repo=$work/repo
PATH=$(dirname "$PKTSIFT"):$PATH
export HOME=$work/home PRE_COMMIT_HOME=$work/pre-commit GIT_CONFIG_NOSYSTEM=1 NO_COLOR=1
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.org
mkdir -p "$HOME"

# ---- the page's blocks: "```sh run" becomes run.1 ..., "```sift file=PATH" that file ----

git init -q "$repo"
"$B/mkdemo" "$repo/captures" >/dev/null
awk -v repo="$repo" -v work="$work" '
    /^```/ && out { close(out); out = ""; next }
    /^```.* run$/ { out = work "/run." ++runs; next }
    match($0, /^```.* file=/) { path = substr($0, RLENGTH + 1); out = repo "/" path
        folder = out; sub("/[^/]*$", "", folder); system("mkdir -p \"" folder "\""); next }
    out { print >out }' "$page"
same "the page has files and commands" "7 4" \
    "$(cd "$repo" && find . -path ./.git -prune -o -path ./captures -prune -o -type f -print | wc -l) $(ls "$work"/run.* | wc -l)"

in_repo() { (cd "$repo" && "$@"); }
for run in "$work"/run.*; do
    check "the page's commands, block ${run##*.}" in_repo bash -eu "$run"
done
check "the page's filter files are formatted" in_repo pktsift fmt --check lib filters
same "and check finds nothing" "" "$(in_repo pktsift check . 2>/dev/null)"
same "the session is in the captures" 25 "$(in_repo pktsift count -F filters/database-reset.sift:session captures 2>/dev/null)"
same "it was cut out" 25 "$(in_repo pktsift count '' session.pcapng 2>/dev/null)"
check "the compiled filter is taken" in_repo pktsift count -q -F database-reset.siftc captures
check "CI leaves SARIF and JUnit files" in_repo test -s pktsift.sarif -a -s junit.xml
for file in .github/workflows/filters.yml .gitlab-ci.yml .pre-commit-config.yaml; do
    check "$file is YAML" in_repo python3 -c 'import sys, yaml; yaml.safe_load(open(sys.argv[1]))' "$file"
done
same "GitHub and GitLab run the script that was tried here" "2" "$(cat "$repo"/.github/workflows/filters.yml "$repo"/.gitlab-ci.yml | grep -c -- '- \(run: \)\?ci/filters$')"
same "attributes: LF for filters" "lf" "$(in_repo git check-attr eol lib/office.sift | sed 's/.*: //')"
same "attributes: captures are binary" "set" "$(in_repo git check-attr binary testdata/office.pcapng | sed 's/.*: //')"

# ---- what CI is there for ----

# ci NAME STATUS TEXT: what CI ends with now, and what it says.
ci() {
    (cd "$repo" && ci/filters) >"$work/ci" 2>&1
    same "CI: $1" "$2" "$?"
    check "CI: $1: it says so" grep -qF -- "$3" "$work/ci"
}
printf '%s\n' captures '*.siftc' session.pcapng pktsift.sarif junit.xml >"$repo/.gitignore"
in_repo git add -A
in_repo git commit -q -m 'the page'
filter=$repo/filters/database-reset.sift
cp "$filter" "$work/good"
sed -i 's/ AND office.database_port/\&\&office.database_port/' "$filter"
ci "what is not formatted" 1 "+filter main = std_tcp.reset AND office.database_port"
cp "$work/good" "$filter"
sed -i 's/^filter main = .*/filter main = TCP.Flags.Reset/' "$filter"
ci "what is likely a mistake, and fails its tests" 1 "[bare-flag]"
check "CI: the finding is in the SARIF document" grep -q bare-flag "$repo/pktsift.sarif"
check "CI: the failure is in the JUnit file" grep -q '<failure' "$repo/junit.xml"
sed -i 's/30015/300150/' "$repo/lib/office.sift"
cp "$work/good" "$filter"
ci "what does not compile, in a file that is imported" 2 "lib/office.sift:9:"
in_repo git checkout -q .

# ---- pre-commit ----

if ! command -v pre-commit >/dev/null; then
    skip "pre-commit runs the hooks" "no pre-commit here"
    finish
fi
git init -q "$work/hooks"
cp "$hooks" "$work/hooks/"
git -C "$work/hooks" add -A
git -C "$work/hooks" commit -q -m hooks
sed -i "s,repo: .*,repo: $work/hooks,; s,rev: .*,rev: $(git -C "$work/hooks" rev-parse HEAD)," "$repo/.pre-commit-config.yaml"
in_repo git commit -q -a -m 'where the hooks are'

# hook NAME PATTERN: the line of the last run that tells how a hook went.
hook() { grep -E "^$1\.* *\.*(Passed|Failed|\(no files to check\)Skipped)" "$work/hook.log" | grep -oE 'Passed|Failed|Skipped'; }
run_hooks() {
    (cd "$repo" && pre-commit run "$@") >"$work/hook.log" 2>&1
    echo "$(hook 'pktsift fmt') $(hook 'pktsift check') $(hook 'pktsift test')"
}
same "hooks: all is well" "Passed Passed Passed" "$(run_hooks --all-files)"
check "hooks: pre-commit finds the manifest sound" pre-commit validate-manifest "$hooks"
echo 'a remark' >"$repo/README"
in_repo git add README
same "hooks: nothing to do for other files" "Skipped Skipped Skipped" "$(run_hooks)"
sed -i 's/ AND office.database_port/\&\&office.database_port/' "$filter"
in_repo git add -A
same "hooks: fmt formats, and stops the commit" "Failed Passed Passed" "$(run_hooks)"
check "hooks: the file is formatted" cmp "$filter" "$work/good"
in_repo git checkout -q HEAD filters
sed -i 's/client_port = 40000/client_port = 53487/' "$filter"
in_repo git add -A
same "hooks: a test that fails stops the commit" "Passed Passed Failed" "$(run_hooks)"
sed -i 's/TCP.Port == 30015/TCP.Prt == 30015/' "$repo/lib/office.sift"
in_repo git add -A
same "hooks: a mistake in an imported file" "Passed Failed Failed" "$(run_hooks)"
in_repo git checkout -q HEAD .
in_repo pre-commit install >/dev/null
printf '\nfilter more=udp\n' >>"$filter"
check "hooks: git commit runs them" bash -c "! git -C '$repo' commit -q -a -m more"
same "hooks: nothing was committed" "where the hooks are" "$(in_repo git log -1 --format=%s)"
finish
