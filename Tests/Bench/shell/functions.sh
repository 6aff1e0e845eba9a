# Function calls with arguments, nested, with a result in a variable and in the status.
add() {
    result=$(($1 + $2))
}
even() {
    [ $(($1 % 2)) -eq 0 ]
}
step() {
    add "$1" "$2"
    if even "$result"; then
        return 0
    fi
    return 1
}
i=0 count=0
while [ "$i" -lt 120000 ]; do
    if step "$i" "$count"; then
        count=$((count + 1))
    fi
    i=$((i + 1))
done
echo "$count $result"
