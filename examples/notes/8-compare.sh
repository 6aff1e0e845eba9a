#!/usr/bin/env thresh
# Process against thread: the same work one after the other, on threads, in processes.

work() {
    local i sum=0
    for ((i = 0; i < $1; i++)); do ((sum += i)); done
}

compare -j 2 -n 3 work "${TIMES-100000}"
