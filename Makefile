# thresh: build, try, check, install. `make help` lists the targets.

SWIFT ?= swift
PREFIX ?= /usr/local
DESTDIR ?=

BINARY = .build/release/thresh
BINDIR = $(DESTDIR)$(PREFIX)/bin
SHAREDIR = $(DESTDIR)$(PREFIX)/share
INSTALL = install

# A crash in a test should end it, not start a debugger that takes seconds.
export SWIFT_BACKTRACE = enable=no

.PHONY: all release demo check unit cases terminal programs lint format generated startup-order manual imports bench fuzz install uninstall clean help
.NOTPARALLEL:

all: release

help:
	@echo "make            the release binary, $(BINARY)"
	@echo "make demo       install what the build needs, build, run examples/commands.txt"
	@echo "make check      install what the tests need, build, run all tests and checks"
	@echo "make unit       the unit tests alone; make cases: the case files alone"
	@echo "make terminal   the cases of the prompt, on a pseudo-terminal"
	@echo "make programs   real programs, as configure and git's shell parts, compared with dash and bash"
	@echo "make lint       the formatter, strictly (make format lets it write); make imports: who imports whom; make manual: mandoc -Tlint"
	@echo "make generated  the completions and the manual's OPTIONS, from the table of options"
	@echo "make startup-order  the order of the functions that run at the start, for the linker"
	@echo "make bench      times against xargs, GNU parallel, xe and other shells (PARTS=shell, RUNS=1: see Tests/Bench/bench.sh)"
	@echo "make fuzz       a minute each of random text for parser, arithmetic, patterns, interpreter (FUZZ_SECONDS, FUZZ_TARGETS)"
	@echo "make check-asan the tests with the address sanitizer; make check-tsan: with the thread sanitizer"
	@echo "make install    with PREFIX ($(PREFIX)) and DESTDIR; make uninstall takes it away again"
	@echo "make clean"

# The release binary is fully static, for it then starts in a third of the time. Where the static libraries of Swift or of readline
# are not installed, as much as can be is linked statically, and that is said.
release:
	@resources=$$($(SWIFT) -print-target-info | sed -n 's/.*"runtimeResourcePath": *"\(.*\)".*/\1/p'); \
	static="$${resources}_static"; \
	flags="--static-swift-stdlib -Xswiftc -static-executable"; \
	if ! [ -e "$$static/linux/static-executable-args.lnk" ]; then \
	    echo "make: no static Swift library in $$static: thresh will need Swift's shared ones"; flags=; \
	elif ! ls /usr/lib/*/libreadline.a /usr/lib/libreadline.a 2>/dev/null | grep -q . || \
	    ! ls /usr/lib/*/libtinfo.a /usr/lib/libtinfo.a 2>/dev/null | grep -q .; then \
	    if [ -e /usr/include/readline/readline.h ]; then \
	        echo "make: no libreadline.a: thresh will need the shared readline and C library, and start more slowly"; \
	        flags=--static-swift-stdlib; \
	    else \
	        echo "make: readline is missing: install libreadline-dev (\`make demo\` does)"; exit 1; \
	    fi; \
	fi; \
	echo "$(SWIFT) build -c release --product thresh $$flags -Xlinker -s"; \
	$(SWIFT) build -c release --product thresh $$flags -Xlinker -s </dev/null

demo:
	@.ci/need libreadline-dev
	@$(MAKE) --no-print-directory release
	$(BINARY) -j 4 <examples/commands.txt

# One debug build for the unit tests, one release build for the cases; what takes seconds comes first. The case runner's
# last line, `N passed, N failed`, is the last line of all.
check:
	@.ci/need libreadline-dev mandoc dash bash findutils python3 python3-pyte procps tmux vim less git bsdutils make
	@$(MAKE) --no-print-directory imports
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory manual
	@$(MAKE) --no-print-directory unit
	@$(MAKE) --no-print-directory release
	@sh Tests/generated.sh
	@$(MAKE) --no-print-directory programs
	@$(MAKE) --no-print-directory terminal
	@$(MAKE) --no-print-directory cases

imports:
	@sh Tests/imports.sh

lint:
	$(SWIFT) format lint --strict --recursive Sources Tests Package.swift

format:
	$(SWIFT) format -i --recursive Sources Tests Package.swift

