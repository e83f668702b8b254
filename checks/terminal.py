#!/usr/bin/env python3
"""What a run draws on a terminal: nothing if it is short, and a line that goes again if it is long.

    checks/terminal.py PROGRAM

PROGRAM is mremap-lint. Needs pyte, a terminal's emulator, from PyPI. Prints PASS or FAIL for each check; exits with 1 if one failed.
"""

import os
import pathlib
import pty
import re
import signal
import subprocess
import sys
import tempfile
import time

import pyte

COLUMNS, ROWS = 100, 12000
LINE = b"functions explored"
HIDDEN_CURSOR = b"\x1b[?25l"
failed = False


def check(name, holds, shown=""):
    global failed
    failed = failed or not holds
    print(f"PASS: {name}" if holds else f"FAIL: {name}: {shown!r}", flush=True)


def run(arguments, interrupt=None, stdout_too=False):
    """The exit code, what the terminal received, and what its screen shows at the end; `interrupt`: ^C is pressed once this is there."""
    terminal, other = pty.openpty()
    stdout = other if stdout_too else subprocess.DEVNULL
    process = subprocess.Popen(
        arguments, stdin=other, stdout=stdout, stderr=other, start_new_session=True, preexec_fn=lambda: control(other)
    )
    os.close(other)
    received = b""
    while True:
        try:
            part = os.read(terminal, 1 << 16)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        received += part
        if interrupt and interrupt in received:
            interrupt = None
            os.write(terminal, b"\x03")
    code = process.wait()
    os.close(terminal)
    screen = pyte.Screen(COLUMNS, ROWS)
    pyte.ByteStream(screen).feed(received)
    return code, received, [row.rstrip() for row in screen.display]


def control(terminal):
    """Makes the terminal the one whose ^C the process gets."""
    import fcntl
    import struct
    import termios

    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))


def function(name, tests):
    """A function with many paths to two calls, one of them with a zero."""
    lines = [f"void *{name}(char *p, unsigned long n, unsigned a) {{ unsigned long s = n | 1, t = 1;"]
    lines += [f"  if (a & {1 << bit}u) t += s * {bit + 3}; else s += t ^ {bit};" for bit in range(tests)]
    lines += ["  p = mremap(p, s, t, 1);", "  return mremap(p, 0, n, 1); }"]
    return "\n".join(lines)


def long_tree(program, folder, seconds):
    """Two directories that take some seconds each, and how long they took."""
    count = 8
    while True:
        for part in ("first", "second"):
            (folder / part).mkdir(exist_ok=True)
            for index in range(count):
                text = '#include "a.h"\n' + "\n".join(function(f"f{index}_{k}", 24) for k in range(10))
                (folder / part / f"{index}.c").write_text(text)
        start = time.monotonic()
        subprocess.run([program, "check", "-q", "--exit-zero", folder / "first"], stdout=subprocess.DEVNULL, check=True)
        taken = time.monotonic() - start
        if taken > seconds or count > 20_000:
            return taken
        count *= 2


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        (work / "a.c").write_text("void *f(void *p, unsigned long n) { return mremap(p, 0, n, 1); }\n")
        code, received, screen = run([program, "check", str(work / "a.c")])
        check("a short run draws nothing", code == 1 and b"\x1b" not in received and b"\r" not in received.replace(b"\r\n", b""), received)

        tree = work / "tree"
        tree.mkdir()
        taken = long_tree(program, tree, 4)
        paths = [str(tree / "first"), str(tree / "second")]
        code, received, screen = run([program, "check", *paths])
        check(f"a run of twice {taken:.1f} s draws a line", code == 1 and LINE in received, received[-500:])
        check("the line counts from the start of the run", not re.search(rb"\(0s\)", received), received[:500])
        left = [row for row in screen if row]
        check("the line is gone at the end", len(left) == 1 and left[0][0].isdigit() and "finding" in left[0], left[-5:])

        code, received, screen = run([program, "check", "--color", "never", *paths], stdout_too=True)
        expected = subprocess.run([program, "check", *paths], capture_output=True, text=True)
        rows = [row.rstrip() for row in (expected.stdout + expected.stderr).splitlines()][-3000:]
        shown = set(screen)
        wanted = [row for row in rows if row and len(row) < COLUMNS]
        missing = [row for row in wanted if row not in shown]
        check("a line was drawn among results on the same terminal", LINE in received)
        check("it wipes none of them", not missing, missing[:5])
        check("it leaves nothing among them", not any("functions explored" in row for row in screen))

        code, received, screen = run([program, "check", "-q", *paths])
        check("--quiet draws nothing", received == b"", received)
        code, received, screen = run([program, "check", *paths], interrupt=LINE)
        check("^C ends it", code == -signal.SIGINT, code)
        check("^C leaves the cursor", HIDDEN_CURSOR not in received)
        with open(work / "log", "wb") as log:
            subprocess.run([program, "check", *paths], stdout=subprocess.DEVNULL, stderr=log, check=False)
        check("nothing is drawn into a file", LINE not in (work / "log").read_bytes())
        survey(program, work, paths)
    sys.exit(failed)


def survey(program, work, paths):
    """A survey tells how far it has come."""
    command = [program, "survey", "--jobs", "1", "--journal"]
    code, received, screen = run([*command, str(work / "journal"), *paths])
    check("a survey draws a line", code == 0 and b"of 2 packages, " in received, received[-500:])
    check("it tells the time that is left", re.search(rb"1 of 2 packages, .* finding.* left", received), received[-500:])
    left = [row for row in screen if row]
    check("the line is gone at the end", len(left) == 1 and left[0].startswith("2 packages: "), left[-5:])
    code, received, screen = run([*command, str(work / "again"), *paths], interrupt=b"of 2 packages, ")
    check("^C ends it", code == -signal.SIGINT, code)
    check("^C leaves the cursor", HIDDEN_CURSOR not in received)
    code, received, screen = run([*command, str(work / "quiet"), "--quiet", *paths])
    check("--quiet draws nothing", code == 0 and received == b"", received)


main()
