#!/usr/bin/env thresh
# A thread: a function on a thread of the shell, with the names of both.

# What the new thread runs.
loop() {
    echo "thread $(thread current) is running..."
    local n=0
    while ((n < 5)); do
        ((n++))
        echo "thread $THREAD_NAME >>> $n"
        sleep "${PAUSE-1}"
    done
    echo "thread $THREAD_NAME ended."
}

echo "thread $THREAD_NAME is running..."
thread start -n LoopThread loop
thread join LoopThread
echo "thread $THREAD_NAME ended."
