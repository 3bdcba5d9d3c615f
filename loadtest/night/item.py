"""What an officer sends: a photo or a reading, with everything that a retry needs to be the same again."""

import base64
from hashlib import sha256

import msgspec
from msgspec import Struct

PIECE_TYPE = "application/offset+octet-stream"


class Item(Struct, frozen=True):
    """One upload. A photo goes by tus (docs/tus.md), a reading by PUT."""

    name: str  # e.g. `reading`, `scan-1`
    id: str  # the client's UUID
    contest: str
    tps: str
    body: bytes
    metadata: str = ""  # a photo's Upload-Metadata; empty for a reading

    @property
    def is_photo(self) -> bool:
        """Whether it goes by tus."""
        return bool(self.metadata)

    @property
    def address(self) -> str:
        """Where it lies, or is put."""
        return f"/v1/{'uploads' if self.is_photo else 'readings'}/{self.id}"


def scan_item(name: str, client_id: str, contest: str, tps: str, page: int, photo: bytes) -> Item:
    """A photo ready to send."""
    said = {
        "id": client_id,
        "contest": contest,
        "tps": tps,
        "page": str(page),
        "sha256": sha256(photo).hexdigest(),
        "filetype": "image/jpeg",
    }
    return Item(name, client_id, contest, tps, photo, _metadata(said))


def reading_item(client_id: str, contest: str, tps: str, figures: dict[str, int]) -> Item:
    """The officer's figures ready to send."""
    body = msgspec.json.encode({"contest": contest, "tps": tps, "figures": figures})
    return Item("reading", client_id, contest, tps, body)


def _metadata(said: dict[str, str]) -> str:
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in said.items())
