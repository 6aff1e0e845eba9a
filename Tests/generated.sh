#!/bin/sh
# The files that are made from the table of options (Sources/Pool/Options): the completions, man/options.mdoc, and the
# OPTIONS of man/thresh.1, which is a copy of the latter.
#
#   generated.sh          checks that they are up to date; the exit status is 1 if not
#   generated.sh --write  makes them anew
#
# The program is $THRESH, or .build/release/thresh.

cd "$(dirname "$0")/.." || exit 1
thresh=${THRESH:-.build/release/thresh}
[ -x "$thresh" ] || { echo "generated.sh: no $thresh; build it with \`make\`" >&2; exit 1; }
new=$(mktemp) || exit 1
trap 'rm -f "$new"' EXIT
stale=0

# take FILE: $new is what FILE should be.
take() {
    cmp -s "$new" "$1" && return
    if [ "$write" ]; then
        cat "$new" >"$1" && echo "$1: written"
    else
        echo "$1: not up to date with the table of options; run \`make generated\`" >&2
        stale=1
    fi
}

case $1 in
--write) write=yes ;;
'') write= ;;
*) echo "usage: generated.sh [--write]" >&2; exit 2 ;;
esac

while read -r name file; do
    "$thresh" --print "$name" >"$new" || exit 1
    take "$file"
done <<END
bash-completion completions/thresh.bash
zsh-completion completions/_thresh
fish-completion completions/thresh.fish
mdoc-options man/options.mdoc
END

awk '/^\.\\" END OPTIONS/ { inside = 0 }
    !inside { print }
    /^\.\\" BEGIN OPTIONS/ { inside = 1; while ((getline line <"man/options.mdoc") > 0) if (line !~ /^\.\\"/) print line }' \
    man/thresh.1 >"$new" || exit 1
take man/thresh.1

[ "$stale" -eq 0 ] && [ -z "$write" ] && echo "generated files: up to date"
exit "$stale"
