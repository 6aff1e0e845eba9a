"""The line editor: keys, modes, what happens while a line is being typed."""

import os
import signal

from driver import *


def emacs_keys_and_the_kill_ring(s):
    s.type("one two three" + CTRL_W + CTRL_A + CTRL_Y + " ")
    s.row("READY> three one two", 13)
    s.type(CTRL_U + CTRL_Y + CTRL_A + "echo " + ENTER)
    s.expect("\nthree one two\n")
    s.prompt()


def undo(s):
    s.type("echo one" + CTRL_W)
    s.row("READY> echo", 12)
    s.type(CTRL_UNDERSCORE)
    s.row("READY> echo one", 15)
    s.line("")
    s.prompt()


def reverse_search(s):
    s.output("echo first", "first")
    s.output("echo second", "second")
    s.type(CTRL_R + "fir")
    s.row("(reverse-i-search)`fir': echo first")
    s.line("")
    s.expect("\nfirst\n")
    s.prompt()


@options(shells="thresh")
def interrupt_in_a_search_leaves_what_was_found_on_the_screen(s):
    s.output("echo first", "first")
    s.type(CTRL_R + "fir")
    s.row("(reverse-i-search)`fir': echo first")
    s.entered = len(s.raw)
    s.type(CTRL_C)
    s.prompt()
    s.output("echo $?", "130")


@options(shells="thresh")
def interrupt_at_the_begin_of_a_long_line_leaves_it_whole(s):
    s.resize(24, 30)
    s.prompt_text = "READY> "
    s.type("echo " + "x" * 60 + CTRL_A)
    s.see("^x{12}$")
    s.row("READY> echo " + "x" * 18, 7)
    s.entered = len(s.raw)
    s.type(CTRL_C)
    s.prompt()
    equal(s.rows[s.cursor[0] - 1], "x" * 12 + "^C")


def vi_mode(s):
    s.run("set -o vi")
    s.type("echo abc def" + ESCAPE + "bd$")
    s.row("READY> echo abc")
    s.type("a xyz" + ESCAPE + "0wcwnew" + ESCAPE + ENTER)
    s.expect("\nnew xyz\n")
    s.prompt()
    s.output("set -o | grep -c '^vi.*on'", "1")
    s.run("set -o emacs")
    s.output("bind -v | grep editing-mode", "set editing-mode emacs")


@options(files={".inputrc": "set editing-mode vi\n$if Thresh\n\"\\C-t\": \"echo from inputrc\"\n$endif\n$if Bash\n"
                            "\"\\C-t\": \"wrong\"\n$endif\n"}, shells="thresh")
def inputrc_with_a_part_for_thresh(s):
    s.type(CTRL_T)
    s.row("READY> echo from inputrc")
    s.line("")
    s.expect("\nfrom inputrc\n")
    s.prompt()
    s.output("set -o | grep -c '^vi.*on'", "1")


@options(files={"keys": "\"\\C-t\": \"echo other file\"\n"}, environment={"INPUTRC": "keys"})
def inputrc_of_another_name(s):
    s.type(CTRL_T)
    s.row("READY> echo other file")
    s.line("")
    s.prompt()


def a_paste_waits_for_enter_and_is_run_line_by_line(s):
    s.paste("echo one\nfor i in 2 3\ndo echo $i\ndone")
    s.row("done", 4)
    s.line("")
    s.expect("\none\n2\n3\n")
    s.prompt()


def bracketed_paste_is_off_while_commands_run(s):
    s.until(lambda: s.raw.rstrip().endswith("READY>") and "\x1b[?2004h" in s.raw, "no bracketed paste")
    start = len(s.raw)
    s.run("echo x")
    given = s.raw[start:]
    contains(given, "(?s)\x1b\\[\\?2004l\rx\r\n.*\x1b\\[\\?2004hREADY> ")


def wide_and_combining_characters(s):
    s.type("echo 日本 e\u0301x" + CTRL_B + CTRL_B)
    s.type("-")
    s.type(CTRL_A + CTRL_E + BACKSPACE + ENTER)
    s.expect("\n日本 -e\u0301\n")
    s.prompt()


def colours_in_a_prompt_take_no_place(s):
    s.prompt_text = "green$ "
    s.line("PS1='\\[\\e[32m\\]green\\[\\e[0m\\]\\$ '" if os.getuid() else "PS1='\\[\\e[32m\\]green\\[\\e[0m\\]$ '")
    s.prompt()
    s.resize(24, 30)
    s.type("echo " + "y" * 40 + CTRL_A + CTRL_E)
    s.row("y" * 22, 22)
    s.line("")
    s.expect("y" * 40 + "\n")
    s.prompt()


@options(shells="thresh")
def a_notice_appears_above_the_line(s):
    s.run("set -b")
    s.run("sh -c 'until [ -e go ]; do sleep 0.01; done' &")
    s.type("echo abc def" + CTRL_A)
    s.row("READY> echo abc def", 7)
    open(os.path.join(s.home, "go"), "w").close()
    s.see(r"^\[1\].*Done.*\nREADY> echo abc def$")
    s.row("READY> echo abc def", 7)
    s.type("echo ")
    s.line("")
    s.expect("\necho abc def\n")
    s.prompt()


