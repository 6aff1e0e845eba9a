#!/usr/bin/env thresh
# A queue between processes: one writes, one reads; the reader never ends by itself and is terminated.

# What the writing process runs.
write() {
    local value
    for value in A B C; do
        echo "Put $value to queue..."
        queue put q "$value"
        sleep "0.$((RANDOM % 10))"
    done
}

# What the reading process runs.
read_all() {
    local value
    while true; do
        queue get q value
        echo "Get $value from queue."
        queue task-done q
    done
}

# The parent makes the queue; the children find it by its name.
queue new q
process start -n pw write
process start -n pr read_all
# Wait for the writer, and until all was read.
process join pw
queue join q
# The reader loops without end: it can only be terminated.
process terminate pr
process join pr
echo "The reader's exit code is $(process exitcode pr 2>/dev/null || echo gone)."
