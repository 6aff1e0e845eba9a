#!/bin/sh
# Times thresh against its peers and against its targets, on this machine, now. Peers that are not installed are skipped.
#
#     Tests/Bench/bench.sh [THRESH]       default: .build/release/thresh
#
# RUNS (5) runs of each command, interleaved, so that a machine that is busy for a while is so for all; the table has the
# medians. PARTS ("jobs echo output start shell prompt primitives") says what to measure, SCALE (1) divides the numbers of jobs and bytes.
#
# Of the shell part, PROGRAMS selects by name (all of shell/*.sh), SHELLS says whom to measure beside thresh, and BY=cpu
# compares processor time instead of wall-clock time, which is what a busy machine leaves comparable. In a hurry:
#
#     RUNS=1 PARTS=shell PROGRAMS="arithmetic case" SHELLS="dash ksh93" BY=cpu Tests/Bench/bench.sh

set -u
LC_ALL=C
export LC_ALL
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
thresh=${1:-$root/.build/release/thresh}
case $thresh in */*) ;; *) thresh=$(command -v "$thresh") ;; esac
runs=${RUNS:-5}
parts=${PARTS:-jobs echo output start shell prompt primitives}
scale=${SCALE:-1}
cc=$(command -v cc || command -v clang || command -v gcc) || { echo "bench: a C compiler is needed" >&2; exit 2; }
[ -x "$thresh" ] || { echo "bench: no $thresh (make builds it)" >&2; exit 2; }

work=$(mktemp -d "${TMPDIR:-/tmp}/thresh-bench.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
cd "$work" || exit 2

"$cc" -O2 -o measure "$here/measure.c" || exit 2
"$cc" -O2 -o loop "$here/spawn_loop.c" || exit 2
bare='-O2 -static -nostdlib -ffreestanding -fno-stack-protector'
# shellcheck disable=SC2086
"$cc" $bare -o hello "$here/hello_static.c" || exit 2

has() { command -v "$1" >/dev/null 2>&1; }
# GNU parallel asks to be cited when it is used by a terminal; not here.
gnu=
if has parallel && parallel --version 2>/dev/null | grep -q '^GNU parallel'; then gnu=parallel; fi

# Takes a measurement: NAME UNITS COMMAND…; the command is a line for sh, standard output is its own affair.
take() {
    name=$1
    units=$2
    shift 2
    ./measure sh -c "exec $*" 3>>"$name.times" </dev/null 2>>errors || echo "$name: status $?" >>failures
    echo "$units" >"$name.units"
}

# The same for a command that prints how many units a second it has done, its own start apart.
take_rate() {
    name=$1
    units=$2
    shift 2
    ./measure sh -c "exec $*" 3>one </dev/null >rate 2>>errors || echo "$name: status $?" >>failures
    if awk -v units="$units" -v rate="$(cat rate)" 'rate <= 0 { exit 1 } { print units / rate, $2, $3 }' one >two; then
        cat two >>"$name.times"
    else
        echo "$name: it gives no rate" >>failures
    fi
    echo "$units" >"$name.units"
}

# The median of a column (1: wall, 2: processor, 3: KiB) of a name's measurements.
median() {
    awk -v c="$2" '{ print $c }' "$1.times" 2>/dev/null | sort -n | awk '{ v[NR] = $1 } END { if (NR) print v[int((NR + 1) / 2)] }'
}

heading() { printf '\n%s\n' "$1"; printf '  %-44s %12s %12s %10s\n' "" "$2" "CPU" "memory"; }

# A line of the table: TEXT NAME KIND; KIND rate: units a second, speed: GiB/s, time: ms.
row() {
    wall=$(median "$2" 1)
    [ -n "$wall" ] || return 0
    awk -v text="$1" -v wall="$wall" -v cpu="$(median "$2" 2)" -v kib="$(median "$2" 3)" -v units="$(cat "$2.units")" \
        -v kind="$3" 'BEGIN {
        if (kind == "rate") { value = sprintf("%.0f/s", units / wall); per = sprintf("%.1f us", cpu * 1e6 / units) }
        if (kind == "speed") { value = sprintf("%.2f GiB/s", units / wall); per = sprintf("%.2f s", cpu) }
        if (kind == "time") { value = sprintf("%.3f ms", wall * 1e3 / units); per = sprintf("%.3f ms", cpu * 1e3 / units) }
        if (kind == "seconds") { value = sprintf("%.2f s", wall); per = sprintf("%.2f s", cpu) }
        printf "  %-44s %12s %12s %6.1f MiB\n", text, value, per, kib / 1024
    }'
}

# A target: TEXT VALUE OPERATOR BOUND
target() {
    [ -n "$2" ] || return 0
    awk -v text="$1" -v value="$2" -v op="$3" -v bound="$4" 'BEGIN {
        met = op == ">=" ? value >= bound : value <= bound
        printf "    %-52s %10.4g %s %-9g %s\n", text, value, op, bound, met ? "met" : "NOT MET"
    }'
}

# units a second of A divided by those of B, each with its own units
ratio() {
    a=$(median "$1" 1)
    b=$(median "$2" 1)
    [ -n "$a" ] && [ -n "$b" ] || return 0
    awk -v a="$a" -v b="$b" -v ua="$(cat "$1.units")" -v ub="$(cat "$2.units")" 'BEGIN { print (ua / a) / (ub / b) }'
}

rate() {
    wall=$(median "$1" 1)
    [ -n "$wall" ] && awk -v wall="$wall" -v units="$(cat "$1.units")" 'BEGIN { print units / wall }'
}

memory() {
    kib=$(median "$1" 3)
    [ -n "$kib" ] && awk -v kib="$kib" 'BEGIN { print kib / 1024 }'
}

each() {
    run=0
    while [ "$run" -lt "$runs" ]; do
        "$1"
        run=$((run + 1))
        printf '.' >&2
    done
    printf '\n' >&2
}

printf '%s, %s processors, %s, %s runs\n' "$("$thresh" --version | head -1)" "$(nproc 2>/dev/null || echo '?')" \
    "$(uname -sr)" "$runs"

# --- external commands ---------------------------------------------------------------------------------------------------

few=$((1000 / scale))
many=$((10000 / scale))

jobs() {
    for program in true hello; do
        path=/bin/true
        [ "$program" = hello ] && path=$work/hello
        take "thresh.$program" "$many" "'$thresh' -j2 '$path {}' <many >out"
        take "loop.$program" "$many" "./loop $many 2 $path 1 >out"
        take "xargs.$program" "$many" "xargs -P2 -n1 $path <many >out"
        has xe && take "xe.$program" "$many" "xe -j2 $path {} <many >out"
        [ -n "$gnu" ] && take "parallel.$program" "$few" "$gnu --plain -j2 '$path {}' <few >out"
    done
}

case " $parts " in *" jobs "*)
    seq "$many" >many
    seq "$few" >few
    each jobs
    heading "$many external commands, two at a time" "jobs"
    for program in true hello; do
        what="/bin/true"
        [ "$program" = hello ] && what="a static program that prints a line"
        echo "  $what"
        row "  thresh -j2, output grouped" "thresh.$program" rate
        row "  vfork and exec in C, nothing else" "loop.$program" rate
        row "  xargs -P2, output as it comes" "xargs.$program" rate
        row "  xe -j2, output as it comes" "xe.$program" rate
        row "  GNU parallel -j2, output grouped" "parallel.$program" rate
    done
    target "/bin/true: jobs a second, of xargs's" "$(ratio thresh.true xargs.true)" ">=" 1.3
    target "/bin/true: jobs a second, of the C loop's" "$(ratio thresh.true loop.true)" ">=" 0.9
    target "/bin/true: jobs a second, of GNU parallel's" "$(ratio thresh.true parallel.true)" ">=" 10
    target "static program: jobs a second, of xargs's" "$(ratio thresh.hello xargs.hello)" ">=" 2
;; esac

# --- built-ins -----------------------------------------------------------------------------------------------------------

million=$((1000000 / scale))

echoes() {
    take thresh.echo "$million" "'$thresh' -k -j2 'echo {}' <million >out"
    cmp -s million out || echo "thresh.echo: its output is wrong" >>failures
    take thresh.dry "$million" "'$thresh' --dry-run 'echo {}' <million >out"
    [ -n "$gnu" ] && take parallel.echo "$few" "$gnu --plain -k -j2 'echo {}' <few >out"
    for shell in dash bash; do
        has "$shell" && take "$shell.echo" "$million" "$shell -c 'while read -r x; do echo \"\$x\"; done' <million >out"
    done
}

case " $parts " in *" echo "*)
    seq "$million" >million
    seq "$few" >few
    each echoes
    heading "$million jobs of a built-in (echo {}), in order" "jobs"
    row "thresh -k -j2" thresh.echo rate
    row "thresh --dry-run" thresh.dry rate
    row "dash: while read -r x; do echo \"\$x\"; done" dash.echo rate
    row "bash: the same" bash.echo rate
    row "GNU parallel -k -j2" parallel.echo rate
    target "jobs a second" "$(rate thresh.echo)" ">=" 1000000
    target "jobs a second, at least" "$(rate thresh.echo)" ">=" 500000
    target "peak memory, MiB" "$(memory thresh.echo)" "<=" 64
    target "--dry-run, seconds" "$(median thresh.dry 1)" "<=" 1.5
;; esac

# --- output --------------------------------------------------------------------------------------------------------------

size=$((1024 / scale))
gib=$(awk -v m="$size" 'BEGIN { print 2 * m / 1024 }')

outputs() {
    take cat.pipe "$gib" "sh -c 'cat text text | cat >/dev/null'"
    take thresh.group "$gib" "'$thresh' -j2 cat ::: text text >/dev/null"
    take thresh.order "$gib" "'$thresh' -k -j2 cat ::: text text >/dev/null"
    take thresh.pipe "$gib" "sh -c '\"$thresh\" -k -j2 cat ::: text text | cat >/dev/null'"
    take thresh.tag "$gib" "'$thresh' -k -j2 --tag cat ::: text text >/dev/null"
    take thresh.line "$gib" "'$thresh' -j2 --line-buffer cat ::: text text >/dev/null"
    if [ -n "$gnu" ]; then
        take parallel.group "$gib" "$gnu --plain -j2 cat ::: text text >/dev/null"
        take parallel.tag "$(awk -v m="$gib" 'BEGIN { print m / 16 }')" "$gnu --plain -j2 --tag cat ::: part part >/dev/null"
    fi
}

case " $parts " in *" output "*)
    awk 'BEGIN { for (i = 0; i < 14000; i++) printf "%075d\n", i }' >block
    while [ "$(wc -c <block)" -lt $((16 * 1048576)) ]; do cat block block >block2 && mv block2 block; done
    : >text
    while [ "$(wc -c <text)" -lt $((size * 1048576)) ]; do cat block >>text; done
    head -c $((size * 1048576)) text >text2 && mv text2 text
    head -c $((size * 65536)) text >part
    each outputs
    heading "two jobs of $size MiB each" "speed"
    row "cat a b | cat" cat.pipe speed
    row "thresh -j2, grouped" thresh.group speed
    row "thresh -j2 -k, in order" thresh.order speed
    row "thresh -j2 -k | cat" thresh.pipe speed
    row "thresh -j2 -k --tag" thresh.tag speed
    row "thresh -j2 --line-buffer" thresh.line speed
    row "GNU parallel -j2, grouped" parallel.group speed
    row "GNU parallel -j2 --tag (a 16th of it)" parallel.tag speed
    target "grouped: bytes a second, of cat's through a pipe" "$(ratio thresh.group cat.pipe)" ">=" 0.8
    target "in order: bytes a second, of cat's through a pipe" "$(ratio thresh.order cat.pipe)" ">=" 0.8
    target "--tag: GiB/s" "$(rate thresh.tag)" ">=" 1
    target "peak memory, MiB" "$(memory thresh.group)" "<=" 128
    rm -f text part block
;; esac

# --- start-up ------------------------------------------------------------------------------------------------------------

starts=$((1000 / scale))

start() {
    take thresh.start "$starts" "./loop $starts 1 '$thresh' -c :"
    for shell in dash bash; do
        has "$shell" && take "$shell.start" "$starts" "./loop $starts 1 $(command -v "$shell") -c :"
    done
}

case " $parts " in *" start "*)
    each start
    heading "start-up: SHELL -c :" "each"
    row "thresh" thresh.start time
    row "dash" dash.start time
    row "bash" bash.start time
    inverse=$(ratio dash.start thresh.start)
    target "time, of dash's" "$inverse" "<=" 1.3
    target "time, of bash's" "$(ratio bash.start thresh.start)" "<=" 1
;; esac

case " $parts " in *" prompt "*)
    printf '\n'
    THRESH=$thresh /usr/bin/python3 "$here/../terminal/latency.py" --check ||
        echo "prompt: a key shows after 5 ms or more, or the prompt comes later than bash's" >>failures
;; esac

# --- the primitives ------------------------------------------------------------------------------------------------------

primitives() {
    for program in queue-threads queue-processes; do
        take_rate "thresh.$program" "$million" "'$thresh' '$here/primitives/$program.sh' $million"
    done
    for program in lock map; do
        take "thresh.$program" "$million" "'$thresh' '$here/primitives/$program.sh' $million >out"
    done
    take thresh.thread "$threads" "'$thresh' '$here/primitives/thread.sh' $threads"
    take thresh.one "$million" "'$thresh' '$here/primitives/compute.sh' $million 1"
    take thresh.two "$((2 * million))" "'$thresh' '$here/primitives/compute.sh' $million 2"
    take thresh.process "$few" "'$thresh' '$here/primitives/process.sh' $few"
    if has python3; then
        take_rate python.queue-processes "$((million / 5))" "python3 '$here/primitives/queue-processes.py' $((million / 5))"
        for method in fork spawn; do
            count=$few
            [ "$method" = spawn ] && count=$((few / 10))
            take "python.$method" "$count" "python3 '$here/primitives/process.py' $method $count"
        done
    fi
}

case " $parts " in *" primitives "*)
    threads=$((100000 / scale))
    each primitives
    heading "the primitives" "a second"
    row "queue: put and get between threads, 16 bytes" thresh.queue-threads rate
    row "queue: put and get between processes" thresh.queue-processes rate
    row "Python's multiprocessing.Queue" python.queue-processes rate
    row "lock: acquire and release" thresh.lock rate
    row "thread: start and join" thresh.thread rate
    row "counting on one thread" thresh.one rate
    row "counting on two threads" thresh.two rate
    row "pool: map of a function, in order" thresh.map rate
    row "process: start and join of a function" thresh.process rate
    row "Python's multiprocessing.Process, fork" python.fork rate
    row "Python's multiprocessing.Process, spawn" python.spawn rate
    target "queue between threads: pairs a second" "$(rate thresh.queue-threads)" ">=" 1000000
    target "queue between processes: pairs a second, of Python's" "$(ratio thresh.queue-processes python.queue-processes)" ">=" 10
    target "lock: pairs a second" "$(rate thresh.lock)" ">=" 2000000
    target "thread: start and join a second" "$(rate thresh.thread)" ">=" 50000
    target "two threads, of one's speed" "$(ratio thresh.two thresh.one)" ">=" 1.8
    target "process: a second, of Python's with spawn" "$(ratio thresh.process python.spawn)" ">=" 1
    target "process: a second, of Python's with fork" "$(ratio thresh.process python.fork)" ">=" 1
;; esac

# --- the language --------------------------------------------------------------------------------------------------------

# The words that start a shell; nothing if it is not installed.
shell_command() {
    case $1 in
        thresh) echo "'$thresh'" ;;
        busybox) has busybox && echo "$(command -v busybox) sh" ;;
        zsh) has zsh && echo "$(command -v zsh) --emulate sh" ;;
        ksh93) has ksh93 && command -v ksh93 ;;
        *) has "$1" && command -v "$1" ;;
    esac
}

# One run of every program in every shell. The first shell's output is what the others are held against.
programs() {
    for program in $programs; do
        file=$here/shell/$program.sh
        times=$(sed -n 's/^# times: //p' "$file")
        without=$(sed -n 's/^# without: \([a-z0-9 ]*\).*/\1/p' "$file")
        for shell in $shells; do
            case " $without " in *" $shell "*) continue ;; esac
            command=$(shell_command "$shell")
            if [ -n "$times" ]; then
                take "shell.$program.$shell" 1 "./loop $times 1 $command -c : >'$program.$shell'"
            else
                take "shell.$program.$shell" 1 "$command '$file' '$work/lines' '$work/files' >'$program.$shell'"
            fi
            cmp -s "$program.$shell" "$program.${shells%% *}" || echo "$program.$shell" >>differing
        done
    done
}

