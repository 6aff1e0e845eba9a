#!/usr/bin/env thresh
# The bank balance: two threads change it 100,000 times each, first with a lock, then without.

balance=10000
lock new balance_lock

change_it() {
    # First add, then take away: the result should be as before.
    balance=$((balance + $1))
    balance=$((balance - $1))
}

with_lock() {
    local i
    for ((i = 0; i < ${TIMES-100000}; i++)); do
        # Released however change_it ends.
        lock with balance_lock change_it "$1"
    done
}

without_lock() {
    local i
    for ((i = 0; i < ${TIMES-100000}; i++)); do change_it "$1"; done
}

# Runs a function on two threads, with 5 and with 8, and waits for both.
on_two_threads() {
    thread start -n t1 "$1" 5
    thread start -n t2 "$1" 8
    thread join t1 t2
}

on_two_threads with_lock
echo "With the lock: $balance"

# The threads must meet at the wrong moment, which they do within some runs.
for run in 1 2 3 4 5 6 7 8 9 10; do
    balance=10000
    on_two_threads without_lock
    ((balance == 10000)) || break
done
if ((balance == 10000)); then
    echo 'Without it: they never met.'
else
    echo 'Without it: wrong.'
    echo "($balance after run $run)" >&2
fi
