#!/usr/bin/env python3
"""Runs the fixtures through other analyzers and through mremap-lint, and prints a table of both kinds of error.

The peers are made to look at old_size by the files under benches/peers; what is not installed is left out. `clang`, `cppcheck`
and `semgrep` are taken from PATH, mremap-lint from --bin.

The truth is that of the annotations (tests/analysis/fixtures.rs): a line annotated with an alarm is a zero or a possible zero; `FN_`
functions are counted as what their comments say; an alarm in a function that must not have one is false. An alarm inside of a
wrapper counts for every call that leads there, since the peers report at the innermost call.
"""

import argparse
import collections
import functools
import json
import plistlib
import re
import subprocess
import tempfile
import xml.etree.ElementTree
from pathlib import Path

BENCHES = Path(__file__).resolve().parent
REPOSITORY = BENCHES.parent
FIXTURES, PEERS = REPOSITORY / "tests/fixtures", BENCHES / "peers"
LANGUAGES = {"c": "C", "cpp": "C++", "rust": "Rust"}
ANNOTATION = re.compile(r"//~(\^*) (zero|maybe-zero)-old-size")
NAMED = re.compile(r"\b((?:F[NP]_)?\w+?)(_bad|_ok|_safe|_unknown|_nocall)?\s*(?:<[^>(]*>)?\(")
HARMLESS = ("_ok", "_safe", "_unknown", "_nocall")


def units():
    """Lists of files that belong together, by language."""
    for language in LANGUAGES:
        for entry in sorted((FIXTURES / language).iterdir()):
            yield language, sorted(entry.iterdir()) if entry.is_dir() else [entry]


def named_functions(lines):
    """Name, suffix and lines of the functions and macros whose names say what to expect."""
    for start, line in enumerate(lines):
        code = line.split("//")[0]
        head = code[: code.find("(") + 1] if "(" in code else ""
        found = NAMED.search(head)
        if not found or ";" in code.split("{")[0]:
            continue
        name, suffix = found.groups()
        if not suffix and not name.startswith(("FN_", "FP_")):
            continue
        if code.lstrip().startswith("#"):
            end = next((i for i in range(start, len(lines)) if not lines[i].endswith("\\")), len(lines) - 1)
        elif "{" in code and code.count("{") == code.count("}"):
            end = start
        else:
            closing = code[: len(code) - len(code.lstrip())] + "}"
            end = next((i for i in range(start + 1, len(lines)) if lines[i].startswith(closing)), len(lines) - 1)
        yield name, suffix, start + 1, end + 1


def expectations(path):
    """Lines that bring a zero, by kind, and ranges of lines that must be silent."""
    lines = path.read_text().splitlines()
    positive, silent = {}, []
    for number, line in enumerate(lines, 1):
        for up, kind in ANNOTATION.findall(line):
            positive[number - len(up)] = kind
    for name, suffix, start, end in named_functions(lines):
        inside = range(start, end + 1)
        comments = [lines[start - 2]] + lines[start - 1 : end] if start > 1 else lines[start - 1 : end]
        truth = " ".join(line.partition("//")[2] for line in comments)
        if name.startswith("FN_") and "zero" in truth:
            kind = "zero" if "lways zero" in truth else "maybe-zero"
            said = [n for n in inside if n in positive or "zero" in lines[n - 1].partition("// ")[2]]
            said = said or [n for n in inside if "MREMAP_MAYMOVE" in lines[n - 1] or "n, 1)" in lines[n - 1]]
            positive.update({n: kind for n in said[:1]})
        elif name.startswith("FP_") or suffix in HARMLESS:
            for number in inside:
                positive.pop(number, None)
            silent.append(inside)
    return positive, silent


def run(command, **options):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=1200, **options)


def mremap_lint(binary, _language, files):
    """Alarms as lists of places, the result's own first; and files that were not read."""
    listed = files[0].parent if len(files) > 1 else files[0]
    lines = run([binary, "check", "--format", "jsonl", listed]).stdout.splitlines()
    results = [json.loads(line) for line in lines]
    alarms = []
    for result in (one for one in results if one["type"] == "finding"):
        places = [result] + result.get("steps", []) + result.get("related", [])
        alarms.append([(Path(place.get("path", result["path"])).resolve(), place["line"]) for place in places])
    return alarms, sum(one["type"] == "problem" and one.get("kind") == "unreadable" for one in results)


def clang(binary, language, files):
    if language == "rust":
        return None
    alarms, unread = [], 0
    for path in (path for path in files if path.suffix in (".c", ".cpp")):
        # A file that defines an mremap of its own can only be read without the header.
        for header in (["-include", PEERS / "zero_is_a_bug.h"], []):
            with tempfile.TemporaryDirectory() as folder:
                out = Path(folder) / "out.plist"
                done = run(
                    [binary, "--analyze", "-std=gnu17" if language == "c" else "-std=gnu++20", "-w", *header]
                    + ["--analyzer-output", "plist-multi-file", "-o", out]
                    + ["-Xclang", "-analyzer-config", "-Xclang", "unroll-loops=true,max-nodes=900000", path]
                )
                found = plistlib.loads(out.read_bytes()) if out.exists() else {"files": [], "diagnostics": []}
            if done.returncode == 0:
                break
        unread += done.returncode != 0
        names = [Path(name).resolve() for name in found["files"]]
        for one in found["diagnostics"]:
            if one["check_name"] == "core.DivideZero":
                steps = [step["location"] for step in one["path"] if "location" in step]
                alarms.append([(names[at["file"]], at["line"]) for at in [one["location"]] + steps])
    return alarms, unread


