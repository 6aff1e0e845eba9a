#!/bin/sh
# Writes Sources/thresh/startup.order: the functions that run before the first command, in the order of their first use.
# The linker puts them side by side, so that starting a shell touches a few pages of code instead of sixty. What the file
# names and the program no longer has is passed over: it need not be written anew with every change.
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

swift build -c release --product thresh --static-swift-stdlib -Xswiftc -static-executable >&2
program=.build/release/thresh
cc -O2 -o "$work/step" Tests/startup-order.c
nm "$program" | awk 'NF == 3 && tolower($2) ~ /[tw]/ { print $1, $3 }' | sort >"$work/symbols"
low=$(awk 'NR == 1 { print $1 }' "$work/symbols")
high=$(awk 'END { print $1 }' "$work/symbols")

for commands in ':' 'x=1; echo "$x"' '/bin/true'; do
    "$work/step" "$low" "$high" "$program" -c "$commands" | grep -E '^[0-9a-f]+$' || true
done | python3 -c '
import bisect, sys
symbols = [line.split() for line in open(sys.argv[1])]
places = [int(place, 16) for place, _ in symbols]
written = set()
for line in sys.stdin:
    name = symbols[bisect.bisect_right(places, int(line, 16)) - 1][1]
    if name not in written:
        written.add(name)
        print(name)
' "$work/symbols" >"$work/order"
mv "$work/order" Sources/thresh/startup.order
wc -l Sources/thresh/startup.order
