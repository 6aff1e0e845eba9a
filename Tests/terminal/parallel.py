"""The built-in `parallel` at the prompt: its bar, and that it is a job like others."""

from driver import *


@options(shells="thresh")
def a_bar_is_shown_and_the_output_stays_whole(s):
    s.line("parallel -k -j2 'sleep {}; echo done {}' ::: 0.3 1.3 1.4 0.1 0.1")
    s.see(r"/5 done, 2 running")
    s.prompt()
    contains(s.text, r"^done 0.3$", r"^done 1.3$", r"^done 1.4$", r"^done 0.1$", r"5/5 done")


@options(shells="thresh")
def no_bar_for_what_is_over_at_once(s):
    s.output("parallel -k echo ::: a b", "a\nb")


@options(shells="thresh")
def no_bar_where_the_messages_go_elsewhere(s):
    s.output("parallel -k 'sleep {}; echo {}' ::: 0.9 2>err; wc -c <err", "0.9\n0")


@options(shells="thresh")
def stop_and_go_on_in_the_background(s):
    s.line("parallel -j2 'until [ -e go ]; do sleep 0.1; done; echo over {}' ::: a b c")
    s.see(r"0/3 done, 2 running")
    s.type(CTRL_Z)
    s.expect(r"Stopped +parallel")
    s.prompt()
    s.until(lambda: all(each.state == "T" for each in processes(s.pid) if each.name == "sleep"), "a job runs on")
    s.matches("jobs", r"Stopped +parallel -j2 .*\(0/3 done, 2 running\)")
    s.run("bg")
    s.eventually("jobs", r"Running +parallel -j2 .*\(0/3 done, 2 running\)")
    s.run(": >go")
    s.eventually("echo .; jobs", r"\A\.\n\Z|Done +parallel")
    contains(s.text, "over a$", "over b$", "over c$")


@options(shells="thresh")
def back_to_the_front(s):
    s.line("parallel -j1 'until [ -e go ]; do sleep 0.1; done; echo over {}; false' ::: a b")
    s.see(r"0/2 done")
    s.type(CTRL_Z)
    s.prompt()
    s.run("bg")
    s.eventually("jobs", "Running")
    s.line("fg")
    s.expect(r"\nparallel.*0/2 done")
    s.type(CTRL_Z)
    s.expect("Stopped")
    s.prompt()
    s.run(": >go")
    # Where the bar came first, what takes it away stands before the line.
    s.matches("fg; echo status $?", "over a$", "over b$", "^status 2$")


@options(shells="thresh")
def interrupt_once_lets_jobs_end(s):
    s.line("parallel -j2 'until [ -e go ]; do sleep 0.1; done; echo over {}' ::: a b c d")
    s.see(r"0/4 done, 2 running")
    s.type(CTRL_C)
    s.see("SIGINT: starting no more jobs; waiting for 2 jobs")
    with open(os.path.join(s.home, "go"), "w"):
        pass
    s.prompt()
    contains(s.text, "^over a$", "^over b$")
    if re.search("^over c$", s.text, re.M):
        raise Failure("a job was started after Ctrl-C")
    s.output("echo $?", "130")
    s.type("echo still here")
    s.row("READY> echo still here")
    s.type(CTRL_C)
    s.entered = len(s.raw)
    s.prompt()


@options(shells="thresh")
def interrupt_twice_ends_them(s):
    s.line("parallel -j2 'sleep {}' ::: 31 32 33")
    s.see(r"0/3 done, 2 running")
    s.type(CTRL_C)
    s.see("once more to end them")
    s.type(CTRL_C)
    s.prompt()
    s.no_process("sleep")
    s.output("echo $?", "130")


@options(shells="thresh")
def kill_ends_one_in_the_background(s):
    s.line("parallel -j2 'sleep {}' ::: 31 32 33")
    s.see(r"0/3 done, 2 running")
    s.type(CTRL_Z)
    s.prompt()
    s.run("bg; kill %1")
    s.no_process("sleep")
    s.eventually("echo .; jobs", r"\A\.\n\Z|Terminated")


@options(shells="thresh", arguments=("-j", "3"))
def a_width_for_the_session(s):
    s.output("echo $THRESH_JOBS", "3")
    s.output("parallel 'until [ -e 1 -a -e 2 -a -e 3 ]; do : >{}; sleep 0.1; done; echo {%}' ::: 1 2 3 | sort", "1\n2\n3")
    s.output("parallel -j1 'echo {%}' ::: 1 2", "1\n1")
