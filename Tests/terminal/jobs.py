#!/usr/bin/env python3
"""Job control on a real pseudo-terminal: an interactive shell, keys typed, what comes back, and whose the terminal is.

usage: Tests/terminal/jobs.py [SHELL [ARGUMENT...]]    (default: $THRESH, else .build/release/thresh)
"""

import fcntl
import os
import re
import select
import signal
import struct
import sys
import tempfile
import termios
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LIMIT = 20.0


class Session:
    """A shell on a terminal of its own."""

    def __init__(self, argv, environment=None):
        self.output = b""
        self.seen = 0
        self.pid, self.terminal = os.forkpty()
        if self.pid == 0:
            for number in range(1, 32):
                if number not in (signal.SIGKILL, signal.SIGSTOP):
                    signal.signal(number, signal.SIG_DFL)
            os.chdir(tempfile.mkdtemp(prefix="thresh-terminal."))
            variables = {"PATH": os.environ["PATH"], "HOME": os.getcwd(), "TERM": "dumb", "LC_ALL": "C.UTF-8",
                         "PS1": "PROMPT> ", "PS2": "MORE> ", **(environment or {})}
            os.execvpe(argv[0], argv, variables)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 200, 0, 0))

    def read(self, limit):
        """Takes what comes within the limit; False at the end or if nothing came."""
        ready, _, _ = select.select([self.terminal], [], [], limit)
        if not ready:
            return False
        try:
            data = os.read(self.terminal, 65536)
        except OSError:
            return False
        self.output += data
        return bool(data)

    def expect(self, pattern, limit=LIMIT):
        """Waits until the pattern comes in what has not been matched yet; the match."""
        end = time.monotonic() + limit
        while True:
            found = re.search(pattern.encode(), self.output[self.seen:], re.S)
            if found:
                self.seen += found.end()
                return found
            left = end - time.monotonic()
            if left <= 0:
                raise AssertionError("expected %r, got %r" % (pattern, self.output[self.seen:]))
            if not self.read(min(left, 0.2)) and self.ended():
                if not re.search(pattern.encode(), self.output[self.seen:], re.S):
                    raise AssertionError("the shell ended; expected %r, got %r" % (pattern, self.output[self.seen:]))

    def ended(self):
        if getattr(self, "status", None) is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.status = os.waitstatus_to_exitcode(status) if pid else None
        return self.status is not None

    def prompt(self):
        self.expect("PROMPT> ")

    def type(self, text):
        os.write(self.terminal, text.encode())

    def line(self, text):
        self.type(text + "\r")

    def run(self, text):
        """Types a command at the prompt and waits for the next prompt; what it wrote."""
        self.line(text)
        return self.expect(r"\n(.*?)PROMPT> ").group(1).decode().replace("\r", "")

    def foreground(self):
        return os.tcgetpgrp(self.terminal)

    def until(self, condition, what):
        end = time.monotonic() + LIMIT
        while not condition():
            self.read(0.02)
            if time.monotonic() > end:
                raise AssertionError(what)

    def given_away(self):
        """Waits until a job has the terminal, and all of the job is there."""
        self.until(lambda: self.foreground() != self.pid, "the terminal was not given away")
        time.sleep(0.4)
        self.until(lambda: self.foreground() != self.pid, "the terminal was not given away")

    def wait_end(self):
        self.until(self.ended, "the shell does not end")
        return self.status

    def close(self):
        if not self.ended():
            for group in {self.foreground(), self.pid}:
                try:
                    os.killpg(group, signal.SIGKILL)
                except OSError:
                    pass
            try:
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
            except OSError:
                pass
        os.close(self.terminal)


def equal(given, expected):
    if given != expected:
        raise AssertionError("expected %r, given %r" % (expected, given))


def contains(given, *patterns):
    for pattern in patterns:
        if not re.search(pattern, given, re.M):
            raise AssertionError("expected %r in %r" % (pattern, given))


# Each test is a function over a session that is at its first prompt.

def the_shell_leads_the_foreground_group(s):
    equal(s.foreground(), s.pid)
    contains(s.run("case $- in *i*m*) echo both;; esac"), "^both$")


