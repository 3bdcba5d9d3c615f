"""What a crowd of officers carries: accounts with their codes, pictures no two alike, figures, and a bad line.

Who sends what and when lives in `locustfile`; a single night told in full, in `night`.
"""

import base64
import random
import threading
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import msgspec
from msgspec import Struct

from election.bundle import Bundle
from loadtest.night.truth import truth
from loadtest.phone import codes

START, END = b"\xff\xd8\xff\xe0", b"\xff\xd9"


class Photo(Struct, frozen=True):
    """One photo ready to send: its client id, what is said of it, and its bytes."""

    id: str
    tps: str
    page: int
    metadata: str  # the value of Upload-Metadata
    data: bytes


class Pictures:
    """Photos from a folder, or noise of the size of a photo where there is none; no two are the same bytes."""

    def __init__(self, folder: Path | None, size: int, rng: random.Random) -> None:
        paths = sorted(folder.glob("*.jpg")) if folder is not None else []
        self._kept = [path.read_bytes() for path in paths] or [START + rng.randbytes(size - 6) + END]

    def one(self, contest: str, tps: str, page: int, rng: random.Random) -> Photo:
        """A photo that says it shows this page; its last bytes, which no decoder looks at, make it unlike any other."""
        client = str(uuid4())
        data = rng.choice(self._kept) + rng.randbytes(16)
        said = {
            "id": client, "contest": contest, "tps": tps, "page": str(page), "sha256": sha256(data).hexdigest(),
            "filetype": "image/jpeg",
        }  # fmt: skip
        return Photo(client, tps, page, metadata(said), data)


def metadata(said: dict[str, str]) -> str:
    """`Upload-Metadata` as tus writes it."""
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in said.items())


def reading(bundle: Bundle, seed: int, tps: str, contest: str) -> bytes:
    """The figures of a TPS as its officer keyed them in."""
    keyed = truth(bundle, seed, bundle.tree.tps_index(tps), contest=contest).keyed
    return msgspec.json.encode({"contest": contest, "tps": tps, "figures": keyed})


class Officers:
    """Hands out the officers' accounts, each once, then again from the start. Safe between threads and greenlets."""

    def __init__(self, path: Path) -> None:
        officers = [(account, code) for account, code in codes(path).items() if account.startswith("kpps-")]
        self._codes = sorted(officers, key=lambda pair: pair[0][-1], reverse=True)  # a night's officers are the first
        if not self._codes:
            raise ValueError(f"{path} has no officer's code: write one with suara accounts make")
        self._next = 0
        self._lock = threading.Lock()

    def take(self) -> tuple[str, str]:
        """An account and its activation code."""
        with self._lock:
            self._next += 1
            return self._codes[(self._next - 1) % len(self._codes)]
