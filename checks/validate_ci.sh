#!/usr/bin/env bash
# Whether services can read what we offer them: the GitHub action, and the files that docs/ci-and-editors.md shows.
#
#   checks/validate_ci.sh [PROGRAM]
#
# PROGRAM is mremap-lint, which the action's check is tried with; without it `cargo build` makes one. Needs Python 3 with venv;
# installs check-jsonschema, zizmor and pre-commit from PyPI into VALIDATORS, a temporary folder unless it is set.
#
# Prints PASS or FAIL for each check; exits with 1 if one failed.
set -euo pipefail
. "$(dirname "$0")/checks.sh"

find_program "$@"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tools=${VALIDATORS:-$work/tools}/ci
if [ ! -x "$tools/bin/zizmor" ]; then
    python3 -m venv "$tools"
    "$tools/bin/pip" install --quiet --disable-pip-version-check check-jsonschema zizmor pre-commit
fi
PATH=$tools/bin:$PATH


# Writes the YAML blocks of the page, whose first lines are comments with their paths, and the script of the action's check.
python3 - "$repository" "$work" <<'END'
import pathlib, re, sys
from ruamel.yaml import YAML

repository, work = map(pathlib.Path, sys.argv[1:])
for path, text in re.findall(r"```yaml\n# (\S+)\n(.*?)```", (repository / "docs/ci-and-editors.md").read_text(), re.S):
    path = work / "page" / path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
steps = YAML(typ="safe").load(repository / "action.yml")["runs"]["steps"]
(work / "check.sh").write_text(next(step["run"] for step in steps if step.get("id") == "check"))
END

holds "the action fits its schema" check-jsonschema --builtin-schema vendor.github-actions "$repository/action.yml"
holds "zizmor has nothing against the action" zizmor --offline --no-progress --pedantic "$repository/action.yml"
holds "the workflow fits its schema" \
    check-jsonschema --builtin-schema vendor.github-workflows "$work/page/.github/workflows/mremap-lint.yml"
holds "the GitLab file fits its schema" check-jsonschema --builtin-schema vendor.gitlab-ci "$work/page/.gitlab-ci.yml"
holds "the configuration of pre-commit is valid" pre-commit validate-config "$work/page/.pre-commit-config.yaml"
holds "the hooks of pre-commit are valid" pre-commit validate-manifest "$repository/.pre-commit-hooks.yaml"

# Runs the action's check as GitHub does: bash with -e and pipefail, inputs in the environment.
mkdir -p "$work/runner/mremap-lint/bin"
ln -s "$program" "$work/runner/mremap-lint/bin/mremap-lint"
action() {
    local expected=$1 paths=$2 arguments=$3 fail=$4
    : >"$work/outputs"
    (
        cd "$work/project"
        env RUNNER_TEMP="$work/runner" GITHUB_OUTPUT="$work/outputs" SARIF="$work/runner/mremap-lint.sarif" \
            PATHS="$paths" ARGUMENTS="$arguments" FAIL="$fail" bash --noprofile --norc -e -o pipefail "$work/check.sh"
    ) || return 1
    cat "$work/outputs"
    grep -qx "exit-code=$expected" "$work/outputs"
}
report() { grep -qx "sarif=$work/runner/mremap-lint.sarif" "$work/outputs"; }
results() { [ "$(grep -o '"ruleId"' "$work/runner/mremap-lint.sarif" | wc -l)" -eq "$1" ]; }
untouched() { [ ! -e "$work/project/injected" ]; }

mkdir -p "$work/project/two words"
echo 'void *f(void *p, unsigned long n) { return mremap(p, 0, n, 1); }' >"$work/project/a.c"
cp "$work/project/a.c" "$work/project/two words/b.c"
holds "findings are reported" action 0 . "" false
holds "the report is told" report
holds "it has both findings" results 2
holds "findings fail the job if wanted" action 1 . "" true
holds "paths and arguments are one a line" action 0 $'a.c\ntwo words' $'--exclude=two*\n--force-exclude\n--statistics' false
holds "they are obeyed" results 1
# shellcheck disable=SC2016 # it must not be expanded
holds "inputs are not run" action 2 $'$(touch injected)\n; touch injected\n`touch injected`' '' false
holds "nothing was run" untouched
holds "wrong arguments fail" action 2 . "--no-such-argument" false
holds "they leave no report" test ! -e "$work/runner/mremap-lint.sarif"

exit $failed
