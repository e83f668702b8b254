#!/usr/bin/env python3
"""Holds the analysis against programs that nobody here wrote, by running them.

    checks/oracles.py KIND PROGRAM [options]

PROGRAM is mremap-lint. KIND says whose programs:
    c       GCC's execution tests in C       (from Debian's source package of the gcc that is installed)
    c++     GCC's run-time tests in C++      (the same)
    rust    rustc's run-pass tests           (from Debian's source package of rustc)
    csmith  random programs of Csmith        (Debian's packages csmith and libcsmith-dev)
What is missing is installed, or fetched, by apt-get. Exits with 77, and says so, if that cannot be had.

Tests of GCC and rustc test themselves: `if (E) abort ();`, `assert_eq!(a, b);`. Each such statement becomes two calls of mremap, one
whose old_size is 1 if the test holds and one whose old_size is 0; in a program of Csmith calls stand behind assignments and at the
end of main, with the variable's value. The new_size of a call is its number. Run against an mremap that records, a program tells
which calls had zero and which had something else. A program counts if it builds and ends with 0; those of GCC are built with
sanitizers, so that none counts that relies on what the language leaves undefined. What was recorded is kept: a program is run once.

Said to be never zero, and executed with zero: a wrong proof. Said to be zero, and executed with something else: a wrong zero. Exits
with 1 if there is a wrong verdict that no rule of KNOWN foresees, or a program that the analysis fails on. The last line has the totals.
"""

import argparse
import collections
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor

# Kinds of wrong verdicts that are known: KIND, what the kind is, and the rule that tells such a program by its text. A rule speaks of
# the language, never of names. Empty is how it should be.
KNOWN = []

# An mremap that notes in a file which number came with zero, and which with something else.
RECORDER = r"""
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
enum { NUMBERS = 65536 };
void *mremap(void *address, unsigned long old_size, unsigned long number, int flags, ...)
{
    static unsigned char *seen;
    if (!seen) {
        int file = open(getenv("RECORD"), O_RDWR | O_CREAT, 0600);
        if (file < 0 || ftruncate(file, 2 * NUMBERS))
            _exit(99);
        seen = mmap(0, 2 * NUMBERS, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        close(file);
    }
    /* As the kernel rounds: what lies in the last page has no pages. */
    if (number < NUMBERS)
        seen[2 * number + (old_size + 4095 >= 4096 && old_size + 4095 > old_size)] = 1;
    return address;
}
"""
SECONDS = {"build": 60, "run": 5, "analysis": 60}


class Unavailable(Exception):
    """What is needed cannot be had here."""


def run(command, seconds, **options):
    """What a command gave, or None if it took too long."""
    options = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True, "errors": "replace", **options}
    try:
        return subprocess.run([str(word) for word in command], timeout=seconds, **options)
    except subprocess.TimeoutExpired:
        return None


# ---- What comes from Debian -----------------------------------------------------------------------------------------------------


def apt(words, seconds, why, **options):
    try:
        done = run(["apt-get", "-q", *words], seconds, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, **options)
    except FileNotFoundError:
        raise Unavailable(f"{why}: there is no apt-get") from None
    if done is None or done.returncode:
        said = "it takes too long" if done is None else (done.stderr.strip().splitlines() or ["it failed"])[-1]
        raise Unavailable(f"{why}: {said}")


def install(*packages):
    """Debian packages, unless they are there."""
    there = lambda name: pathlib.Path(f"/var/lib/dpkg/info/{name}.list").exists() or list(
        pathlib.Path("/var/lib/dpkg/info").glob(f"{name}:*.list"))
    missing = [name for name in packages if not there(name)]
    if not missing:
        return
    why = f"{' and '.join(missing)} cannot be installed"
    if os.geteuid():
        raise Unavailable(f"{why}: only root can")
    lists = pathlib.Path("/var/lib/apt/lists")
    if not any(lists.glob("*_Packages*")):
        apt(["update"], 60, why)
    # What takes long may be ended; what changes the system may not.
    apt(["install", "-y", "--no-install-recommends", "--download-only", *missing], 60, why)
    apt(["install", "-y", "--no-install-recommends", *missing], None, why)


