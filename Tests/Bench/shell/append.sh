# String building: a string grows by a byte at a time, then by a line.
round=0
while [ "$round" -lt 6 ]; do
    s='' i=0
    while [ "$i" -lt 12000 ]; do
        s=$s.
        i=$((i + 1))
    done
    t=''
    while [ "$i" -gt 10000 ]; do
        t="$t line $i"
        i=$((i - 1))
    done
    round=$((round + 1))
done
echo "${#s} ${#t}"
