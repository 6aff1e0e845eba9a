# Command substitution of a built-in: $(echo x).
i=0 n=0
while [ "$i" -lt 2000 ]; do
    x=$(echo x)
    y="<$(echo "$i")>"
    n=$((n + ${#x} + ${#y}))
    i=$((i + 1))
done
echo "$x $y $n"