@options(shells="thresh")
def a_notice_above_a_prompt_of_two_lines_and_a_wrapped_line(s):
    s.prompt_text = "second> "
    s.line("set -b; PS1='first\\nsecond> '")
    s.prompt()
    s.run("sh -c 'until [ -e go ]; do sleep 0.01; done' &")
    text = "echo " + "z" * 120
    s.type(text + CTRL_A)
    s.until(lambda: s.cursor[1] == 8, "the cursor is not at the begin")
    open(os.path.join(s.home, "go"), "w").close()
    s.see(r"^\[1\].*Done.*\nfirst\nsecond> echo z*\nz*$")
    equal(len(re.findall(r"^first$", "\n".join(s.rows), re.M)) >= 2, True)
    equal(s.cursor[1], 8)
    s.line("")
    s.expect("z" * 120)
    s.prompt()


@options(shells="thresh")
def a_notice_while_searching(s):
    s.output("echo wanted", "wanted")
    s.run("set -b")
    s.run("sh -c 'until [ -e go ]; do sleep 0.01; done' &")
    s.type(CTRL_R + "wan")
    s.row("(reverse-i-search)`wan': echo wanted")
    open(os.path.join(s.home, "go"), "w").close()
    s.see(r"^\[1\].*Done.*\n\(reverse-i-search\)`wan': echo wanted$")
    s.type("ted")
    s.row("(reverse-i-search)`wanted': echo wanted")
    s.line("")
    s.expect("\nwanted\n")
    s.prompt()


@options(shells="thresh")
def a_trap_runs_while_a_line_is_typed(s):
    s.run("trap 'echo trapped' USR2")
    s.type("echo abc")
    s.row("READY> echo abc")
    os.kill(s.pid, signal.SIGUSR2)
    s.see(r"^trapped\nREADY> echo abc$")
    s.line("")
    s.expect("\nabc\n")
    s.prompt()


def the_size_of_the_window_is_followed(s):
    s.type("echo $COLUMNS")
    s.row("READY> echo $COLUMNS")
    s.resize(30, 63)
    s.type("x$LINES")
    s.row("READY> echo $COLUMNSx$LINES")
    s.type(CTRL_A + CTRL_K)
    s.line("true")
    s.prompt()
    s.output("echo $COLUMNS $LINES", "63 30")


@options(shells="thresh")
def end_of_file_with_a_stopped_job_is_asked_for_twice(s):
    s.run("sleep 100 & kill -STOP $!")
    s.eventually("jobs", "Stopped")
    s.entered = len(s.raw)
    s.type(CTRL_D)
    s.expect("there are stopped jobs")
    s.prompt()
    s.type(CTRL_D)
    s.wait_end(0)


@options(environment={"IGNOREEOF": "2"})
def end_of_file_is_ignored_twice(s):
    for _ in range(2):
        s.entered = len(s.raw)
        s.type(CTRL_D)
        s.expect("to leave the shell")
        s.prompt()
    s.type(CTRL_D)
    s.wait_end(0)


def tmout_ends_an_idle_shell(s):
    s.line("TMOUT=1")
    s.wait_end(0)
    s.expect("timed out waiting for input: auto-logout")


def read_with_editing(s):
    s.line("read -e -p 'name? ' x; echo \"<$x>\"")
    s.row("name? ", 6)
    s.type("world" + CTRL_A + "hello " + ENTER)
    s.expect("\n<hello world>\n")
    s.prompt()
    s.line("read -e -i start x; echo \"<$x>\"")
    s.row("start", 5)
    s.type(BACKSPACE + ENTER)
    s.expect("\n<star>\n")
    s.prompt()


def read_with_editing_is_interrupted(s):
    s.line("read -e x; echo not run")
    s.until(lambda: "\x1b[?2004h" in s.raw[s.entered:], "read does not begin")
    s.type(CTRL_C)
    s.prompt()
    s.output("echo $?", "130")


def bind_a_key_to_a_command(s):
    s.run("""bind -x '"\\C-t": READLINE_LINE="echo [$READLINE_LINE]"; READLINE_POINT=5'""")
    s.type("abc" + CTRL_T + "x ")
    s.row("READY> echo x [abc]", 14)
    s.line("")
    s.expect("\nx \\[abc\\]\n")
    s.prompt()
    s.output("bind -X", """"\\C-t": "READLINE_LINE=\\"echo [$READLINE_LINE]\\"; READLINE_POINT=5\"""")
    s.run("bind -r '\\C-t'; bind '\"\\C-t\": \"a text\"'")
    s.type(CTRL_T)
    s.row("READY> a text")
    s.type(CTRL_U)
    s.line("")
    s.prompt()


def bind_lists(s):
    s.matches("bind -p", r'^"\\C-a": beginning-of-line$', "^# abort|^\"")
    s.matches("bind -P", r'^beginning-of-line can be found on ')
    s.matches("bind -v", r'^set bell-style ')
    s.matches("bind -l", r'^accept-line$')
    s.output("bind -q yank", 'yank can be invoked via "\\C-y".')
    s.output("bind -m vi-command -q vi-put | cut -c1-6", "vi-put")
    s.output("bind -q tilde-expand > out; cut -c1-12 out", "tilde-expand")
    s.run("bind -u yank")
    s.output("bind -q yank", "yank is not bound to any keys.")


