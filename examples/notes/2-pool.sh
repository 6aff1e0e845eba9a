#!/usr/bin/env thresh
# A pool: five tasks that sleep for random times, on as many workers as there are processors.

long_time_task() {
    echo "Run task $1 ($BASHPID)..."
    local start=${EPOCHREALTIME/./} end
    sleep "$((RANDOM % 3)).$((RANDOM % 10))"
    end=${EPOCHREALTIME/./}
    printf 'Task %s runs %d.%02d seconds.\n' "$1" $(((end - start) / 1000000)) $(((end - start) / 10000 % 100))
}

echo "Parent process $$."
pool open --process -n p
for i in 0 1 2 3 4; do pool apply p long_time_task "$i"; done
echo 'Waiting for all subprocesses done...'
pool close p
pool join p
echo 'All subprocesses done.'
