"""Prompts, and what the terminal is told beside them."""

import os
import signal
import socket

from driver import *


def commands_before_the_prompt(s):
    s.prompt_text = "3 READY> "
    s.line("PROMPT_COMMAND='echo before $?; false'; PS1='$? READY> '; (exit 3)")
    s.prompt()
    s.see("^before 3$")
    s.prompt_text = "0 READY> "
    s.line("PROMPT_COMMAND=('a=1' 'b=$((a+1))' 'echo $a$b')")
    s.prompt()
    s.see("^12$")


def ps0_comes_after_the_line_and_before_the_command(s):
    s.run("n=0; PS0='<$((++n)) \\j>\\n'")
    s.output("echo out", "<1 0>\nout")
    s.output("", "")
    s.output("echo $n", "<2 0>\n2")


def command_numbers(s):
    s.prompt_text = "3> "
    s.line("PS1='\\#> '")
    s.prompt_text = "2> "
    s.prompt()
    s.prompt_text = "3> "
    s.line("true")
    s.prompt()
    s.line("")
    s.prompt()


def a_prompt_of_several_lines(s):
    s.prompt_text = "two> "
    s.line("PS1='one\\ntwo> '")
    s.prompt()
    s.see("^one\ntwo>$")
    s.type("echo x" + CTRL_L)
    s.see("\\Aone\ntwo> echo x$")
    s.line("")
    s.expect("\nx\n")
    s.prompt()


NAMES = "root@%s:" % socket.gethostname().split(".")[0] if os.getuid() == 0 else ""
MARK = "#" if os.getuid() == 0 else "$"


@options(environment={"PS1": None, "SSH_CONNECTION": None, "SSH_TTY": None, "NO_COLOR": "1"}, prompt=NAMES + "~" + MARK + " ",
         shells="thresh")
def without_ps1_the_prompt_says_what_matters(s):
    s.prompt_text = NAMES + "~ [3]" + MARK + " "
    s.line("(exit 3)")
    s.prompt()


@options(prompt=" > ", environment={"PS1": "\\? \\E> "}, shells="thresh")
def the_status_of_a_failed_command(s):
    s.prompt_text = " [4] > "
    s.line("(exit 4)")
    s.prompt()
    s.prompt_text = " > "
    s.line("true")
    s.prompt()


MARKS = {"TERM": "xterm-256color", "VTE_VERSION": "7801", "TMUX": None, "STY": None, "TERM_PROGRAM": None}


@options(environment=MARKS, shells="thresh")
def marks_for_a_terminal_that_knows_them(s):
    s.until(lambda: "\x1b]133;A\x07READY> \x1b]133;B\x07" in s.raw, "no marks around the prompt")
    start = len(s.raw)
    s.run("mkdir 'a b%é'; cd 'a b%é'; (exit 5)")
    given = s.raw[start:]
    contains(given, r"\x1b\]133;C\x07", r"\x1b\]133;D;5\x07", r"\x1b\]7;file://[^/]+/[^\x07]*/a%20b%25%C3%A9\x07")
    start = len(s.raw)
    s.run("")
    equal("133;D" in s.raw[start:], False)
    s.run("THRESH_MARKS=off")
    start = len(s.raw)
    s.run("true")
    equal("]133" in s.raw[start:] or "]7;" in s.raw[start:], False)


@options(environment={**MARKS, "TERM": "linux"}, shells="thresh")
def no_marks_on_the_console(s):
    s.run("true")
    equal("]133" in s.raw or "]7;" in s.raw, False)


def a_command_of_several_lines_is_edited_as_one(s):
    s.line("for i in 1 2")
    s.row("MORE> ", 6)
    s.line("do echo \"$i\"")
    s.row("MORE> ", 6)
    s.line("done")
    s.expect("\n1\n2\n")
    s.prompt()
    s.type(UP)
    s.type(BACKSPACE * 4 + "done" + ENTER)
    s.expect("1\n2\n")
    s.prompt()


def a_backslash_at_the_end_of_the_line(s):
    s.line("echo one \\")
    s.row("MORE> ", 6)
    s.line("two")
    s.expect("\none two\n")
    s.prompt()


def aliases_that_open_a_command(s):
    s.run("alias begin='for i in 1 2; do'")
    s.line("begin echo $i")
    s.row("MORE> ", 6)
    s.line("done")
    s.expect("\n1\n2\n")
    s.prompt()


@options(shells="thresh")
def a_syntax_error_drops_the_rest_of_a_paste(s):
    s.paste("echo one\n)\necho never")
    s.line("")
    s.prompt()
    s.see("^one$")
    s.see_not("^never$")


@options(shells="thresh")
def the_end_of_the_input_in_a_command_is_an_error_only(s):
    s.line("if true")
    s.row("MORE> ", 6)
    s.entered = len(s.raw)
    s.type(CTRL_D)
    s.prompt()
    s.output("echo $?", "2")


def the_terminal_is_left_sane_by_a_signal(s):
    s.type("half a line")
    s.row("READY> half a line")
    os.kill(s.pid, signal.SIGTERM)
    s.type(CTRL_U)
    s.output("echo still here", "still here")
    s.run("trap 'echo the end' EXIT")
    s.type("half a line")
    s.row("READY> half a line")
    os.kill(s.pid, signal.SIGHUP)
    s.wait_end(-signal.SIGHUP)
    equal(termios.tcgetattr(s.line_end), s.modes_before)


@options(shells="thresh")
def the_exit_trap_runs_when_a_signal_ends_the_shell(s):
    s.run("trap 'echo the end > end' EXIT")
    s.type("half a line")
    s.row("READY> half a line")
    os.kill(s.pid, signal.SIGUSR1)
    s.wait_end(-signal.SIGUSR1)
    equal(termios.tcgetattr(s.line_end), s.modes_before)
    equal(open(os.path.join(s.home, "end")).read(), "the end\n")


def without_editing(s):
    s.line("set +o emacs")
    s.modes = None
    s.prompt()
    s.output("echo plain", "plain")
    s.line("if true")
    s.row("MORE> ", 6)
    s.line("then echo yes; fi")
    s.expect("\nyes\n")
    s.prompt()
    s.type("dropped")
    s.entered = len(s.raw)
    s.type(CTRL_C)
    s.prompt()
    s.line("set -o emacs")
    s.modes = None
    s.prompt()
    s.type("x" + CTRL_A + "echo ")
    s.line("")
    s.expect("\nx\n")
    s.prompt()


@options(shells="thresh")
def the_number_of_running_jobs_of_a_pool(s):
    s.line("parallel -j 3 sleep ::: 100 100 100")
    s.until(
        lambda: len([each for each in processes(s.pid) if each.name == "sleep"]) == 3, "the pool does not run")
    s.type(CTRL_Z)
    s.see("Stopped")
    s.prompt()
    s.run("bg")
    s.output("p='\\P'; echo \"${p@P}\"", "3")
    s.run("kill -KILL %1; wait")
    s.eventually("echo \"${p@P}\"", "^0$")
