#!/usr/bin/env bash
# Whether packages that other programs have made are examined in place: source RPMs of rpmbuild with each payload that
# distributions use, and a crate of `cargo package`.
#
#   checks/rpm.sh [PROGRAM]
#
# PROGRAM is mremap-lint; without it `cargo build` makes one. Needs cargo and rpmbuild; installs Debian's package rpm where it is
# missing, which needs root.
#
# Prints PASS or FAIL for each check; exits with 1 if one failed, with 77 where rpmbuild cannot be had.
set -euo pipefail
. "$(dirname "$0")/checks.sh"

find_program "$@"
if ! command -v rpmbuild >/dev/null; then
    apt-get install -y --no-install-recommends rpm >/dev/null || exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# finds NAME PLACE ARCHIVE: one zero is found, at this place, and nothing else is told.
finds() {
    local code=0
    "$program" check --no-config --format gcc "$3" >out 2>err || code=$?
    if [ "$code" -eq 1 ] && [ ! -s err ] && [ "$(wc -l <out)" -eq 1 ] && grep -q "^$2: warning: .*\[zero-old-size\]$" out; then
        echo "PASS: $1"
    else
        echo "FAIL: $1: exit code $code"
        cat out err
        failed=1
    fi
}

mkdir -p ring-1.0/src SOURCES
cat >ring-1.0/src/ring.c <<'END'
#define _GNU_SOURCE
#include <sys/mman.h>

void *second_view(void *memory, unsigned long size)
{
    return mremap(memory, 0, size, MREMAP_MAYMOVE);
}
END
echo 'int main(void) { return 0; }' >ring-1.0/src/main.c
cat >SOURCES/main.patch <<'END'
--- a/src/main.c
+++ b/src/main.c
@@ -1 +1 @@
-int main(void) { return 0; }
+int main(void) { return 1; }
END
tar --create --gzip --file SOURCES/ring-1.0.tar.gz ring-1.0
cat >ring.spec <<'END'
Name: ring
Version: 1.0
Release: 1
Summary: A ring
License: MIT
Source0: ring-1.0.tar.gz
Patch0: main.patch
%description
A ring.
%prep
%autosetup -p1
END
for payload in w9.gzdio w6.xzdio w9.bzdio w19.zstdio; do
    rpmbuild -bs --quiet --define "_topdir $work" --define "_source_payload $payload" \
        --define "_srcrpmdir $work/$payload" ring.spec
    mv "$payload/ring-1.0-1.src.rpm" "$payload.src.rpm"
    finds "a source RPM, payload $payload" "$payload.src.rpm/ring-1.0.tar.gz/ring-1.0/src/ring.c:6:12" "$payload.src.rpm"
done

mkdir -p crate/src
cat >crate/Cargo.toml <<'END'
[package]
name = "ring-of-two"
version = "1.0.0"
edition = "2021"
description = "A ring"
license = "MIT"
[workspace]
END
cat >crate/src/lib.rs <<'END'
pub unsafe fn second_view(memory: *mut libc::c_void, size: usize) -> *mut libc::c_void {
    libc::mremap(memory, 0, size, libc::MREMAP_MAYMOVE)
}
END
cargo package --quiet --allow-dirty --no-verify --offline --manifest-path crate/Cargo.toml --target-dir built
mv built/package/ring-of-two-1.0.0.crate .
finds "a crate" "ring-of-two-1.0.0.crate/ring-of-two-1.0.0/src/lib.rs:2:11" ring-of-two-1.0.0.crate
exit "$failed"
