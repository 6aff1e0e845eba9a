#!/usr/bin/python3
"""How soon a key shows, and how soon the prompt is there, compared with bash.

usage: Tests/terminal/latency.py [--check] [--keys N] [--starts N]     (the shell is $THRESH or .build/release/thresh)

Keys are typed one by one at the prompt while eight jobs in the background print, and the time from each to its echo is taken,
apart from what the jobs print. The start is from the process's begin to the end of the first prompt. With --check the exit status says
whether the bounds hold: 5 ms at the 99th percentile, and the start at most that of `bash --norc`.
"""

import argparse
import os
import random
import select
import shlex
import signal
import statistics
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROMPT = b"READY> "


class Shell:
    """A shell on a pseudo-terminal, read as fast as it writes and looked at as little as possible."""

    def __init__(self, argv):
        variables = {"PATH": os.environ["PATH"], "HOME": tempfile.gettempdir(), "TERM": "linux", "LC_ALL": "C.UTF-8",
                     "PS1": PROMPT.decode(), "HISTFILE": "/dev/null"}
        self.master, line = os.openpty()
        self.begun = time.perf_counter()
        self.pid = os.fork()
        if self.pid == 0:
            os.login_tty(line)
            os.execvpe(argv[0], argv, variables)
        os.close(line)
        self.wait_for(PROMPT)
        self.start = time.perf_counter() - self.begun

    def wait_for(self, text, limit=10.0):
        seen = b""
        end = time.perf_counter() + limit
        while text not in seen:
            if time.perf_counter() > end:
                sys.exit("latency: expected %r, got %r" % (text, seen[-200:]))
            if select.select([self.master], [], [], 0.1)[0]:
                seen += os.read(self.master, 65536)
        return time.perf_counter()

    def drain(self, seconds):
        end = time.perf_counter() + seconds
        while True:
            left = end - time.perf_counter()
            if left <= 0:
                return
            if select.select([self.master], [], [], left)[0]:
                os.read(self.master, 65536)

    def close(self):
        try:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        finally:
            os.close(self.master)


def echo_times(argv, count):
    """Milliseconds from key to echo. The jobs print digits only, so that a letter is the echo."""
    shell = Shell(argv)
    fifo = tempfile.mkdtemp() + "/stop"
    job = "while [ ! -e %s ]; do echo 0123456789; sleep 0.02; done" % fifo
    os.write(shell.master, ("for n in 1 2 3 4 5 6 7 8; do sh -c '%s' & done; echo be''gun\r" % job).encode())
    shell.wait_for(b"begun")
    shell.drain(0.5)
    times = []
    letters = "qwertyuiopasdfghjklzxcvbnm"
    for number in range(count):
        key = letters[number % len(letters)].encode()
        sent = time.perf_counter()
        os.write(shell.master, key)
        times.append((shell.wait_for(key) - sent) * 1000)
        if number % 60 == 59:
            os.write(shell.master, b"\x15")
        shell.drain(random.uniform(0.002, 0.012))
    open(fifo, "w").close()
    shell.drain(0.2)
    shell.close()
    return times


def start_times(argv, count):
    times = []
    for _ in range(count):
        shell = Shell(argv)
        times.append(shell.start * 1000)
        shell.close()
    return times


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("usage: ", 1)[1].split("  ")[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--keys", type=int, default=400)
    parser.add_argument("--starts", type=int, default=30)
    given = parser.parse_args()
    thresh = shlex.split(os.environ.get("THRESH") or os.path.join(ROOT, ".build", "release", "thresh"))
    shells = [("thresh", [*thresh, "--norc"]), ("bash", ["bash", "--norc", "--noprofile"])]
    result = {}
    for name, argv in shells:
        keys = sorted(echo_times(argv, given.keys))
        result[name, "echo"] = keys[int(len(keys) * 0.99)]
        print("prompt: key to echo, eight jobs printing: %-6s median %.2f ms, 99th percentile %.2f ms" % (
            name, statistics.median(keys), result[name, "echo"]))
    # In turns, so that a busy moment hits both.
    starts = {name: [] for name, _ in shells}
    for _ in range(given.starts):
        for name, argv in shells:
            starts[name] += start_times(argv, 1)
    for name, _ in shells:
        result[name, "start"] = statistics.median(starts[name])
        print("prompt: start to prompt: %-6s median %.2f ms" % (name, result[name, "start"]))
    if given.check and (result["thresh", "echo"] >= 5 or result["thresh", "start"] > result["bash", "start"]):
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
