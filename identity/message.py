"""HTTP message signatures (RFC 9421) in our one profile: ECDSA P-256, what is covered follows from the tag.

`Signature-Input: officer=("@method" "@path" …);created=1707900000;keyid="…";alg="ecdsa-p256-sha256";tag="suara-…"`.
Other labels in the same header are left alone. Which signatures a request needs is `ingest.gate`'s and `accounts`'.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache

from msgspec import Struct

from election.event import Signed
from identity import b64
from identity.errors import SignatureDiffers, SignatureMissing
from identity.key import Key

ALG = "ecdsa-p256-sha256"
OFFICER, RELAY = "officer", "relay"
"""Labels: the device that the item comes from, and the one that hands it in for it."""

LONGEST = 2048
"""Characters of a signature header that are looked at."""


class Tag(StrEnum):
    """What a signature is for; one made for a reading is good for nothing else."""

    SCAN = "suara-scan"
    READING = "suara-reading"
    REQUEST = "suara-request"


COVERED: dict[Tag, tuple[str, ...]] = {
    Tag.SCAN: ("upload-length", "upload-metadata"),
    Tag.READING: ("@method", "@path", "content-digest", "content-type"),
    Tag.REQUEST: ("@method", "@path"),
}
"""Components in the order in which they are signed. A request with a body covers `content-digest` after these."""

Header = Callable[[str], str | None]
"""Answers a request's header by its name in lower case; repeated ones joined with `, `."""


class Message(Struct, frozen=True):
    """The part of a request that signatures can cover. `path` is as it stands on the request line, without query."""

    method: str
    path: str
    header: Header


class Input(Struct, frozen=True):
    """One signature's parameters. `text` is the whole value, as it is signed."""

    text: str
    components: tuple[str, ...]
    created: int  # seconds since 1970 by the signer's clock
    keyid: str
    tag: str


def components(tag: Tag, body: bool) -> tuple[str, ...]:
    """What a signature with this tag covers; `body` says whether the request has one."""
    return COVERED[tag] + (("content-digest",) if tag is Tag.REQUEST and body else ())


_NAME = r"[a-z*][a-z0-9_.*-]{0,31}"
_VALUE = r'(?:([0-9]{1,15})|"([\x20\x21\x23-\x5b\x5d-\x7e]*)")'
_PARAMETER = re.compile(rf";({_NAME})={_VALUE}")
_COMPONENTS = r'((?:"[a-z0-9@-]+"(?: "[a-z0-9@-]+")*)?)'
_MEMBER = re.compile(rf"({_NAME})=(\({_COMPONENTS}\)((?:;{_NAME}={_VALUE})*))")
_SIGNATURE = re.compile(rf"({_NAME})=:([A-Za-z0-9+/=]+):")
_COMMA = re.compile(r"[ \t]*,[ \t]*")


def _members(pattern: re.Pattern[str], text: str) -> dict[str, re.Match[str]]:
    """The members of a dictionary (RFC 8941), which must match to the last character; {} where they do not."""
    found: dict[str, re.Match[str]] = {}
    at, text = 0, text.strip(" ")
    while member := pattern.match(text, at):
        found[member[1]] = member
        if member.end() == len(text):
            return found
        comma = _COMMA.match(text, member.end())
        if comma is None:
            return {}
        at = comma.end()
    return {}


_NEEDED = frozenset({"created", "keyid", "tag"})
_KNOWN = _NEEDED | {"alg"}
"""No others: a signature that says when it `expires` is not taken for one that never does."""


_WRITTEN = re.compile(
    rf'({_NAME})=(\({_COMPONENTS}\);created=([0-9]{{1,15}});keyid="([\w-]*)";alg="{ALG}";tag="([a-z-]*)")', re.ASCII
)
"""The only signature of a request, its parameters in the order in which our own phones write them."""


def parse(header: str, label: str) -> Input | None:
    """The signature input under `label`; None where there is none, or none of our profile."""
    if (plain := _WRITTEN.fullmatch(header, 0, LONGEST)) and plain[1] == label:
        return Input(plain[2], _names(plain[3]), int(plain[4]), plain[5], plain[6])
    return _parsed(header, label)


def _parsed(header: str, label: str) -> Input | None:
    """The same of any dictionary of signatures, in whatever order their parameters stand."""
    member = _members(_MEMBER, header[:LONGEST]).get(label)
    if member is None:
        return None
    pairs = _PARAMETER.findall(member[4])
    given = {name: number or text for name, number, text in pairs}
    if len(given) != len(pairs) or given.get("alg", ALG) != ALG or not _NEEDED <= given.keys() <= _KNOWN:
        return None
    if not given["created"].isdigit():
        return None
    return Input(member[2], _names(member[3]), int(given["created"]), given["keyid"], given["tag"])


@lru_cache(maxsize=64)
def _names(covered: str) -> tuple[str, ...]:
    """The components of a list as it stands in the header."""
    return tuple(name.strip('"') for name in covered.split())


def signature_base(message: Message, names: Sequence[str], text: str) -> bytes:
    """The bytes that are signed (RFC 9421 §2.5). Raises SignatureDiffers where a covered header is not there."""
    lines = []
    for name in names:
        value = _DERIVED[name](message) if name in _DERIVED else message.header(name)
        if value is None:
            raise SignatureDiffers()
        lines.append(f'"{name}": {value.strip()}\n')
    whole = "".join(lines) + f'"@signature-params": {text}'
    if not whole.isascii():
        raise SignatureDiffers()
    return whole.encode()


_DERIVED: Mapping[str, Callable[[Message], str]] = {"@method": lambda m: m.method, "@path": lambda m: m.path}


def present(message: Message, label: str) -> bool:
    """Whether the request carries a signature under this label at all."""
    return _signature(message, label) is not None


def _signature(message: Message, label: str) -> str | None:
    """The base64 of the signature under this label; None where there is none."""
    member = _members(_SIGNATURE, (message.header("signature") or "")[:LONGEST]).get(label)
    return member[2] if member else None


def verify(message: Message, label: str, tag: Tag, key: Key, *, body: bool = False) -> tuple[Input, Signed]:
    """The signature under `label`, checked: by `key`, over what `tag` asks for. The body itself is the caller's.

    Raises SignatureMissing where it lacks a part or is for something else, SignatureDiffers.
    """
    found, text = parse(message.header("signature-input") or "", label), _signature(message, label)
    if found is None or text is None or found.tag != tag or found.components != components(tag, body):
        raise SignatureMissing(label=label, tag=str(tag))
    if found.keyid != key.thumbprint:
        raise SignatureDiffers()
    try:
        signature = b64.decode(text)
    except ValueError:
        raise SignatureDiffers() from None
    if not key.verifies(signature_base(message, found.components, found.text), signature):
        raise SignatureDiffers()
    return found, Signed(found.keyid, found.text, text)