def a_command_gets_the_terminal_and_gives_it_back(s):
    s.line("sleep 30")
    s.given_away()
    s.type("\x03")
    s.prompt()
    equal(s.foreground(), s.pid)
    contains(s.run("echo status $?"), "^status 130$")


def a_pipeline_is_one_group(s):
    s.line("sleep 30 | sleep 30")
    s.given_away()
    s.type("\x03")
    s.prompt()
    contains(s.run("sh -c 'ps -o pgid= -p $$; cat' </dev/null | sh -c 'read a; set -- $(ps -o pgid= -p $$); "
                   "[ $a = $1 ] && echo same'"), "^same$")


def stop_and_continue(s):
    s.line("sleep 30")
    s.given_away()
    s.type("\x1a")
    s.expect(r"\[1\] \+ Stopped +sleep 30")
    s.prompt()
    equal(s.foreground(), s.pid)
    contains(s.run("echo status $?"), "^status 148$")
    contains(s.run("jobs"), r"^\[1\] \+ Stopped +sleep 30$")
    contains(s.run("bg"), r"^\[1\] sleep 30$")
    contains(s.run("jobs"), r"^\[1\] \+ Running +sleep 30$")
    s.line("fg")
    s.given_away()
    s.type("\x03")
    s.prompt()
    equal(s.run("jobs"), "")


def a_subshell_can_be_stopped(s):
    s.line("(sleep 30; echo never)")
    s.given_away()
    s.type("\x1a")
    s.expect("Stopped")
    s.prompt()
    s.line("fg %1")
    s.given_away()
    s.type("\x03")
    s.prompt()
    equal(s.run("jobs"), "")


def a_pipeline_with_a_loop_can_be_stopped(s):
    s.line("while :; do sleep 1; done | cat")
    s.given_away()
    s.type("\x1a")
    s.expect("Stopped")
    s.prompt()
    s.run("kill -KILL %1")
    s.run("wait")


def interrupt_ends_a_loop(s):
    s.line("while :; do sleep 30; done")
    s.given_away()
    s.type("\x03")
    s.prompt()
    s.line("while :; do :; done")
    time.sleep(0.3)
    s.type("\x03")
    s.prompt()
    contains(s.run("echo alive"), "^alive$")


def interrupt_ends_read_and_wait(s):
    s.line("read x")
    time.sleep(0.3)
    s.type("\x03")
    s.prompt()
    s.run("sleep 30 &")
    s.line("wait")
    time.sleep(0.3)
    s.type("\x03")
    s.prompt()
    contains(s.run("kill %1; echo $?"), "^0$")


def interrupt_drops_a_line(s):
    s.type("echo not run")
    s.expect("echo not run")
    s.type("\x03")
    s.prompt()
    contains(s.run("echo $?"), "^130$")


def background_jobs_are_announced(s):
    contains(s.run("sleep 0.2 &"), r"^\[1\] \d+$")
    s.until(lambda: re.search(r"^\[1\] \+ Done +sleep 0.2$", s.run(":"), re.M), "the end was not told")
    contains(s.run("(exit 3) &"), r"^\[1\] \d+$")
    s.until(lambda: re.search(r"^\[1\] \+ Done\(3\) +\(exit 3\)$", s.run(":"), re.M), "the status was not told")


def notify_tells_at_once(s):
    s.run("set -b")
    s.run("sleep 0.3 &")
    s.expect(r"\[1\] \+ Done +sleep 0.3")


def reading_in_the_background_stops(s):
    s.run("cat &")
    s.until(lambda: "SIGTTIN" in s.run("jobs"), "cat was not stopped")
    s.line("fg")
    s.given_away()
    s.line("hello")
    s.expect("hello\r\nhello\r\n")
    s.type("\x04")
    s.prompt()


def writing_in_the_background_stops_with_tostop(s):
    s.run("stty tostop")
    s.run("sh -c 'sleep 0.2; echo out' &")
    s.until(lambda: "SIGTTOU" in s.run("jobs"), "echo was not stopped")
    contains(s.run("fg"), "^out$")
    s.run("stty -tostop")


