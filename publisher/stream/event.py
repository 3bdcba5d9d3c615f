"""Server-sent events as bytes (WHATWG HTML §9.2): encoded once for all who listen, and framed once (RFC 9112 §7.1).

What the events say is said by their past (`entries`, `cuts`); when they are sent, by `channel`.
"""

import re
from typing import Protocol

from publisher.stream.mark import Mark

BEAT = b":\n\n"
"""A comment: says that the line is alive, and nothing else."""

END = b"0\r\n\r\n"
"""The last chunk: what came before it was whole."""

_KIND = re.compile(r"[a-z_]{1,40}")


def event(mark: Mark, kind: str, data: bytes) -> bytes:
    """One event. Raises ValueError for a kind or data that would not be one line each."""
    if not _KIND.fullmatch(kind) or b"\n" in data or b"\r" in data:
        raise ValueError(f"cannot be told as one event: {kind[:40]!r}")
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (str(mark).encode(), kind.encode(), data)


def opening(mark: Mark, retry: int) -> bytes:
    """What every listener gets first: after how many milliseconds to come back, and from where if nothing follows.

    An id without data moves where a browser resumes and calls nobody.
    """
    return b"retry: %d\nid: %b\n\n" % (retry, str(mark).encode())


def closing(reason: str, retry: int) -> bytes:
    """What a listener gets last, where there is time to say it."""
    return b": %b\nretry: %d\n\n" % (reason.encode(), retry)


def chunk(text: bytes) -> bytes:
    """`text` as one chunk of a body that has no length."""
    return b"%x\r\n%b\r\n" % (len(text), text)


class Piece:
    """Some events in a row, made once and shared by all who get them: `framed` as a chunk, `text` as they are."""

    def __init__(self, text: bytes, last: Mark, events: int) -> None:
        self.framed = chunk(text)
        self.text = memoryview(self.framed)[-len(text) - 2 : -2]
        self.last = last
        self.events = events


class Past(Protocol):
    """What has been told, as files keep it. Another process, or another machine with the files, answers the same."""

    lasting: bool
    """Whether marks hold for ever. One beyond the newest is a mistake then; else whoever has it reads anew."""

    async def newest(self) -> Mark | None:
        """How far may be told; None where there is no such stream. Raises what `channel.AWAY` names."""
        ...

    async def after(self, mark: Mark, newest: Mark) -> Piece:
        """The events that follow `mark`, as many as go into one piece and none after `newest`."""
        ...
