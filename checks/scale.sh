#!/usr/bin/env bash
# Whether a SARIF report with as many results as code scanning accepts is made in time and in little memory.
#
#   checks/scale.sh [PROGRAM]
#
# PROGRAM is mremap-lint; without it `cargo build --release` makes one. Two C files are made and checked: one where 25,000
# functions pass a zero, and one where each of 25,000 zeros goes through one of 5,000 wrappers, with steps that show the way. Printed are
# seconds and peak memory; exits with 1 if one takes more than 60 s or 500 MB, if the number of results is another, or if the
# warnings about too many results are missing.
set -euo pipefail

if [ $# -gt 0 ]; then
    program=$(realpath "$1")
else
    cargo build --quiet --release --manifest-path "$(dirname "$0")/../Cargo.toml"
    program=$(realpath "${CARGO_TARGET_DIR:-$(dirname "$0")/../target}/release/mremap-lint")
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python3 - "$program" "$work" <<'END_OF_PYTHON'
import json, os, subprocess, sys, time

program, work = sys.argv[1:]
SECONDS, MEGABYTES, ACCEPTED = 60, 500, 25_000
failed = False


def functions(count):
    for number in range(count):
        yield f"void *grow{number}(void *p, unsigned long n)\n{{\n    return mremap(p, 0, n + {number}, 1);\n}}\n"


def wrapped(count, wrappers=5_000):
    for number in range(wrappers):
        yield f"static void *view{number}(void *p, unsigned long old, unsigned long n)\n{{\n"
        yield f"    return mremap(p, old, n, 1);\n}}\n"
    for number in range(count):
        yield f"void *grow{number}(void *p, unsigned long n)\n{{\n    unsigned long old = 0;\n"
        yield f"    return view{number % wrappers}(p, old, n);\n}}\n"


def check(name, parts, count, steps, warning):
    global failed
    path, report = os.path.join(work, "many.c"), os.path.join(work, "many.sarif")
    with open(path, "w") as file:
        file.writelines(parts)
    start = time.monotonic()
    run = subprocess.Popen(
        [program, "check", "--format", "sarif", "--output", report, path], stderr=subprocess.PIPE, text=True
    )
    said = run.stderr.read()
    _, status, usage = os.wait4(run.pid, 0)
    run.returncode = os.waitstatus_to_exitcode(status)
    seconds, megabytes = time.monotonic() - start, usage.ru_maxrss / 1000
    with open(report) as file:
        results = json.load(file)["runs"][0]["results"]
    size = os.path.getsize(report) / 1e6
    print(f"{name}: {len(results)} results, {seconds:.1f} s, {megabytes:.0f} MB, report of {size:.0f} MB")
    wrong = {
        f"exit code {run.returncode}, not 1": run.returncode != 1,
        f"{count} results expected": len(results) != count,
        f"more than {SECONDS} s": seconds > SECONDS,
        f"more than {MEGABYTES} MB": megabytes > MEGABYTES,
        "results without their steps": steps and not all("codeFlows" in result for result in results),
        f"no warning with {warning!r}": warning not in said,
    }
    for what in (what for what, holds in wrong.items() if holds):
        failed = True
        print(f"    {what}; it said: {said.strip()[-300:]}")


check("direct", functions(ACCEPTED), ACCEPTED, False, "5000")
check("one more", functions(ACCEPTED + 1), ACCEPTED + 1, False, "25000")
check("through wrappers", wrapped(ACCEPTED), ACCEPTED, True, "5000")
sys.exit(failed)
END_OF_PYTHON
