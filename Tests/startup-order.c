// Prints what a program uses from its start to its end: the code addresses that it runs, each once, in the order of their
// first use; then the addresses of the words of its data that have another value at the end.
//
// usage: startup-order TEXT TEXT-END DATA DATA-END PROGRAM [ARGUMENT...]     (addresses in hexadecimal)
//
// The program is stepped one instruction at a time, so that nothing that it runs is missed.

#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __x86_64__
#define PROGRAM_COUNTER(registers) (registers).rip
#else
#error "only written for x86-64"
#endif

// Copies `size` bytes of the memory of a stopped process; 0 if they cannot be read.
static int copy_memory(pid_t process, unsigned long place, unsigned long *words, size_t size) {
    struct iovec here = {words, size}, there = {(void *)place, size};
    return process_vm_readv(process, &here, 1, &there, 1, 0) == (ssize_t)size;
}

int main(int count, char **arguments) {
    if (count < 6) return 2;
    unsigned long low = strtoul(arguments[1], NULL, 16), high = strtoul(arguments[2], NULL, 16);
    unsigned long data = strtoul(arguments[3], NULL, 16) & ~7ul, data_end = strtoul(arguments[4], NULL, 16);
    if (high <= low || data_end <= data) return 2;
    size_t size = (data_end - data) & ~7ul;
    unsigned char *seen = calloc(1, high - low);
    unsigned long *before = malloc(size), *after = malloc(size);
    if (!seen || !before || !after) return 2;
    pid_t child = fork();
    if (child == 0) {
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        execv(arguments[5], arguments + 5);
        _exit(127);
    }
    int status;
    if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status)) return 1;
    if (ptrace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACEEXIT) != 0) return 1;
    if (!copy_memory(child, data, before, size)) return 1;
    do {
        if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXIT << 8)) {
            if (!copy_memory(child, data, after, size)) return 1;
            for (size_t i = 0; i < size / 8; i++)
                if (before[i] != after[i]) printf("%lx\n", data + i * 8);
        } else {
            struct user_regs_struct registers;
            if (ptrace(PTRACE_GETREGS, child, NULL, &registers) == 0) {
                unsigned long place = PROGRAM_COUNTER(registers);
                if (place >= low && place < high && !seen[place - low]) {
                    seen[place - low] = 1;
                    printf("%lx\n", place);
                }
            }
        }
        if (ptrace(PTRACE_SINGLESTEP, child, NULL, NULL) != 0) break;
    } while (waitpid(child, &status, 0) == child && WIFSTOPPED(status));
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
