"""What waits in a primitive at the prompt: Ctrl-Z, Ctrl-C, and completion."""

from driver import *


@options(shells="thresh")
def a_wait_for_a_queue_stops_and_goes_on(s):
    s.run("queue new q")
    s.line("echo begun; queue get q x; echo got $x")
    s.see("^begun")
    s.type(CTRL_Z)
    s.expect("Stopped")
    s.prompt()
    s.run("queue put q item")
    s.line("fg")
    s.expect("got item")
    s.prompt()
    s.output("jobs; queue size q", "0")


@options(shells="thresh")
def ctrl_c_ends_a_wait_for_a_queue(s):
    s.run("queue new -m 1 q; queue put q first")
    for command in ["queue put q second", "queue join q", "queue get q; queue get q", "queue each q echo"]:
        s.line(f"echo begun; {command}; echo not run")
        s.see("^begun")
        s.type(CTRL_C)
        s.prompt()
        s.output("echo $?", "130")


@options(shells="thresh")
def verbs_and_names_of_queues_are_completed(s):
    s.run("queue new first; queue put first item")
    s.type("queue ge\tfi\t")
    s.row("READY> queue get first ")
    s.type("\n")
    s.prompt()
    s.output("queue size first", "0")
