# What the scripts beside this file share; they source it.

# Where the repository is, whatever folder a script is in.
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# find_program [PROGRAM]: sets `program` to mremap-lint, which is built if it is not named.
find_program() {
    if [ $# -gt 0 ]; then
        program=$(realpath "$1")
    else
        cargo build --quiet --manifest-path "$repository/Cargo.toml"
        program=$(realpath "${CARGO_TARGET_DIR:-$repository/target}/debug/mremap-lint")
    fi
}

# Whether a check has failed so far.
failed=0

# holds NAME COMMAND...: the command succeeds. What it prints is in $work/holds.log, and is shown if it does not.
holds() {
    local name=$1
    shift
    if "$@" >"$work/holds.log" 2>&1; then
        echo "PASS: $name"
    else
        echo "FAIL: $name"
        tail -30 "$work/holds.log"
        failed=1
    fi
}
