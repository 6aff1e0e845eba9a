"""The history: its file, several terminals, the expansion of `!`, the variables."""

import os
import signal
import termios

from driver import *

FILE = ".local/state/thresh/history"


def saved(session, name=FILE):
    """The lines of the history's file but the times."""
    with open(os.path.join(session.home, name)) as file:
        return [line for line in file.read().splitlines() if not re.fullmatch("#[0-9]+", line)]


def second(session):
    """Another shell with the same home, at its prompt."""
    other = Session([os.readlink("/proc/%d/exe" % session.pid)], environment={"HOME": session.home})
    other.prompt()
    return other


@options(shells="thresh")
def each_command_is_in_the_file_at_once(s):
    s.run("echo one")
    s.run("for i in 1 2\rdo echo $i\rdone")
    equal(saved(s), ["echo one", "for i in 1 2", "do echo $i", "done"])
    equal(oct(os.stat(os.path.join(s.home, FILE)).st_mode & 0o777), "0o600")


@options(shells="thresh")
def a_killed_shell_has_lost_nothing(s):
    s.run("echo one")
    os.kill(s.pid, signal.SIGKILL)
    s.wait_end()
    equal(saved(s), ["echo one"])
    s.modes_before = termios.tcgetattr(s.line_end)


@options(shells="thresh", files={FILE: "#1700000000\necho one\n#1700000001\nfor i in 1 2\ndo echo $i\ndone\n"})
def a_command_of_several_lines_stays_one_through_the_file(s):
    s.type(UP)
    s.see("do echo")
    s.line("")
    s.expect("\n1\n2\n")
    s.prompt()
    s.matches("history", r"^    1  echo one$", r"^    2  for i in 1 2$", r"^    3  for i in 1 2$", r"^    4  history$")
    s.matches("HISTTIMEFORMAT='<%Y> '; TZ=UTC0 history", "^    1  <2023> echo one$")


@options(shells="thresh", files={FILE: "echo old\necho older\n"})
def a_file_without_times_has_a_command_on_each_line(s):
    s.matches("history", "^    1  echo old$", "^    2  echo older$", "^    3  history$")


@options(shells="thresh", files={FILE: "".join("#%d\necho %d\n" % (n, n) for n in range(100)), ".config/thresh/rc": "HISTFILESIZE=20\n"})
def the_file_is_trimmed(s):
    equal(saved(s)[0], "echo 80")
    for n in range(3):
        s.run("echo x%d" % n)
    equal(len(saved(s)), 23)
    s.line("exit")
    s.wait_end(0)
    equal(saved(s)[0], "echo 84")
    equal(len(saved(s)), 20)
    equal(os.listdir(os.path.dirname(os.path.join(s.home, FILE))), ["history"])


@options(shells="thresh")
def terminals_do_not_lose_each_others_commands(s):
    others = [second(s) for _ in range(3)]
    try:
        for n in range(4):
            for each in [s, *others]:
                each.line("echo %d" % n)
            for each in [s, *others]:
                each.prompt()
    finally:
        for each in others:
            each.close()
    equal(sorted(saved(s)), sorted(["echo 0", "echo 1", "echo 2", "echo 3"] * 4))


@options(shells="thresh")
def what_other_terminals_entered_can_be_read(s):
    other = second(s)
    try:
        s.run("echo mine")
        other.run("echo theirs")
        s.run("history -n")
        given = s.run("history")
        contains(given, "echo theirs$")
        equal(len(re.findall("echo mine", given)), 1)
        s.run("history -n")
        equal(len(re.findall("echo theirs", s.run("history"))), 1)
    finally:
        other.close()


def exclamation_marks_are_expanded(s):
    s.run("echo one two")
    s.output("!!", "echo one two\none two")
    s.output("echo !!:2", "echo two\ntwo")
    s.output("^two^three", "echo three\nthree")
    s.output("echo '!!' \"!\" [!a] a!", "!! ! [!a] a!")
    s.matches("!nosuch", "!nosuch: event not found")
    s.output("echo !echo:p", "echo echo '!!' \"!\" [!a] a!")
    s.run("set +H")
    s.output("echo !!", "!!")


def marks_within_single_quotes_of_several_lines_stay(s):
    s.line("echo 'one")
    s.row("MORE> ", 6)
    s.line("!!'")
    s.expect("\none\n!!\n")
    s.prompt()


def an_expansion_can_be_looked_at_first(s):
    s.run("shopt -s histverify histreedit")
    s.run("echo one")
    s.type("!!" + ENTER)
    s.row("READY> echo one")
    s.line(" two")
    s.expect("\none two\n")
    s.prompt()
    s.type("echo !nosuch" + ENTER)
    s.see("event not found")
    s.row("READY> echo !nosuch")
    s.type(CTRL_U)
    s.row("READY>")


def other_characters_for_it(s):
    s.run("histchars='@^#'")
    s.run("echo one")
    s.output("@@ !!", "echo one !!\none !!")


def what_is_kept_out(s):
    s.run("HISTCONTROL=ignorespace:ignoredups HISTIGNORE='secret*:true'; history -c")
    for command in (" echo hidden", "echo a", "echo a", "true", "secret 2>/dev/null", "echo b"):
        s.run(command)
    s.output("history", "    1  echo a\n    2  echo b\n    3  history")
    s.run("HISTCONTROL=erasedups")
    s.run("echo a")
    equal(s.run("history").count("echo a"), 1)


def entries_are_made_and_deleted(s):
    s.run("history -c")
    s.run("history -s echo made")
    s.output("history", "    1  echo made\n    2  history")
    s.run("history -d 1")
    s.output("history | head -n 1", "    1  history")
    s.type(UP)
    s.row("READY> history | head -n 1")
    s.type(CTRL_U)
    s.row("READY>")


@options(shells="thresh")
def what_replaces_a_command_does_so_in_the_file(s):
    s.run("echo one")
    s.run("fc -s one=two")
    s.run("history -s made")
    equal(saved(s), ["echo one", "echo two", "made"])


@options(shells="thresh", environment={"HISTFILE": ""})
def no_file_with_an_empty_name(s):
    s.run("echo one")
    equal(os.path.exists(os.path.join(s.home, ".local")), False)


@options(shells="thresh", environment={"XDG_STATE_HOME": "/dev/null/x"})
def a_file_that_cannot_be_made_is_no_hindrance(s):
    s.output("echo one", "one")
    s.matches("history -w", "history")


@options(shells="thresh")
def a_small_list(s):
    s.run("HISTSIZE=2")
    s.run("echo a")
    s.run("echo b")
    s.matches("history", r"\A +3  echo b\n +4  history$")
    s.type(UP + UP + UP)
    s.row("READY> echo b")
    s.type(CTRL_U)
    s.row("READY>")


def a_substitution_does_not_change_the_list(s):
    s.run("echo one")
    s.output("echo \"$(history -p '!!')\"; (history -c)", "echo one")
    s.matches("history", "echo one$", "echo .*history -p", "history$")
