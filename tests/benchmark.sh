#!/usr/bin/env bash
# How long a check of a source tree takes, against a search for the word in the same files.
#
#   tests/benchmark.sh TREE [RUNS]
#
# Both programs run RUNS times (11 by default), one after the other in turn, on a tree that was read once before, so that
# both find it in memory. Printed are the medians of the wall times, their ratio and the peak memory of the check.
#
# Any tree will do; the figures in the README are for Linux 6.1, 55,000 files of C:
#   the tree in Debian's package linux-source-6.1
#
# Needs rg (ripgrep), and GNU time for the memory. MREMAP_LINT names another binary than the one built here.
set -euo pipefail

tree=${1:?usage: tests/benchmark.sh TREE [RUNS]}
runs=${2:-11}
if [[ -z ${MREMAP_LINT:-} ]]; then
    cargo build --quiet --release --manifest-path "$(dirname "$0")/../Cargo.toml"
    MREMAP_LINT=$(dirname "$0")/../target/release/mremap-lint
fi
suffixes='{c,h,cc,cpp,cxx,c++,hpp,hh,hxx,h++,inl,ipp,tcc,inc,C,H,rs}'
files=(--glob "*.$suffixes" --glob "*.$suffixes.in")

search() { rg --files-with-matches "${files[@]}" mremap "$tree" >/dev/null || true; }
check() { "$MREMAP_LINT" check --exit-zero "$tree" >/dev/null 2>&1 || true; }

microseconds() {
    local start=${EPOCHREALTIME/[.,]/}
    "$1"
    echo $((${EPOCHREALTIME/[.,]/} - start))
}

median() { sort -n | awk '{ value[NR] = $1 } END { print (value[int((NR + 1) / 2)] + value[int(NR / 2) + 1]) / 2e6 }'; }

search && check
searches=() checks=()
for ((run = 0; run < runs; run++)); do
    searches+=("$(microseconds search)")
    checks+=("$(microseconds check)")
done
search_time=$(printf '%s\n' "${searches[@]}" | median)
check_time=$(printf '%s\n' "${checks[@]}" | median)

count=$(rg --files "${files[@]}" "$tree" | wc -l)
matches=$({ rg --files-with-matches "${files[@]}" mremap "$tree" || true; } | wc -l)
echo "files       $count, of which $matches hold the word"
echo "rg -l       $search_time s"
echo "check       $check_time s"
awk -v a="$check_time" -v b="$search_time" 'BEGIN { printf "ratio       %.2f\n", a / b }'
if peak=$(command -v time >/dev/null && env time -f %M "$MREMAP_LINT" check --exit-zero "$tree" 2>&1 >/dev/null | tail -n 1); then
    awk -v kb="$peak" 'BEGIN { printf "peak memory %.0f MB\n", kb / 1024 }'
fi
