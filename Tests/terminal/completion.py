"""Completion: what Tab makes of a line, and what it lists."""

from driver import *

# Tab once does all that Tab can; what is listed is one below the other.
INPUTRC = """
set show-all-if-ambiguous on
set completion-display-width 0
set completion-query-items 0
set page-completions off
"""

FILES = {
    ".inputrc": INPUTRC, "alpha.txt": "", "alpha.c": "", "my file": "", "it's": "", "a$b": "", "new\nline": "", "ex!cl": "",
    "dir/inner": "", "my dir/in side": "", "prog": "#!/bin/sh\n",
}


def completes(t, line, expected):
    """Types a line with Tab in it and waits for what it becomes; the line is then dropped."""
    t.type(CTRL_E + CTRL_U + line + TAB)
    t.row(PROMPT + expected)
    t.type(CTRL_E + CTRL_U)
    t.row(PROMPT)


def lists(t, line, *expected):
    """Types a line with Tab, which must list just these."""
    t.type(CTRL_E + CTRL_U)
    t.row(PROMPT)
    start = len(t.raw)
    t.type(line + TAB)
    t.until(lambda: plain(t.raw[start:]).count(PROMPT + line) > 0, "no list for %r" % line)
    given = plain(t.raw[start:]).split("\n")[1:-1]
    if [each.rstrip() for each in given] != list(expected):
        raise Failure("%s: expected the list %r, got %r" % (line, list(expected), given))
    t.type(CTRL_E + CTRL_U)
    t.row(PROMPT)


@options(files=FILES)
def file_names_are_quoted(s):
    completes(s, "cat my\\ f", "cat my\\ file")
    completes(s, "cat it", "cat it\\'s")
    completes(s, "cat a\\$", "cat a\\$b")
    completes(s, "cat new", "cat $'new\\nline'")
    completes(s, "cat ex", "cat ex\\!cl")


@options(files=FILES)
def file_names_in_open_quotes(s):
    completes(s, 'cat "my f', 'cat "my file"')
    completes(s, "cat 'my f", "cat 'my file'")
    completes(s, "cat 'it", "cat 'it'\\''s'")
    completes(s, 'cat "a\\$', 'cat "a\\$b"')
    completes(s, 'cat "my dir/', 'cat "my dir/in side"')
    completes(s, 'cat "my dir"/', 'cat "my dir"/in\\ side')
    completes(s, "cat $'my f", "cat $'my file'")


@options(files=FILES)
def what_was_typed_of_a_directory_stays(s):
    completes(s, "cat ~/dir/", "cat ~/dir/inner")
    completes(s, "cat $HOME/dir/", "cat $HOME/dir/inner")
    completes(s, 'cat "${HOME}/my f', 'cat "${HOME}/my file"')
    completes(s, "cat my\\ dir/", "cat my\\ dir/in\\ side")
    completes(s, "cat di", "cat dir/")


@options(files=FILES)
def parts_of_words(s):
    completes(s, "x=dir/", "x=dir/inner")
    completes(s, "x=/nowhere:dir/", "x=/nowhere:dir/inner")
    completes(s, "make --x=dir/", "make --x=dir/inner")
    completes(s, "cat <dir/", "cat <dir/inner")
    completes(s, "cat 2>>dir/", "cat 2>>dir/inner")


def commands_where_the_grammar_has_them(s):
    s.run("function some_function { :; }; alias some_alias=:")
    for before in ["", "if ", "! ", "time ", ": | ", ":; ", ": && ", "{ ", "x=$(", ": `", ': "$(', "A=1 ", "f() { ",
                   "for i in 1; do ", "case x in x) ", ">/dev/null ", "while :; do :; done; "]:
        completes(s, before + "some_fun", before + "some_function")
    completes(s, "some_al", "some_alias")
    completes(s, "unti", "until")
    completes(s, "case x i", "case x in")
    completes(s, "for x i", "for x in")


@options(files=FILES)
def programs_by_their_path(s):
    completes(s, "./pr", "./prog")
    completes(s, "./d", "./dir/")
    completes(s, "~/pr", "~/prog")


@options(files={"bin/first_program": "#!/bin/sh\n"})
def a_new_program_is_found(s):
    s.run("PATH=$HOME/bin:$PATH")
    completes(s, "first_pr", "first_program")
    s.run("cp bin/first_program bin/second_program")
    completes(s, "second_pr", "second_program")
    s.run("chmod -x bin/first_program")
    completes(s, "first_pr", "first_pr")


def variables(s):
    s.run("some_variable=1 some_array=(1 2)")
    completes(s, "echo $some_v", "echo $some_variable")
    completes(s, "echo ${some_v", "echo ${some_variable}")
    completes(s, "echo ${#some_a", "echo ${#some_array}")
    completes(s, "echo ${!some_a", "echo ${!some_array}")
    completes(s, 'echo "a $some_v', 'echo "a $some_variable')
    completes(s, "echo $((some_v", "echo $((some_variable")
    completes(s, "echo '$some_v", "echo '$some_v")
    completes(s, "unset some_v", "unset some_variable")
    completes(s, "export some_v", "export some_variable")
    completes(s, "echo $HOM", "echo $HOME/")


