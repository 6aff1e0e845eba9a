"""Programs that take the whole terminal, or hand it on: all must give it back."""

import pathlib

from driver import *


@options(needs="less")
def less_shows_a_file_and_leaves(s):
    s.run("seq 500 >numbers")
    s.line("less numbers")
    s.in_front("less")
    s.see("^numbers$|^1$")
    s.type("G")
    s.see("^500$")
    s.type("q")
    s.prompt()
    s.output("echo alive", "alive")


@options(needs="less")
def less_stops_and_comes_back(s):
    s.run("seq 500 >numbers")
    s.line("less numbers")
    s.in_front("less")
    s.type("G")
    s.see("^500$")
    s.type(CTRL_Z)
    s.prompt()
    s.line("fg")
    s.in_front("less")
    s.type("g")
    s.see("^1$")
    s.type("q")
    s.prompt()


@options(needs="less")
def a_pipeline_into_less(s):
    s.line("seq 300 | less")
    s.in_front("less")
    s.type("G")
    s.see("^300$")
    s.type("q")
    s.prompt()


@options(needs="vim")
def vim_edits_a_file(s):
    s.line("vim -u NONE -i NONE text")
    s.in_front("vim")
    s.see("^~$")
    s.type("ihello" + ESCAPE)
    s.see("^hello$")
    s.type(":wq" + ENTER)
    s.prompt()
    s.output("cat text", "hello")


@options(needs="vim")
def vim_stops_and_comes_back(s):
    s.line("vim -u NONE -i NONE text")
    s.in_front("vim")
    s.see("^~$")
    s.type("ihello" + ESCAPE + CTRL_Z)
    s.expect("Stopped")
    s.prompt()
    s.output("echo at the prompt", "at the prompt")
    s.line("fg")
    s.in_front("vim")
    s.see("^hello$")
    s.type(":q!" + ENTER)
    s.prompt()


@options(needs="vim")
def a_command_from_within_vim(s):
    s.run("SHELL=$THRESH; export SHELL")
    s.line("vim -u NONE -i NONE text")
    s.in_front("vim")
    s.see("^~$")
    s.type(":!echo $((6 * 7)); parallel -k echo ::: a b" + ENTER)
    s.see("^42$")
    s.type(ENTER + ":q!" + ENTER)
    s.prompt()


@options(needs="top")
def top_runs_and_leaves(s):
    s.line("top")
    s.in_front("top")
    s.see("load average")
    s.type("q")
    s.prompt()


@options(needs="git vim", environment={"GIT_EDITOR": "vim -u NONE -i NONE", "GIT_CONFIG_GLOBAL": "/dev/null"})
def git_rebase_interactively(s):
    s.run("git init -q . && git config user.name n && git config user.email e@example.org")
    s.run("for i in 1 2 3; do git commit -q --allow-empty -m commit$i; done")
    s.line("git rebase --keep-empty -i HEAD~2")
    s.in_front("vim")
    s.see("^pick .*commit2")
    s.type("ddp:wq" + ENTER)
    s.prompt()
    s.matches("git log --format=%s", r"commit2\ncommit3\ncommit1")


@options(needs="git less")
def git_log_with_a_pager(s):
    s.run("git init -q . && git config user.name n && git config user.email e@example.org")
    s.run("for i in $(seq 40); do git commit -q --allow-empty -m commit$i; done")
    s.line("git log")
    s.see("^:$")
    s.see("commit40$")
    s.type("q")
    s.prompt()


@options(needs="tmux")
def tmux_inside(s):
    s.line("tmux -L thresh-$$ -f /dev/null new-session $THRESH")
    s.see(r"READY> $|READY>\s*$")
    s.line("echo in $((40 + 2))")
    s.see("^in 42$")
    s.line("exit")
    s.see(r"\[exited\]")
    s.prompt()


@options(needs="script")
def script_records_a_session(s):
    s.line("PS1='INNER> ' SHELL=${THRESH%% *} script -q record")
    s.see("^INNER>$")
    s.line("echo recorded $((40 + 2))")
    s.see("^recorded 42$")
    s.see("^INNER>$")
    s.type(CTRL_D)
    s.prompt()
    s.matches("cat record", "recorded 42")


def nohup_outlives_the_shell(s):
    s.run("nohup sh -c 'sleep 0.5; echo survived >mark' >/dev/null 2>&1 &")
    s.run("disown")
    s.line("exit")
    s.wait_end()
    s.until(lambda: os.path.exists(os.path.join(s.home, "mark")), "the job has ended with the shell")


def exec_takes_the_shells_place(s):
    s.line("exec sh -c 'echo replaced; exit 9'")
    s.see("^replaced$")
    s.wait_end(9)


def suspend_in_a_nested_shell(s):
    s.line("PS1='INNER> ' $THRESH -i")
    s.see("^INNER>$")
    s.line("suspend")
    s.prompt()
    s.matches("jobs", "Stopped")
    s.line("fg")
    s.expect("INNER> $|INNER> ")
    s.line("exit")
    s.prompt()


@options(needs="make")
def make_with_this_shell(s):
    pathlib.Path(s.home, "makefile").write_text("all:\n\t@echo $$((6 * 7))\n")
    s.output("make -s SHELL=\"${THRESH%% *}\"", "42")


@options(needs="stty")
def a_program_that_leaves_the_terminal_raw(s):
    s.run("sh -c 'stty raw -echo; kill -9 $$'")
    s.output("echo alive", "alive")


@options(needs="sudo")
def sudo_runs_a_command(s):
    s.output("sudo -n echo as root", "as root")


@options(needs="su", shells="thresh")
def su_with_this_shell(s):
    s.output("su -s ${THRESH%% *} -c 'echo $((6 * 7))'", "42")
