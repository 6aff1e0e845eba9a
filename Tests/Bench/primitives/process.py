# N processes that run a function, each started and joined: process.py METHOD N
import multiprocessing
import sys


def nothing():
    pass


if __name__ == "__main__":
    multiprocessing.set_start_method(sys.argv[1])
    for _ in range(int(sys.argv[2])):
        process = multiprocessing.Process(target=nothing)
        process.start()
        process.join()
