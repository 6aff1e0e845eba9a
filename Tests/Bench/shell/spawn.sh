# Spawning /bin/true 3,000 times.
i=0
while [ "$i" -lt 3000 ]; do
    /bin/true
    i=$((i + 1))
done
echo "$i $?"
