#!/bin/sh
# Fuzzes the parser and the printer: run.sh [SECONDS]. Ends with 1 if something is found; the input is then in crash-*,
# timeout-* or oom-* of the directory said.
set -eu

seconds=${1:-60}
here=$(cd "$(dirname "$0")" && pwd)
sources=$here/../../Sources
build=${FUZZ_BUILD:-$here/../../.build/fuzz}
mkdir -p "$build/corpus" "$build/found"

flags='-O -wmo -parse-as-library -swift-version 6 -package-name thresh -sanitize=fuzzer,address'
# shellcheck disable=SC2086 # the flags are words
{
    swiftc $flags -module-name Bytes -emit-module -emit-module-path "$build/Bytes.swiftmodule" \
        -emit-object -o "$build/Bytes.o" "$sources"/Bytes/*.swift
    swiftc $flags -module-name Syntax -I "$build" -emit-module -emit-module-path "$build/Syntax.swiftmodule" \
        -emit-object -o "$build/Syntax.o" "$sources"/Syntax/*.swift
    swiftc $flags -module-name ParserFuzz -I "$build" -emit-executable -o "$build/parser-fuzz" \
        "$here/ParserFuzz.swift" "$build/Syntax.o" "$build/Bytes.o"
}

# The seeds: those kept here, and every case file.
cp "$here"/corpus/* "$build/corpus/"
find "$here/../Cases" -type f -name '*.test' -size -64k 2>/dev/null | while IFS= read -r file; do
    cp "$file" "$build/corpus/case-$(printf %s "${file#"$here"/../Cases/}" | tr / -)"
done

echo "fuzzing for $seconds seconds; inputs that fail go to $build/found"
export SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0
"$build/parser-fuzz" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=4096 \
    -dict="$here/shell.dict" -artifact_prefix="$build/found/" -print_final_stats=1 "$build/corpus"
