"""What the shell does for people: questions what was meant, help, pasted mistakes, the files read at the start."""

import os

from driver import *


@options(shells="thresh", files={"bin/frobnicate": "#!/bin/sh\necho frob\n"})
def a_mistyped_command_is_asked_about(s):
    s.run("PATH=$HOME/bin:$PATH; greet() { echo hi; }; alias look=ls")
    s.matches("frobnciate", "frobnciate: not found; did you mean 'frobnicate'[?]$")
    s.matches("gret", "not found; did you mean .*'greet'")
    s.matches("lok", "not found; did you mean .*'look'")
    s.matches("exprot x=1", "not found; did you mean 'export'[?]$")
    s.matches("nothing-like-it", "not found$")
    s.output("echo $?", "127")
    s.matches("set -o nolcobber", "no such option; did you mean 'noclobber'[?]$")
    s.matches("shopt -s globstr", "no such option; did you mean 'globstar'")
    s.matches("help exprot", "did you mean 'export'[?]$")
    s.matches("parallel --job 2 ::: true; parallel --keep-ordr echo ::: a", "did you mean '--keep-order'[?]$")


def a_function_for_commands_that_are_not_found(s):
    s.run("command_not_found_handle() { echo \"none: $*\"; return 5; }")
    s.output("nosuch a b; echo $?", "none: nosuch a b\n5")


@options(shells="thresh", columns=60)
def help_lists_by_theme_for_the_width(s):
    given = s.run("help")
    contains(given, "^Files and directories$", "^  cd ", "^The prompt$", "^  history ")
    if any(len(line) > 60 for line in given.splitlines()[:-1] if line.startswith("  ")):
        raise Failure("the list is wider than the screen: %r" % given)
    contains(s.run("help history"), r"^history: history \[n\]", "^    For example:$")
    contains(s.run("help -d 'un*'"), "^unalias - ", "^unset - ")
    contains(s.run("help case"), "^case: case word in")


@options(shells="thresh")
def a_mistake_in_what_was_pasted_stops_the_rest(s):
    s.paste("echo one\necho )\necho two\n")
    s.see("echo two")
    s.line("")
    s.see("syntax error|unexpected")
    s.prompt()
    s.output("echo three", "three")
    if "\ntwo\n" in s.text:
        raise Failure("the rest has run")


@options(shells="thresh", files={".config/thresh/rc": "echo from rc\nHERE=1\n"})
def the_users_file_is_read(s):
    s.output("echo $HERE", "1")
    s.line("exec $THRESH --norc")
    s.prompt()
    s.output("echo \"<$HERE>\"", "<>")
    s.line("exec $THRESH -o posix")
    s.prompt()
    s.output("echo \"<$HERE>\"", "<>")


@options(shells="thresh", files={"conf/thresh/rc": "A=1", "other": "A=2 PS1='READY> '", "env": "E=$((E + 1))", ".profile": "P=1"},
         environment={"ENV": "$HOME/env"})
def which_files_are_read(s):
    s.output("echo $E", "1")
    s.line("XDG_CONFIG_HOME=$HOME/conf exec $THRESH")
    s.prompt()
    s.output("echo $A $E $P", "1 1")
    s.line("exec $THRESH --rcfile other -l")
    s.prompt()
    s.output("echo $A $E $P", "2 1 1")


@options(shells="thresh", files={".config/thresh/rc": "echo )\necho not run\n"})
def a_mistake_in_the_users_file_is_told(s):
    contains(s.text, "rc")
    s.output("echo on", "on")
