"""Ctrl-Z on commands that the shell runs itself: they stop, the prompt comes, and they go on."""

from driver import *


@options(shells="thresh")
def a_loop_of_builtins(s):
    s.line("i=0; while [ ! -e go ]; do i=$((i + 1)); [ $i = 9 ] && echo begun; done; echo over")
    s.see("^begun")
    s.type(CTRL_Z)
    s.expect(r"Stopped +i=0; while")
    s.prompt()
    s.output("echo $? $((i > 0))", "148 1")
    s.matches("jobs", r"^\[1\] ?\+ +Stopped +i=0; while")
    s.run(": >go")
    s.matches("fg", "^over$")
    s.output("jobs", "")


@options(shells="thresh")
def a_loop_of_commands(s):
    s.line("for i in 1 2 3; do sleep 0.$i; echo round $i; [ $i = 1 ] && sleep 20; done")
    s.see("^round 1")
    s.in_front("sleep")
    s.type(CTRL_Z)
    s.expect("Stopped +for i in 1 2 3")
    s.prompt()
    s.output("echo $i", "1")
    s.until(lambda: [each for each in processes(s.pid) if each.name == "sleep" and each.state == "T"], "sleep runs on")
    s.line("fg")
    s.in_front("sleep")
    s.type(CTRL_Z)
    s.prompt()
    s.matches("bg", "for i in 1 2 3")
    s.eventually("jobs", "Running")
    s.run("kill %1")
    s.eventually("echo .; jobs", r"\A\.\n\Z|Terminated")
    s.no_process("sleep")


@options(shells="thresh")
def a_function(s):
    s.run("f() { local where=inside; sleep 20; echo after in $where; }; where=outside")
    s.line("f")
    s.in_front("sleep")
    s.type(CTRL_Z)
    s.expect("Stopped +f")
    s.prompt()
    s.output("echo $where", "outside")
    s.line("fg %f")
    s.in_front("sleep")
    s.type(CTRL_C)
    s.prompt()
    s.output("jobs", "")


@options(shells="thresh")
def read_stops_and_goes_on(s):
    s.line("echo begun; IFS=: read a b; echo got $b")
    s.see("^begun")
    s.type(CTRL_Z)
    s.expect("Stopped")
    s.prompt()
    s.output('x="p q"; set -- $x; echo $#', "2")
    s.line("fg")
    s.expect("\necho begun; IFS")
    s.line("one:two")
    s.expect("got two")
    s.prompt()


@options(shells="thresh")
def a_read_in_the_background_waits_for_the_terminal(s):
    s.line("echo begun; read a; echo got $a")
    s.see("^begun")
    s.type(CTRL_Z)
    s.prompt()
    s.run("bg")
    s.eventually("jobs", r"Stopped \(SIGTTIN\)")
    s.line("fg")
    s.expect("\necho begun; read a")
    s.line("text")
    s.expect("got text")
    s.prompt()


@options(shells="thresh")
def wait_stops(s):
    s.run("sleep 20 &")
    s.line("echo begun; wait; echo over")
    s.see("^begun")
    s.type(CTRL_Z)
    s.expect("Stopped +echo begun; wait; echo over")
    s.prompt()
    s.matches("jobs", "Running +sleep 20", "Stopped +echo begun")
    s.run("kill %1 %2")


@options(shells="thresh")
def a_pipeline_that_ends_in_the_shell(s):
    s.line("while :; do echo line; sleep 0.1; done | while read x; do echo got $x; done")
    s.see("^got line")
    s.type(CTRL_Z)
    s.expect("Stopped")
    s.prompt()
    s.matches("jobs", r"^\[1\] ?\+ +Stopped +while")
    s.line("fg")
    s.expect("got line")
    s.type(CTRL_C)
    s.prompt()
    s.output("jobs", "")


@options(shells="thresh")
def a_command_substitution(s):
    s.line("x=$(sleep 20; echo never)")
    s.until(lambda: [each for each in processes(s.pid) if each.name == "sleep"], "no sleep")
    s.type(CTRL_Z)
    s.expect("Stopped +x=")
    s.prompt()
    s.line("fg")
    s.until(lambda: [each for each in processes(s.pid) if each.name == "sleep" and each.state != "T"], "sleep stays stopped")
    s.type(CTRL_C)
    s.prompt()
    s.no_process("sleep")


def two_stopped_in_any_order(s):
    for name in "12":
        s.line("sleep 3%s" % name)
        s.in_front("sleep")
        s.type(CTRL_Z)
        s.prompt()
    s.line("fg %1")
    s.in_front("sleep")
    s.type(CTRL_C)
    s.prompt()
    s.line("fg %2")
    s.in_front("sleep")
    s.type(CTRL_C)
    s.prompt()
    s.output("jobs", "")


@options(shells="thresh")
def two_loops_stopped_in_any_order(s):
    for name in "12":
        s.line("echo begun; until [ -e go%s ]; do :; done; echo over %s" % (name, name))
        s.expect("\nbegun\n")
        s.type(CTRL_Z)
        s.expect("Stopped")
        s.prompt()
    s.run(": >go1 >go2")
    s.matches("fg %1", "^over 1$")
    s.matches("fg %2", "^over 2$")
    s.output("jobs", "")


def the_last_command_of_a_list_is_a_job_of_its_own(s):
    s.line("cd / && sleep 30")
    s.in_front("sleep")
    s.type(CTRL_Z)
    s.expect(r"Stopped +(cd / && )?sleep 30")
    s.prompt()
    s.output("pwd", "/")
    s.run("kill %1")
    s.eventually("echo .; jobs", r"\A\.\n\Z|Terminated")


@options(shells="thresh")
def a_list_goes_on_where_it_was(s):
    s.line("sleep 30 && echo never; echo rest")
    s.in_front("sleep")
    s.type(CTRL_Z)
    s.expect("Stopped +sleep 30 && echo never; echo rest")
    s.prompt()
    s.run("bg")
    s.run("kill -STOP %1")
    s.eventually("jobs", "Stopped")
    s.run("kill -CONT %1")
    s.eventually("jobs", "Running")
    s.run("kill -KILL %1")
    s.eventually("echo .; jobs", r"\A\.\n\Z|Killed")
    s.no_process("sleep")


@options(shells="thresh")
def traps_and_variables_stay_the_shells(s):
    s.run("trap 'echo trapped' USR1; v=1")
    s.line("v=2; until [ -e go ]; do v=$((v + 1)); [ $v = 9 ] && echo begun; done; echo v $((v > 2))")
    s.expect("\nbegun\n")
    s.type(CTRL_Z)
    s.expect("Stopped")
    s.prompt()
    s.run("v=0")
    s.matches("kill -USR1 $$; :", "^trapped$")
    s.run(": >go")
    s.matches("fg", "^v 1$")
    s.output("echo $v", "0")
