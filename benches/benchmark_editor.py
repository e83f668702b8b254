#!/usr/bin/env python3
"""How long an editor waits for the language server, beside a check of the same tree, and beside another build.

benchmark_editor.py --bin BIN [--other BIN]... [--changes N] TREE FILE

Opens FILE, which lies below TREE, and waits for its diagnostics; then types N times a blank line at the end of the file, and N times one
behind the brace that opens a function in its middle, each time waiting for the diagnostics of that text. Prints the time of `BIN check
TREE`, that of the first answer and the medians after both kinds of changes, as milliseconds and as shares of the check, and the peak of
memory; the same for each other build."""

import argparse
import json
import pathlib
import statistics
import subprocess
import time


class Server:
    def __init__(self, binary, tree):
        self.process = subprocess.Popen([binary, "lsp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        folder = {"uri": tree.as_uri(), "name": tree.name}
        self.send("initialize", {"processId": None, "rootUri": tree.as_uri(), "workspaceFolders": [folder], "capabilities": {}}, 1)
        self.receive(lambda message: message.get("id") == 1)
        self.send("initialized", {})

    def send(self, method, params, number=None):
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        if number is not None:
            message["id"] = number
        body = json.dumps(message).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def receive(self, wanted):
        while True:
            length = 0
            while (line := self.process.stdout.readline()) not in (b"\r\n", b""):
                name, _, value = line.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            if not length:
                raise SystemExit("the server has left")
            message = json.loads(self.process.stdout.read(length))
            if wanted(message):
                return message

    def answered(self, uri, version):
        """Seconds until the diagnostics of a version come."""
        began = time.monotonic()
        is_answer = lambda message: message.get("params", {}).get("uri") == uri and message["params"].get("version") == version
        self.receive(is_answer)
        return time.monotonic() - began

    def leave(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
        self.send("shutdown", None, 2)
        self.receive(lambda message: message.get("id") == 2)
        self.send("exit", None)
        self.process.wait()
        return peak // 1024


def in_the_middle(text):
    """A place behind the brace that opens a function, not before the middle of the text if there is one there."""
    brace = text.find("\n{\n", len(text) // 2)
    brace = brace if brace >= 0 else text.find("{\n")
    return text.find("\n", brace + 1) + 1 if brace >= 0 else len(text)


def measure(binary, tree, file, changes):
    began = time.monotonic()
    quiet = ["--no-config", "--quiet", "--exit-zero", "--format", "jsonl"]
    subprocess.run([binary, "check", *quiet, tree], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    check = time.monotonic() - began
    server, uri, text = Server(binary, tree), file.as_uri(), file.read_text(errors="replace")
    document = {"uri": uri, "languageId": "rust" if file.suffix == ".rs" else "c", "version": 1, "text": text}
    server.send("textDocument/didOpen", {"textDocument": document})
    first, version, medians = server.answered(uri, 1), 1, []
    for place in (len, in_the_middle):
        times = []
        for _ in range(changes):
            version += 1
            at = place(text)
            text = text[:at] + "\n" + text[at:]
            change = {"textDocument": {"uri": uri, "version": version}, "contentChanges": [{"text": text}]}
            server.send("textDocument/didChange", change)
            times.append(server.answered(uri, version))
            time.sleep(0.2)
        medians.append(statistics.median(times))
    columns = [("first", first), ("change at the end", medians[0]), ("change in the middle", medians[1])]
    told = ", ".join(f"{name} {seconds * 1000:.0f} ms ({seconds / check:.3f})" for name, seconds in columns)
    print(f"{binary}: check {check * 1000:.0f} ms; {told}; {server.leave()} MB")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--other", action="append", default=[])
    parser.add_argument("--changes", type=int, default=10)
    parser.add_argument("tree", type=pathlib.Path)
    parser.add_argument("file", type=pathlib.Path)
    arguments = parser.parse_args()
    for binary in [arguments.bin, *arguments.other]:
        measure(binary, arguments.tree.resolve(), arguments.file.resolve(), arguments.changes)


if __name__ == "__main__":
    main()
