"""What a document says of one TPS's record: its blocks, pages, history and versions."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from election.record.shape import Picture
from publisher.shapes.beside import Dispute
from publisher.view import Change

Given = dict[str, int | None]


class Block(Struct, frozen=True):
    """A block of a record."""

    state: str
    at: str | None
    number: int
    index: int | None
    counted: Given | None
    officer: Given | None
    machine: Given | None
    proposed: tuple[Change, ...]
    reasons: tuple[str, ...]
    warnings: tuple[str, ...]


class Page(Struct, frozen=True):
    """A page of a form; only `page` and `state` before a photo came."""

    page: int
    state: Literal["awaited", "received", "read"]
    fault: str | UnsetType | None = UNSET
    quality: int | UnsetType | None = UNSET
    at: str | UnsetType = UNSET
    number: int | UnsetType = UNSET
    index: int | UnsetType | None = UNSET
    sha256: str | UnsetType = UNSET
    size: int | UnsetType = UNSET
    picture: Picture | UnsetType = UNSET
    rendition: str | UnsetType | None = UNSET
    url: str | UnsetType | None = UNSET
    model: str | UnsetType | None = UNSET


class Step(Struct, frozen=True):
    """A line of a record's history."""

    number: int
    index: int | None
    at: str
    kind: str
    page: int | None
    block: str | None
    state: str | None
    reasons: tuple[str, ...]
    roles: tuple[str, ...]
    changes: tuple[Change, ...]


class Stood(Struct, frozen=True):
    """A block of a version that no longer counts."""

    state: str
    figures: tuple[int | None, ...] | None


class StoodNamed(Struct, frozen=True):
    """The same with its figures by field."""

    state: str
    figures: Given | None


class Ended(Struct, frozen=True):
    """A version that no longer counts, on what ground and whose order the next one began."""

    version: int
    ground: str
    order: str
    document: str | None
    at: str
    number: int
    index: int | None
    blocks: dict[str, Stood]


class Version(Struct, frozen=True):
    """`v1/{contest}/versions/{tps}/{version}.json`: the same as a document of its own."""

    v: Literal[1]
    contest: str
    tps: str
    nama: str
    version: int
    ground: str
    order: str
    document: str | None
    at: str
    number: int
    index: int | None
    blocks: dict[str, StoodNamed]


class Log(Struct, frozen=True):
    """Where an event stands: journal number, and index in the public log."""

    number: int
    index: int | None


class Record(Struct, frozen=True, kw_only=True):
    """A TPS's record; of one of which nothing has come in, no more than that."""

    tps: str
    nama: str
    number: int
    version: int
    determined: Log | UnsetType | None = UNSET
    versions: tuple[Ended, ...] | UnsetType = UNSET
    disputes: tuple[Dispute, ...] | UnsetType = UNSET
    blocks: dict[str, Block]
    pages: tuple[Page, ...]
    history: tuple[Step, ...]