def source_package(name, folder):
    """Downloads a source package; the entries of the system's own lists are read as entries for sources, the system is left alone."""
    why = f"the source package of {name} cannot be had"
    lists = folder / "lists"
    (lists / "parts").mkdir(parents=True, exist_ok=True)
    (lists / "state" / "partial").mkdir(parents=True, exist_ok=True)
    etc = pathlib.Path("/etc/apt")
    for index, file in enumerate([etc / "sources.list", *sorted((etc / "sources.list.d").glob("*"))]):
        if file.suffix not in (".list", ".sources") or not file.is_file():
            continue
        text = re.sub(r"^Types:.*$", "Types: deb-src", file.read_text(), flags=re.M)
        text = re.sub(r"^deb\s", "deb-src ", text, flags=re.M)
        (lists / "parts" / f"{index}{file.suffix}").write_text(text)
    ours = ["-o", "Dir::Etc::sourcelist=/dev/null", "-o", f"Dir::Etc::sourceparts={lists / 'parts'}",
            "-o", f"Dir::State::lists={lists / 'state'}", "-o", "Dir::Cache::pkgcache=", "-o", "Dir::Cache::srcpkgcache=",
            # The folder is ours alone; for others than root it is ignored.
            "-o", "APT::Sandbox::User=root"]
    # Lists that have nothing of Debian's sources are no failure as long as one has.
    run(["apt-get", "-q", *ours, "update"], 120)
    apt([*ours, "source", "--download-only", name], 900, why, cwd=folder)


def unpack(archive, wanted, into):
    """Writes the members that `wanted` gives a name for, from an archive and the archives in it."""
    with archive if isinstance(archive, tarfile.TarFile) else tarfile.open(archive) as opened:
        for member in opened:
            name = wanted(member.name) if member.isfile() else None
            if name:
                target = into / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(opened.extractfile(member).read())
            elif member.isfile() and re.search(r"\.tar\.(gz|xz|bz2)$", member.name):
                inner = opened.extractfile(member)
                unpack(tarfile.open(fileobj=inner, mode="r|*"), wanted, into)


def tests(folder, package, pattern):
    """The folder of a package's files whose path matches; group 1 is the name that they keep. They are fetched once."""
    done = folder / "fetched"
    if not done.exists():
        print(f"fetching the source package of {package}", flush=True)
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as work:
            source_package(package, pathlib.Path(work))
            for archive in pathlib.Path(work).glob("*.orig.tar.*"):
                if archive.suffix != ".asc":
                    unpack(archive, lambda name: (re.search(pattern, name) or [None, None])[1], folder)
        done.write_text(package)
    return folder


# ---- Tests that test themselves -------------------------------------------------------------------------------------------------

TOKEN = re.compile(
    r"""//[^\n]*|/\*.*?\*/|R"\((?:.*?)\)"|b?r(?P<hashes>\#*)".*?"(?P=hashes)|b?"(?:\\.|[^"\\])*"|b?'(?:\\[^\n]*?|[^'\\\n])'"""
    r"""|::<(?:[^<>();]|<[^<>();]*>)*>|.""", re.S)


def parenthesised(text, start):
    """The parts between commas of what stands in a bracket whose inside begins at `start`, and the place behind it."""
    parts, depth, begin, at = [], 1, start, start
    while at < len(text):
        token = TOKEN.match(text, at)[0]
        depth += (token in "([{") - (token in ")]}")
        if depth == 0 or depth == 1 and token == ",":
            if text[begin:at].strip():
                parts.append(text[begin:at])
            begin = at + 1
        at += len(token)
        if depth == 0:
            return parts, at
    return None, at


