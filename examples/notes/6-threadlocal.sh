#!/usr/bin/env thresh
# Thread-local variables: each thread has a student of its own, under the same name.

threadlocal student

process_student() { echo "Hello, $student (in $THREAD_NAME)"; }

process_thread() {
    student=$1
    process_student
}

thread start -n Thread-A process_thread Alice
thread join Thread-A
thread start -n Thread-B process_thread Bob
thread join Thread-B
echo "The main thread's student: ${student-none}"
