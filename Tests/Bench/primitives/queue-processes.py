"""Pairs of put and get a second between two processes with Python's multiprocessing.Queue; items of 16 bytes."""
import multiprocessing
import sys
import time

ITEM = b"0123456789abcdef"


def produce(queue, go, count):
    go.get()
    for _ in range(count + 1):
        queue.put(ITEM)


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300000
    queue, go = multiprocessing.Queue(), multiprocessing.Queue()
    producer = multiprocessing.Process(target=produce, args=(queue, go, count))
    producer.start()
    go.put("now")
    queue.get()
    begin = time.monotonic()
    for _ in range(count):
        queue.get()
    print(int(count / (time.monotonic() - begin)))
    producer.join()


if __name__ == "__main__":
    main()