def in_directive(text, at):
    line = text.rfind("\n", 0, at) + 1
    while line and text[:line - 1].endswith("\\"):
        line = text.rfind("\n", 0, line - 1) + 1
    return text[line:at].lstrip().startswith("#")


def replaced(text, pattern, probe):
    """The text with what `probe` gives in place of a match and what belongs to it; it may refuse with None."""
    out, done, number = [], 0, 0
    for match in re.finditer(pattern, text, re.M):
        if match.start() < done or in_directive(text, match.start()):
            continue
        made = probe(match, number)
        if made:
            out += [text[done:match.start()], made[0]]
            done, number = made[1], number + 2
    return "".join(out) + text[done:], number


def probed_c(text, cxx):
    """`if (E) abort ();` and `assert (E);`."""
    def probe(match, number):
        parts, end = parenthesised(text, match.end())
        if match[1] == "if":
            tail = re.compile(r"\s*(\{\s*)?(?:::|std::|__builtin_)*abort\s*\(\s*\)\s*;(?(1)\s*\})(?!\s*else\b)").match(text, end)
            sign = "!"
        else:
            tail, sign = re.compile(r"\s*;").match(text, end), "!!"
        if not parts or not tail or "#" in text[match.end():end]:
            return None
        test = text[match.end():end - 1]
        return (f"{{ unsigned long holds_ = {sign}({test}\n);\nmremap ((void *) 0, holds_, {number}, 1);\n"
                f"mremap ((void *) 0, !holds_, {number + 1}, 1);\n}}"), tail.end()

    changed, count = replaced(text, r"\b(if|(?<=[\s;{}])assert)\s*\(", probe)
    declared = 'extern "C" ' if cxx else "extern "
    return declared + "void *mremap (void *, unsigned long, unsigned long, int, ...);\n" + changed, count


def probed_rust(text):
    """`assert!(E);`, `assert_eq!(a, b);`, `assert_ne!(a, b);`."""
    def probe(match, number):
        parts, end = parenthesised(text, match.end())
        tail = re.compile(r"\s*;").match(text, end)
        wanted = 2 if match[2] else 1
        if not parts or not tail or len(parts) < wanted or "$" in text[match.end():end]:
            return None
        operator = {"": "", "_eq": "==", "_ne": "!="}[match[2]]
        test = operator.join(f"({part}\n)" for part in parts[:wanted])
        call = "unsafe {{ crate::mremap(::std::ptr::null_mut(), {} as usize, {}, 1); }}\n"
        return (f"{match[1]}{{ let holds_: bool = {test};\n" + call.format("holds_", number)
                + call.format("!holds_", number + 1) + "}"), tail.end()

    changed, count = replaced(text, r"^([ \t]+)assert(|_eq|_ne)!\s*\(", probe)
    return changed + '\nextern "C" { fn mremap(p: *mut u8, old: usize, new: usize, flags: i32, ...) -> *mut u8; }\n', count


# A call that was put in; no program of theirs has others.
CALL = re.compile(r"\bmremap ?\(.*?, ?(\d+), ?1\)")


class Tests:
    """Tests of a compiler. By default those that are ours to look at while we work: half of them, by a hash of the name, so that the
    others can tell whether what was mended was mended as a kind."""

    def __init__(self, cache, options):
        self.cache, self.options = cache, options

    def names(self):
        mine = lambda path: hashlib.sha256(path.name.encode()).digest()[0] % 2 == 0
        found = sorted(path for path in self.folder().rglob("*" + self.suffix) if path.is_file())
        return [path for path in found if self.options.all or mine(path)]

    def file(self, path):
        kept = path.relative_to(self.folder()).with_suffix("")
        return re.sub(r"\W", "_", str(kept)) + self.written


