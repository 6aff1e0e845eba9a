#!/usr/bin/env thresh
# A deadlock: two threads take two locks in different orders. The acquire that would close the circle fails instead of waiting for ever.

lock new a
lock new b
barrier new -n 2 both

# Takes the first lock, and the second once the other thread has its first.
take() {
    lock acquire "$1"
    barrier wait both
    if lock acquire "$2" 2>>messages; then
        echo "one thread has both locks"
        lock release "$2"
    else
        echo 'a deadlock was detected'
    fi
    lock release "$1"
}

: >messages
thread start -n one take a b
thread start -n two take b a
thread join one two
cat messages >&2
