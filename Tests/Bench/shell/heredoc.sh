# Here-documents, with expansions and without, read by built-ins.
i=0 n=0
while [ "$i" -lt 15000 ]; do
    read -r x y <<END
$i value-$i $((i * 2))
END
    while read -r line; do
        n=$((n + ${#line}))
    done <<'END'
first line
second $line, as it is
END
    n=$((n + ${#x} + ${#y}))
    i=$((i + 1))
done
echo "$x $y $n"
