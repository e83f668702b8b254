#!/usr/bin/env bash
# Whether others can read our SARIF: its output for several trees, given to validators and readers.
#
#   tests/validate_sarif.sh [PROGRAM]
#
# PROGRAM is mremap-lint; without it `cargo build` makes one. Needs Python 3 with venv, and npm; installs check-jsonschema and
# sarif-tools from PyPI and @microsoft/sarif-multitool from npm into VALIDATORS, a temporary folder unless it is set.
#
# Prints one line for each tree; exits with 1 if a validator has an error or a warning, or a reader fails.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

if [ $# -gt 0 ]; then
    program=$(realpath "$1")
else
    cargo build --quiet --manifest-path "$here/../Cargo.toml"
    program=$(realpath "${CARGO_TARGET_DIR:-$here/../target}/debug/mremap-lint")
fi
work=$(mktemp -d)
trap 'chmod -R u+rwx "$work"; rm -rf "$work"' EXIT
tools=${VALIDATORS:-$work/tools}
mkdir -p "$tools"
if [ ! -x "$tools/venv/bin/sarif" ]; then
    python3 -m venv "$tools/venv"
    "$tools/venv/bin/pip" install --quiet --disable-pip-version-check check-jsonschema sarif-tools
fi
if [ ! -d "$tools/node_modules/@microsoft/sarif-multitool" ]; then
    npm install --silent --no-save --no-audit --no-fund --prefix "$tools" @microsoft/sarif-multitool
fi
# The program itself: npm's wrapper hands its arguments to a shell, which takes the semicolons for its own.
multitool=$tools/node_modules/@microsoft/sarif-multitool-linux
chmod u+x "$multitool/Sarif.Multitool"
schema=$multitool/sarif-2.1.0.json

# What multitool says against a report. Its exit code is 0 whatever it finds, so its own report is read.
complaints() {
    python3 - "$1" <<'END'
import json, sys
runs = json.load(open(sys.argv[1], encoding="utf-8-sig"))["runs"]
bad = []
for run in runs:
    said = run.get("results", [])
    for invocation in run.get("invocations", []):
        for kind in ("toolExecutionNotifications", "toolConfigurationNotifications"):
            said = said + invocation.get(kind, [])
    for result in said:
        if result.get("level", "warning") in ("error", "warning"):
            rule = result.get("ruleId") or result.get("descriptor", {}).get("id")
            bad.append(f"{rule}: {result['message']}")
assert runs, "multitool examined nothing"
print("\n".join(bad))
END
}

failed=0
# validate NAME FOLDER ARGUMENT...: checks in FOLDER, and gives the report to all. Findings and unreadable inputs are expected.
validate() {
    local name=$1 folder=$2 code=0 said results
    shift 2
    local report=$work/report.sarif
    rm -rf "$report" "$work/out"
    mkdir "$work/out"
    (cd "$folder" && "$program" check --format sarif --output "$report" "$@") 2>"$work/log" || code=$?
    if [ "$code" -gt 2 ] || [ ! -s "$report" ]; then
        echo "$name: no report, exit code $code"
        failed=1
        return
    fi
    results=$(python3 -c 'import json, sys; print(len(json.load(open(sys.argv[1]))["runs"][0]["results"]))' "$report")
    said=$(
        "$tools/venv/bin/check-jsonschema" --quiet --schemafile "$schema" "$report" || echo "check-jsonschema: not valid"
        "$multitool/Sarif.Multitool" validate "$report" --rule-kind "Sarif;Ghas" --level "Error;Warning;Note" \
            --max-file-size-in-kb 100000 -o "$work/out/validated.sarif" --log ForceOverwrite >"$work/log" 2>&1 || cat "$work/log"
        complaints "$work/out/validated.sarif"
        for command in "summary" "html -o $work/out/report.html" "codeclimate -o $work/out/codeclimate.json"; do
            # shellcheck disable=SC2086 # the command is several words
            "$tools/venv/bin/sarif" $command "$report" >"$work/log" 2>&1 || { echo "sarif $command:"; cat "$work/log"; }
        done
    )
    if [ -n "$said" ]; then
        failed=1
        echo "$name: $results results, NOT valid"
        echo "$said" | sort | uniq -c | head -20
    else
        echo "$name: $results results, valid"
    fi
}

call='void *f(void *p, unsigned long n) { return mremap(p, 0, n, 1); }'
allowed="$call // mremap-lint: allow(zero-old-size) “kept”"

fixtures=$here/fixtures
validate "fixtures" "$fixtures/.."  fixtures
validate "fixtures, all calls" "$fixtures/.." --all-calls fixtures
validate "examples" "$here" examples

mkdir "$work/empty"
validate "empty tree" "$work/empty"

mkdir "$work/unreadable"
echo "$call" >"$work/unreadable/a.c"
echo "$call" >"$work/unreadable/closed.c"
chmod 000 "$work/unreadable/closed.c" # root may read it all the same; the missing one nobody can
ln -s nowhere "$work/unreadable/dangling.c"
validate "unreadable files" "$work/unreadable" . missing.c "missing folder/100%.c"

mkdir -p "$work/names/a folder/100%"
for name in 'two words.c' '100%.c' '%20.c' 'a folder/100%/b c.c' $'caf\xe9.c' 'é.c' '😀.c' 'x:y.c' '#?&.c' '[1].c' "quote'\".c"; do
    echo "$call /* 😀 é */" >"$work/names/$name"
done
validate "odd names" "$work/names"

mkdir "$work/suppressed"
printf '%s\n' "$call" "$allowed" "/* mremap-lint: allow(no-such-rule) */" >"$work/suppressed/a.c"
validate "suppressions" "$work/suppressed" --show-suppressed

mkdir "$work/compared"
printf '%s\n' "$call" "${call/f(/g(}" >"$work/compared/a.c"
(cd "$work/compared" && "$program" check --baseline base.sarif --update-baseline >/dev/null 2>&1)
printf '%s\n' "$call" "${call/0, n/0, n * 2}" >"$work/compared/a.c"
validate "baseline" "$work/compared" --baseline base.sarif

exit $failed
