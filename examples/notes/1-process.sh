#!/usr/bin/env thresh
# A process: a function started in a process of its own, and joined.

# What the child process runs.
run_proc() { echo "Run child process $1 ($BASHPID)..."; }

echo "Parent process $$."
echo 'Process will start.'
process start -n p run_proc test
process join p
echo 'Process end.'
