#!/usr/bin/env bash
# Whether pre-commit runs our hook: installs it from the last commit of this repository into a small one, as a user would.
#
#   checks/pre_commit.sh
#
# Needs git, cargo, and Python 3 with venv; installs pre-commit from PyPI into a temporary folder. pre-commit builds the program
# with optimisation, which takes minutes; CARGO_TARGET_DIR keeps what is built for the next time.
#
# Prints PASS or FAIL for each step; exits with 1 if one failed.
set -euo pipefail
repository=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pre-commit
export PRE_COMMIT_HOME=$work/cache PATH=$work/venv/bin:$PATH
if [ -n "$(git -C "$repository" status --porcelain -- .pre-commit-hooks.yaml src queries Cargo.toml Cargo.lock)" ]; then
    echo "note: what is not committed is not tested"
fi

failed=0
# expect NAME CODE TEXT COMMAND...: the command exits with CODE and prints TEXT.
expect() {
    local name=$1 code=$2 text=$3 got=0
    shift 3
    "$@" >"$work/log" 2>&1 || got=$?
    # What prints nothing has no line that an empty text could be found in.
    if [ "$got" -eq "$code" ] && { [ -z "$text" ] || grep -qF -- "$text" "$work/log"; }; then
        echo "PASS: $name"
    else
        echo "FAIL: $name: exit code $got, expected $code and \`$text\` in:"
        cat "$work/log"
        failed=1
    fi
}

expect "the hooks are well-formed" 0 "" pre-commit validate-manifest "$repository/.pre-commit-hooks.yaml"

mkdir "$work/project"
cd "$work/project"
git init --quiet
git config user.name Test
git config user.email test@example.org
cat >.pre-commit-config.yaml <<END
repos:
  - repo: $repository
    rev: $(git -C "$repository" rev-parse HEAD)
    hooks:
      - id: mremap-lint
END
cat >view.c <<'END'
#define _GNU_SOURCE
#include <sys/mman.h>
void *view(void *memory, size_t old_size, size_t size) { return mremap(memory, old_size, size, MREMAP_MAYMOVE); }
END
cat >ring.c <<'END'
#include <stddef.h>
void *view(void *memory, size_t old_size, size_t size);
void *second(void *ring, size_t size) { return view(ring, 0, size); }
END
git add .
expect "the hook is built and installed" 0 "" pre-commit install-hooks
expect "a zero fails" 1 "ring.c:3:48" pre-commit run --all-files
git commit --quiet --message start
echo "/* changed */" >>ring.c
git add ring.c
expect "a changed file is seen with the files that it needs" 1 "warning[zero-old-size]" pre-commit run
sed -i 's/view(ring, 0, size)/view(ring, size, size)/' ring.c
git add ring.c
expect "the mended file passes" 0 "Passed" pre-commit run --all-files
git commit --quiet --message mended
echo "text" >notes.txt
git add notes.txt
expect "a change of another kind of file is no reason to check" 0 "Skipped" pre-commit run
exit $failed
