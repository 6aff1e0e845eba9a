# Parameter expansion: prefixes, suffixes, defaults and lengths of paths.
path=/usr/local/share/doc/thresh/examples/commands.txt
unset missing
i=0 total=0
while [ "$i" -lt 60000 ]; do
    file=${path##*/}
    base=${file%.*}
    suffix=${file##*.}
    directory=${path%/*}
    first=${path#/}
    first=${first%%/*}
    other=${missing:-$base}${path:+-$suffix}${missing-}
    total=$((total + ${#file} + ${#directory} + ${#first} + ${#other}))
    i=$((i + 1))
done
echo "$file $base $suffix $directory $first $other $total"
