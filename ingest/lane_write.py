"""Answers as bytes, with the same headers in the same words as aiohttp gives them."""

from http import HTTPStatus
from time import gmtime

from ingest.ask import Answer
from ingest.guest import SERVER

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

BODYLESS = frozenset((204, 304))

_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n" for status in HTTPStatus}
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def http_date(seconds: int) -> str:
    """RFC 9110 §5.6.7, whatever the locale."""
    t = gmtime(seconds)
    clock = f"{t.tm_hour:02d}:{t.tm_min:02d}:{t.tm_sec:02d}"
    return f"{_DAYS[t.tm_wday]}, {t.tm_mday:02d} {_MONTHS[t.tm_mon - 1]} {t.tm_year} {clock} GMT"


class Writer:
    """Frames answers; the date is made once a second."""

    def __init__(self) -> None:
        self._second, self._date = -1, ""

    def framed(self, answer: Answer, now: float, *, head_only: bool, close: bool) -> bytes:
        """The whole answer. `head_only` for HEAD; `close` says that the line ends after it."""
        if int(now) != self._second:
            self._second, self._date = int(now), http_date(int(now))
        lines = [_LINES.get(answer.status) or f"HTTP/1.1 {answer.status} \r\n", f"Server: {SERVER}\r\n"]
        lines += [f"{name}: {_safe(value)}\r\n" for name, value in answer.headers]
        if answer.content_type is not None:
            lines.append(f"Content-Type: {answer.content_type}\r\n")
        if answer.status not in BODYLESS:
            lines.append(f"Content-Length: {len(answer.body)}\r\n")
        lines.append(f"Date: {self._date}\r\nConnection: close\r\n\r\n" if close else f"Date: {self._date}\r\n\r\n")
        head = "".join(lines).encode("utf-8", "surrogateescape")
        return head if head_only or answer.status in BODYLESS else head + answer.body


def _safe(value: str) -> str:
    """No value begins a line of its own, whatever was echoed into it."""
    return value.replace("\r", "").replace("\n", "")
