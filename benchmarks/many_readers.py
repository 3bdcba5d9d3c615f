"""Thousands of readers of one stream, cheap enough for one core: raw sockets, one epoll, nothing parsed.

Run as a process of its own. Lines on stdin ask, one JSON line on stdout answers each. Every reader's bytes are
counted; of every tenth, events too, and when they came.
"""

import json
import os
import resource
import select
import socket
import sys
import time

EVENT_LINES = 4
"""Line ends of one event; line ends of chunks have a carriage return before them."""


class Readers:
    """`count` connections to the stream at `port`."""

    def __init__(self, port: int, count: int) -> None:
        self.poll = select.epoll()
        self.lines: dict[int, socket.socket] = {}
        for _ in range(count):
            line = socket.create_connection(("127.0.0.1", port))
            line.sendall(b"GET /stream/ppwp HTTP/1.1\r\nHost: bench\r\n\r\n")
            self.lines[line.fileno()] = line
        for line in self.lines.values():
            got = b""
            while not got.endswith(b"\n\n\r\n"):  # the opening's chunk
                got += line.recv(4096)
            line.setblocking(False)
            self.poll.register(line.fileno(), select.EPOLLIN | select.EPOLLET)
        self.bytes = dict.fromkeys(self.lines, 0)
        self.events = dict.fromkeys(list(self.lines)[::10], 0.0)
        self.came: list[tuple[int, float, float]] = []
        self._buffer = bytearray(1 << 18)

    def until(self, events: int, seconds: float) -> bool:
        """Reads until every reader has got as much as the first one that has so many events."""
        limit, view = time.monotonic() + seconds, memoryview(self._buffer)
        while time.monotonic() < limit:
            for file, _ in self.poll.poll(0.05, 4096):
                self._read(file, view)
            if min(self.events.values()) >= events and min(self.bytes.values()) == max(self.bytes.values()):
                return True
        return False

    def _read(self, file: int, view: memoryview) -> None:
        line, sampled = self.lines[file], file in self.events
        while True:
            try:
                got = line.recv_into(self._buffer)
            except BlockingIOError:
                break
            if not got:
                raise SystemExit("a reader was let go")
            self.bytes[file] += got
            if sampled:
                part = bytes(view[:got])
                self.events[file] += (part.count(b"\n") - part.count(b"\r")) / EVENT_LINES
        if sampled:
            self.came.append((file, self.events[file], time.monotonic()))

    def forget(self) -> None:
        """Counts from nothing again."""
        self.bytes = dict.fromkeys(self.bytes, 0)
        self.events = dict.fromkeys(self.events, 0.0)
        self.came = []


def main() -> None:
    port, count, core = map(int, sys.argv[1:4])
    os.sched_setaffinity(0, {core})
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    readers = Readers(port, count)
    print(json.dumps("open"), flush=True)
    for asked in sys.stdin:
        what, *facts = json.loads(asked)
        if what == "forget":
            readers.forget()
            print(json.dumps(None), flush=True)
        else:
            cpu = time.process_time()
            done = readers.until(int(facts[0]), float(facts[1]))
            told = {"done": done, "cpu": time.process_time() - cpu, "bytes": sum(readers.bytes.values())}
            print(json.dumps({**told, "came": readers.came}), flush=True)


if __name__ == "__main__":
    main()
