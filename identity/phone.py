"""The sender's side: key, enrolment, certificate, token, signed headers, as the officer's app has them.

Knows no network: it makes requests and takes answers, so that relays, invented officers and tests drive the same
phone. What is sent with it, and when, is the callers'.
"""

import time
from collections.abc import Callable
from hashlib import sha256
from typing import Self
from uuid import uuid4

import msgspec
from msgspec import Struct

from identity import certificate
from identity.account import Account
from identity.device import Device
from identity.digest import content_digest
from identity.message import OFFICER, RELAY, Tag

SPARE = 60
"""Seconds before its end at which a token is given up."""


class Request(Struct, frozen=True):
    """A request ready to send to whichever base address it belongs to."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Token(Struct, frozen=True):
    """A token and when it ends, in seconds since 1970 by the phone's clock."""

    text: str
    until: float


class Phone:
    """One device of one account."""

    def __init__(
        self, account: str, device: Device, certificate: str = "", clock: Callable[[], float] = time.time
    ) -> None:
        self.account, self.device, self.certificate = account, device, certificate
        self._clock = clock
        self._token: Token | None = None

    @classmethod
    def certified(cls, account: str, seed: bytes, clock: Callable[[], float] = time.time) -> Self:
        """A phone that needs no accounts service, for whoever holds the accounts key: tests and benchmarks."""
        device = Device.make()
        now = int(clock())
        text = certificate.issue(Account.parse(account), device.key, now=now, jti=uuid4().hex, seed=seed)
        return cls(account, device, text, clock)

    @classmethod
    def loads(cls, kept: bytes) -> Self:
        """The phone that `dumps` wrote. Raises ValueError, KeyError where it did not."""
        found = msgspec.json.decode(kept)
        return cls(found["account"], Device.load(found["key"].encode()), found["certificate"])

    def dumps(self) -> bytes:
        """Account, private key and certificate, for a file that only its owner reads."""
        kept = {"account": self.account, "key": self.device.pem.decode(), "certificate": self.certificate}
        return msgspec.json.encode(kept)

    def enrolment(self, code: str) -> Request:
        """For the accounts service: this account's code for a certificate. The same request may be made again."""
        body = msgspec.json.encode({"account": self.account, "code": code, "jwk": self.device.key})
        return self._request("POST", "/v1/enrolments", body)

    def enrolled(self, status: int, body: bytes) -> bool:
        """Takes the answer; whether the phone has its certificate now."""
        if status in (200, 201):
            self.certificate = msgspec.json.decode(body)["certificate"]
        return status in (200, 201)

    def wants_token(self) -> bool:
        """Whether there is no token, or only one that ends soon."""
        return self._token is None or self._clock() > self._token.until - SPARE

    def token_request(self) -> Request:
        """For the front door: a token for the certificate."""
        return self._request("POST", "/v1/tokens", msgspec.json.encode({"certificate": self.certificate}))

    def tokened(self, status: int, body: bytes) -> bool:
        """Takes the answer; whether the phone has a token now. Its end is counted from now on the phone's own clock."""
        if status == 201:
            got = msgspec.json.decode(body)
            self._token = Token(got["token"], self._clock() + got["expires"] - got["now"])
        return status == 201

    def drop_token(self) -> None:
        """Forgets the token, as after a refusal."""
        self._token = None

    def bearer(self) -> dict[str, str]:
        """`Authorization` alone: what PATCH, HEAD, DELETE and GET need."""
        return {"authorization": f"Bearer {self._token.text}"} if self._token else {}

    def scan(self, length: int, metadata: str) -> dict[str, str]:
        """Headers of `POST /v1/uploads` that prove who sends; `metadata` is the value of Upload-Metadata."""
        headers = {"upload-length": str(length), "upload-metadata": metadata}
        return headers | self._signed(Tag.SCAN, "POST", "/v1/uploads", headers) | self.bearer()

    def reading(self, path: str, body: bytes) -> dict[str, str]:
        """Headers of `PUT /v1/readings/{uuid}`; `path` without query."""
        headers = {"content-type": "application/json", "content-digest": content_digest(sha256(body).digest())}
        return headers | self._signed(Tag.READING, "PUT", path, headers) | self.bearer()

    def relay(self, tag: Tag, method: str, path: str, headers: dict[str, str]) -> dict[str, str]:
        """Headers of an item that an officer made, handed in by this phone: both signatures side by side.

        `headers` are the officer's, names in lower case: what is covered, `signature-input` and `signature` where the
        officer signed, `suara-officer-certificate`.
        """
        own = self.device.sign(tag, method, path, headers, int(self._clock()), label=RELAY)
        both = {name: f"{headers[name]}, {value}" if name in headers else value for name, value in own.items()}
        return headers | both | self.bearer()

    def _request(self, method: str, path: str, body: bytes) -> Request:
        headers = {"content-type": "application/json", "content-digest": content_digest(sha256(body).digest())}
        return Request(method, path, headers | self._signed(Tag.REQUEST, method, path, headers), body)

    def _signed(self, tag: Tag, method: str, path: str, headers: dict[str, str]) -> dict[str, str]:
        return self.device.sign(tag, method, path, headers, int(self._clock()), label=OFFICER)
