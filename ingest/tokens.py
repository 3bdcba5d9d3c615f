"""`POST /v1/tokens`: a quarter of an hour's token for a certificate. Needs neither database nor accounts service."""

import msgspec
from msgspec import Struct

from identity.errors import CertificateForged
from identity.message import OFFICER, Tag
from ingest.ask import Answer, Ask, json_answer
from ingest.door import Door

LONGEST = 4096
"""Bytes of a body."""


class Wanted(Struct, frozen=True):
    """What a phone sends: the certificate it got when it was enrolled."""

    certificate: str


class Minted(Struct, frozen=True):
    """What it gets: the token, when that ends and what time it is here (seconds since 1970), and whose it is."""

    token: str
    expires: int
    now: int
    account: str
    role: str
    area: str


_decoder = msgspec.json.Decoder(Wanted)


async def post_token(door: Door, ask: Ask) -> Answer:
    """A token for whoever holds the certificate's key: the request is signed with it, freshly, and taken once.

    Raises TooLong and, of `identity.errors`, what is wrong with certificate or signature.
    """
    body = await ask.whole(LONGEST)
    try:
        wanted = _decoder.decode(body.data)
    except msgspec.DecodeError as error:
        raise CertificateForged() from error
    claims = door.gate.certified(wanted.certificate)
    door.gate.signed(ask, OFFICER, Tag.REQUEST, claims, body.sha256)
    ask.known(claims.key.thumbprint)  # only now: certificates travel with relays and sticks, keys do not
    text, until = door.gate.mint(claims)
    minted = Minted(text, until, door.gate.now(), claims.sub, claims.role, claims.area)
    return json_answer(minted, 201, (("Cache-Control", "no-store"),))
