#!/usr/bin/env python3
"""Compares `check` of archives with what only decompresses them, in the same run.

benchmark_archives.py --bin BIN [--runs N] [--survey DIR] ARCHIVE.tar.xz...

For each archive: processor time against `xz -dc | wc -c`, wall time against `xz -dc -T2 | wc -c`, medians of N runs that
take turns, and the peak of memory. With a folder of packages also how many a minute a survey does, on one thread and on all
processors, and how fast it goes by compression (docs/survey-and-clusters.md). Targets: processor time 1.15, wall time 1.10, 300 MB."""

import argparse
import collections
import json
import os
import pathlib
import re
import statistics
import subprocess
import tempfile
import time


def measure(command):
    """Seconds on the clock and of the processor, and the peak of memory in MB."""
    began = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 1):
        raise SystemExit(f"{command}: exit code {child.returncode}")
    return time.monotonic() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def archive(path, binary, runs):
    commands = {
        "xz": ["sh", "-c", 'xz -dc "$0" | wc -c', path],
        "xz -T2": ["sh", "-c", 'xz -dc -T2 "$0" | wc -c', path],
        "check": [binary, "check", "--quiet", path],
    }
    measured = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            measured[name].append(measure(command))
    median = {name: [statistics.median(column) for column in zip(*rows)] for name, rows in measured.items()}
    for name, (wall, processor, memory) in median.items():
        print(f"  {name:8} {wall:7.2f} s wall  {processor:7.2f} s processor  {memory:6.0f} MB")
    print(f"  processor time {median['check'][1] / median['xz'][1]:.2f} times xz, "
          f"wall time {median['check'][0] / median['xz -T2'][0]:.2f} times xz -T2")


def parts(package):
    """The sizes of the archives of a package, by compression."""
    if package.suffix != ".dsc":
        return {"gz": package.stat().st_size}
    sizes = collections.Counter()
    for name in set(re.findall(r"^ \S+ \d+ (\S+)$", package.read_text(errors="replace"), re.M)):
        path = package.with_name(name)
        if path.exists() and path.suffix != ".asc":
            sizes[path.suffix[1:]] += path.stat().st_size
    return sizes


def decompress(folder):
    """Seconds of the processor that the usual programs take for all archives of a folder."""
    programs = {".xz": "xz", ".gz": "gzip", ".crate": "gzip", ".bz2": "bzip2", ".lzma": "xz", ".zst": "zstd"}
    seconds = 0
    for program in sorted(set(programs.values())):
        paths = [path for path in folder.iterdir() if programs.get(path.suffix) == program]
        if paths:
            command = ["sh", "-c", 'for path; do "$0" -dc <"$path"; done | wc -c', program, *paths]
            seconds += measure(command)[1]
    return seconds


def survey(folder, binary):
    packages = [path for path in sorted(folder.iterdir()) if path.suffix in (".dsc", ".crate")]
    sizes = {str(path): parts(path) for path in packages}
    total = sum(sum(size.values()) for size in sizes.values()) / 1e6
    plain = decompress(folder)
    print(f"  decompressing alone: {plain:.1f} s processor, {total / plain:.1f} MB of archives a second")
    for jobs in sorted({1, os.cpu_count()}):
        with tempfile.TemporaryDirectory() as work:
            command = [binary, "survey", "--quiet", "--jobs", str(jobs), "--journal", f"{work}/journal", *packages]
            wall, processor, memory = measure(command)
            lines = [json.loads(line) for line in open(f"{work}/journal")]
        print(f"  {jobs} threads: {60 * len(packages) / wall:.0f} packages a minute, {total / wall:.1f} MB of archives a "
              f"second, {processor / wall:.2f} processors busy, {processor / plain:.2f} times the processor time of decompressing, "
              f"at most {memory:.0f} MB a process")
        if jobs == 1:
            rates(lines, sizes)


def rates(lines, sizes):
    """MB of archives a second on one processor, by the compression that most of a package has."""
    done, seconds, count = collections.Counter(), collections.Counter(), collections.Counter()
    for line in lines:
        size = sizes[line["input"]]
        kind = max(size, key=size.get, default="none")
        done[kind] += sum(size.values()) / 1e6
        seconds[kind] += line["seconds"]
        count[kind] += 1
    for kind in sorted(count):
        print(f"    {kind}: {count[kind]} packages, {done[kind]:.1f} MB, {done[kind] / max(seconds[kind], 1e-3):.1f} MB a second")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("--runs", default=3, type=int)
    parser.add_argument("--survey", type=pathlib.Path)
    parser.add_argument("archives", nargs="*")
    arguments = parser.parse_args()
    for path in arguments.archives:
        print(f"{pathlib.Path(path).name}, {os.path.getsize(path) / 1e6:.1f} MB")
        archive(path, arguments.bin, arguments.runs)
    if arguments.survey:
        print(f"survey of {arguments.survey.name}")
        survey(arguments.survey, arguments.bin)


if __name__ == "__main__":
    main()
