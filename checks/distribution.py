#!/usr/bin/env python3
"""Surveys packages as archives, and the same packages unpacked, and compares what is found.

distribution.py --bin BIN --archives DIR --unpacked DIR [--jobs N]

DIR of archives holds .dsc files with their parts and .crate files. What is not yet unpacked is, a .dsc file with
`dpkg-source -x`, a crate with tar without its top folder. Each difference is a line; exit code 1 if there is one."""

import argparse
import collections
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

SUFFIXES = (".dsc", ".crate")


def name_of(package):
    return package.stem if package.suffix in SUFFIXES else package.name


def unpack(archive, into):
    target = into / name_of(archive)
    if target.exists():
        return target
    part = target.with_name(target.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    if archive.suffix == ".dsc":
        command = ["dpkg-source", "--no-check", "-x", archive, part]
    else:
        part.mkdir(parents=True)
        command = ["tar", "xf", archive, "-C", part, "--strip-components=1", "--no-same-owner"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        print(f"{archive.name} cannot be unpacked and is left out: {done.stderr.strip()}")
        return None
    part.rename(target)
    return target


def survey(binary, paths, journal, jobs):
    began = time.monotonic()
    listed = "\0".join(map(str, paths))
    command = [binary, "survey", "-0", "--files-from", "-", "--journal", journal, "--no-times", "--jobs", str(jobs)]
    done = subprocess.run(command, input=listed, text=True, stderr=subprocess.PIPE)
    if done.returncode:
        sys.exit(f"survey: {done.returncode} {done.stderr}")
    seconds = time.monotonic() - began
    print(f"{len(paths)} packages in {seconds:.1f} s, {60 * len(paths) / seconds:.0f} a minute")
    lines = [json.loads(line) for line in open(journal)]
    return {name_of(pathlib.Path(line["input"])): line for line in lines}


def said(line, top):
    """Findings and problems of a line, without the package's label and the crate's top folder."""
    def below(path):
        path = path.removeprefix(line["label"] + "/").removeprefix(top + "/")
        # The package as a whole.
        return "" if path in (line["label"], top) else path

    found = collections.Counter()
    for finding in line["findings"]:
        steps = tuple((below(step["path"]), step["line"], step["text"]) for step in finding["steps"])
        found["finding", finding["rule"], below(finding["path"]), finding["line"], finding["column"],
              finding["callee"], steps] += 1
    for problem in line["problems"]:
        # Why a link leads nowhere only a file system can tell.
        message = "" if problem["kind"] == "not-a-file" else problem["message"]
        found["problem", problem["kind"], below(problem["path"]), problem["line"], message] += 1
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("--archives", required=True, type=pathlib.Path, action="append")
    parser.add_argument("--unpacked", required=True, type=pathlib.Path)
    parser.add_argument("--jobs", default=2, type=int)
    arguments = parser.parse_args()
    archives = sorted(path for folder in arguments.archives for path in folder.iterdir()
                      if path.suffix in SUFFIXES)
    arguments.unpacked.mkdir(exist_ok=True)
    pairs = [(archive, unpack(archive, arguments.unpacked)) for archive in archives]
    archives, folders = zip(*(pair for pair in pairs if pair[1]))
    with tempfile.TemporaryDirectory() as work:
        packed = survey(arguments.bin, archives, f"{work}/packed.jsonl", arguments.jobs)
        unpacked = survey(arguments.bin, folders, f"{work}/unpacked.jsonl", arguments.jobs)
    differing = 0
    total = collections.Counter()
    for archive in archives:
        name = name_of(archive)
        one, other = said(packed[name], name), said(unpacked[name], name)
        total.update(key[0] for key in one.elements())
        total["with findings"] += any(key[0] == "finding" for key in one)
        for sign, only in (("archive", one - other), ("folder", other - one)):
            for key in only:
                differing += 1
                print(f"{name}: only in the {sign}: {key}")
    print(f"{len(archives)} packages, {total['with findings']} with findings: {total['finding']} findings, "
          f"{total['problem']} problems; {differing} differences")
    sys.exit(1 if differing else 0)


if __name__ == "__main__":
    main()
