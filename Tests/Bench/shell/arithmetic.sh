# An arithmetic loop: a linear congruence, its bits folded.
i=0 x=12345 sum=0
while [ "$i" -lt 300000 ]; do
    x=$(((x * 1103 + 12345) % 65536))
    sum=$(((sum ^ x) + (x >> 3) & 0xffffff))
    i=$((i + 1))
done
echo "$x $sum"
