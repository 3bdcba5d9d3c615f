"""Both paths give equal answers: a list of nasty requests, and whatever hypothesis thinks of."""

import asyncio
import itertools
import string

import pytest
import uvloop
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lane_scene import LAST, echoing, exchange, served  # noqa: F401 - a fixture

HOST = b"Host: door\r\n"


def put(*lines: bytes, body: bytes = b"", path: bytes = b"/v1/readings/7", method: bytes = b"PUT") -> bytes:
    return method + b" " + path + b" HTTP/1.1\r\n" + HOST + b"".join(line + b"\r\n" for line in lines) + b"\r\n" + body


GOOD = put(b"Content-Length: 5", body=b"hello")

NASTY = {
    "good": GOOD,
    "two in one piece": GOOD + GOOD,
    "no body, no length": put(),
    "length nought": put(b"Content-Length: 0"),
    "both framings": put(b"Content-Length: 5", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
    "both, the other way": put(b"Transfer-Encoding: chunked", b"Content-Length: 5", body=b"0\r\n\r\n"),
    "two lengths": put(b"Content-Length: 5", b"Content-Length: 6", body=b"hello!"),
    "the same length twice": put(b"Content-Length: 5", b"Content-Length: 5", body=b"hello"),
    "lengths in a list": put(b"Content-Length: 5, 5", body=b"hello"),
    "negative length": put(b"Content-Length: -1", body=b"hello"),
    "length with a plus": put(b"Content-Length: +5", body=b"hello"),
    "length in hex": put(b"Content-Length: 0x5", body=b"hello"),
    "length of letters": put(b"Content-Length: five", body=b"hello"),
    "empty length": put(b"Content-Length:", body=b""),
    "length beyond 64 bits": put(b"Content-Length: 99999999999999999999999", body=b"hello"),
    "length beyond what is taken": put(b"Content-Length: 99999999", body=b"hello"),
    "length with a space before the colon": put(b"Content-Length : 5", body=b"hello"),
    "folded header": put(b"X-A: 1", b" folded", b"Content-Length: 0"),
    "folded length": put(b"Content-Length:", b" 5", body=b"hello"),
    "bare LF": b"PUT /v1/readings/7 HTTP/1.1\nHost: door\nContent-Length: 0\n\n",
    "bare LF in one header": put(b"X-A: 1\nContent-Length: 5", body=b"hello"),
    "bare CR in a value": put(b"X-A: 1\rContent-Length: 5", b"Content-Length: 0"),
    "NUL in a value": put(b"X-A: \x00", b"Content-Length: 0"),
    "bytes over 127 in a value": put(b"X-A: \xc3\xa9\xff", b"Content-Length: 0"),
    "no colon": put(b"Content-Length", b"X-A: 1"),
    "no name": put(b": 1", b"Content-Length: 0"),
    "a name with a space": put(b"X A: 1", b"Content-Length: 0"),
    "no host": b"PUT /v1/readings/7 HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
    "two hosts": put(b"Host: other", b"Content-Length: 0"),
    "chunked": put(b"Transfer-Encoding: chunked", body=b"5\r\nhello\r\n0\r\n\r\n"),
    "Chunked, capital": put(b"transfer-encoding: CHUNKED", body=b"5\r\nhello\r\n0\r\n\r\n"),
    "chunked twice": put(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
    "gzip, chunked": put(b"Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"),
    "chunked, identity": put(b"Transfer-Encoding: chunked, identity", body=b"0\r\n\r\n"),
    "chunked with a Kelvin sign": put("Transfer-Encoding: chun\u212aed".encode(), body=b"0\r\n\r\n"),
    "xchunked": put(b"Transfer-Encoding: xchunked", body=b"0\r\n\r\n"),
    "chunked with trailers": put(b"Transfer-Encoding: chunked", body=b"5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n"),
    "chunk of negative size": put(b"Transfer-Encoding: chunked", body=b"-5\r\nhello\r\n0\r\n\r\n"),
    "chunk of nonsense size": put(b"Transfer-Encoding: chunked", body=b"zz\r\nhello\r\n0\r\n\r\n"),
    "too long for a reading": put(b"Content-Length: 3000", body=b"x" * 3000),
    "too long for a photo": put(b"Content-Length: 500000", body=b"x" * 500_000, path=b"/v1/uploads", method=b"POST"),
    "refused, small body": put(b"Content-Length: 5", body=b"hello", path=b"/v1/uploads/a", method=b"DELETE"),
    "refused, large body": put(b"Content-Length: 300000", body=b"x" * 300_000, path=b"/v1/uploads/a", method=b"DELETE"),
    "a photo": put(b"Content-Length: 300000", body=bytes(range(250)) * 1200, path=b"/v1/uploads", method=b"POST"),
    "two photos": put(b"Content-Length: 100000", body=b"y" * 100_000, path=b"/v1/uploads", method=b"POST") * 2,
    "HEAD": put(path=b"/v1/uploads/a", method=b"HEAD"),
    "HEAD, overridden": put(
        b"X-HTTP-Method-Override: HEAD", b"Content-Length: 0", path=b"/v1/uploads/a", method=b"POST"
    ),
    "PATCH, overridden": put(
        b"X-HTTP-Method-Override: PATCH", b"Content-Length: 2", body=b"hi", path=b"/v1/uploads/a", method=b"POST"
    ),
    "overridden twice": put(
        b"X-HTTP-Method-Override: PATCH",
        b"X-HTTP-Method-Override: DELETE",
        b"Content-Length: 2",
        body=b"hi",
        path=b"/v1/uploads/a",
        method=b"POST",
    ),
    "a PUT cannot be overridden": put(b"X-HTTP-Method-Override: DELETE", b"Content-Length: 2", body=b"hi"),
    "wrong method": put(b"Content-Length: 2", body=b"hi", method=b"POST"),
    "unknown method": put(b"Content-Length: 2", body=b"hi", method=b"BREW"),
    "small letters": put(b"Content-Length: 2", body=b"hi", method=b"put"),
    "no such path": put(b"Content-Length: 2", body=b"hi", path=b"/v1/uploadsnot"),
    "path with a query": put(b"Content-Length: 2", body=b"hi", path=b"/v1/readings/7?a=1&b=%20&a=2&c"),
    "encoded path": put(b"Content-Length: 2", body=b"hi", path=b"/v1/readings/%2e%2e%2f7"),
    "dots": put(b"Content-Length: 2", body=b"hi", path=b"/v1/readings/../readings/7"),
    "path not ASCII": put(b"Content-Length: 2", body=b"hi", path=b"/v1/readings/\xc3\xa9"),
    "absolute address": put(b"Content-Length: 2", body=b"hi", path=b"http://door/v1/readings/7"),
    "asterisk": put(path=b"*", method=b"OPTIONS"),
    "connect": put(path=b"door:80", method=b"CONNECT"),
    "HTTP/1.0": b"PUT /v1/readings/7 HTTP/1.0\r\nHost: door\r\nContent-Length: 2\r\n\r\nhi",
    "HTTP/2.0": b"PUT /v1/readings/7 HTTP/2.0\r\nHost: door\r\nContent-Length: 2\r\n\r\nhi",
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "garbage": b"garbage\r\n\r\n",
    "two spaces": b"PUT  /v1/readings/7 HTTP/1.1\r\nHost: door\r\nContent-Length: 0\r\n\r\n",
    "empty lines first": b"\r\n\r\n" + GOOD,
    "Connection: close": put(b"Connection: close", b"Content-Length: 2", body=b"hi"),
    "Connection: keep-alive, close": put(b"Connection: keep-alive, close", b"Content-Length: 2", body=b"hi"),
    "Connection: close, no body": put(b"Connection: close", b"Content-Length: 0"),
    "Connection: Close, HEAD": put(b"Connection: Close", path=b"/v1/uploads/a", method=b"HEAD"),
    "upgrade": put(b"Connection: upgrade", b"Upgrade: websocket", b"Content-Length: 2", body=b"hi"),
    "expects what nobody knows": put(b"Expect: tea", b"Content-Length: 2", body=b"hi"),
    "expects 100-continue": put(b"Expect: 100-continue", b"Content-Length: 2", body=b"hi"),
    "expects it for nothing": put(b"Expect: 100-continue", b"Content-Length: 0"),
    "a body cut off": put(b"Content-Length: 50", body=b"hello"),
    "a head cut off": b"PUT /v1/readings/7 HTTP/1.1\r\nHost: do",
    "a very long line": put(path=b"/v1/readings/" + b"7" * 20_000),
    "a very long header": put(b"X-A: " + b"a" * 20_000, b"Content-Length: 0"),
    "headers said twice": put(b"X-A: 1", b"x-a: 2", b"Content-Length: 0"),
    "spaces around values": put(b"X-A: \t 1 \t ", b"Content-Length:  2 ", body=b"hi"),
    "another page": put(path=b"/healthz", method=b"GET") + GOOD,
    "HEAD of another page": put(path=b"/healthz", method=b"HEAD"),
    "work of another kind": put(b"Content-Length: 2", body=b"hi", path=b"/v1/tokens", method=b"POST"),
}


async def both(data: bytes, *, cuts: tuple[int, ...] = ()) -> None:
    ends = sorted({cut % (len(data) + 1) for cut in cuts} | {0, len(data)})
    pieces = [data[a:b] for a, b in itertools.pairwise(ends)] + [LAST]
    async with served(lane=True) as fast, served(lane=False) as slow:
        pause = 0.002 if cuts else 0.0
        mine, theirs = await asyncio.gather(
            exchange(fast.port, *pieces, pause=pause), exchange(slow.port, *pieces, pause=pause)
        )
    refused = [reply for reply in mine if reply.status in (400, 417)]
    if theirs and theirs[-1].status == 400 and refused and len(mine) >= len(theirs):
        # of requests that come in one piece aiohttp forgets the good ones before a bad one, and answers none of them
        mine = [*mine[: len(theirs) - 1], theirs[-1]]
    assert [reply.status for reply in mine] == [reply.status for reply in theirs]
    assert mine == theirs


@pytest.mark.usefixtures("echoing")
@pytest.mark.parametrize("name", NASTY)
def test_nasty_requests_are_answered_alike(name: str) -> None:
    uvloop.run(both(NASTY[name]))


@pytest.mark.usefixtures("echoing")
@pytest.mark.parametrize("name", ["both framings", "negative length", "two lengths", "folded header", "bare LF", "TLS"])
def test_what_two_readers_could_take_in_two_ways_is_refused_in_words(name: str) -> None:
    async def story() -> None:
        for lane in (True, False):
            async with served(lane=lane) as door:
                (reply,) = await exchange(door.port, NASTY[name], LAST)
                assert (reply.status, reply.headers["connection"]) == (400, "close")
                assert b'"code":"request.malformed"' in reply.body

    asyncio.run(story())


NAMES = st.sampled_from(
    [b"Content-Length", b"content-length", b"Transfer-Encoding", b"Connection", b"Expect", b"X-HTTP-Method-Override",
     b"Content-Type", b"X-A", b"Host", b"Upgrade", b"Te", b"Trailer"]
)  # fmt: skip
VALUES = st.sampled_from(
    [b"0", b"5", b"7", b"-5", b"5,5", b"chunked", b"identity", b"close", b"keep-alive", b"100-continue", b"PATCH",
     b"HEAD", b"h2c", b"", b" 5", b"5 ", b"\t", b"a\x0bb", b"\xff"]
) | st.binary(max_size=8)  # fmt: skip
LINES = st.tuples(NAMES, VALUES).map(lambda pair: pair[0] + b": " + pair[1])
PATHS = st.sampled_from(
    [b"/v1/readings/7", b"/v1/uploads", b"/v1/uploads/a", b"/v1/tokens", b"/healthz", b"/", b"//", b"/v1/readings/"]
) | st.text(string.printable.strip(), min_size=1, max_size=12).map(lambda text: b"/v1/uploads/" + text.encode())
METHODS = st.sampled_from([b"PUT", b"POST", b"PATCH", b"HEAD", b"DELETE", b"GET", b"OPTIONS", b"M-SEARCH"])
BODIES = st.sampled_from([b"", b"hello", b"5\r\nhello\r\n0\r\n\r\n", b"0\r\n\r\n", GOOD])


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    lines, body = draw(st.lists(LINES, max_size=3)), draw(BODIES)
    if draw(st.booleans()):
        lines.append(b"Content-Length: %d" % len(body))
    return put(*lines, body=body, path=draw(PATHS), method=draw(METHODS))


@pytest.mark.usefixtures("echoing")
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.lists(requests(), min_size=1, max_size=3), cuts=st.lists(st.integers(0, 500), max_size=3))
def test_any_requests_in_any_pieces_are_answered_alike(data: list[bytes], cuts: list[int]) -> None:
    uvloop.run(both(b"".join(data), cuts=tuple(cuts)))
