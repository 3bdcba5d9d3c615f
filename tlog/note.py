"""Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint, tlog-cosignature): read, verify, sign.

Pure: keys come in, texts go out. Where keys are kept and when a checkpoint may be signed is the publisher's.
"""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tlog.tree import HASH

MAX_NOTE = 1_000_000
MAX_SIGNATURES = 100
_DASH = "— "


class NoteError(ValueError):
    """A note, key or checkpoint that cannot be relied on. The message says why."""


class Algorithm(IntEnum):
    """What a signature signs: the first byte of a verifier key."""

    ED25519 = 1  # the note's text
    COSIGNATURE = 4  # the text under a time: a witness saw this checkpoint then


@dataclass(frozen=True)
class Signature:
    """One line under a note. `time` is a cosignature's, in seconds since 1970, else None."""

    name: str
    key_id: bytes
    signature: bytes
    time: int | None = None

    def line(self) -> str:
        """The line as it stands under the note."""
        return f"{_DASH}{self.name} {base64.b64encode(self.key_id + self.signature).decode()}\n"


@dataclass(frozen=True)
class Opened:
    """A note with at least one good signature. `text` ends with a newline; `other` are by keys not asked for."""

    text: str
    verified: tuple[Signature, ...]
    other: tuple[Signature, ...]


