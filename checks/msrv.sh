#!/bin/sh
# Whether the oldest Rust that Cargo.toml states (`rust-version`) builds the program.
#
#   checks/msrv.sh
#
# Needs rustup, which installs that Rust if it is not there. Exits with 77, and says so, if it cannot be had.
set -eu
cd "$(dirname "$0")/.."

version=$(sed -n 's/^rust-version = "\([0-9.]*\)".*/\1/p' Cargo.toml)
has_it() { rustup run "$version" rustc --version >/dev/null 2>&1; }

if ! has_it && ! timeout 180 rustup toolchain install "$version" --profile minimal --no-self-update || ! has_it; then
    echo "msrv: NOT CHECKED: rustup cannot give Rust $version"
    exit 77
fi
rustup run "$version" cargo check --locked --lib --bins
echo "msrv: Rust $version builds the program"
