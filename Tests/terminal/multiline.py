"""Commands of several lines."""

from driver import *


def an_incomplete_command_gets_the_continuation_prompt(s):
    s.line("if true")
    s.row("MORE> ", 6)
    s.line("then echo yes; fi")
    s.expect("\nyes\n")
    s.prompt()


def interrupt_drops_all_lines(s):
    s.line("echo 'one")
    s.row("MORE> ", 6)
    s.type("two")
    s.row("MORE> two")
    s.entered = len(s.raw)
    s.type(CTRL_C)
    s.prompt()
    s.output("echo three $?", "three 130")


def a_here_document_at_the_prompt(s):
    s.line("cat <<end")
    s.row("MORE> ", 6)
    s.line("text")
    s.row("MORE> ", 6)
    s.line("end")
    s.expect("\ntext\n")
    s.prompt()