@dataclass(frozen=True)
class Verifier:
    """Checks one key's signatures. `text` writes it as others exchange it: `name+id+key`."""

    name: str
    algorithm: Algorithm
    public: bytes

    @classmethod
    def parse(cls, text: str) -> "Verifier":
        """The verifier of a vkey. Raises NoteError where any part is not as it must be."""
        parts = text.split("+", 2)
        if len(parts) != 3:
            raise NoteError("a verifier key is name+id+key")
        name, key_id, key = parts
        data = decoded(key)
        if len(data) != 33 or data[0] not in {int(known) for known in Algorithm}:
            raise NoteError("the key is of an unknown kind or length")
        verifier = cls(_name(name), Algorithm(data[0]), data[1:])
        if key_id != verifier.key_id.hex():
            raise NoteError("the key's id is not its own")
        return verifier

    @cached_property
    def key_id(self) -> bytes:
        """First four bytes of SHA-256(name ‖ newline ‖ algorithm ‖ key)."""
        return _key_id(self.name, self.algorithm, self.public)

    @property
    def text(self) -> str:
        """The vkey."""
        key = base64.b64encode(bytes([self.algorithm]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{key}"

    def check(self, text: str, signature: bytes) -> int | None:
        """Returns a cosignature's time, or None, where the signature is good. Raises NoteError."""
        message, time, raw = text.encode(), None, signature
        if self.algorithm is Algorithm.COSIGNATURE:
            if len(signature) != 72:
                raise NoteError("a cosignature has 72 bytes")
            time, raw = int.from_bytes(signature[:8], "big"), signature[8:]
            message = _timed(time, text)
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(raw, message)
        except InvalidSignature:
            raise NoteError(f"the signature by {self.name} is wrong") from None
        return time


@dataclass(frozen=True)
class Signer:
    """Signs as one key. `seed` is secret: 32 bytes."""

    name: str
    algorithm: Algorithm
    seed: bytes

    @classmethod
    def parse(cls, text: str) -> "Signer":
        """The signer of a private key as Go's note package writes it: `PRIVATE+KEY+name+id+key`."""
        parts = text.split("+", 4)
        if len(parts) != 5 or parts[:2] != ["PRIVATE", "KEY"]:
            raise NoteError("a private key is PRIVATE+KEY+name+id+key")
        data = decoded(parts[4])
        if len(data) != 33 or data[0] not in {int(known) for known in Algorithm}:
            raise NoteError("the key is of an unknown kind or length")
        signer = cls(_name(parts[2]), Algorithm(data[0]), data[1:])
        if parts[3] != signer.verifier.key_id.hex():
            raise NoteError("the key's id is not its own")
        return signer

    @property
    def text(self) -> str:
        """The private key in the same form."""
        key = base64.b64encode(bytes([self.algorithm]) + self.seed).decode()
        return f"PRIVATE+KEY+{self.name}+{self.verifier.key_id.hex()}+{key}"

    @cached_property
    def verifier(self) -> Verifier:
        """Who checks what this signs."""
        return Verifier(_name(self.name), self.algorithm, self._private.public_key().public_bytes_raw())

    @cached_property
    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    def sign(self, text: str, time: int | None = None) -> Signature:
        """Signs a note's text. `time`, in seconds since 1970, belongs to cosignatures and only to them."""
        if (time is None) is (self.algorithm is Algorithm.COSIGNATURE):
            raise NoteError("a cosignature has a time, another signature has none")
        message = text.encode() if time is None else _timed(time, text)
        raw = self._private.sign(message)
        prefix = b"" if time is None else time.to_bytes(8, "big")
        return Signature(self.name, self.verifier.key_id, prefix + raw, time)


def compose(text: str, signatures: Iterable[Signature]) -> str:
    """The note: text, blank line, signatures. Raises NoteError where the text could not be read back."""
    if not text.endswith("\n"):
        raise NoteError("a note's text ends with a newline")
    note = text + "\n" + "".join(signature.line() for signature in signatures)
    if parse(note)[0] != text:
        raise NoteError("the text would be read back as another")
    return note


def parse(note: str) -> tuple[str, list[Signature]]:
    """Text and signatures, nothing verified. Raises NoteError."""
    if len(note) > MAX_NOTE or any(ord(c) < 0x20 and c != "\n" for c in note):
        raise NoteError("the note is too long or has control characters")
    at = note.rfind("\n\n")
    if at < 0 or not note.endswith("\n") or at + 2 == len(note):
        raise NoteError("a note is text, a blank line and signatures")
    lines = note[at + 2 : -1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise NoteError("the note has too many signatures")
    return note[: at + 1], [_signature(line) for line in lines]


def open_note(note: str, verifiers: Iterable[Verifier]) -> Opened:
    """The note, where at least one of `verifiers` signed it. Raises NoteError, also where a known key's is wrong."""
    known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    text, signatures = parse(note)
    verified: dict[tuple[str, bytes], Signature] = {}
    other: list[Signature] = []
    for found in signatures:
        verifier = known.get((found.name, found.key_id))
        if verifier is None:
            other.append(found)
        elif (found.name, found.key_id) not in verified:
            time = verifier.check(text, found.signature)
            verified[found.name, found.key_id] = Signature(found.name, found.key_id, found.signature, time)
    if not verified:
        raise NoteError("no known key signed this")
    return Opened(text, tuple(verified.values()), tuple(other))


@dataclass(frozen=True)
class Checkpoint:
    """A log's head: its name, how many entries, and the root over them."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """The checkpoint of a note's text. Raises NoteError."""
        lines = text.split("\n")
        if len(lines) < 4 or lines.pop() != "" or not lines[0]:
            raise NoteError("a checkpoint is origin, size and root, a line each")
        origin, size, root, *extensions = lines
        if not (size.isascii() and size.isdigit()) or (size != "0" and size[0] == "0") or len(size) > 19:
            raise NoteError("the size is no decimal number")
        found = decoded(root)
        if len(found) != HASH or not all(extensions):
            raise NoteError("the root is no hash, or an extension is empty")
        return cls(origin, int(size), found, tuple(extensions))

    @property
    def text(self) -> str:
        """The note's text."""
        return "\n".join((self.origin, str(self.size), base64.b64encode(self.root).decode(), *self.extensions)) + "\n"


def _signature(line: str) -> Signature:
    name, space, data = line.removeprefix(_DASH).partition(" ")
    raw = decoded(data)
    if not line.startswith(_DASH) or not space or len(raw) < 5:
        raise NoteError("a signature is a dash, a name and base64")
    return Signature(_name(name), raw[:4], raw[4:])


def _key_id(name: str, algorithm: Algorithm, public: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + bytes([algorithm]) + public).digest()[:4]


def _timed(time: int, text: str) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def _name(name: str) -> str:
    if not name or "+" in name or any(c.isspace() for c in name):
        raise NoteError("a key's name has neither spaces nor plus signs")
    return name


def decoded(text: str) -> bytes:
    """The bytes of base64. Strict: padded, nothing but the alphabet, and no stray bits at the end."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NoteError("not base64") from None
    if base64.b64encode(data).decode() != text:
        raise NoteError("base64 in a form that is not its own")
    return data
