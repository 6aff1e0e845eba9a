// Prints the code addresses that a program runs, each once, in the order of their first use.
//
// usage: startup-order LOW HIGH PROGRAM [ARGUMENT...]     (LOW and HIGH, in hexadecimal: the range of its text)
//
// The program is stepped one instruction at a time, so that nothing that it runs is missed.

#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __x86_64__
#define PROGRAM_COUNTER(registers) (registers).rip
#else
#error "only written for x86-64"
#endif

int main(int count, char **arguments) {
    if (count < 4) return 2;
    unsigned long low = strtoul(arguments[1], NULL, 16), high = strtoul(arguments[2], NULL, 16);
    unsigned char *seen = high > low ? calloc(1, high - low) : NULL;
    if (!seen) return 2;
    pid_t child = fork();
    if (child == 0) {
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        execv(arguments[3], arguments + 3);
        _exit(127);
    }
    int status;
    while (waitpid(child, &status, 0) == child && WIFSTOPPED(status)) {
        struct user_regs_struct registers;
        if (ptrace(PTRACE_GETREGS, child, NULL, &registers) == 0) {
            unsigned long place = PROGRAM_COUNTER(registers);
            if (place >= low && place < high && !seen[place - low]) {
                seen[place - low] = 1;
                printf("%lx\n", place);
            }
        }
        if (ptrace(PTRACE_SINGLESTEP, child, NULL, NULL) != 0) break;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
