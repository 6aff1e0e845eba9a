#!/bin/sh
# Fuzzes with libFuzzer and the address sanitizer: run.sh [SECONDS [TARGET…]]. The targets are parser, arithmetic, pattern and
# interpreter; each takes so many seconds. Ends with 1 if something is found; the input is then in TARGET-crash-*,
# TARGET-timeout-* or TARGET-oom-* of the directory said.
set -eu

seconds=${1:-60}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- parser arithmetic pattern interpreter
here=$(cd "$(dirname "$0")" && pwd)
sources=$here/../../Sources
build=${FUZZ_BUILD:-$here/../../.build/fuzz}
mkdir -p "$build/found" "$build/include/CPlatform"

flags="-O -wmo -parse-as-library -swift-version 6 -package-name thresh -enable-testing -sanitize=fuzzer,address
    -I $build -I $here/Sandbox -Xcc -fmodule-map-file=$build/include/module.modulemap"

# module NAME SOURCE…
module() {
    name=$1
    shift
    # shellcheck disable=SC2086 # the flags are words
    swiftc $flags -module-name "$name" -emit-module -emit-module-path "$build/$name.swiftmodule" \
        -emit-object -o "$build/$name.o" "$@"
}

# target NAME FILE… -- OBJECT…
target() {
    name=$1
    shift
    # shellcheck disable=SC2086
    swiftc $flags -module-name "${name}_fuzz" -emit-executable -o "$build/$name-fuzz" "$@"
}

printf 'module CPlatform { header "%s/CPlatform/include/CPlatform.h" export * }\n' "$sources" \
    >"$build/include/module.modulemap"
clang=$(dirname "$(command -v swiftc)")/clang
[ -x "$clang" ] || clang=clang
# The sandbox takes the place of child.c in the targets that run commands.
mkdir -p "$build/c"
rm -f "$build"/c/*
for file in "$sources"/CPlatform/*.c; do
    [ "${file##*/}" != child.c ] || continue
    "$clang" -O1 -g -fsanitize=address,fuzzer-no-link -I "$sources/CPlatform/include" -c "$file" \
        -o "$build/c/$(basename "$file" .c).o"
done
"$clang" -O1 -g -I "$sources/CPlatform/include" -c "$here/Sandbox/sandbox.c" -o "$build/c/sandbox.o"

b=$build
c="$b/c/*.o"
module Bytes "$sources"/Bytes/*.swift
module Syntax "$sources"/Syntax/*.swift
case " $* " in *' arithmetic '* | *' pattern '* | *' interpreter '*)
    module Platform "$sources"/Platform/*.swift
    # shellcheck disable=SC2046 # names of sources have no blanks
    module Shell $(find "$sources/Shell" -name '*.swift') ;;
esac

# What the fuzzers start from, and what they keep, is a directory for each.
seeds() {
    mkdir -p "$build/corpus-$1"
    case $1 in
    parser)
        cp "$here"/corpus/* "$build/corpus-$1/"
        find "$here/../Cases" -type f -name '*.test' -size -64k | while IFS= read -r file; do
            cp "$file" "$build/corpus-$1/case-$(printf %s "${file#"$here"/../Cases/}" | tr / -)"
        done ;;
    interpreter)
        # The scripts of the cases, one a file.
        find "$here/../Cases" -type f -name '*.test' ! -path '*/parallel/*' | while IFS= read -r file; do
            awk -v out="$build/corpus-$1/$(basename "$file" .test)" '
                /^=== / { name = out "-" ++count; writing = 0; next }
                /^--- / { writing = $2 == "script"; next }
                writing { print >name }
                /^$/ { if (name != "") close(name) }' "$file"
        done ;;
    arithmetic)
        for text in 'a + b * 3' '(a ? b : c) << 2' 'a = b += 1, c++' '-1 ** 2 % 3' '0x1f | 017 ^ 2#11' 'c && !d || ~e'; do
            printf %s "$text" >"$build/corpus-$1/$(printf %s "$text" | cksum | cut -d ' ' -f 1)"
        done ;;
    pattern)
        number=0
        for text in 'a*b?c\0aXbYc' '+(a|b)c\0ababc' '!(*.c)\0x.h' '[!a-c]*[[:digit:]]\0z9' '*(a|?(b))@(c)\0aabc' '\303\251?\0\303\251x'; do
            for flag in 0 1 3 4 5 7; do
                number=$((number + 1))
                printf "\\$flag$text" >"$build/corpus-$1/seed-$number"
            done
        done ;;
    esac
}

export SWIFT_BACKTRACE=enable=no
export ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=0:allocator_may_return_null=1
for name do
    case $name in
    parser) target parser "$here/ParserFuzz.swift" "$b/Syntax.o" "$b/Bytes.o" ;;
    arithmetic)
        # shellcheck disable=SC2086
        target arithmetic "$here/ArithmeticFuzz.swift" "$here/Grammar.swift" "$b/Shell.o" "$b/Platform.o" "$b/Syntax.o" \
            "$b/Bytes.o" $c ;;
    pattern)
        # shellcheck disable=SC2086
        target pattern "$here/PatternFuzz.swift" "$b/Shell.o" "$b/Platform.o" "$b/Syntax.o" "$b/Bytes.o" $c ;;
    interpreter)
        # shellcheck disable=SC2086
        target interpreter "$here/InterpreterFuzz.swift" "$here/Grammar.swift" "$b/Shell.o" "$b/Platform.o" "$b/Syntax.o" \
            "$b/Bytes.o" $c ;;
    *)
        echo "run.sh: $name: no such target; there are parser, arithmetic, pattern and interpreter" >&2
        exit 2 ;;
    esac
    seeds "$name"
    echo "fuzzing the $name for $seconds seconds; inputs that fail go to $build/found"
    # Scripts run in a directory with a few files and nothing else.
    mkdir -p "$build/room/d"
    printf 'echo script $1\n' >"$build/room/script"
    printf 'text\n' >"$build/room/d/file"
    (
        cd "$build/room"
        exec "$build/$name-fuzz" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=6000 -max_len=4096 -verbosity="${FUZZ_VERBOSITY:-1}" \
            -dict="$here/shell.dict" -artifact_prefix="$build/found/$name-" -print_final_stats=1 "$build/corpus-$name" </dev/null
    )
done
