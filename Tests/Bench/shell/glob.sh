# Globbing in a directory of 5,000 files ($2).
cd "$2" || exit
i=0 n=0
while [ "$i" -lt 30 ]; do
    for file in *; do
        n=$((n + 1))
    done
    set -- *.c
    n=$((n + $#))
    set -- *1[0-4]?.[ch]
    n=$((n + $#))
    set -- ./file-00*
    n=$((n + $#))
    i=$((i + 1))
done
echo "$n $1 $file"
