#!/usr/bin/env bash
# Whether others can read our SARIF: its output for several trees, given to validators and readers.
#
#   checks/validate_sarif.sh [PROGRAM [TREE...]]
#
# PROGRAM is mremap-lint; without it `cargo build` makes one. TREEs are folders whose reports are validated too. Needs Python 3
# with venv, and npm, which root gets from apt if they are missing; installs check-jsonschema and sarif-tools from PyPI and
# @microsoft/sarif-multitool from npm into VALIDATORS, a temporary folder unless it is set.
#
# Prints one line for each tree or check; exits with 1 if a validator has an error or a warning, a reader fails, multitool
# computes other fingerprints or another comparison with a baseline than we do, or a report has what no validator looks at.
set -euo pipefail
. "$(dirname "$0")/checks.sh"
here=$repository/checks
tests=$repository/tests

find_program "$@"
[ $# = 0 ] || shift
work=$(mktemp -d)
trap 'chmod -R u+rwx "$work"; rm -rf "$work"' EXIT
tools=${VALIDATORS:-$work/tools}
mkdir -p "$tools" "$work/reports" "$work/out"

# If the command fails, root gets the Debian package.
needs() {
    local package=$1
    shift
    if ! "$@" >/dev/null 2>&1 && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq >/dev/null
        apt-get install -y -qq --no-install-recommends "$package" >/dev/null
    fi
}
if [ ! -x "$tools/venv/bin/sarif" ]; then
    needs python3-venv python3 -c 'import ensurepip, venv'
    python3 -m venv "$tools/venv"
    "$tools/venv/bin/pip" install --quiet --disable-pip-version-check check-jsonschema sarif-tools
fi
if [ ! -d "$tools/node_modules/@microsoft/sarif-multitool" ]; then
    needs npm npm --version
    npm install --silent --no-save --no-audit --no-fund --prefix "$tools" @microsoft/sarif-multitool
fi
# The program itself: npm's wrapper hands its arguments to a shell, which takes the semicolons for its own.
multitool=$tools/node_modules/@microsoft/sarif-multitool-linux
chmod u+x "$multitool/Sarif.Multitool"
multitool() {
    "$multitool/Sarif.Multitool" "$@" >"$work/log" 2>&1 || { echo "multitool $1:"; cat "$work/log"; }
}
# A failure of the script is a complaint, too.
asked() {
    python3 "$here/validate_sarif.py" "$@" 2>&1
}

failed=0
# verdict NAME COMPLAINTS: the line about a check.
verdict() {
    if [ -n "$2" ]; then
        failed=1
        echo "$1: WRONG"
        echo "$2" | sort | uniq -c | head -20
    else
        echo "$1: right"
    fi
}

run=("$program")
# report NAME FOLDER CODE ARGUMENT...: checks in FOLDER, which must exit with CODE, and keeps the report for all. `$report` is it.
report() {
    local name=$1 folder=$2 expected=$3 code=0
    shift 3
    report=$work/reports/$name.sarif
    (cd "$folder" && "${run[@]}" check --format sarif "$@") >"$report" 2>"$work/log" || code=$?
    # shellcheck disable=SC2053 # a pattern
    if [[ $code != $expected ]]; then
        failed=1
        echo "$name: exit code $code, not $expected"
        cat "$work/log"
    fi
    echo "$name: $(asked results "$report") results"
}

call='void *f(void *p, unsigned long n) { return mremap(p, 0, n, 1); }'
allowed="$call // mremap-lint: allow(zero-old-size) “kept”"

# The hashes of lines by which code scanning follows an alert: multitool counts them too.
mkdir "$work/lines"
{
    printf '/* 😀é */\r\n%s\r\n%s\r\n' "$call" "$call"
    printf '\t %s' "$call" # no line end
} >"$work/lines/windows.c"
printf '/* 😀😀 */%s/* é 😀 */%s\n%0300d\n' "$call" "${call/f(/g(}" 0 >"$work/lines/astral.c"
printf '%s\n' "$call" "$call" "" "" "$call" >"$work/lines/repeated.c"
printf '%s\r%s\r\r\n\n%s\n\r%s' "$call" "$call" "$call" "$call" >"$work/lines/returns.c"
# same_hashes NAME: for the last report.
same_hashes() {
    verdict "$1, multitool's line hashes" "$(
        asked strip "$report" "$work/out/stripped.sarif"
        multitool rewrite "$work/out/stripped.sarif" --insert RollingHashPartialFingerprints \
            -o "$work/out/rewritten.sarif" --log ForceOverwrite
        asked same-hashes "$report" "$work/out/rewritten.sarif"
    )"
}
report "lines" "$work/lines" 1
same_hashes "lines"
report "fixtures" "$tests" 1 --all-calls fixtures
same_hashes "fixtures"
report "one file twice" "$tests" 1 examples/ring.c examples
report "all about the run" "$tests" 1 --run-id "nightly/é 1" --repository https://example.org/ring.git --revision 0123abc \
    --no-source-root --level zero-old-size=error --level unproven-old-size=off examples

mkdir "$work/empty"
report "empty tree" "$work/empty" 0

mkdir -p "$work/unreadable/closed folder"
for name in a.c closed.c "closed folder/b.c"; do
    echo "$call" >"$work/unreadable/$name"
