# Insertion sort of numbers, lists in positional parameters and strings.
seed=42 list=
i=0
while [ "$i" -lt 900 ]; do
    seed=$(((seed * 1103 + 12345) % 65536))
    list="$list $((seed % 10000))"
    i=$((i + 1))
done
sorted=
for new in $list; do
    out=
    for old in $sorted; do
        if [ -n "$new" ] && [ "$old" -gt "$new" ]; then
            out="$out $new"
            new=
        fi
        out="$out $old"
    done
    sorted="$out $new"
done
# shellcheck disable=SC2086
set -- $sorted
echo "$# $1 $2 $3 ${900}"
