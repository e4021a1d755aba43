#!/usr/bin/env bash
# sarif.sh - what `pktsift check --sarif` prints fits the SARIF 2.1.0 schema, whatever is found and however files are
# called; and the schema does notice a document that is broken.
. "$(dirname "$0")/lib.sh"

root=$PWD
fits() { python3 "$root/tests/schemas/validate.py" "$root/tests/schemas/sarif-2.1.0.json" "$1"; }
breaks() { ! fits "$1"; }
# asks EXPRESSION: of the document d, in Python.
asks() { python3 -c "import json; d = json.load(open('doc')); r = d['runs'][0]; print($1)"; }

mkdir "$work/filters" && cd "$work/filters" || exit 2
export SOURCE_DATE_EPOCH=1795608000
"$PKTSIFT" check --sarif -e 'TCP.Port == 80' >doc
same "nothing found: status" 0 $?
check "nothing found fits" fits doc
same "and has no result" 0 "$(asks "len(r['results'])")"
same "but every rule" "$("$PKTSIFT" check --rules | wc -l)" "$(asks "len(r['tool']['driver']['rules']) - 1")"
same "each once" True "$(asks "len({x['id'] for x in r['tool']['driver']['rules']}) == len(r['tool']['driver']['rules'])")"

mkdir -p 'a b/c%d:é#"'
printf 'TCP.Flags.Syn\n  AND "\xff\xfe" == TCP.TCPPayload.ToString OR UDP' >'a b/c%d:é#"/x?.sift'
printf '// sift 1\n// @id \xc3\xa9 @level hot @expires 2020-01-01\nparam p = 1\nfilter main = TCP.Port == 80 // sift:allow bare-flag\n' >x.sift
printf 'TCP.Prt == 80 AND' >broken.sift
printf '\xef\xbb\xbfTCP.Port > 70000 AND\r\n  "é" == TCP.TCPPayload.ToString\r\n' >"$(printf 'y\xff\n.sift')"
"$PKTSIFT" check --sarif . >doc 2>/dev/null
same "findings and errors: status" 2 $?
check "findings and errors fit" fits doc
same "errors have a rule as well" "['does-not-compile']" \
    "$(asks "sorted({x['ruleId'] for x in r['results'] if x['level'] == 'error'})")"
same "ids and indexes agree" True \
    "$(asks "all(r['tool']['driver']['rules'][x['ruleIndex']]['id'] == x['ruleId'] for x in r['results'])")"
same "paths are references" "a%20b/c%25d%3A%C3%A9%23%22/x%3F.sift" \
    "$(asks "[x for x in (y['locations'][0]['physicalLocation']['artifactLocation']['uri'] for y in r['results']) if 'a%20b' in x][0]")"
printf 'TCP.Port == 1 OR\n/* \xc3\xa9 */ TCP.Port > 70000 ' >c.sift
"$PKTSIFT" check --sarif c.sift >doc 2>/dev/null
same "columns count characters" "[2, 9, 2, 25]" \
    "$(asks "[r['results'][0]['locations'][0]['physicalLocation']['region'][k] for k in ('startLine', 'startColumn', 'endLine', 'endColumn')]")"
printf '// sift 1\nlet bad = TCP.Prt == 1\n' >lib.sift
printf '// sift 1\n// @id u\nimport "lib.sift" as lib\nfilter main = lib.bad\n' >uses.sift
"$PKTSIFT" check --sarif uses.sift >doc 2>/dev/null
check "an error in an imported name fits" fits doc
same "and says where it is used, as well" "[('lib.sift', 2), ('uses.sift', 4)]" \
    "$(asks "[(p['physicalLocation']['artifactLocation']['uri'], p['physicalLocation']['region']['startLine']) for x in r['results'] if x['level'] == 'error' for p in x['locations'] + x['relatedLocations']]")"
"$PKTSIFT" check --sarif nowhere.sift x.sift >doc 2>/dev/null
same "an unreadable file: status" 2 $?
check "an unreadable file fits" fits doc
same "it is the run's trouble" "[False, 1]" \
    "$(asks "[r['invocations'][0]['executionSuccessful'], len(r['invocations'][0]['toolExecutionNotifications'])]")"
"$PKTSIFT" check --sarif "$PWD/c.sift" >doc 2>/dev/null
check "an absolute path fits" fits doc
same "as a file URL" "file://$PWD/c.sift" "$(asks "r['results'][0]['locations'][0]['physicalLocation']['artifactLocation']['uri']")"

# What the schema would not let through.
"$PKTSIFT" check --sarif x.sift >doc 2>/dev/null
check "the document to break fits" fits doc
for wrong in 's/"version": "2.1.0"/"version": "2.1"/' 's/"level": "warning"/"level": "bad"/' 's/"startLine": [0-9]*/"startLine": 0/' \
    's/"ruleId"/"rule"/' 's/"results": \[/"results": [ 1,/' 's/"driver"/"driven"/'; do
    sed "$wrong" doc >broken
    check "broken by $wrong: it does not fit" breaks broken
done
finish
