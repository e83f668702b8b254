#!/usr/bin/env bash
# Whether the recipe for GNU parallel in docs/survey-and-clusters.md works: shards of which one is killed in the middle, and a second run that
# takes up what is missing, give the journal of an undivided survey.
#
#   checks/parallel.sh [PROGRAM]
#
# PROGRAM is mremap-lint; without it `cargo build` makes one. Installs Debian's package parallel where it is missing, which needs
# root. Prints PASS or FAIL for each check; exits with 1 if one failed, with 77 where parallel cannot be had.
set -euo pipefail
. "$(dirname "$0")/checks.sh"

find_program "$@"
if ! command -v parallel >/dev/null; then
    apt-get install -y --no-install-recommends parallel >/dev/null || exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"


for package in $(seq -f 'packages/ring%02g-1' 40); do
    mkdir -p "$package"
    for function in $(seq 20); do
        echo "void *f$function(void *p, unsigned long n) { return mremap(p, ${package: -3:1} % 3 * n, n, 1); }"
    done >"$package/ring.c"
    echo "$package"
done >list

# The shard of this number ends at its first try as a task does that is killed after some packages.
cat >shard <<'END'
#!/bin/sh
if [ "$2" = 3/4 ] && [ ! -e killed ]; then
    touch killed
    head -n 20 list >some
    "$PROGRAM" survey --quiet --no-times --files-from some --shard "$2" --journal "$3"
    kill -9 $$
fi
exec "$PROGRAM" survey --quiet --no-times --files-from list --shard "$2" --journal "$3"
END
chmod +x shard
export PROGRAM=$program
run() { seq 4 | parallel --will-cite --joblog log --resume-failed --jobs 2 ./shard survey {}/4 journal.{}; }
first=0 second=0
run 2>/dev/null || first=$?
holds "the first run has failed: exit code $first" test "$first" -eq 1
holds "packages are missing" test "$(cat journal.* | wc -l)" -lt 40
run || second=$?
holds "the second run ends well: exit code $second" test "$second" -eq 0
holds "only the third shard ran twice" test "$(tail -n +2 log | cut -f 1 | sort | uniq -d)" = 3
"$program" survey --quiet --no-times --files-from list --journal whole
holds "each package has a line" test "$(wc -l <whole)" -eq 40
holds "the journals together are that of an undivided survey" cmp <(sort whole) <(sort journal.*)
exit "$failed"
