"""The public stream (server-sent events) as an outsider hears it, in a thread of its own: what was told, in order.

It only tells sooner what the log's files tell as well; whoever cannot hear it asks the files. Nothing is believed here.
"""

import threading
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import BinaryIO
from urllib.parse import urlsplit

from msgspec import Struct

PATIENCE = 40.0
"""Seconds of silence after which the line is taken for dead: a server says something every 15."""

REST = (1.0, 2.0, 5.0, 15.0)
"""Seconds between attempts, growing."""

LONGEST = 1 << 20
"""Bytes of one event's data."""


class Message(Struct, frozen=True):
    """One event: its id, name and data."""

    id: str
    event: str
    data: str


def messages(lines: BinaryIO) -> Iterator[Message]:
    """The events of a stream's bytes (WHATWG HTML § 9.2), to its end. Raises OSError for one that is too long."""
    id_, event, data = "", "", list[str]()
    size = 0
    while raw := lines.readline(LONGEST + 1):
        if len(raw) > LONGEST:
            raise OSError("a line is longer than any event")
        line = raw.decode(errors="replace").rstrip("\r\n")
        if not line:
            if data:
                yield Message(id_, event or "message", "\n".join(data))
            event, data, size = "", [], 0
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        size += len(raw) if name else 0  # of a comment nothing is kept
        if size > LONGEST:
            raise OSError("an event is longer than any")
        if name == "id":
            id_ = value
        elif name == "event":
            event = value
        elif name == "data":
            data.append(value)


class Listener:
    """Hears `path` below `place` until closed, and hands every message on; a line that breaks is taken up again where
    it broke, by `Last-Event-ID`."""

    def __init__(self, place: str, path: str, heard: Callable[[Message], object], after: str = "") -> None:
        self._place, self._path, self._heard, self._last = place.rstrip("/"), path, heard, after
        self._closed = threading.Event()
        self.since: float | None = None
        """Since when the line stands (`time.monotonic`); None while it does not."""
        self._thread = threading.Thread(target=self._run, name=f"stream {path}", daemon=True)

    def start(self) -> None:
        """Begins to hear."""
        self._thread.start()

    def close(self) -> None:
        """Hears no more."""
        self._closed.set()

    def _run(self) -> None:
        failed = 0
        while not self._closed.is_set():
            try:
                self._listen()
                failed = 0
            except (OSError, HTTPException, ValueError):
                failed += 1
            self.since = None
            self._closed.wait(REST[min(failed, len(REST) - 1)])

    def _listen(self) -> None:
        parts = urlsplit(self._place)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        line = kind(parts.netloc, timeout=PATIENCE)
        try:
            headers = {"Accept": "text/event-stream", **({"Last-Event-ID": self._last} if self._last else {})}
            line.request("GET", f"{parts.path}/{self._path}", headers=headers)
            answer = line.getresponse()
            if answer.status != 200:
                raise OSError(f"status {answer.status}")
            self.since = time.monotonic()
            for message in messages(answer):
                if self._closed.is_set():
                    return
                if message.id.isascii() and message.id.isdigit() and len(message.id) < 20:
                    self._last = message.id  # goes into a header: nothing else may
                self._heard(message)
        finally:
            line.close()
