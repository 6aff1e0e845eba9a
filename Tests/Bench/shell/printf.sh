# printf in a loop: numbers, strings and widths.
# without: mksh, whose printf is an external program
i=0
while [ "$i" -lt 150000 ]; do
    printf '%5d %-10s|%s|%x\n' "$i" name "text $i" "$i"
    i=$((i + 1))
done
