#!/usr/bin/env bash
# The page of `mremap-lint report --format html` in a real browser: hostile names and snippets do nothing, nothing is asked
# of a network, every filter shows what it should.
#
#   checks/browser.sh [PROGRAM [SCREENSHOTS]]
#
# PROGRAM is mremap-lint; without it `cargo build` makes one. Pictures go to the folder SCREENSHOTS, if it is given. Root gets
# Chromium and npm from Debian if they are missing; playwright-core, which drives the browser, is installed from npm into
# BROWSER_TOOLS, a temporary folder unless it is set.
set -euo pipefail
. "$(dirname "$0")/checks.sh"
here=$(cd "$(dirname "$0")" && pwd)

find_program "$@"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
screenshots=$(realpath -m "${2:-$work/screenshots}")
tools=${BROWSER_TOOLS:-$work/tools}
mkdir -p "$tools" "$screenshots"

needs() {
    if ! command -v "$1" >/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq >/dev/null
        apt-get install -y -qq --no-install-recommends "$1" >/dev/null
    fi
}
needs chromium
needs npm
if [ ! -d "$tools/node_modules/playwright-core" ]; then
    npm install --silent --no-save --no-audit --no-fund --prefix "$tools" playwright-core
fi

PLAYWRIGHT=$tools/node_modules/playwright-core/index.mjs CHROMIUM=$(command -v chromium) \
    node "$here/browser.mjs" "$program" "$work" "$screenshots"
