#!/usr/bin/env bash
# Whether packagers can build the program: packages the last commit, vendors its dependencies, and builds it without network,
# in two folders.
#
#   checks/offline.sh
#
# Needs cargo and a C compiler, and the network for `cargo vendor` alone; takes minutes. The builds get an empty CARGO_HOME, and
# no network at all where `unshare -n` is permitted. CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_LTO=off makes it
# faster; ONCE=1 leaves out the second folder.
#
# Prints PASS or FAIL for each check; exits with 1 if one failed.
set -euo pipefail
. "$(dirname "$0")/checks.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset CARGO_TARGET_DIR

# absent TEXT FILE: shows the first places if it is there after all.
absent() {
    local found
    found=$(strings "$2" | grep -F -- "$1" || true)
    echo "${found:0:1000}"
    [ -z "$found" ]
}
same() { [ "$1" = "$2" ] || { printf '%s\n' "$1" "$2"; return 1; }; }

git clone --quiet "$repository" "$work/clone"
holds "it is packaged" \
    cargo package --quiet --locked --no-verify --manifest-path "$work/clone/Cargo.toml" --target-dir "$work/package"
mv "$work/holds.log" "$work/warnings"
holds "without warnings" test ! -s "$work/warnings"
[ $failed = 0 ] || exit 1
archive=$(echo "$work"/package/package/*.crate)
files=$(tar -tf "$archive" | sed 's|^[^/]*/||' | grep -v '^\(src\|queries\|docs\)/' | sort | tr '\n' ' ')
holds "it holds what it should" same "$files" ".cargo_vcs_info.json CHANGELOG.md Cargo.lock Cargo.toml Cargo.toml.orig \
LICENSE-APACHE LICENSE-MIT README.md build.rs "

mkdir "$work/home"
isolated=(unshare -n)
if ! unshare -n true 2>/dev/null; then
    echo "note: unshare -n is not permitted; only cargo is told to stay offline"
    isolated=()
fi
# build FOLDER: unpacks, vendors and builds there.
build() {
    mkdir -p "$1/.cargo"
    tar -xf "$archive" -C "$1" --strip-components=1
    (cd "$1" && cargo vendor --locked >.cargo/config.toml)
    # Stable cargo has no setting in Cargo.toml that takes the folder's name out of the program: packagers say it like this.
    (cd "$1" && "${isolated[@]}" env CARGO_HOME="$work/home" CARGO_NET_OFFLINE=true \
        CARGO_ENCODED_RUSTFLAGS="--remap-path-prefix=$1=." CFLAGS="-ffile-prefix-map=$1=." \
        cargo build --release --locked --offline)
}
# try FOLDER: what the program built there prints and writes.
try() {
    local program=$1/target/release/mremap-lint
    cd "$repository"
    "$program" --version
    for format in text sarif jsonl; do
        "$program" check --format "$format" --exit-zero tests/examples
    done
    "$program" generate "$1/generated"
}

holds "it builds without network" build "$work/first"
[ $failed = 0 ] || exit 1
first=$work/first/target/release/mremap-lint
commit=$(git -C "$work/clone" rev-parse --short=12 HEAD)
holds "its version tells the commit" same "$("$first" --version)" \
    "mremap-lint $(sed -n 's/^version = "\(.*\)"/\1/p' "$work/first/Cargo.toml" | head -1) ($commit)"
try "$work/first" >"$work/first.out"
holds "it checks the examples" grep -q '"ruleId":"zero-old-size"' "$work/first.out"
holds "it tells nothing of where it was built" absent "$work" "$work/first.out"
for file in man1/mremap-lint.1 man1/mremap-lint-check.1 bash/mremap-lint zsh/_mremap-lint fish/mremap-lint.fish; do
    holds "it writes $file" test -s "$work/first/generated/$file"
done
holds "the completion is bash" bash -n "$work/first/generated/bash/mremap-lint"
strip -o "$work/first.stripped" "$first"
holds "the stripped program holds no path of the build" absent "$work" "$work/first.stripped"

if [ -z "${ONCE:-}" ]; then
    holds "it builds in another folder" build "$work/second"
    try "$work/second" >"$work/second.out"
    holds "both say the same" cmp "$work/first.out" "$work/second.out"
    holds "and write the same" diff -r "$work/first/generated" "$work/second/generated"
    strip -o "$work/second.stripped" "$work/second/target/release/mremap-lint"
    holds "both are the same when stripped" cmp "$work/first.stripped" "$work/second.stripped"
fi
exit $failed
