# Recursion: Fibonacci numbers, arguments for local variables.
fibonacci() {
    if [ "$1" -lt 2 ]; then
        result=$1
        return
    fi
    fibonacci $(($1 - 1))
    set -- "$1" "$result"
    fibonacci $(($1 - 2))
    result=$(($2 + result))
}
fibonacci 25
echo "$result"
