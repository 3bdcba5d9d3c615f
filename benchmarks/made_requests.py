"""What the front door's bench sends: photos and readings that nobody has sent before, made and signed ahead.

Who answers them, and what that costs, is `bench_ingest`'s.
"""

import base64
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import line

PHONES = 1000
TAIL = 64


@dataclass(frozen=True)
class Body:
    """A photo that nobody has sent before: what all have in common, and a tail of its own."""

    parts: tuple[bytes, bytes]
    sha256: str


_shared: dict[int, bytes] = {}


def bodies(size: int, count: int) -> Iterator[Body]:
    """Photos whose hash costs next to nothing: that of the common part is taken once."""
    if size not in _shared:
        _shared[size] = b"\xff\xd8\xff\xe0" + os.urandom(size - TAIL - 4)
    begun = sha256(_shared[size])
    for _ in range(count):
        tail, whole = os.urandom(TAIL), begun.copy()
        whole.update(tail)
        yield Body((_shared[size], tail), whole.hexdigest())


class Made:
    """Requests of a thousand phones, made ahead."""

    def __init__(self, folder: Path) -> None:
        from election import bundle as bundles
        from storage.keys import load_or_make

        self.bundle = bundles.load(folder / "bundle")
        self._seeds = {name: load_or_make(folder / "keys", name) for name in ("accounts", "tokens")}
        tree = self.bundle.tree
        self.tps = [tree.tps_kode(row) for row in range(len(tree.tps_codes.ordered))]
        self.phones = [self._phone(f"kpps-{tps}-{which}") for which in (1, 2) for tps in self.tps][:PHONES]
        self._turn = 0

    def _phone(self, account: str):  # noqa: ANN202
        from identity import certificate, token
        from loadtest.phone import Phone

        phone = Phone.certified(account, self._seeds["accounts"].seed)
        now = int(time.time())
        claims = certificate.read(phone.certificate, public=self._seeds["accounts"].verifier.public, now=now)
        minted, until = token.mint(claims, now=now, seed=self._seeds["tokens"].seed)
        phone.tokened(201, json.dumps({"token": minted, "expires": until, "now": now}).encode())
        return phone

    def _next(self):  # noqa: ANN202
        self._turn += 1
        if self.phones[0].wants_token():
            self.phones = [self._phone(phone.account) for phone in self.phones]
        return self.phones[self._turn % len(self.phones)]

    def photos(self, size: int, count: int) -> Iterator[line.Request]:
        """Whole photos in the creating request."""
        return iter([self._photo(body, size) for body in bodies(size, count)])

    def _photo(self, body: Body, size: int) -> line.Request:
        phone = self._next()
        pairs = {"id": str(uuid4()), "contest": "ppwp", "tps": phone.account.split("-")[1], "page": "2",
                 "sha256": body.sha256, "filetype": "image/jpeg"}  # fmt: skip
        said = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in pairs.items())
        headers = phone.scan(size, said) | {
            "content-length": str(size), "content-type": "application/offset+octet-stream", "tus-resumable": "1.0.0",
        }  # fmt: skip
        return (_head("POST /v1/uploads", headers), *body.parts)

    def readings(self, count: int) -> Iterator[line.Request]:
        """The figures of one contest."""
        fields = self.bundle.contest("ppwp").fields
        return iter([self._reading(number, fields) for number in range(count)])

    def _reading(self, number: int, fields: tuple[str, ...]) -> line.Request:
        phone = self._next()
        figures = {field: (number + k) % 300 for k, field in enumerate(fields)}
        said = {"contest": "ppwp", "tps": phone.account.split("-")[1], "figures": figures}
        body = json.dumps(said, separators=(",", ":")).encode()
        path = f"/v1/readings/{uuid4()}"
        headers = phone.reading(path, body) | {"content-length": str(len(body))}
        return (_head(f"PUT {path}", headers) + body,)


def _head(target: str, headers: dict[str, str]) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{target} HTTP/1.1\r\nHost: door\r\n{lines}\r\n".encode()
