"""Pieces of identity that several tests need: keys, phones, a gate, requests without a socket."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from hashlib import sha256

from identity import certificate, token
from identity.account import Account
from identity.device import Device
from identity.revoked import Revoked
from ingest.ask import Ask, Body, Headers
from ingest.gate import Gate, Keys
from loadtest.phone import Phone
from tlog.note import Algorithm, Signer

NOW = 1_860_000_000
TPS = "3201010001001"
ACCOUNTS = Signer("test/accounts", Algorithm.ED25519, bytes(range(32)))
TOKENS = Signer("test/tokens", Algorithm.ED25519, bytes(range(1, 33)))
KEYS = Keys(accounts=ACCOUNTS.verifier.public, tokens=TOKENS.seed)


class Watch:
    """A clock that a test turns. Seconds since 1970."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return datetime.fromtimestamp(self.now, UTC)

    def seconds(self) -> float:
        return self.now


class Bytes:
    """A body that is there already."""

    chunked = False

    def __init__(self, data: bytes) -> None:
        self.data, self.length = data, len(data)

    async def chunks(self) -> AsyncIterator[memoryview]:
        yield memoryview(self.data)

    async def gather(self, limit: int, patience: float | None) -> Body:
        return Body(self.data, sha256(self.data).hexdigest())


def ask(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> Ask:
    """A request as a handler would see it."""
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    return Ask(method, path, Headers(pairs), "192.0.2.1", Bytes(body))


def gate(watch: Watch, revoked: Revoked | None = None) -> Gate:
    """A gate with the keys above."""
    return Gate(KEYS, revoked if revoked is not None else Revoked(), watch)


def phone(account: str, watch: Watch, device: Device | None = None) -> Phone:
    """An enrolled phone with a token, both made here and now."""
    device = device or Device.make()
    text = certificate.issue(Account.parse(account), device.key, now=int(watch.now), jti="j", seed=ACCOUNTS.seed)
    one = Phone(account, device, text, watch.seconds)
    claims = certificate.read(text, public=KEYS.accounts, now=int(watch.now))
    minted, until = token.mint(claims, now=int(watch.now), seed=TOKENS.seed)
    one.tokened(201, f'{{"token":"{minted}","expires":{until},"now":{int(watch.now)}}}'.encode())
    return one