@options(files={".inputrc": INPUTRC})
def jobs_signals_users(s):
    s.run("sleep 300 & sleep 301 &")
    lists(s, "fg %", "%1  sleep 300", "%2  sleep 301")
    completes(s, "kill %2", "kill %2")
    completes(s, "kill -TE", "kill -TERM")
    completes(s, "trap : INT QUI", "trap : INT QUIT")
    completes(s, "cat ~roo", "cat ~root/")
    s.run("kill %1 %2; wait")


@options(files={".inputrc": INPUTRC})
def options_of_built_ins(s):
    s.type("cd -" + TAB)
    s.see(r"^-L  \S")
    s.see(r"^-P  \S")
    s.type(CTRL_U)
    s.row(PROMPT)
    completes(s, "set -o pipe", "set -o pipefail")
    completes(s, "shopt -s extgl", "shopt -s extglob")
    completes(s, "help compg", "help compgen")
    completes(s, "complete -A host", "complete -A hostname")
    completes(s, "parallel --joblo", "parallel --joblog")


@options(files=FILES)
def directories_for_cd(s):
    lists(s, "cd ", "dir/", "my dir/")
    completes(s, "cd d", "cd dir/")


def specifications(s):
    s.run("complete -W 'one-word two-word' words")
    completes(s, "words o", "words one-word")
    s.run("function f { COMPREPLY=(\"got-$COMP_CWORD-$2-$3\"); }; complete -F f func")
    completes(s, "func a b", "func a got-2-b-a")
    completes(s, ": | func a", ": | func got-1-a-func")
    completes(s, "x=$(func a", "x=$(func got-1-a-func")
    completes(s, "func --x=b", "func --x=got-3-b-=")
    s.run("function n { compopt -o nospace; COMPREPLY=(dir=); }; complete -F n nosp")
    s.type("nosp ")
    s.type(TAB)
    s.row(PROMPT + "nosp dir=", len(PROMPT + "nosp dir="))
    s.type(CTRL_U)


def a_specification_is_loaded_when_it_is_needed(s):
    s.run("function load { complete -W 'loaded' \"$1\"; return 124; }; complete -D -F load")
    completes(s, "anything lo", "anything loaded")
    s.matches("complete -p anything", "complete -W 'loaded' anything")


def commands_of_several_lines(s):
    s.run("some_variable=1")
    s.line("if true")
    s.row("MORE> ")
    s.type("then echo $some_v" + TAB)
    s.row("MORE> then echo $some_variable")
    s.line("; fi")
    s.prompt()


def interrupt_ends_a_completion_function(s):
    s.run("function f { while :; do :; done; }; complete -F f func")
    s.type("func x" + TAB)
    s.see("func x")
    time.sleep(0.3)
    s.type(CTRL_C)
    s.prompt()
    s.output("echo fine", "fine")


@options(needs="git", limit=60)
def the_package_bash_completion(s):
    if not os.path.exists("/usr/share/bash-completion/bash_completion"):
        return
    s.output(". /usr/share/bash-completion/bash_completion", "")
    completes(s, "git chec", "git checkout")
    completes(s, "kill -9 %", "kill -9 %")
    completes(s, "if git chec", "if git checkout")
    completes(s, "tar --extra", "tar --extract")


@options(files={**FILES, ".inputrc": "set completion-ignore-case on\n"})
def readlines_variables(s):
    completes(s, "cat ALPHA.T", "cat alpha.txt")
    completes(s, "UNTI", "until")


def endings_left_out(s):
    s.run("touch alpha.c alpha.txt; FIGNORE=.c")
    completes(s, "cat al", "cat alpha.txt")


def the_shell_is_as_before(s):
    s.run("function f { false | true; echo x >/dev/null; return 3; }; complete -F f func; set -e; trap 'echo DEBUG' ERR")
    s.run("(exit 4) || :")
    s.run("true | false || true; trap - ERR")
    s.run(": last")
    completes(s, "func x", "func x")
    s.output("echo $? $_", "0 last")


@options(environment={"THRESH_TEST": "1"})
def specifications_for_no_command_and_for_the_first_word(s):
    s.run("complete -E -W 'on-empty'; complete -I -W 'first-word'; complete -D -W 'by-default'")
    completes(s, "", "on-empty")
    completes(s, "fir", "first-word")
    completes(s, ": | fir", ": | first-word")
    completes(s, "anything by", "anything by-default")


@options(files=FILES)
def one_kind_of_thing(s):
    s.run("echo unusual-word; some_variable=1")
    for line, keys, expected in [
            ("kill al", "\x1b/", "kill alpha."), ("echo some_v", "\x1b$", "echo $some_variable"),
            ("echo ro", "\x1b~", "echo root"), ("echo unti", "\x1b!", "echo until"),
            ("cat *.c", "\x18*", "cat alpha.c"), ("cat al*t", "\x1bg", "cat alpha.txt"),
            ("cat alp", "\x1b{", "cat alpha.{c,txt}"), ("cat ~/alp", "\x1b{", "cat ~/alpha.{c,txt}"),
            ("echo unus", "\x1b\t", "echo unusual-word")]:
        s.type(CTRL_E + CTRL_U + line + keys)
        s.row(PROMPT + expected)
    s.type(CTRL_U)


@options(files=FILES)
def read_e_completes_file_names(s):
    s.line("read -e -p 'name: ' x")
    s.row("name: ")
    s.type("my\\ f" + TAB)
    s.row("name: my\\ file")
    s.line("")
    s.prompt()