class TestsInC(Tests):
    suffix, written, compiler, package = ".c", ".c", "gcc", r"/gcc/testsuite/gcc\.c-torture/execute/(.*\.c)$"
    standards = ["gnu99"]

    def folder(self):
        version = run([self.compiler, "-dumpversion"], 10).stdout.strip().split(".")[0]
        return tests(self.cache / "sources" / f"gcc-{version}{self.suffix}", f"gcc-{version}", self.package)

    def text(self, path):
        text = path.read_text(encoding="latin1")
        # Two kinds of programs are not what they seem: those of several files, and those of assembly.
        if not self.is_run(text) or re.search(r"\bmremap\b|\basm\b|__asm|dg-additional-sources", text):
            return None
        changed, count = probed_c(text, self.suffix == ".C")
        return changed if count else None

    def is_run(self, text):
        return True

    def build(self, source, program, recorder):
        for standard in self.standards:
            options = ["-w", "-O0", "-fno-strict-aliasing", "-fsanitize=undefined,address", "-fno-sanitize-recover=all"]
            yield [self.compiler, f"-std={standard}", *options, "-o", program, source, recorder, "-lm"]


class TestsInCxx(TestsInC):
    suffix, written, compiler, package = ".C", ".cc", "g++", r"/gcc/testsuite/g\+\+\.dg/(.*\.[CHh])$"
    standards = ["gnu++20", "gnu++17", "gnu++23", "gnu++98"]

    def is_run(self, text):
        return re.search(r"dg-do run", text)


class TestsInRust(Tests):
    suffix, written = ".rs", ".rs"

    def folder(self):
        return tests(self.cache / "sources" / "rustc", "rustc", r"/(?:src/test|tests)/ui/(.*\.rs)$")

    def text(self, path):
        text = path.read_text(errors="replace")
        head = "".join(re.findall(r"^//.*\n", text, re.M))
        other = r"aux-build|revisions|compile-flags|only-|needs-|proc-macro|ignore-(linux|test|x86_64)"
        if not re.search(r"^// ?@? ?run-pass", head, re.M) or re.search(other, head) or re.search(r"mremap|no_std|no_core", text):
            return None
        changed, count = probed_rust(text)
        return changed if count else None

    def build(self, source, program, recorder):
        edition = re.search(r"^// ?@? ?edition: ?(\d+)", source.read_text(errors="replace"), re.M)
        yield ["rustc", "--edition", edition[1] if edition else "2015", "--cap-lints=allow", "-Cdebuginfo=0",
               "-Coverflow-checks=off", f"-Clink-arg={recorder}", "-o", program, source]


class Csmith:
    """Random programs: the seed says which."""

    written = ".c"
    # So that programs end soon, and the analysis sees sizes, loops and pointers in turn.
    sizes = [["--max-funcs", "3", "--max-block-depth", "2", "--max-block-size", "3", "--max-expr-complexity", "4"],
             ["--max-funcs", "2", "--max-block-depth", "3", "--max-block-size", "4", "--max-expr-complexity", "3", "--no-arrays"],
             ["--max-funcs", "4", "--max-block-depth", "2", "--max-block-size", "3", "--max-expr-complexity", "3", "--no-pointers"]]

    def __init__(self, _, options):
        install("csmith", "libcsmith-dev")
        self.options = options

    def names(self):
        first, last = (self.options.seeds or "1-200").split("-")
        return range(int(first), int(last) + 1)

    def file(self, seed):
        return f"seed{seed}.c"

    def text(self, seed):
        with tempfile.TemporaryDirectory() as work:
            made = run(["csmith", "--seed", seed, "--no-argc", "--no-volatiles", "--no-checksum", "--concise", "--max-array-dim", "1",
                        "--max-array-len-per-dim", "4", "--no-packed-struct", *self.sizes[seed % len(self.sizes)]], 60, cwd=work)
            if not made or made.returncode:
                return None
        plain = run(["gcc", "-E", "-P", "-w", "-I/usr/include/csmith", "-x", "c", "-"], 60, stdin=None, input=made.stdout).stdout
        variables = set(re.findall(r"^\s*(?:static |const |register )*u?int\d+_t\s+([gl]_\d+)\s*=", plain, re.M))
        lines = ["extern void *mremap (void *, unsigned long, unsigned long, int, ...);"]
        probe = lambda name: lines.append(f"mremap ((void *) 0, (unsigned long) {name}, {len(lines)}, 1);")
        for line in plain.splitlines():
            if line.lstrip().startswith("platform_main_end") and line.endswith(";"):
                [probe(name) for name in sorted(variables) if name.startswith("g_")]
            lines.append(line)
            stored = re.match(r"\s+([gl]_\d+)\s*[-+|&^]?=\s.*;$", line)
            if stored and stored[1] in variables:
                probe(stored[1])
        return "\n".join(lines) + "\n"

    def build(self, source, program, recorder):
        yield ["gcc", "-std=gnu11", "-w", "-O0", "-fwrapv", "-fno-strict-aliasing", "-o", program, source, recorder]


