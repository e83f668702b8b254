#!/usr/bin/env bash
# How long a check of a source tree takes, against a search for the word in the same files.
#
#   benches/benchmark.sh TREE [RUNS]
#
# Both programs run RUNS times (11 by default), one after the other in turn, on trees that were read once before, so that
# both find them in memory. Printed are the medians of wall time and of processor time, their ratios, and the peak memory of
# the check, for five trees:
#
#   whole     TREE
#   part      the folder in it with the most files
#   thrice    three copies of TREE: the cost of a file stays the same if it is linear
#   no word   TREE without the files that hold the word
#   wrapper   that, and one file with a wrapper that other files may call, so that they are searched for its callers
#
# The copies are made of hard links, beside TREE (BENCHMARK_FOLDER names another folder), and removed in the end.
#
# Any tree will do; the figures in docs/measurements.md are for Linux 6.1, 55,000 files of C:
#   the tree in Debian's package linux-source-6.1
#
# Needs rg (ripgrep), and GNU time. MREMAP_LINT names another binary than the one built here.
set -euo pipefail

tree=$(realpath "${1:?usage: benches/benchmark.sh TREE [RUNS]}")
runs=${2:-11}
if [[ -z ${MREMAP_LINT:-} ]]; then
    cargo build --quiet --release --manifest-path "$(dirname "$0")/../Cargo.toml"
    MREMAP_LINT=$(dirname "$0")/../target/release/mremap-lint
fi
suffixes='{c,h,cc,cpp,cxx,c++,hpp,hh,hxx,h++,inl,ipp,tcc,inc,C,H,rs}'
files=(--glob "*.$suffixes" --glob "*.$suffixes.in")
folder=$(mktemp --directory "${BENCHMARK_FOLDER:-$(dirname "$tree")}/benchmark.XXXXXX")
trap 'rm -rf "$folder"' EXIT

search() { rg --files-with-matches "${files[@]}" mremap "$1" || true; }

# Wall time, user time, system time in seconds and peak memory in KB of a command, as one line.
measured() { env time --format "%e %U %S %M" "$@" 2>&1 >/dev/null | tail -n 1 || true; }

# The medians of all columns.
medians() {
    awk '{ for (i = 1; i <= NF; i++) column[i] = column[i] " " $i } END {
        for (i = 1; i <= NF; i++) {
            count = split(column[i], value, " ")
            for (a = 1; a <= count; a++)
                for (b = a + 1; b <= count; b++)
                    if (value[b] + 0 < value[a] + 0) { other = value[a]; value[a] = value[b]; value[b] = other }
            printf "%s ", (value[int((count + 1) / 2)] + value[int(count / 2) + 1]) / 2
        }
    }'
}

# One line of the table for a tree.
compare() {
    local name=$1 tree=$2 searches='' checks='' run
    search "$tree" >/dev/null
    measured "$MREMAP_LINT" check --exit-zero "$tree" >/dev/null
    for ((run = 0; run < runs; run++)); do
        searches+="$(measured rg --files-with-matches "${files[@]}" mremap "$tree")"$'\n'
        checks+="$(measured "$MREMAP_LINT" check --exit-zero "$tree")"$'\n'
    done
    local count
    count=$(rg --files "${files[@]}" "$tree" | wc -l)
    echo "$name $count $(printf %s "$searches" | medians) $(printf %s "$checks" | medians)" | awk '{
        printf "%-8s %7d %8.3f %8.3f %6.2f %10.3f %10.3f %6.2f %9.1f %7.0f\n",
            $1, $2, $3, $7, $7 / $3, $4 + $5, $8 + $9, ($8 + $9) / ($4 + $5), ($8 + $9) / $2 * 1e6, $10 / 1024
    }'
}

largest=$(rg --files "${files[@]}" "$tree" | awk -v skip="$((${#tree} + 2))" '{
    below = substr($0, skip)
    if (split(below, parts, "/") > 1) count[parts[1]]++
} END { for (name in count) if (count[name] > most) { most = count[name]; best = name }; print best }')
for copy in 1 2 3; do
    mkdir -p "$folder/thrice"
    cp --archive --link "$tree" "$folder/thrice/$copy"
done
cp --archive --link "$tree" "$folder/no-word"
rg --files-with-matches --no-ignore --hidden --ignore-case --null mremap "$folder/no-word" | xargs --null --no-run-if-empty rm -f
cp --archive --link "$folder/no-word" "$folder/wrapper"
cat >"$folder/wrapper/benchmark_wrapper.c" <<'CODE'
#include <sys/mman.h>

void *benchmark_grow(void *memory, size_t old_size, size_t new_size)
{
    return mremap(memory, old_size, new_size, MREMAP_MAYMOVE);
}
CODE

echo "                  wall, s                   processor, s                  us a    peak"
echo "tree       files       rg    check  ratio         rg      check  ratio      file      MB"
compare whole "$tree"
compare part "$tree/$largest"
compare thrice "$folder/thrice"
compare 'no-word' "$folder/no-word"
compare wrapper "$folder/wrapper"
