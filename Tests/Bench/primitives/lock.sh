# A lock that nobody else wants, acquired and released N times: lock.sh N
lock new free
i=0
while ((i < $1)); do
    lock acquire free
    lock release free
    ((i++))
done
