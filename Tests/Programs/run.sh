#!/bin/sh
# Runs real programs in thresh and in the shell they were written for: output, status and the files that they leave must be
# the same. What is not installed is skipped, and said. Nothing is downloaded; all happens in a temporary directory.
#
#     Tests/Programs/run.sh [THRESH]       default: .build/release/thresh

set -u
here=$(cd "$(dirname "$0")" && pwd)
thresh=${1:-$here/../../.build/release/thresh}
case $thresh in
    /*) ;;
    */*) thresh=$PWD/$thresh ;;
    *) thresh=$(command -v "$thresh") ;;
esac
[ -x "$thresh" ] || { echo "programs: no $thresh (make builds it)" >&2; exit 2; }
SWIFT_BACKTRACE=enable=no
export SWIFT_BACKTRACE
work=$(mktemp -d "${TMPDIR:-/tmp}/thresh-programs.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

passed=0 failed=0

# NAME A B: the results of two shells, directories or files, must be the same.
same() {
    if diff -r "$2" "$3" >"$work/diff"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED $1"
        sed 's/^/    /' "$work/diff" | head -40
    fi
}

skip() { echo "skipped: $1"; }

# Every program here, in the first of the shells named on its line `# like:` that is installed, and in thresh.
for program in "$here"/programs/*.sh; do
    name=$(basename "$program" .sh)
    peer=
    for shell in $(sed -n 's/^# like: //p' "$program"); do
        if command -v "$shell" >/dev/null; then peer=$shell && break; fi
    done
    [ -n "$peer" ] || { skip "$name (no shell to compare with)"; continue; }
    for shell in "$peer" "$thresh"; do
        result=$work/$name.$(basename "$shell")
        mkdir -p "$result/files"
        (cd "$result/files" && timeout 60 "$shell" "$program" one 'two words' </dev/null >../out 2>../err
            echo $? >../status)
        # Messages differ in form; whether there are any must not.
        if [ -s "$result/err" ]; then echo said >"$result/err"; fi
    done
    same "$name" "$work/$name.$peer" "$work/$name.$(basename "$thresh")"
done

# The syntax of all scripts that are installed: no error where their own shell sees none.
"$thresh" "$here/scripts.sh" | while read -r shell file; do
    timeout 20 "$thresh" -n "$file" 2>"$work/errors" </dev/null && continue
    timeout 20 "$shell" -n "$file" 2>/dev/null </dev/null && { echo "$file"; head -1 "$work/errors"; }
done >"$work/syntax"
: >"$work/none"
same "the syntax of $("$thresh" "$here/scripts.sh" | wc -l) scripts of this machine" "$work/none" "$work/syntax"

for script in "$here"/tools/*.sh; do
    name=$(basename "$script" .sh)
    if needs=$(sed -n 's/^# needs: //p' "$script") && missing=$(
        for tool in $needs; do command -v "$tool" >/dev/null || echo "$tool"; done
    ) && [ -n "$missing" ]; then
        skip "$name (no $(echo "$missing" | tr '\n' ' '))"
        continue
    fi
    for shell in dash "$thresh"; do
        mkdir -p "$work/tool"
        (cd "$work/tool" && timeout 300 sh "$script" "$(command -v "$shell")" </dev/null >"$work/$name.out" 2>&1
            echo "status $?" >>"$work/$name.out")
        # The shell's own name and the numbers of processes may differ.
        sed "s,$(command -v "$shell"),SHELL,g" "$work/$name.out" >"$work/$name.$(basename "$shell")"
        rm -rf "$work/tool"
    done
    same "$name" "$work/$name.dash" "$work/$name.$(basename "$thresh")"
done

echo "programs: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
