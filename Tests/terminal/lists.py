"""Lists and functions at the prompt: they run on a thread of their own, and nobody should be able to tell."""

from driver import *


def exec_in_a_list(s):
    s.line("cd / && exec sh -c 'pwd; stty -a | grep -q isig && echo sane; exit 9'")
    s.see("^sane$")
    s.wait_end(9)

def exit_in_a_function(s):
    s.run("f() { exit 3; }")
    s.line("f")
    s.wait_end(3)

def exit_in_a_list(s):
    s.line("true && exit 4")
    s.wait_end(4)

@options(shells="thresh")
def recursion_without_end(s):
    s.run("f() { f; }")
    s.matches("f", "deep")
    s.output("echo alive", "alive")

def state_survives(s):
    s.run("x=1; f() { x=2; y=$1; cd /tmp; set -- a b; }; trap 'echo usr' USR1")
    s.run("f arg; set -- p q r")
    s.output("echo $x $y $PWD $# $_", "2 arg /tmp 3 r")
    s.matches("kill -USR1 $$; :", "usr")
    s.output("for i in 1 2; do x=$i; done; echo $x", "2")
    s.output("alias ll='echo aliased'; true", "")
    s.output("ll", "aliased")
    s.run("sleep 30 & true")
    s.matches("true; jobs", "sleep 30")
    s.run("kill %1; wait; :")

def errors_in_a_list(s):
    s.matches("true; echo ${x?none}; echo no", "none")
    s.output("echo $?", "1")
    s.matches("readonly r=1; r=2; echo no", "r")
    s.output("echo alive", "alive")

@options(shells="thresh")
def exit_with_a_stopped_loop(s):
    s.line("echo begun; while :; do :; done")
    s.see("^begun")
    s.type(CTRL_Z)
    s.prompt()
    s.matches("exit", "stopped jobs")
    s.line("exit 6")
    s.wait_end(6)

def stty_in_a_function(s):
    s.run("f() { stty -echo; read -r pw; stty echo; echo got $pw; }")
    s.line("echo begun; f")
    s.see("^begun")
    s.until(lambda: not termios.tcgetattr(s.line_end)[3] & termios.ECHO, "echo is still on")
    s.line("secret")
    s.see("^got secret$")
    s.prompt()
