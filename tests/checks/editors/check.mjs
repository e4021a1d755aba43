// check.mjs - what of a table TextMate's engine does not show so, one line each: node check.mjs GRAMMAR MODULES SAMPLE TABLE
import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";

const [grammarFile, modules, sample, table] = process.argv.slice(2);
const require = createRequire(path.join(path.resolve(modules), "x.js"));
const textmate = require("vscode-textmate");
const oniguruma = require("vscode-oniguruma");

await oniguruma.loadWASM(fs.readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm")).buffer);
const registry = new textmate.Registry({
    onigLib: Promise.resolve({
        createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
        createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async (scope) =>
        scope === "source.sift" ? textmate.parseRawGrammar(fs.readFileSync(grammarFile, "utf8"), grammarFile) : null,
});
const grammar = await registry.loadGrammar("source.sift");
const lines = fs.readFileSync(sample, "utf8").split("\n");
let state = textmate.INITIAL;
const tokens = lines.map((line) => {
    const result = grammar.tokenizeLine(line, state);
    state = result.ruleStack;
    return result.tokens;
});
const scopeAt = (line, at) => tokens[line].find((t) => t.startIndex <= at && at < t.endIndex).scopes.at(-1);

for (const row of fs.readFileSync(table, "utf8").split("\n")) {
    const [number, text, , scope] = row.split("\t");
    if (!row || row.startsWith("#")) continue;
    const line = Number(number) - 1, from = lines[line].indexOf(text);
    const shown = text.replace(/\s*[(}]?$/, "");
    for (const at of [from, from + shown.length - 1])
        if (from < 0 || scopeAt(line, at) !== scope)
            console.log(`${number}:${at + 1}: '${text}' is ${from < 0 ? "nowhere" : scopeAt(line, at)}, not ${scope}`);
}
