"""Job control: who has the terminal, what stops and goes on, and what is told of it."""

from driver import *


def the_shell_leads_the_foreground_group(s):
    equal(s.foreground(), s.pid)
    s.output("case $- in *i*m*) echo both;; *m*i*) echo both;; esac", "both")


def a_command_gets_the_terminal_and_gives_it_back(s):
    s.line("sleep 30")
    s.in_front("sleep")
    s.type(CTRL_C)
    s.prompt()
    s.output("echo status $?", "status 130")


def a_pipeline_is_one_group(s):
    s.line("sleep 30 | sleep 30")
    s.in_front("sleep", 2)
    s.type(CTRL_C)
    s.prompt()
    s.no_process("sleep")


def stop_and_continue(s):
    s.line("sleep 30")
    s.in_front("sleep")
    s.type(CTRL_Z)
    s.expect(r"\[1\] ?\+ +Stopped +sleep 30")
    s.prompt()
    s.output("echo status $?", "status 148")
    s.matches("jobs", r"^\[1\] ?\+ +Stopped +sleep 30$")
    s.matches("bg", r"^\[1\]\+? sleep 30")
    s.matches("jobs", r"^\[1\] ?\+ +Running +sleep 30")
    s.line("fg")
    s.in_front("sleep")
    s.type(CTRL_C)
    s.prompt()
    s.output("jobs", "")


def a_subshell_can_be_stopped(s):
    s.line("(sleep 30; echo never)")
    s.in_front("sleep")
    s.type(CTRL_Z)
    s.expect("Stopped")
    s.prompt()
    s.line("fg %1")
    s.in_front("sleep")
    s.type(CTRL_C)
    s.prompt()
    s.output("jobs", "")


def a_pipeline_with_a_loop_can_be_stopped(s):
    s.line("while :; do sleep 1; done | cat")
    s.in_front("sleep")
    s.in_front("cat")
    s.type(CTRL_Z)
    s.expect("Stopped")
    s.prompt()
    s.run("kill -KILL %1")
    s.run("wait")
    s.no_process("cat")


def interrupt_ends_a_loop(s):
    s.line("while :; do sleep 30; done")
    s.in_front("sleep")
    s.type(CTRL_C)
    s.prompt()
    s.line("echo begun; while :; do :; done")
    s.see("^begun")
    s.type(CTRL_C)
    s.prompt()
    s.output("echo $?", "130")


def interrupt_ends_read_and_wait(s):
    s.line("echo begun; read x")
    s.see("^begun")
    s.type(CTRL_C)
    s.prompt()
    s.run("sleep 30 &")
    s.line("echo again; wait")
    s.see("^again")
    s.type(CTRL_C)
    s.prompt()
    s.matches("kill %1; echo $?", "^0$")


def interrupt_drops_a_line(s):
    s.type("echo not run")
    s.row("READY> echo not run")
    s.entered = len(s.raw)
    s.type(CTRL_C)
    s.prompt()
    s.output("echo $?", "130")


def background_jobs_are_announced(s):
    s.matches("sleep 0.2 &", r"^\[1\] \d+$")
    s.eventually(":", r"^\[1\] ?\+ +Done +sleep 0.2$")
    s.matches("sh -c 'sleep 0.2; exit 3' &", r"^\[1\] \d+$")
    s.eventually(":", r"^\[1\] ?\+ +(Done\(3\)|Exit 3) +sh -c")


# bash writes the notice over the prompt, and the prompt comes with the next key.
@options(shells="thresh")
def notify_tells_at_once(s):
    s.run("set -b")
    s.run("sleep 0.3 &")
    s.see(r"\[1\] ?\+ +Done +sleep 0.3$")


def reading_in_the_background_stops(s):
    s.run("cat &")
    s.eventually("jobs", r"Stopped.*cat")
    s.line("fg")
    s.in_front("cat")
    s.line("hello")
    s.expect("hello\nhello\n")
    s.type(CTRL_D)
    s.prompt()


def writing_in_the_background_stops_with_tostop(s):
    s.line("stty tostop")
    s.modes = None
    s.prompt()
    s.run("sh -c 'sleep 0.2; echo out' &")
    s.eventually("jobs", r"Stopped")
    s.matches("fg", "^out$")
    s.line("stty -tostop")
    s.modes = None
    s.prompt()


def current_and_previous(s):
    for seconds in (31, 32, 33):
        s.run("sleep %d &" % seconds)
    s.matches("jobs", r"^\[1\]   ? ?Running +sleep 31", r"^\[2\] ?- +Running +sleep 32", r"^\[3\] ?\+ +Running")
    s.run("kill -STOP %1")
    s.eventually("jobs", r"^\[1\] ?\+ +Stopped.* sleep 31$")
    s.matches("jobs", r"^\[3\] ?- +Running")
    s.matches("jobs -l %1", r"^\[1\] ?\+ +\d+ +Stopped")
    s.matches("jobs %sleep", "more than one job|ambiguous")
    s.matches("jobs '%?32'", r"sleep 32")
    s.run("kill %1 %2 %3; kill -CONT %1")
    s.run("wait")
    s.output("jobs", "")


def stopped_jobs_hold_the_shell_once(s):
    s.line("sleep 30")
    s.in_front("sleep")
    s.type(CTRL_Z)
    s.prompt()
    s.matches("exit", "stopped jobs")
    s.line("exit 7")
    s.wait_end(7)


def end_of_input_ends_the_shell(s):
    s.type(CTRL_D)
    s.wait_end(0)


def ignoreeof_keeps_it(s):
    s.run("set -o ignoreeof")
    s.entered = len(s.raw)
    s.type(CTRL_D)
    s.expect("exit")
    s.prompt()
    s.line("exit 3")
    s.wait_end(3)


def the_shell_outlives_its_signals(s):
    for name in ("TERM", "QUIT", "TSTP", "INT"):
        s.run("kill -%s $$" % name)
    s.output("echo alive", "alive")
    s.matches("sh -c 'kill -TERM $$'; echo $?", "^143$")
    s.output("(trap) | wc -l", "0")


def errors_end_a_command_only(s):
    s.matches("echo ${x?none}; echo no", "none")
    s.run("readonly r=1")
    s.matches("r=2; echo no", "r")
    s.matches("set -o nosuchoption", "nosuchoption")
    s.matches(". ./nosuchfile", "nosuchfile")
    s.matches("exec nosuchcommand", "not found")
    s.output("echo alive", "alive")


def modes_are_put_back(s):
    s.line("sh -c 'stty -echo; sleep 30'")
    s.in_front("sleep")
    s.type(CTRL_Z)
    s.prompt()
    s.run("kill -KILL %1")
    s.run("wait")
    s.run("sh -c 'stty -echo; kill -KILL $$'")


def a_nested_shell_gives_the_terminal_back(s):
    s.line("PS1='INNER> ' $THRESH -i")
    s.see("^INNER>$")
    s.until(lambda: s.foreground() != s.pid, "the inner shell has no terminal")
    s.line("exit 5")
    s.prompt()
    s.output("echo $?", "5")