done
ln -s nowhere "$work/unreadable/dangling.c"
chmod 000 "$work/unreadable/closed.c" "$work/unreadable/closed folder"
expected="not-a-file dangling.c
unreadable closed folder
unreadable closed.c
unreadable missing folder/100%.c
unreadable missing.c"
# Root reads what nobody may read, so it becomes somebody else for this tree.
nobody=
if [ "$(id -u)" = 0 ]; then
    cp "$program" "$work/program"
    chmod 755 "$work" "$work/program"
    run=("$work/program")
    if setpriv --reuid=65534 --regid=65534 --clear-groups true 2>/dev/null; then
        nobody=" by nobody"
        run=(setpriv --reuid=65534 --regid=65534 --clear-groups "${run[@]}")
    elif su -s /bin/sh nobody -c true 2>/dev/null; then
        nobody=" by nobody"
        # shellcheck disable=SC2016 # for the other shell
        run=(su -s /bin/sh nobody -c '"$0" "$@"' "${run[@]}")
    else
        nobody=" by root, NOT TESTED with closed files: neither setpriv nor su works"
        expected=$(echo "$expected" | grep -v closed)
    fi
fi
report "unreadable files$nobody" "$work/unreadable" 2 . missing.c "missing folder/100%.c"
run=("$program")
verdict "unreadable files, notifications" "$(diff <(echo "$expected") <(asked problems "$report" | sort))"

mkdir -p "$work/names/a folder/100%"
for name in 'two words.c' '100%.c' '%20.c' 'a folder/100%/b c.c' $'caf\xe9.c' 'é.c' '😀.c' 'x:y.c' '#?&.c' '[1].c' "quote'\".c"; do
    echo "$call /* 😀 é */" >"$work/names/$name"
done
report "odd names" "$work/names" 1

mkdir "$work/suppressed"
printf '%s\n' "$call" "$allowed" "/* mremap-lint: allow(no-such-rule) */" >"$work/suppressed/a.c"
report "suppressions" "$work/suppressed" 1 --show-suppressed

# Many packages in one run, and what is new and gone in it.
mkdir "$work/packages"
cp -r "$tests/fixtures" "$work/packages/ring-1.0"
cp -r "$tests/examples" "$work/packages/view-1.0"
survey() {
    (cd "$work/packages" && "$program" survey --quiet --all-calls --show-suppressed --journal "$work/out/$1" ./*/)
}
survey before
mv "$work/packages/ring-1.0" "$work/packages/ring-2.0"
cp "$work/lines/repeated.c" "$work/packages/view-1.0"
rm "$work/packages/ring-2.0/c/constants.c"
survey now
report=$work/reports/survey.sarif
"$program" report "$work/out/now" --compare "$work/out/before" --format sarif >"$report" 2>"$work/log" || { failed=1 && cat "$work/log"; }
echo "survey: $(asked results "$report") results"

for tree in "$@"; do
    [ -d "$tree" ] || { echo "$tree is no folder" && exit 2; }
    report "$(basename "$tree")" "$tree" "[012]"
done

# An edited tree against its baseline. Where both understand the edit, multitool's comparison must be ours: moved lines, another
# order, a call that is gone, a new one. What it calls updated is known and has moved, which is unchanged with us; of renamed
# functions and files, whose findings stay known with us, it knows nothing.
mkdir -p "$work/compared/sub"
kept='char *kept(char *p, unsigned long n) { return mremap(p, 0, n, 1); }'
{
    echo "$call"
    echo "$kept"
    echo 'char *gone(char *p, unsigned long n) { return mremap(p, 0, n, 3, p); }'
} >"$work/compared/a.c"
echo 'void *second(void *p, unsigned long n, int k) { if (n == 0) k++; return mremap(p, n, 4096, 1); }' >"$work/compared/sub/b.c"
(cd "$work/compared" && "$program" check --baseline base.sarif --update-baseline >/dev/null 2>&1)
{
    printf '\n/* moved */\n\n%s\n' "$kept"
    echo 'char *added(char *q, unsigned long n) { return mremap(q, 0, 2 * n, 1); }'
    echo "$call"
} >"$work/compared/a.c"
report "baseline" "$work/compared" 1 --baseline base.sarif
ours=$(asked states "$report")
verdict "baseline, counted" "$([ "$ours" = "1 absent 1 new 3 unchanged" ] || echo "$ours")"
(cd "$work/compared" && "$program" check --format sarif >"$work/out/now.sarif" 2>/dev/null) || true
multitool match-results-forward "$work/out/now.sarif" -r "$work/compared/base.sarif" \
    --output-file-path "$work/out/matched.sarif" --log ForceOverwrite
theirs=$(asked states "$work/out/matched.sarif" updated=unchanged)
verdict "baseline, multitool's comparison" "$([ "$ours" = "$theirs" ] || echo "$ours, multitool: $theirs")"

reports=("$work"/reports/*.sarif)
verdict "${#reports[@]} reports, what no validator looks at" "$(asked check "${reports[@]}")"
verdict "${#reports[@]} reports, check-jsonschema" "$(
    "$tools/venv/bin/check-jsonschema" --schemafile "$multitool/sarif-2.1.0.json" "${reports[@]}" >"$work/log" 2>&1 || cat "$work/log"
)"
# multitool's exit code is 0 whatever it finds, so its own report is read.
verdict "${#reports[@]} reports, multitool" "$(
    multitool validate "${reports[@]}" --rule-kind "Sarif;Ghas" --level "Error;Warning;Note" \
        --max-file-size-in-kb 100000 -o "$work/out/validated.sarif" --log ForceOverwrite
    asked complaints "$work/out/validated.sarif"
)"
for command in "summary" "html -o $work/out/report.html" "codeclimate -o $work/out/codeclimate.json"; do
    verdict "${#reports[@]} reports, sarif ${command%% *}" "$(
        # shellcheck disable=SC2086 # the command is several words
        "$tools/venv/bin/sarif" $command "${reports[@]}" >"$work/log" 2>&1 || cat "$work/log"
    )"
done
exit $failed