@options(files={"editor": "#!/bin/sh\nprintf 'echo edited\\necho twice\\n' > \"$1\"\n"}, environment={"VISUAL": "./editor"})
def a_line_is_edited_with_an_editor_and_run(s):
    s.type("echo before" + CTRL_X + "\x05")
    s.expect("edited\n.*twice\n")
    s.prompt()


@options(shells="thresh")
def a_key_reads_another_line(s):
    s.run("""bind -x '"\\C-t": read -e -p "sub: " x; echo "got $x"'""")
    s.type("echo abc" + CTRL_T)
    s.row("sub: ", 5)
    s.type("other" + ENTER)
    s.expect("got other")
    s.row("READY> echo abc", 15)
    s.type(CTRL_U)
    s.line("")
    s.prompt()


@options(files={"script": "read -e x\necho got $x\n"}, shells="thresh")
def a_script_that_edits_a_line_leaves_the_terminal_sane(s):
    s.line("$THRESH script")
    s.until(lambda: "\x1b[?2004h" in s.raw[s.entered:], "read does not begin")
    s.type("abc")
    s.row("abc")
    s.entered = len(s.raw)
    s.type(CTRL_Z)
    s.see("Stopped")
    s.prompt()
    s.line("fg")
    s.row("abc")
    s.type("d" + ENTER)
    s.expect("got abcd")
    s.prompt()
    s.line("$THRESH script")
    s.until(lambda: "\x1b[?2004h" in s.raw[s.entered:], "read does not begin")
    s.type("abc")
    s.row("abc")
    s.entered = len(s.raw)
    s.type(CTRL_C)
    s.prompt()
    s.output("echo $?", "130")


@options(shells="thresh")
def the_last_argument_stays_over_prompt_command(s):
    s.run("PROMPT_COMMAND='true other'")
    s.output("echo one two", "one two")
    s.output("echo $_", "two")


def words_of_the_shell(s):
    s.type("echo 'a b' \"c d\"|cat" + CTRL_A + ESCAPE + "\x06" + ESCAPE + "\x06")
    s.row("READY> echo 'a b' \"c d\"|cat", 17)
    s.type(ESCAPE + CTRL_D)
    s.row("READY> echo 'a b'|cat", 17)
    s.type(ESCAPE + CTRL_B)
    s.row("READY> echo 'a b'|cat", 12)
    s.line("")
    s.expect("\na b\n")
    s.prompt()


@options(shells="thresh")
def a_job_that_stops_is_told_above_the_line(s):
    s.run("set -b")
    s.run("sleep 100 &")
    job = s.run("jobs -p").strip()
    s.type("echo abc")
    s.row("READY> echo abc")
    os.kill(int(job), signal.SIGSTOP)
    s.see(r"^\[1\].*Stopped.*\nREADY> echo abc$")
    s.line("")
    s.prompt()
    s.run("kill -CONT %1; kill %1")


def a_key_sequence_is_given_up_in_a_search(s):
    s.output("echo one", "one")
    s.type(CTRL_R + CTRL_X + ")")
    s.type(CTRL_R + CTRL_X + CTRL_G + "x")
    s.type(ESCAPE + "y" + CTRL_U)
    s.line("echo two")
    s.expect("\ntwo\n")
    s.prompt()


@options(shells="thresh")
def lines_are_edited_in_loops_and_functions(s):
    s.line("f() { read -e -p \"$1 \" x; bind '\"\\C-t\": \"text\"'; }; for i in 1 2; do f $i; echo \"<$x>\"; done")
    s.row("1 ", 2)
    s.type("ab" + CTRL_A + "x" + ENTER)
    s.row("2 ", 2)
    s.type(CTRL_T + ENTER)
    s.expect("<text>\n")
    s.prompt()
    s.line("while read -e -p 'line: ' y; do echo \"[$y]\"; break; done")
    s.row("line: ", 6)
    s.type("abc")
    s.row("line: abc")
    s.entered = len(s.raw)
    s.type(CTRL_Z)
    s.see("Stopped")
    s.prompt()
    s.line("fg")
    s.row("line: abc")
    s.type("d" + ENTER)
    s.expect("\\[abcd\\]\n")
    s.prompt()
    s.line("while read -e -p '? ' y; do :; done")
    s.row("? ", 2)
    s.type("abc")
    s.row("? abc")
    s.entered = len(s.raw)
    s.type(CTRL_C)
    s.prompt()
    s.output("echo $?", "130")


@options(shells="thresh")
def a_line_edited_in_a_substitution_leaves_signals_as_they_were(s):
    s.line("x=$(read -e -p '? ' y; echo \"$y\")")
    s.row("? ", 2)
    s.type("abc" + ENTER)
    s.prompt()
    s.entered = len(s.raw)
    s.type("def" + CTRL_C)
    s.prompt()
    s.output("echo $x", "abc")
