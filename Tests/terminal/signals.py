"""The end of the terminal, and of the shell: what becomes of the jobs."""

from driver import *


def gone(session, pid, what):
    def check():
        try:
            with open("/proc/%d/stat" % pid) as file:
                return file.read().split(") ")[1][0] in "ZX"
        except OSError:
            return True
    end = time.monotonic() + LIMIT
    while not check():
        if time.monotonic() > end:
            raise Failure(what)
        time.sleep(0.05)


def job_pid(session):
    return int(re.search(r"\[\d+\] (\d+)", session.text).group(1))


def hanging_up_reaches_jobs(s):
    s.run("sleep 30 &")
    pid = job_pid(s)
    os.kill(s.pid, signal.SIGHUP)
    s.until(s.ended, "the shell outlives SIGHUP")
    gone(s, pid, "the job outlives SIGHUP")
    equal(s.status, -signal.SIGHUP)


def the_terminal_goes(s):
    s.run("sleep 30 &")
    pid = job_pid(s)
    s.hang_up()
    end = time.monotonic() + LIMIT
    while not s.ended():
        if time.monotonic() > end:
            raise Failure("the shell outlives its terminal")
        time.sleep(0.05)
    gone(s, pid, "the job outlives the terminal")


def a_stopped_job_ends_too(s):
    s.line("sleep 30")
    front = s.in_front("sleep")
    s.type(CTRL_Z)
    s.prompt()
    os.kill(s.pid, signal.SIGHUP)
    s.until(s.ended, "the shell outlives SIGHUP")
    gone(s, front, "the stopped job outlives SIGHUP")


def a_disowned_job_stays(s):
    s.run("sleep 30 &")
    first = job_pid(s)
    s.run("disown")
    os.kill(s.pid, signal.SIGHUP)
    s.until(s.ended, "the shell outlives SIGHUP")
    os.kill(first, 0)


def disown_h_keeps_the_job_and_spares_it(s):
    s.run("sleep 30 &")
    first = job_pid(s)
    s.run("disown -h")
    s.matches("jobs", "Running +sleep 30")
    os.kill(s.pid, signal.SIGHUP)
    s.until(s.ended, "the shell outlives SIGHUP")
    os.kill(first, 0)


def jobs_stay_after_exit(s):
    s.run("sleep 30 &")
    pid = job_pid(s)
    s.line("exit")
    s.wait_end()
    os.kill(pid, 0)


@options(arguments=("-l",), shells="thresh", prompt="LOGIN> ", files={".profile": "PS1='LOGIN> '\n"})
def huponexit_in_a_login_shell(s):
    s.run("shopt -s huponexit")
    s.run("sleep 30 &")
    pid = job_pid(s)
    s.line("exit")
    s.wait_end()
    gone(s, pid, "the job outlives the shell with huponexit")


@options(shells="thresh")
def hanging_up_reaches_commands_of_the_shells_own(s):
    s.line("while :; do sleep 30; done")
    s.in_front("sleep")
    s.type(CTRL_Z)
    s.prompt()
    os.kill(s.pid, signal.SIGHUP)
    s.until(s.ended, "the shell outlives SIGHUP")
    s.no_process("sleep")


def hanging_up_with_a_command_in_front(s):
    s.line("sleep 30")
    front = s.in_front("sleep")
    os.kill(s.pid, signal.SIGHUP)
    os.killpg(front, signal.SIGHUP)
    s.until(s.ended, "the shell outlives SIGHUP")
    gone(s, front, "the job outlives SIGHUP")
