#!/usr/bin/env python3
"""Makes a program small of which the analysis says something wrong.

    checks/shrink.py PROGRAM FILE

PROGRAM is mremap-lint, FILE a program that `checks/oracles.py` names: C, C++ or Rust by its suffix. Debian's `cvise`, which is installed
if it is not there, leaves out what it can as long as the program builds, runs to its end and has a wrong verdict of the same kind.
All is built with sanitizers, so that nothing undefined is made. The result is FILE with `.small` before its suffix.
Exits with 77 where cvise cannot be had."""

import pathlib
import shlex
import shutil
import sys
import tempfile

sys.dont_write_bytecode = True

import oracles  # noqa: E402 (beside this file)

KINDS = {".c": oracles.TestsInC, ".cc": oracles.TestsInCxx, ".rs": oracles.TestsInRust}


def wrong_in(binary, source, record):
    """The kinds of wrong verdicts on a program."""
    did = oracles.execute(KINDS[source.suffix](None, None), source, record)
    said = oracles.verdicts(binary, source) if isinstance(did, dict) else {}
    if isinstance(said, str):
        return {"FAILED"}
    found = set()
    for line, written in enumerate(source.read_text(errors="replace").split("\n"), 1):
        # A line with two calls would not tell which is meant.
        calls = oracles.CALL.findall(written)
        if len(calls) == 1 and int(calls[0]) in did:
            found.add(oracles.wrong(said.get(line, ()), *did[int(calls[0])]))
    return found - {None}


def shrink(binary, file):
    oracles.install("cvise")
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        record, name = oracles.recorder(work), "program" + file.suffix
        shutil.copy(file, work / name)
        kinds = sorted(wrong_in(binary, work / name, record))
        if not kinds:
            sys.exit(f"shrink: nothing that is said of {file} is wrong, or it does not run")
        print(f"shrink: {kinds[0]}", flush=True)
        again = [sys.executable, pathlib.Path(__file__).absolute(), "--still", kinds[0], binary, name, record]
        test = work / "still.sh"
        test.write_text(f"#!/bin/sh\nexec {shlex.join(map(str, again))}\n")
        test.chmod(0o755)
        language = ["--not-c"] if file.suffix == ".rs" else []
        done = oracles.run(["cvise", *language, test, name], None, cwd=work, capture_output=False)
        if done.returncode:
            sys.exit(f"shrink: cvise ended with {done.returncode}")
        small = file.with_suffix(".small" + file.suffix)
        shutil.copy(work / name, small)
        print(small.read_text(errors="replace"), f"shrink: {small}", sep="")


def main():
    words = sys.argv[1:]
    if len(words) == 5 and words[0] == "--still":
        sys.exit(words[1] not in wrong_in(words[2], pathlib.Path(words[3]).absolute(), pathlib.Path(words[4])))
    if len(words) != 2 or pathlib.Path(words[1]).suffix not in KINDS:
        sys.exit(__doc__)
    try:
        shrink(pathlib.Path(words[0]).absolute(), pathlib.Path(words[1]).absolute())
    except oracles.Unavailable as error:
        print(f"shrink: NOT DONE: {error}")
        sys.exit(77)


main()
