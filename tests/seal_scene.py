"""Photos that came in and were looked at, a sealer over them, and a reader of age files that is not ours."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from intake_scene import AT, intake, photo

from election.event import PageRead
from storage.draft import Draft
from storage.intake.intake import Photo
from storage.opened import Storage
from storage.seal.sealer import Sealer

NOW = datetime.now(UTC)
LATER = NOW + timedelta(days=9)
_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


async def came_in(storage: Storage, numbers: range, looked: bool = True) -> list[Photo]:
    """Photos through the real intake; its pack is closed when this returns. With `looked`, the machine saw each."""
    photos = [photo(number, 20_000) for number in numbers]
    async with intake(storage) as own:
        kept = [await own.keep(one) for one in photos]
    if looked:
        for one in kept:
            await look(storage, one.number)
    return photos


async def look(storage: Storage, scan: int) -> None:
    """The machine has looked at a photo."""
    event = PageRead(
        tps="1", at=AT, scan=scan, page=2, fault=None, quality=900, scores=None, rendition=None, model="0" * 64,
        program="test",
    )  # fmt: skip
    await storage.journal("ppwp").append(Draft(event=event))


def sealer(storage: Storage, now: datetime = NOW, custodian: bool = True) -> Sealer:
    """A sealer of one contest; the custodian's private half lies beside the data."""
    if custodian:
        storage.cabinet.keys.make_custodian(storage.settings.data_dir / "custodian.key")
    return Sealer(storage, ("ppwp",), lambda: now)


def files(folder: Path, pattern: str) -> list[Path]:
    return sorted(path for path in folder.rglob(pattern) if path.is_file())


# --- age v1, after its specification, with another library's primitives --------------------------------------------


def opened(sealed: bytes, secret: str) -> bytes:
    """What an age file holds, by an identity `AGE-SECRET-KEY-1…`. Raises ValueError where it is none for this key."""
    private = X25519PrivateKey.from_private_bytes(_bech32(secret))
    head, _, rest = sealed.partition(b"\n--- ")
    mac, _, payload = rest.partition(b"\n")
    key = _file_key(head.decode(), private)
    wanted = hmac.new(_hkdf(key, b"", b"header"), head + b"\n---", hashlib.sha256).digest()
    assert hmac.compare_digest(wanted, _b64(mac.decode())), "the header is another"
    return _stream(_hkdf(key, payload[:16], b"payload"), payload[16:])


def _file_key(head: str, private: X25519PrivateKey) -> bytes:
    lines = head.split("\n")
    assert lines[0] == "age-encryption.org/v1"
    own = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    for line, body in pairwise(lines):
        if not line.startswith("-> X25519 "):
            continue
        share = _b64(line.split(" ")[2])
        wrap = _hkdf(
            private.exchange(X25519PublicKey.from_public_bytes(share)), share + own, b"age-encryption.org/v1/X25519"
        )
        try:
            return ChaCha20Poly1305(wrap).decrypt(bytes(12), _b64(body), None)
        except Exception:
            continue
    raise ValueError("sealed to others")


def _stream(key: bytes, data: bytes) -> bytes:
    chunk, parts = 65536 + 16, []
    for number, at in enumerate(range(0, max(len(data), 1), chunk)):
        last = at + chunk >= len(data)
        parts.append(
            ChaCha20Poly1305(key).decrypt(number.to_bytes(11, "big") + bytes([last]), data[at : at + chunk], None)
        )
    return b"".join(parts)


def _hkdf(secret: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt or None, info).derive(secret)


def _b64(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4))


def _bech32(secret: str) -> bytes:
    digits = [_ALPHABET.index(c) for c in secret.lower().rpartition("1")[2][:-6]]
    bits = "".join(f"{digit:05b}" for digit in digits)
    return bytes(int(bits[at : at + 8], 2) for at in range(0, 256, 8))