manual:
	mandoc -Tlint -W warning man/thresh.1 man/thresh-language.7 man/thresh-primitives.7

unit:
	$(SWIFT) build --build-tests </dev/null
	$(SWIFT) test --skip-build --no-parallel </dev/null

# Completions and the manual's OPTIONS, from the table of options.
generated: release
	@sh Tests/generated.sh --write

# The interpreter for which Debian packages pyte, the terminal emulator.
terminal:
	@/usr/bin/python3 Tests/terminal/run

cases:
	@Tests/run-cases --oracle

# Which functions run at the start; to be run when start-up has changed much.
startup-order:
	@sh Tests/startup-order.sh

programs:
	@sh Tests/Programs/run.sh

bench: release
	@sh Tests/Bench/bench.sh

# How long each target of the fuzzer runs, in seconds, and which: parser, arithmetic, pattern, interpreter (all of them).
FUZZ_SECONDS ?= 60
FUZZ_TARGETS ?=

fuzz:
	@sh Tests/Fuzz/run.sh $(FUZZ_SECONDS) $(FUZZ_TARGETS)

# All tests in debug builds with a sanitizer, in build directories of their own.
.PHONY: check-asan check-tsan check-sanitized

check-asan:
	@$(MAKE) --no-print-directory check-sanitized SANITIZER=address DIRECTORY=.build/asan

check-tsan:
	@$(MAKE) --no-print-directory check-sanitized SANITIZER=thread DIRECTORY=.build/tsan FLAGS="-Xswiftc -DTHREAD_SANITIZER"

check-sanitized:
	$(SWIFT) build --build-tests --scratch-path $(DIRECTORY) --sanitize=$(SANITIZER) $(FLAGS) </dev/null
	$(SWIFT) test --skip-build --no-parallel --scratch-path $(DIRECTORY) --sanitize=$(SANITIZER) $(FLAGS) </dev/null
	$(SWIFT) build --product thresh --scratch-path $(DIRECTORY) --sanitize=$(SANITIZER) $(FLAGS) </dev/null
	@SANITIZER=$(SANITIZER) Tests/run-cases --thresh $(CURDIR)/$(DIRECTORY)/debug/thresh --limit 120 -q

# Not a prerequisite on the build: `sudo make install` should not build as root, nor need Swift on root's path.
install:
	@[ -x $(BINARY) ] || $(MAKE) --no-print-directory release
	$(INSTALL) -d $(BINDIR) $(SHAREDIR)/man/man1 $(SHAREDIR)/man/man7 $(SHAREDIR)/bash-completion/completions \
	    $(SHAREDIR)/zsh/site-functions $(SHAREDIR)/fish/vendor_completions.d
	$(INSTALL) -m 755 $(BINARY) $(BINDIR)/thresh
	$(INSTALL) -m 644 man/thresh.1 $(SHAREDIR)/man/man1/thresh.1
	$(INSTALL) -m 644 man/thresh-language.7 $(SHAREDIR)/man/man7/thresh-language.7
	$(INSTALL) -m 644 man/thresh-primitives.7 $(SHAREDIR)/man/man7/thresh-primitives.7
	$(INSTALL) -m 644 completions/thresh.bash $(SHAREDIR)/bash-completion/completions/thresh
	$(INSTALL) -m 644 completions/_thresh $(SHAREDIR)/zsh/site-functions/_thresh
	$(INSTALL) -m 644 completions/thresh.fish $(SHAREDIR)/fish/vendor_completions.d/thresh.fish
	@echo "To have thresh answer to GNU parallel's name: ln -s thresh $(BINDIR)/parallel"

uninstall:
	rm -f $(BINDIR)/thresh $(SHAREDIR)/man/man1/thresh.1 $(SHAREDIR)/man/man7/thresh-language.7 $(SHAREDIR)/man/man7/thresh-primitives.7 \
	    $(SHAREDIR)/bash-completion/completions/thresh $(SHAREDIR)/zsh/site-functions/_thresh $(SHAREDIR)/fish/vendor_completions.d/thresh.fish
	@if [ "$$(readlink $(BINDIR)/parallel)" = thresh ]; then \
	    echo "$(BINDIR)/parallel was a link to thresh; remove it if it is not wanted"; fi

clean:
	rm -rf .build .build-*