KINDS = {"c": TestsInC, "c++": TestsInCxx, "rust": TestsInRust, "csmith": Csmith}


# ---- What a program does, and what is said of it --------------------------------------------------------------------------------


def recorder(folder):
    made = folder / "recorder.o"
    if not made.exists():
        (folder / "recorder.c").write_text(RECORDER)
        done = run(["gcc", "-w", "-O1", "-c", "-o", made, folder / "recorder.c"], SECONDS["build"])
        if done is None or done.returncode:
            raise Unavailable("gcc does not build the recorder")
    return made


def execute(kind, source, record):
    """What a program did: for each number whether it came with zero, and with something else; or, in a word, why it does not count."""
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        environment = {**os.environ, "RECORD": str(work / "record"), "ASAN_OPTIONS": "detect_leaks=0", "RUSTC_BOOTSTRAP": "1"}
        for command in kind.build(source, work / "program", record):
            built = run(command, SECONDS["build"], cwd=work, env=environment)
            if built and not built.returncode:
                break
        else:
            return "not built"
        void = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "capture_output": False}
        done = run([work / "program"], SECONDS["run"], cwd=work, env=environment, **void)
        if done is None or done.returncode:
            return "runs too long" if done is None else "fails when it runs"
        seen = (work / "record").read_bytes() if (work / "record").exists() else b""
        pairs = {number: (seen[2 * number], seen[2 * number + 1]) for number in range(len(seen) // 2)}
        return {number: pair for number, pair in pairs.items() if any(pair)}


def kept(kind, source, record):
    """The same, from the file beside the program if that is there and about this text."""
    memory = source.with_suffix(".did")
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    if memory.exists():
        of, did = json.loads(memory.read_text())
        if of == digest:
            return did if isinstance(did, str) else {int(number): tuple(pair) for number, pair in did.items()}
    did = execute(kind, source, record)
    memory.write_text(json.dumps([digest, did]))
    return did


def verdicts(binary, source):
    """What is said of each line, the most daring verdict first; or a word for what went wrong."""
    command = [binary, "check", "--no-config", "--no-ignore", "--all-calls", "--format", "jsonl", "-j1", source]
    done = run(command, SECONDS["analysis"])
    if done is None or done.returncode > 1 or done.returncode < 0:
        return "too long" if done is None else f"exit {done.returncode}"
    said = collections.defaultdict(set)
    for line in done.stdout.splitlines():
        finding = json.loads(line)
        if finding.get("type") == "finding":
            said[finding["line"]].add("never" if finding["level"] == "pass" else finding["rule"].split("-")[0])
    return said


def judge(kind, binary, folder, record, name):
    """One program: why it does not count, or for each call that ran its line, what is said, whether with zero, and something else."""
    text = kind.text(name)
    if text is None:
        return None, None, []
    source = folder / kind.file(name)
    if not source.exists() or source.read_text(errors="replace") != text:
        source.write_text(text)
    did = kept(kind, source, record)
    if isinstance(did, str):
        return source, did, []
    said = verdicts(binary, source)
    if isinstance(said, str):
        return source, None, [(0, {said}, True, True)]
    rows = []
    for line, written in enumerate(source.read_text(errors="replace").split("\n"), 1):
        for number in map(int, CALL.findall(written)):
            if number in did:
                rows.append((line, said.get(line) or {"unseen"}, *map(bool, did[number])))
    return source, None, rows


def wrong(said, zero, other):
    if zero and "never" in said:
        return "WRONG PROOF"
    if other and "zero" in said:
        return "WRONG ZERO"
    return "FAILED" if any(word.startswith(("exit", "too")) for word in said) else None


def examine(options, kind, folder):
    """Judges all programs, prints what is wrong, and gives the number of wrong verdicts that are not known."""
    record, until = recorder(folder), time.monotonic() + options.seconds
    names = [name for name in kind.names() if options.only in kind.file(name)]
    late, bad, sums, lock = 0, collections.Counter(), collections.Counter(), threading.Lock()

    def one(name):
        return judge(kind, options.program, folder, record, name) if time.monotonic() < until else "late"

    with ThreadPoolExecutor(options.jobs) as pool:
        for result in pool.map(one, names):
            if result == "late":
                late += 1
                continue
            source, left_out, rows = result
            sums["left out: " + left_out if left_out else "programs"] += source is not None
            for line, said, zero, other in rows:
                what = wrong(said, zero, other)
                rule = what and next((of for who, of, tells in KNOWN if who == options.kind and tells(source.read_text())), None)
                sums["executed", "both" if zero and other else "zero" if zero else "never"] += 1
                for verdict in said:
                    sums[verdict, "both" if zero and other else "zero" if zero else "never"] += 1
                if what:
                    bad["known" if rule else what] += 1
                if what and (options.list or not rule):
                    with lock:
                        print(f"{what}: {source}:{line}: said to be {', '.join(sorted(said))}" + (f" (known: {rule})" if rule else ""))
    print(totals(options.kind, sums, bad, late))
    return bad.total() - bad["known"]


def totals(kind, sums, bad, late):
    share = lambda part, whole: f"{part} of {whole} ({100 * part / max(whole, 1):.1f}%)"
    ways = ("zero", "both")
    zeros, never = sum(sums["executed", way] for way in ways), sums["executed", "never"]
    found = sum(sums[verdict, way] for verdict in ("zero", "maybe") for way in ways)
    unseen = sum(sums["unseen", way] for way in (*ways, "never"))
    left = ", ".join(f"{count} {key[10:]}" for key, count in sorted(sums.items(), key=str) if str(key).startswith("left out: "))
    return (f"{kind}: {sums['programs']} programs; zeros found {share(found, zeros)}; never zero proven {share(sums['never', 'never'], never)}, "
            f"maybe {share(sums['maybe', 'never'], never)}; unseen {unseen}; wrong proofs {bad['WRONG PROOF']}, wrong zeros {bad['WRONG ZERO']}, "
            f"failed {bad['FAILED']}, known {bad['known']}" + (f"; left out: {left}" if left else "") + (f"; no time for {late}" if late else ""))


def main():
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "mremap-lint" / "oracles"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("program", type=lambda path: pathlib.Path(path).absolute())
    parser.add_argument("--seeds", metavar="A-B", help="of csmith; 1-200 if not said")
    parser.add_argument("--all", action="store_true", help="also the tests that are kept back")
    parser.add_argument("--only", default="", metavar="TEXT", help="programs whose file name has this in it")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="begin no program after this time")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--list", action="store_true", help="also what is wrong in a known way")
    parser.add_argument("--cache", type=lambda path: pathlib.Path(path).absolute(), default=cache, help=f"{cache} if not said")
    options = parser.parse_args()
    folder = options.cache / options.kind
    folder.mkdir(parents=True, exist_ok=True)
    try:
        sys.exit(1 if examine(options, KINDS[options.kind](options.cache, options), folder) else 0)
    except Unavailable as error:
        print(f"oracles: NOT CHECKED: {error}")
        sys.exit(77)


if __name__ == "__main__":
    main()
