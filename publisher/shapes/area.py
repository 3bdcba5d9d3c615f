"""What the documents of areas and dapil hold: how far they are counted, their totals, what is below them."""

from typing import Literal

from msgspec import Struct

from publisher.shapes.beside import Determination, Dispute, Outcome, Plenary
from publisher.shapes.record import Record

Figures = dict[str, int]


class Place(Struct, frozen=True):
    """An area or TPS by code, name and level."""

    kode: str
    nama: str
    tingkat: int


class Progress(Struct, frozen=True):
    """Four parts that add up to `total`."""

    total: int
    counted: int
    held: int
    arriving: int
    absent: int


class Administrasi(Struct, frozen=True):
    """TPS whose voters and ballots count, and are held."""

    counted: int
    held: int


class LeftOut(Struct, frozen=True):
    """What the totals leave out."""

    tps: int
    held: Figures


class Residual(Struct, frozen=True):
    """Written − computed of one identity, over an area: Σr, Σ|r| and the count of r ≠ 0."""

    sum: int
    abs: int
    count: int


class Child(Struct, frozen=True):
    """An area right below."""

    kode: str
    nama: str
    tps: Progress
    totals: Figures


class Head(Struct, frozen=True, kw_only=True):
    """What the document of every area has."""

    v: Literal[1]
    contest: str
    kode: str
    nama: str
    tingkat: int
    path: tuple[Place, ...]
    cursor: int
    at: str
    number: int
    tps: Progress
    administrasi: Administrasi
    totals: Figures
    left_out: LeftOut
    residuals: dict[str, Residual]
    final: int
    reopened: int
    dapil: tuple[str, ...]
    outcome: Outcome | None
    plenary: Plenary | None
    determination: Determination | None
    disputes: tuple[Dispute, ...]


class Area(Head, frozen=True, kw_only=True):
    """`v1/{contest}/{kode}.json` above the kelurahan."""

    children: tuple[Child, ...]


class Kelurahan(Head, frozen=True, kw_only=True):
    """`v1/{contest}/{kode}.json` of a kelurahan."""

    records: tuple[Record, ...]


class DapilTps(Struct, frozen=True):
    """How far a dapil is counted."""

    total: int
    counted: int


class Dapil(Struct, frozen=True):
    """`v1/{contest}/dapil/{kode}.json`."""

    v: Literal[1]
    contest: str
    cursor: int
    at: str
    kode: str
    nama: str
    areas: tuple[str, ...]
    seats: int | None
    number: int
    tps: DapilTps
    totals: Figures
    outcome: Outcome | None


class Cursor(Struct, frozen=True):
    """`v1/{contest}/cursor.json`."""

    v: Literal[1]
    contest: str
    cursor: int
    at: str
