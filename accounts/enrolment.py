"""`POST /v1/enrolments`: an account, its one-time code and a device's public key become a certificate.

The request is signed with that very key, so that nobody enrols a key that is not theirs. The app asks from another
origin (the front door's), so answers carry CORS headers; nothing here looks at cookies.
"""

from collections.abc import Mapping
from hashlib import sha256
from uuid import uuid4

import msgspec
from aiohttp import web
from msgspec import Struct

from accounts.errors import BodyMalformed
from accounts.register import Register
from election.clock import Clock, stamp
from identity import certificate, message
from identity.account import Account
from identity.digest import sha256_of
from identity.errors import SignatureDigest
from identity.key import Key
from identity.message import OFFICER, Message, Tag
from identity.seen import Seen

PATH = "/v1/enrolments"
CORS: Mapping[str, str] = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Date, Retry-After, Suara-Time",
}
PREFLIGHT: Mapping[str, str] = {
    **CORS,
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": "Content-Type, Content-Digest, Signature, Signature-Input",
    "Access-Control-Max-Age": "86400",
}


class Wanted(Struct, frozen=True):
    """What a phone sends."""

    account: str
    code: str
    jwk: Key


class Enrolled(Struct, frozen=True):
    """What it gets. `expires` and `now` in seconds since 1970."""

    certificate: str
    account: str
    role: str
    area: str
    expires: int
    now: int


_decoder = msgspec.json.Decoder(Wanted)


class Enrolments:
    """Enrols devices. `seed`: the accounts key's 32 bytes."""

    def __init__(self, register: Register, seed: bytes, clock: Clock) -> None:
        self._register, self._seed, self._clock = register, seed, clock
        self._seen = Seen()

    async def post(self, request: web.Request) -> web.Response:
        """Enrols, or enrols again where the answer was lost. Raises as `identity.errors` has it, and BodyMalformed."""
        body = await request.read()
        try:
            wanted = _decoder.decode(body)
        except msgspec.DecodeError as error:
            raise BodyMalformed from error
        wanted.jwk.check()
        self._proven(request, wanted.jwk, body)
        account = Account.parse(wanted.account)
        await self._register.enrol(account, wanted.code, wanted.jwk.thumbprint)
        return web.json_response(body=msgspec.json.encode(self._certified(account, wanted.jwk)), status=201)

    def _certified(self, account: Account, key: Key) -> Enrolled:
        now = int(self._clock().timestamp())
        text = certificate.issue(account, key, now=now, jti=uuid4().hex, seed=self._seed)
        until = now + certificate.DAYS * 86_400
        return Enrolled(text, account.name, account.role, account.area, until, now)

    def _proven(self, request: web.Request, key: Key, body: bytes) -> None:
        """That the sender holds the key, and signed these bytes just now."""
        headers = {name.lower(): ", ".join(request.headers.getall(name)) for name in request.headers}
        path = request.raw_path.partition("?")[0]
        found, signed = message.verify(
            Message(request.method, path, headers.get), OFFICER, Tag.REQUEST, key, body=True
        )  # fmt: skip
        if sha256_of(headers.get("content-digest", "")) != sha256(body).digest():
            raise SignatureDigest()
        moment = self._clock()
        self._seen.once(
            signed.key, signed.signature, created=found.created, now=int(moment.timestamp()), stamp=stamp(moment)
        )


async def preflight(_request: web.Request) -> web.Response:
    """What a browser asks before it lets the app ask."""
    return web.Response(status=204, headers=PREFLIGHT)