def cppcheck(binary, language, files):
    if language == "rust":
        return None
    done = run(
        [binary, "--xml", "--enable=warning", "--inconclusive", "--library=posix", "--library=gnu", f"--library={PEERS / 'mremap.cfg'}"]
        + ["--language=" + ("c" if language == "c" else "c++"), "--max-ctu-depth=8", "-D_GNU_SOURCE", "-q", "--force"]
        + [path for path in files if path.suffix in (".c", ".cpp")]
    )
    errors = list(xml.etree.ElementTree.fromstring(done.stderr).iter("error"))
    alarms = [
        [(Path(at.get("file")).resolve(), int(at.get("line"))) for at in error.iter("location")]
        for error in errors
        if error.get("id") == "invalidFunctionArg" and "mremap" in error.get("msg", "")
    ]
    return alarms, len({at.get("file") for e in errors if e.get("id") in ("syntaxError", "internalAstError") for at in e.iter("location")})


@functools.cache
def semgrep_results(binary):
    """All fixtures in one run, since every start costs seconds."""
    # A folder named tests would be left out.
    files = [path for _, files in units() for path in files]
    done = run([binary, "scan", "--quiet", "--json", "--metrics=off", "--disable-version-check", "--no-git-ignore", "--config", PEERS / "mremap.yml", *files])
    return json.loads(done.stdout)


def semgrep(binary, _language, files):
    found = semgrep_results(binary)
    alarms = []
    for one in (one for one in found["results"] if Path(one["path"]).resolve() in files):
        lines = range(one["start"]["line"], one["end"]["line"] + 1)
        alarms.append([(Path(one["path"]).resolve(), line) for line in lines])
    unread = {Path(error["path"]).resolve() for error in found["errors"] if error.get("path")}
    return alarms, len(unread & set(files))


TOOLS = {"mremap-lint": mremap_lint, "clang --analyze": clang, "cppcheck": cppcheck, "semgrep": semgrep}


class Score:
    def __init__(self):
        self.found, self.all = collections.Counter(), collections.Counter()
        self.false, self.silent, self.unread = 0, 0, 0
        self.missed, self.wrong = [], []

    def add(self, files, alarms, unread, inner):
        self.unread += unread
        places = {place for alarm in alarms for place in alarm}
        answered = set()
        for path in files:
            positive, _ = expectations(path)
            for line, kind in positive.items():
                leads_to = inner.get((path, line), set()) | {(path, line)}
                answered |= leads_to
                self.all[kind] += 1
                if leads_to & places:
                    self.found[kind] += 1
                else:
                    self.missed.append(f"{path}:{line}")
        false = [alarm for alarm in alarms if alarm[0] not in answered]
        for path in files:
            for lines in expectations(path)[1]:
                self.silent += 1
                if any(place == path and line in lines for alarm in false for place, line in alarm):
                    self.false += 1
                    self.wrong.append(f"{path}:{lines[0]}")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--bin", default=str(REPOSITORY / "target/debug/mremap-lint"))
    arguments.add_argument("--list", action="store_true", help="also name what each tool misses and wrongly reports")
    options = arguments.parse_args()
    programs = {"mremap-lint": options.bin, "clang --analyze": "clang", "cppcheck": "cppcheck", "semgrep": "semgrep"}
    scores = collections.defaultdict(Score)
    absent = set()
    for language, files in units():
        inner = {}
        for alarm in mremap_lint(options.bin, language, files)[0]:
            inner.setdefault(alarm[0], set()).update(alarm[1:])
        for tool, examine in TOOLS.items():
            try:
                result = examine(programs[tool], language, files)
            except FileNotFoundError:
                absent.add(tool)
                continue
            if result is not None:
                scores[tool, language].add(files, *result, inner)
    print("| Language | Tool | Zeros found | Possible zeros found | Harmless functions reported | Files not read |")
    print("| --- | --- | --- | --- | --- | --- |")
    for language, name in LANGUAGES.items():
        for tool in TOOLS:
            if (tool, language) not in scores:
                continue
            score = scores[tool, language]
            share = lambda part, whole: f"{part} of {whole} ({100 * part / max(whole, 1):.1f}%)"
            cells = [share(score.found[kind], score.all[kind]) for kind in ("zero", "maybe-zero")]
            print(f"| {name} | {tool} | {' | '.join(cells)} | {share(score.false, score.silent)} | {score.unread} |")
            if options.list:
                print("missed:", *score.missed, "\nwrong:", *score.wrong, sep="\n  ")
    for tool in sorted(absent):
        print(f"\n{tool} is not installed.")


if __name__ == "__main__":
    main()
