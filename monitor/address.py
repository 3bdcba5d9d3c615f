"""Where the public files of an election are: a folder, or a web server that anyone may ask. Only reads."""

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from itertools import islice
from pathlib import Path
from socket import SHUT_RDWR, socket
from urllib.parse import urlsplit

PATIENCE = 20.0
"""Seconds that an answer may take."""

LONGEST = 120.0
"""Seconds that a whole answer may take: one that comes byte by byte would else hold us for ever."""

LARGEST = 32 << 20
"""Bytes; nothing that is public is larger, and no server may fill our memory."""

AGAIN = 3
"""How often a line that broke is tried."""

LINES = 8
"""Connections at once, so that a far server costs bandwidth and not patience."""

AHEAD = 2 * LINES
"""Answers that wait in memory for the one before them."""


class Absent(Exception):
    """There is no such file."""


class Unreachable(Exception):
    """Nobody can say whether there is."""


class Address:
    """Public files below `place`: a folder's path, or an address that begins with http:// or https://."""

    def __init__(self, place: str) -> None:
        self.place = place.rstrip("/")
        self._remote = place.startswith(("http://", "https://"))
        self._own = threading.local()  # a connection a thread, kept open

    def __reduce__(self) -> tuple[type["Address"], tuple[str]]:
        return type(self), (self.place,)  # processes that share the work each open their own lines

    def read(self, path: str) -> bytes:
        """A file's bytes. Raises Absent, Unreachable."""
        return self._asked(path) if self._remote else self._opened(path)

    def several(self, paths: Sequence[str]) -> Iterator[bytes | Absent]:
        """The bytes of each file in order, or that it is absent; over a line, several are asked for at once.

        Raises Unreachable.
        """
        if not self._remote:
            yield from map(self._or_absent, paths)
            return
        left = iter(paths)
        with ThreadPoolExecutor(LINES) as lines:
            asked = deque(lines.submit(self._or_absent, path) for path in islice(left, AHEAD))
            while asked:
                found = asked.popleft().result()
                asked.extend(lines.submit(self._or_absent, path) for path in islice(left, 1))
                yield found

    def _or_absent(self, path: str) -> bytes | Absent:
        try:
            return self.read(path)
        except Absent as absent:
            return absent

    def _opened(self, path: str) -> bytes:
        try:
            return (Path(self.place) / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            raise Absent(path) from None
        except OSError as error:
            raise Unreachable(f"{path}: {error.strerror}") from None

    def _asked(self, path: str) -> bytes:
        for turn in range(AGAIN):
            try:
                return self._answer(path)
            except (OSError, HTTPException, ValueError) as error:
                self._own.line = None
                if turn == AGAIN - 1:
                    raise Unreachable(f"{self.place}/{path}: {error or type(error).__name__}") from None
        raise AssertionError

    def _answer(self, path: str) -> bytes:
        line = getattr(self._own, "line", None) or self._line()
        if line.sock is None:
            line.connect()
        late = threading.Event()
        hung = threading.Timer(
            LONGEST, _hang_up, (line.sock, late)
        )  # the answer may take the socket over from its line
        hung.start()
        try:
            line.request("GET", f"{urlsplit(self.place).path}/{path}", headers={"Accept-Encoding": "identity"})
            answer = line.getresponse()
            data = answer.read(LARGEST + 1)
        finally:
            hung.cancel()
        if answer.status == 404:
            raise Absent(path)
        if answer.status != 200 or len(data) > LARGEST:
            raise OSError(f"status {answer.status}" if answer.status != 200 else "larger than anything public")
        if late.is_set() or answer.length:
            raise OSError("the answer broke off")
        return data

    def _line(self) -> HTTPConnection:
        parts = urlsplit(self.place)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._own.line = kind(parts.netloc, timeout=PATIENCE)
        return self._own.line


def _hang_up(line: socket, late: threading.Event) -> None:
    """Wakes whoever waits for the line's next byte."""
    late.set()
    with suppress(OSError):
        line.shutdown(SHUT_RDWR)
