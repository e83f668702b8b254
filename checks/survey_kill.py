#!/usr/bin/env python3
"""Kills a survey at random moments, 20 times, and compares the journal in the end with that of a survey that was left alone.

    checks/survey_kill.py PROGRAM [PACKAGE...]

PROGRAM is mremap-lint. Without packages it makes some. After every other kill a part of the last line goes as well, as it may when
the power goes. Prints the seed, which the variable SEED sets; exits with 1 if the journals differ.
"""

import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

KILLS = 20
PACKAGES = 300
FUNCTION = """
static size_t length{0};
void *grow{0}(void *p, size_t n) {{
    void *q = mremap(p, length{0}, n, MREMAP_MAYMOVE);
    length{0} = n;
    return q;
}}
void *view{0}(void *p, size_t n) {{ return mremap(p, {1}, n, MREMAP_MAYMOVE); }}
"""


def make(folder):
    """Packages of several sizes, with and without findings."""
    packages = []
    for number in range(PACKAGES):
        package = folder / f"ring{number}-1.{number % 7}"
        (package / "src").mkdir(parents=True)
        for part in range(1 + number % 4):
            functions = (FUNCTION.format(index, index % 3 * 4096) for index in range(1 + number % 11))
            (package / "src" / f"{part}.c").write_text("#include <sys/mman.h>\n" + "".join(functions))
        packages.append(package)
    return packages


def survey(program, journal, packages, seconds=None, together=False):
    """Lets a survey run, or kills it after some time. Returns whether it was killed."""
    listed = b"".join(os.fsencode(package) + b"\0" for package in packages)
    command = [program, "survey", "--quiet", "--no-times", "--journal", journal, "--files-from=-", "-0"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
    process.stdin.write(listed)
    process.stdin.close()
    try:
        code = process.wait(seconds)
    except subprocess.TimeoutExpired:
        # Alone, as the system does it, or with all that it has started, as batch systems do.
        os.killpg(process.pid, signal.SIGKILL) if together else process.kill()
        process.wait()
        return True
    if code != 0:
        sys.exit(f"FAIL: the survey ended with {code}")
    return False


def tear(journal, chance):
    """Cuts into the last line."""
    text = journal.read_bytes() if journal.exists() else b""
    if text:
        last = text.rstrip(b"\n").rfind(b"\n") + 1
        os.truncate(journal, chance.randint(last, len(text) - 1))


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    program = pathlib.Path(sys.argv[1]).absolute()
    seed = os.environ.get("SEED", str(time.time_ns()))
    chance = random.Random(seed)
    print(f"seed {seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        packages = sys.argv[2:] or make(folder)
        whole, killed = folder / "whole.jsonl", folder / "killed.jsonl"
        begin = time.monotonic()
        survey(program, whole, packages)
        duration = time.monotonic() - begin
        expected = sorted(whole.read_bytes().splitlines())
        print(f"{len(expected)} lines, {duration:.1f} s undisturbed", flush=True)
        kills, met = 0, []
        while kills < KILLS:
            # Starting costs time as well, so that all packages are done at about the last kill.
            if survey(program, killed, packages, chance.uniform(0, 4 * duration / KILLS), kills % 4 < 2):
                kills += 1
                met.append(killed.read_bytes().count(b"\n") if killed.exists() else 0)
                if kills % 2:
                    tear(killed, chance)
            else:
                # It was faster than expected: what it has done is compared, and the rest of the kills begin anew.
                compare(killed, expected)
                killed.unlink()
        survey(program, killed, packages)
        print("lines at the kills:", *met, flush=True)
        compare(killed, expected)
    print(f"PASS: after {KILLS} kills the journal is the same")


def compare(journal, expected):
    lines = sorted(journal.read_bytes().splitlines())
    if lines != expected:
        missing = len(set(expected) - set(lines))
        sys.exit(f"FAIL: {len(lines)} lines instead of {len(expected)}, {missing} are missing")


main()
