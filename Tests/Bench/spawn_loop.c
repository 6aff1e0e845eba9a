// The bare loop that thresh is measured against: runs a command COUNT times, WIDTH at a time, with vfork, exec and
// wait4, and nothing around it. Output is inherited; it prints nothing itself and ends with 1 if any command failed.
//
//     cc -O2 -o spawn_loop spawn_loop.c && ./spawn_loop COUNT WIDTH PROGRAM [ARGUMENT …]
#define _DEFAULT_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

int main(int argc, char **argv) {
    if (argc < 4) {
        fputs("usage: spawn_loop COUNT WIDTH PROGRAM [ARGUMENT ...]\n", stderr);
        return 2;
    }
    long left = atol(argv[1]);
    long width = atol(argv[2]);
    long running = 0;
    int failed = 0;
    while (left > 0 || running > 0) {
        while (left > 0 && running < width) {
            pid_t pid = vfork();
            if (pid == 0) {
                execve(argv[3], argv + 3, environ);
                _exit(127);
            }
            if (pid < 0) {
                perror("vfork");
                return 2;
            }
            left--;
            running++;
        }
        int status;
        struct rusage usage;
        if (wait4(-1, &status, 0, &usage) < 0) {
            perror("wait4");
            return 2;
        }
        if (status != 0) failed = 1;
        running--;
    }
    return failed;
}
