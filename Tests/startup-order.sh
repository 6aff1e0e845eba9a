#!/bin/sh
# Writes Sources/thresh/startup.order: the functions that run before the first command, in the order of their first use, and
# the data that they change. The linker puts them side by side, so that starting a shell touches a few pages of code and of
# data instead of a hundred. What the file names and the program no longer has is passed over: it need not be written anew
# with every change.
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

swift build -c release --product thresh --static-swift-stdlib -Xswiftc -static-executable >&2
program=.build/release/thresh
cc -O2 -o "$work/step" Tests/startup-order.c
nm "$program" | awk 'NF == 3 { print $1, tolower($2), $3 }' | LC_ALL=C sort >"$work/all"
awk '$2 ~ /[twdbgs]/ { print $1, $3 }' "$work/all" >"$work/symbols"

# range TYPES FROM: the first and the last address of symbols of these types from an address on. (The data of threads has
# small numbers, which are no addresses.)
range() {
    awk -v types="[$1]" -v from="$2" '$2 ~ types && $1 "" > from { if (!low) low = $1; high = $1 } END { print low, high }' "$work/all"
}
text=$(range tw 0)
data=$(range dbgs "${text#* }")

for commands in ':' 'x=1; echo "$x"' '/bin/true'; do
    "$work/step" $text $data "$program" -c "$commands" | grep -E '^[0-9a-f]+$' || true
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
