# The sieve of Eratosthenes, with variables made by eval for an array.
limit=20000
i=2
while [ "$i" -le "$limit" ]; do
    eval "composite_$i="
    i=$((i + 1))
done
i=2 count=0
while [ "$i" -le "$limit" ]; do
    eval "c=\$composite_$i"
    if [ -z "$c" ]; then
        count=$((count + 1))
        last=$i
        j=$((i * i))
        while [ "$j" -le "$limit" ]; do
            eval "composite_$j=1"
            j=$((j + i))
        done
    fi
    i=$((i + 1))
done
echo "$count $last"