case " $parts " in *" shell "*)
    programs=${PROGRAMS:-$(for file in "$here"/shell/*.sh; do basename "$file" .sh; done)}
    for program in $programs; do
        [ -f "$here/shell/$program.sh" ] || { echo "bench: no program $program in $here/shell" >&2; exit 2; }
    done
    shells=
    for shell in ${SHELLS:-dash bash mksh ksh93 busybox zsh yash} thresh; do
        if [ -n "$(shell_command "$shell")" ]; then shells="$shells${shells:+ }$shell"; fi
    done
    awk 'BEGIN { for (i = 1; i <= 200000; i++) print i, "word" i % 7, "and the rest of it" }' >lines
    mkdir files
    awk 'BEGIN { for (i = 0; i < 5000; i++) printf "files/file-%04d.%s\n", i, substr("c  h  txt", i % 3 * 3 + 1, 3) }' |
        xargs touch
    : >differing
    each programs
    case ${BY:-wall} in cpu) column=2 ;; *) column=1 ;; esac
    for program in $programs; do
        for shell in $shells; do
            if grep -q "^$program.$shell\$" differing; then
                [ "$shell" != thresh ] || echo "shell.$program.thresh: its output is not that of ${shells%% *}" >>failures
            else
                echo "$program $shell $(median "shell.$program.$shell" "$column")"
            fi
        done
    done >ratios
    # One line for each program: the first shell's time, everyone's ratio to it, thresh's ratio to the fastest other.
    awk -v shells="$shells" -v by="${BY:-wall}" '
        NF == 3 {
            if (!($1 in known)) { known[$1]; programs[++count] = $1 }
            time[$1, $2] = $3 > 0 ? $3 : 0.0001
        }
        END {
            n = split(shells, shell)
            printf "\nShell programs: seconds of %s (%s), and ratios to them\n  %-14s%9s", shell[1], by, "", shell[1]
            for (s = n; s > 1; s--) printf "%9s", shell[s]
            printf "%12s\n", "of fastest"
            for (p = 1; p <= count; p++) {
                name = programs[p]
                first = time[name, shell[1]]
                best = 0
                printf "  %-14s%9.3f", name, first
                for (s = n; s > 1; s--) {
                    t = time[name, shell[s]]
                    if (!t) { printf "%9s", "-"; continue }
                    printf "%9.3f", t / first
                    logs[s] += log(t / first)
                    measured[s]++
                }
                for (s = 1; s < n; s++) {
                    t = time[name, shell[s]]
                    if (t && (!best || t < best)) { best = t; who = shell[s] }
                }
                t = time[name, "thresh"]
                if (t && best) {
                    printf "%12.3f  %s\n", t / best, who
                    if (t / best > worst) { worst = t / best; where = name }
                    if (t > best) slower++
                } else print ""
                if (name == "substitution" && t) print t / first >"target.substitution"
            }
            printf "  %-14s%9s", "geometric mean", ""
            for (s = n; s > 1; s--) printf measured[s] ? "%9.3f" : "%9s", measured[s] ? exp(logs[s] / measured[s]) : "-"
            print ""
            if (worst) printf "%.4f %s\n", worst, where >"target.worst"
            print slower + 0 >"target.slower"
            if (measured[n]) print exp(logs[n] / measured[n]) >"target.mean"
        }' ratios
    for name in $(sort -u differing); do echo "  $name: its output differs from that of ${shells%% *}"; done
    value() { sed 's/ .*//' "target.$1" 2>/dev/null; }
    target "programs in which another is faster" "$(value slower)" "<=" 0
    target "time, of the fastest's, at worst ($(sed 's/.* //' target.worst 2>/dev/null))" "$(value worst)" "<=" 1
    case $shells in dash*)
        target "time, of dash's, in the geometric mean" "$(value mean)" "<=" 0.5
        target "\$(echo x): time, of dash's" "$(value substitution)" "<=" 0.05
    esac
;; esac

if [ -s failures ]; then
    echo
    echo "Failed, so that their numbers mean nothing:"
    sort failures | uniq -c
    head -5 errors
    exit 1
fi
