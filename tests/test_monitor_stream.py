"""The watcher's ear: a stream's bytes read as browsers do, and a line taken up again where it broke."""

import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from threading import Thread

import pytest

from monitor.heard import Heard
from monitor.stream import Listener, Message, messages


def test_a_stream_is_read_as_browsers_read_it() -> None:
    told = (
        b": hello\nid: 7\nevent: scan_received\ndata: {}\n\nretry: 9\nid:8\r\ndata:a\ndata: b\n\n"
        b"event: nothing\n\ndata: never ended\n"
    )
    assert list(messages(BytesIO(told))) == [Message("7", "scan_received", "{}"), Message("8", "message", "a\nb")]
    with pytest.raises(OSError, match="longer"):
        list(messages(BytesIO(b"data: " + b"x" * (1 << 20) + b"y\n\n")))


@pytest.fixture
def server() -> Iterator[tuple[str, list[str | None]]]:
    """Tells two entries behind the one that was asked for, and breaks the line."""
    asked: list[str | None] = []

    class Stream(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.headers["Last-Event-ID"])
            if len(asked) == 2:
                self.send_error(503)
                return
            self.send_response(200)
            self.end_headers()
            after = int(asked[-1] or 0)
            for number in (after + 1, after + 2):
                self.wfile.write(b"id: %d\nevent: x\ndata: entry %d\n\n" % (number, number))

        def log_message(self, *_: object) -> None:
            pass

    found = ThreadingHTTPServer(("127.0.0.1", 0), Stream)
    Thread(target=found.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{found.server_address[1]}", asked
    found.shutdown()
    found.server_close()


def until(ready: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not ready():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_line_that_breaks_is_taken_up_where_it_broke(
    server: tuple[str, list[str | None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.stream.REST", (0.0,))
    place, asked = server
    heard, told = Heard(), list[Message]()

    def both(message: Message) -> None:
        heard.entry(message)
        told.append(message)

    listener = Listener(place, "stream/ppwp", both, after="40")
    listener.start()
    until(lambda: len(told) >= 6)
    listener.close()
    assert [int(one.id) for one in told[:6]] == list(range(41, 47)) and asked[:4] == ["40", "42", "42", "44"]
    heard.entries(41, [b"entry %d" % number for number in range(41, 47)])
    assert list(heard.differences("log")) == []
