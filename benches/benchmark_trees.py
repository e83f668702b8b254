#!/usr/bin/env python3
"""What a check of source trees costs, beside a peer that parses every file and only matches a pattern, and beside other builds.

benchmark_trees.py --bin BIN [--other BIN]... [--runs N] TREE...

For each tree: processor and wall seconds and the peak of memory of `BIN check`, the processor time of `ast-grep` with the pattern of a
call of mremap in C, C++ and Rust, and the ratio of the two; for each other build its processor time and how many times that is of ours.
Medians of N runs that take turns. `ast-grep` is the program of the PyPI package ast-grep-cli, on the path or named by AST_GREP."""

import argparse
import os
import statistics
import subprocess

PATTERN = "mremap($$$ARGUMENTS)"
LANGUAGES = ("c", "cpp", "rust")


def measure(command):
    """Seconds of the processor and on the clock, and the peak of memory in MB."""
    began = os.times().elapsed
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 1):
        raise SystemExit(f"{command}: exit code {child.returncode}")
    return usage.ru_utime + usage.ru_stime, os.times().elapsed - began, usage.ru_maxrss / 1024


def check(binary, tree):
    return measure([binary, "check", "--no-config", "--no-ignore", "--quiet", "--exit-zero", "--format", "jsonl", tree])


def peer(tree):
    program = os.environ.get("AST_GREP", "ast-grep")
    command = [program, "run", "--no-ignore", "hidden", "-p", PATTERN, "-l"]
    return sum(measure([*command, language, tree])[0] for language in LANGUAGES)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--other", action="append", default=[])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("tree", nargs="+")
    arguments = parser.parse_args()
    sums = {name: 0.0 for name in ["ours", "peer", *arguments.other]}
    for tree in arguments.tree:
        ours, peers, others = [], [], {other: [] for other in arguments.other}
        for _ in range(arguments.runs):
            ours.append(check(arguments.bin, tree))
            peers.append(peer(tree))
            for other in arguments.other:
                others[other].append(check(other, tree)[0])
        processor, wall, memory = (statistics.median(column) for column in zip(*ours))
        beside = statistics.median(peers)
        line = f"{tree}: {processor:.2f} s, {wall:.2f} s on the clock, {memory:.0f} MB; ast-grep {beside:.2f} s, ratio {processor / beside:.2f}"
        sums["ours"] += processor
        sums["peer"] += beside
        for other, seconds in others.items():
            median = statistics.median(seconds)
            sums[other] += median
            line += f"; {other} {median:.2f} s, {median / processor:.1f} times ours"
        print(line, flush=True)
    line = f"all: {sums['ours']:.2f} s; ast-grep {sums['peer']:.2f} s, ratio {sums['ours'] / sums['peer']:.2f}"
    for other in arguments.other:
        line += f"; {other} {sums[other]:.2f} s, {sums[other] / sums['ours']:.1f} times ours"
    print(line)


if __name__ == "__main__":
    main()
