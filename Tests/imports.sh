#!/bin/sh
# Checks who imports whom: the arrows of ARCHITECTURE.md, "Who may import whom", and what no module may use at all.
# Prints each breach with its place; the exit status is 1 if there is one.

cd "$(dirname "$0")/.." || exit 1
breaches=0

# may MODULE IMPORT... : each Swift file of the module imports only these. Glibc and Synchronization belong to the
# toolchain and are named where they are allowed: the syntax does no input and output, so it needs neither.
may() {
    module=$1
    shift
    [ -d "Sources/$module" ] || { echo "imports.sh: no Sources/$module" >&2; breaches=1; return; }
    found=$(find "Sources/$module" -name '*.swift' -exec \
        grep -HnE '^[[:space:]]*((@[A-Za-z_]+(\([^)]*\))?|package|internal|private|fileprivate|public)[[:space:]]+)*import[[:space:]]' {} + |
        awk -v module="$module" -v allowed=" $* " '{
            line = $0
            sub(/^[^:]*:[0-9]+:/, "", line)
            sub(/[[:space:]]*\/\/.*/, "", line)
            count = split(line, words, /[[:space:]]+/)
            # `import struct Module.Name` names its module in the part before the dot.
            name = words[count]
            sub(/\..*/, "", name)
            if (index(allowed, " " name " ") == 0) {
                split($0, place, ":")
                print place[1] ":" place[2] ": " module " may not import " name
            }
        }')
    [ -z "$found" ] || { printf '%s\n' "$found"; breaches=1; }
}

# never WHY PATTERN FILES... : no line of these files has a match, comments apart.
never() {
    why=$1 pattern=$2
    shift 2
    found=$(grep -HnE "$pattern" "$@" /dev/null | grep -vE '^[^:]*:[0-9]+:[[:space:]]*(//|\*|/\*)' | sed "s|\$|    <- $why|")
    [ -z "$found" ] || { printf '%s\n' "$found"; breaches=1; }
}

system="Glibc Musl Synchronization"
may thresh Interactive Primitives Pool Shell Syntax Platform Bytes $system
may Interactive Shell Syntax Platform Bytes CReadline $system
may Primitives Pool Shell Syntax Platform Bytes DequeModule HeapModule $system
may Pool Shell Syntax Platform Bytes DequeModule HeapModule $system
may Shell Syntax Platform Bytes $system
may Syntax Bytes
may Platform Bytes CPlatform $system
may Bytes Glibc Musl

# A module that Package.swift has and this file has not would go unchecked.
for directory in Sources/*/; do
    module=${directory#Sources/}
    module=${module%/}
    case $module in
    thresh | Interactive | Primitives | Pool | Shell | Syntax | Platform | Bytes | CPlatform | CReadline) ;;
    *) echo "Sources/$module: not in the table of Tests/imports.sh"; breaches=1 ;;
    esac
done

swift_files=$(find Sources -name '*.swift')
c_files=$(find Sources -name '*.c' -o -name '*.h')
# shellcheck disable=SC2086 # No name of a source file has a blank.
{
    never "Foundation costs start-up time and size" 'import (Foundation|FoundationEssentials|Dispatch)' $swift_files
    never "threads are our own: no Task, no async" \
        '(^|[^A-Za-z_.])Task([[:space:]]*\{|\.detached|[[:space:]]*\()|[[:space:])]async([[:space:]]|$)|withTaskGroup|(^|[[:space:]])await[[:space:]]' \
        $swift_files
    never "no fork(): see Sources/CPlatform/include/child.h" '(^|[^A-Za-z_."])fork[[:space:]]*\(' $swift_files
    never "arguments are bytes: CommandLine.unsafeArgv" 'CommandLine\.arguments' $swift_files
}

# The thread sanitizer can do without clone(CLONE_VM) only; what is compiled for it alone may fork.
# shellcheck disable=SC2086
found=$(awk '/^#if.*THRESH_THREAD_SANITIZER/ { skip = 1 } /^#(else|endif)/ { skip = 0 }
    !skip && !/^[ \t]*(\/\/|\*|\/\*)/ && /(^|[^A-Za-z_."])fork[ \t]*\(/ { print FILENAME ":" FNR ": " $0 "    <- no fork()" }' $c_files)
[ -z "$found" ] || { printf '%s\n' "$found"; breaches=1; }

[ "$breaches" -eq 0 ] && echo "import rules: kept"
exit "$breaches"
