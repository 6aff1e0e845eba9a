"""A shell on a pseudo-terminal: keys are typed, and the screen is read as a person would, through a terminal emulator.

A case is a function whose first parameter is called `s`, the session, which stands at its first prompt:

    def interrupt_drops_a_line(s):
        s.type("echo not run")
        s.row("READY> echo not run")
        s.type(CTRL_C)
        s.prompt()
        s.output("echo $?", "130")

Nothing depends on how long something takes: each step waits until the screen shows what it should. At every prompt the
terminal's modes must be those of the first one, and when the shell has ended those from before it began.
"""

import fcntl
import os
import re
import select
import shutil
import signal
import struct
import subprocess
import tempfile
import termios
import time

import pyte

# How long a step waits for what must come.
LIMIT = float(os.environ.get("TERMINAL_LIMIT", "15"))
PROMPT = "READY> "
CONTINUATION = "MORE> "

ESCAPE, TAB, ENTER, BACKSPACE, DELETE = "\x1b", "\t", "\r", "\x7f", "\x1b[3~"
UP, DOWN, RIGHT, LEFT, HOME, END = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[1~", "\x1b[4~"
CTRL_A, CTRL_B, CTRL_C, CTRL_D, CTRL_E, CTRL_F, CTRL_G = (chr(n) for n in range(1, 8))
CTRL_K, CTRL_L, CTRL_N, CTRL_P, CTRL_R, CTRL_S, CTRL_T = (chr(ord(c) - 64) for c in "KLNPRST")
CTRL_U, CTRL_V, CTRL_W, CTRL_X, CTRL_Y, CTRL_Z = (chr(ord(c) - 64) for c in "UVWXYZ")
CTRL_BACKSLASH, CTRL_UNDERSCORE = "\x1c", "\x1f"
PASTE_BEGIN, PASTE_END = "\x1b[200~", "\x1b[201~"

# What programs write that is no text: CSI and OSC sequences, other escapes, bells, shifts.
CONTROLS = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()][0-9A-Za-z]|\x1b[0-9=>A-Za-z]|[\x07\x0e\x0f]")


class Failure(Exception):
    """What a case expected did not come."""


def options(**settings):
    """How a case's session is to be: the parameters of Session; `limit`, the seconds for the whole case; `needs`, the
    programs without which it is left out; `shells`, those that it is for, if it is not for all."""

    def note(function):
        function.settings = settings
        return function

    return note


class Session:
    """One shell on one terminal.

    environment: variables beside the few that all get (value None: without it)
    files:       what lies in the home directory, by name; a text that begins with `#!` becomes executable
    arguments:   of the shell
    """

    def __init__(self, shell, environment=None, files=None, arguments=(), rows=24, columns=100, prompt=PROMPT):
        self.home = os.path.realpath(tempfile.mkdtemp(prefix="thresh-terminal."))
        for name, text in (files or {}).items():
            path = os.path.join(self.home, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(text.encode() if isinstance(text, str) else text)
            if text[:2] in ("#!", b"#!"):
                os.chmod(path, 0o755)
        self.prompt_text = prompt
        self.raw = ""
        self.matched = 0
        self.entered = None
        self.status = None
        self.modes = None
        self.pending = b""
        self.screen = pyte.HistoryScreen(columns, rows, history=2000, ratio=0.5)
        self.screen.write_process_input = lambda answer: self.type(answer)
        self.stream = pyte.Stream(self.screen)
        variables = {
            "PATH": os.environ["PATH"], "HOME": self.home, "TERM": "linux", "LC_ALL": "C.UTF-8", "PS1": prompt,
            "PS2": CONTINUATION, "THRESH": " ".join(shell), "SHELL": shell[0], **(environment or {})}
        variables = {name: value for name, value in variables.items() if value is not None}
        self.terminal, self.line_end = os.openpty()
        self.resize(rows, columns, tell=False)
        self.modes_before = termios.tcgetattr(self.line_end)
        self.pid = os.fork()
        if self.pid == 0:
            try:
                for number in range(1, 32):
                    if number not in (signal.SIGKILL, signal.SIGSTOP):
                        signal.signal(number, signal.SIG_DFL)
                signal.pthread_sigmask(signal.SIG_SETMASK, [])
                os.chdir(self.home)
                os.close(self.terminal)
                os.login_tty(self.line_end)
                os.execvpe(shell[0], [*shell, *arguments], variables)
            finally:
                os._exit(127)

    # MARK: Keys

    def type(self, keys):
        os.write(self.terminal, keys.encode())

    def line(self, text):
        """Types a line and Enter."""
        self.entered = len(self.raw)
        self.type(text + ENTER)

    def paste(self, text):
        """Gives a text as a terminal gives a pasted one to a program that has asked for that."""
        self.type(PASTE_BEGIN + text + PASTE_END)

    def resize(self, rows, columns, tell=True):
        fcntl.ioctl(self.line_end, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        if tell:
            self.screen.resize(rows, columns)

    # MARK: The screen

    def read(self, limit):
        """Takes what comes within the limit."""
        ready, _, _ = select.select([self.terminal], [], [], limit)
        if not ready:
            return False
        try:
            data = os.read(self.terminal, 65536)
        except OSError:
            return False
        self.pending += data
        # A character may come in two pieces.
        for cut in range(0, 4):
            try:
                text = self.pending[:len(self.pending) - cut].decode()
                self.pending = self.pending[len(self.pending) - cut:]
                break
            except UnicodeDecodeError:
                continue
        else:
            text, self.pending = self.pending.decode(errors="replace"), b""
        self.raw += text
        self.stream.feed(text)
        return bool(data)

    def until(self, condition, what):
        """Waits until the condition holds, and gives what it gave."""
        end = time.monotonic() + LIMIT
        while True:
            given = condition()
            if given:
                return given
            if time.monotonic() > end:
                raise Failure(what() if callable(what) else what)
            self.read(0.05)

    @property
    def rows(self):
        """The rows of the screen, without blanks at their ends."""
        return [row.rstrip() for row in self.screen.display]

    @property
    def text(self):
        """All the screen, and what has scrolled out of it."""
        above = ["".join(line[column].data for column in range(self.screen.columns)).rstrip()
                 for line in self.screen.history.top]
        return "\n".join(above + self.rows)

    @property
    def cursor(self):
        """Row and column, from 0."""
        return self.screen.cursor.y, self.screen.cursor.x

    def see(self, pattern):
        """Waits until the pattern is somewhere on the screen."""
        return self.until(lambda: re.search(pattern, "\n".join(self.rows), re.M), "expected on the screen: %r" % pattern)

    def see_not(self, pattern):
        """Waits until the pattern is nowhere on the screen."""
        self.until(lambda: not re.search(pattern, "\n".join(self.rows), re.M), "unexpected on the screen: %r" % pattern)

    def row(self, text, column=None):
        """Waits until the cursor's row is this text (blanks at the end left out), with the cursor in that column."""
        def holds():
            y, x = self.cursor
            return self.rows[y] == text.rstrip() and (column is None or x == column)
        self.until(holds, lambda: "expected the row %r%s, it is %r with the cursor at %d" % (
            text, "" if column is None else " and the cursor at %d" % column, self.rows[self.cursor[0]], self.cursor[1]))

    def expect(self, pattern):
        """Waits until the pattern comes in the text written since the last match; the match."""
        def found():
            return re.search(pattern, plain(self.raw[self.matched:]), re.M | re.S)
        match = self.until(found, lambda: "expected %r, got %r" % (pattern, plain(self.raw[self.matched:])))
        self.matched = len(self.raw)
        return match

    # MARK: Commands

    def at_prompt(self):
        """Whether the cursor stands behind a prompt that is not the one a line was typed at."""
        if self.entered is not None and "\n" not in self.raw[self.entered:]:
            return False
        y, x = self.cursor
        last = self.prompt_text.split("\n")[-1]
        return self.rows[y] == last.rstrip() and x == len(last)

    def prompt(self):
        """Waits for the prompt; the shell must be in front, and the terminal's modes those of the first prompt."""
        self.until(self.at_prompt, "no prompt")
        self.entered = None
        self.matched = len(self.raw)
        self.until(lambda: self.foreground() == self.pid, "the prompt is there, but the shell is not in front")
        self.check_modes()

    def check_modes(self):
        if self.modes is None:
            self.modes = termios.tcgetattr(self.line_end)
            return
        self.until(lambda: termios.tcgetattr(self.line_end) == self.modes,
                   lambda: "the terminal's modes have changed: " + difference(self.modes, termios.tcgetattr(self.line_end)))

    def run(self, text):
        """Types a command at the prompt and waits for the next prompt; what was written between."""
        start = len(self.raw)
        self.line(text)
        self.prompt()
        return self.written(start)

    def written(self, start):
        """The text from there on: without the line that was typed, and without the prompt at the end."""
        given = plain(self.raw[start:]).partition("\n")[2]
        last = self.prompt_text.split("\n")[-1]
        return given[:given.rfind(last)] if last in given else given

    def output(self, command, expected):
        """Runs a command that must write just this."""
        given = self.run(command).rstrip("\n")
        if given != expected:
            raise Failure("%s: expected %r, got %r" % (command, expected, given))

    def matches(self, command, *patterns):
        """Runs a command whose output must match each of the patterns; the output."""
        given = self.run(command)
        for pattern in patterns:
            if not re.search(pattern, given, re.M):
                raise Failure("%s: expected %r, got %r" % (command, pattern, given))
        return given

    def eventually(self, command, pattern):
        """Runs a command again and again until its output matches; the output."""
        end = time.monotonic() + LIMIT
        while True:
            given = self.run(command)
            if re.search(pattern, given, re.M):
                return given
            if time.monotonic() > end:
                raise Failure("%s: expected at last %r, got %r" % (command, pattern, given))
            time.sleep(0.05)

    # MARK: Processes

    def foreground(self):
        return os.tcgetpgrp(self.terminal)

    def in_front(self, name, count=1):
        """Waits until a job is in front that has so many processes of that name; its process group."""
        def there():
            front = self.foreground()
            names = [each for each in processes(self.pid) if each.group == front and each.name == name]
            return front if front != self.pid and len(names) >= count else None
        return self.until(there, lambda: "expected %d × %s in front; the session: %s" % (count, name, processes(self.pid)))

    def no_process(self, name):
        """Waits until no process of the session has that name."""
        self.until(lambda: not [each for each in processes(self.pid) if each.name == name], "%s is still there" % name)

    def ended(self):
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status is not None

    def wait_end(self, status=None):
        """Waits until the shell has ended; its status."""
        self.until(self.ended, "the shell does not end")
        while self.read(0):
            pass
        if status is not None and self.status != status:
            raise Failure("the shell's status: expected %d, got %d" % (status, self.status))
        return self.status

    def finish(self):
        """The end of a case: the shell is told to go, if it is there, and must leave the terminal as it was."""
        if not self.ended():
            self.until(self.at_prompt, "no prompt at the end of the case")
            for _ in range(2):
                self.line("exit")
                self.until(lambda: self.ended() or self.at_prompt(), "the shell does not end")
                if self.ended():
                    break
            self.wait_end()
        if self.line_end < 0:
            return
        now = termios.tcgetattr(self.line_end)
        if now != self.modes_before:
            raise Failure("the shell has left the terminal's modes changed: " + difference(self.modes_before, now))

    def hang_up(self):
        """Takes the terminal away."""
        os.close(self.line_end)
        os.close(self.terminal)
        self.terminal = self.line_end = -1

    def close(self):
        """Ends whatever is left."""
        for each in processes(self.pid):
            try:
                os.kill(each.pid, signal.SIGKILL)
            except OSError:
                pass
        if self.status is None:
            try:
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
            except OSError:
                pass
        if self.terminal >= 0:
            os.close(self.line_end)
            os.close(self.terminal)
        shutil.rmtree(self.home, ignore_errors=True)


class Process:
    def __init__(self, pid, name, state, group, session):
        self.pid, self.name, self.state, self.group, self.session = pid, name, state, group, session

    def __repr__(self):
        return "%d %s %s group %d" % (self.pid, self.name, self.state, self.group)


def processes(session):
    """The processes of a session that have not ended."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open("/proc/%s/stat" % entry) as file:
                text = file.read()
        except OSError:
            continue
        name = text[text.index("(") + 1:text.rindex(")")]
        state, _, group, leader = text[text.rindex(")") + 2:].split()[:4]
        if int(leader) == session and state not in "ZX":
            found.append(Process(int(entry), name, state, int(group), int(leader)))
    return found


def plain(text):
    """A text without the sequences that move the cursor or colour it."""
    return CONTROLS.sub("", text).replace("\r", "")


def difference(before, after):
    names = ("iflag", "oflag", "cflag", "lflag", "ispeed", "ospeed")
    told = ["%s %o, was %o" % (name, now, then) for name, then, now in zip(names, before, after) if then != now]
    if before[6] != after[6]:
        told += ["character %d is %r, was %r" % (index, now, then)
                 for index, (then, now) in enumerate(zip(before[6], after[6])) if then != now]
    return ", ".join(told)


def equal(given, expected):
    if given != expected:
        raise Failure("expected %r, got %r" % (expected, given))


def contains(given, *patterns):
    for pattern in patterns:
        if not re.search(pattern, given, re.M):
            raise Failure("expected %r in %r" % (pattern, given))


def have(*programs):
    """Whether all these programs are installed."""
    return all(shutil.which(program) for program in programs)