def current_and_previous(s):
    for seconds in (31, 32, 33):
        s.run("sleep %d &" % seconds)
    contains(s.run("jobs"), r"^\[1\]   Running +sleep 31$", r"^\[2\] - Running +sleep 32$", r"^\[3\] \+ Running")
    s.run("kill -STOP %1")
    time.sleep(0.3)
    contains(s.run("jobs"), r"^\[1\] \+ Stopped \(SIGSTOP\) sleep 31$", r"^\[3\] - Running")
    contains(s.run("jobs -l %1"), r"^\[1\] \+ \d+ Stopped")
    contains(s.run("jobs %sleep"), "more than one job")
    contains(s.run("jobs '%?32'"), r"sleep 32$")
    s.run("kill %1 %2 %3")
    s.run("wait")
    equal(s.run("jobs"), "")


def stopped_jobs_hold_the_shell_once(s):
    s.line("sleep 30")
    s.given_away()
    s.type("\x1a")
    s.prompt()
    contains(s.run("exit"), "stopped jobs")
    s.line("exit 7")
    equal(s.wait_end(), 7)


def end_of_input_ends_the_shell(s):
    s.type("\x04")
    equal(s.wait_end(), 0)


def ignoreeof_keeps_it(s):
    s.run("set -o ignoreeof")
    s.type("\x04")
    s.expect("exit")
    s.prompt()
    s.line("exit 3")
    equal(s.wait_end(), 3)


def the_shell_outlives_its_signals(s):
    s.run("kill -TERM $$")
    s.run("kill -QUIT $$")
    s.run("kill -TSTP $$")
    s.run("kill -INT $$")
    contains(s.run("echo alive"), "^alive$")
    contains(s.run("sh -c 'kill -TERM $$'; echo $?"), "^143$")
    contains(s.run("(trap) | wc -l"), r"^\s*0$")


def continued_lines_get_ps2(s):
    s.line("if true")
    s.expect("MORE> ")
    s.line("then echo yes; fi")
    s.expect("yes\r\n")
    s.prompt()


def errors_end_a_command_only(s):
    contains(s.run("echo ${x?none}; echo no"), "none")
    s.run("readonly r=1")
    contains(s.run("r=2; echo no"), "r")
    contains(s.run("set -o nosuchoption"), "nosuchoption")
    contains(s.run(". ./nosuchfile"), "nosuchfile")
    contains(s.run("exec nosuchcommand"), "not found")
    contains(s.run("echo alive"), "^alive$")


def modes_are_put_back(s):
    s.line("sh -c 'stty -echo; sleep 30'")
    s.given_away()
    s.type("\x1a")
    s.prompt()
    contains(s.run("stty -a"), r"(^|\s)echo\b")
    s.run("kill -KILL %1")
    s.run("wait")
    s.line("sh -c 'stty -echo; kill -KILL $$'")
    s.prompt()
    contains(s.run("stty -a"), r"(^|\s)echo\b")


def a_nested_shell_gives_the_terminal_back(s):
    s.line("PS1='INNER> ' $THRESH -i")
    s.expect("INNER> ")
    s.until(lambda: s.foreground() != s.pid, "the inner shell has no terminal")
    s.line("exit 5")
    s.prompt()
    equal(s.foreground(), s.pid)
    contains(s.run("echo $?"), "^5$")


TESTS = [value for value in list(globals().values())
         if callable(value) and getattr(value, "__code__", None) and value.__code__.co_varnames[:1] == ("s",)]


def main():
    argv = sys.argv[1:]
    only = None
    if argv[:1] == ["--name"]:
        only, argv = argv[1], argv[2:]
    argv = argv or [os.environ.get("THRESH", os.path.join(ROOT, ".build", "release", "thresh"))]
    failed = 0
    tests = [test for test in TESTS if not only or re.search(only, test.__name__)]
    for test in tests:
        session = Session([*argv, "-i"] if len(argv) > 1 else argv, {"THRESH": " ".join(argv)})
        try:
            session.prompt()
            test(session)
        except AssertionError as error:
            failed += 1
            print("FAILED %s: %s" % (test.__name__.replace("_", " "), error))
        finally:
            session.close()
    print("%d passed, %d failed" % (len(tests) - failed, failed))
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
