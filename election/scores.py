"""What the machine saw in the boxes of one page, as bytes that any later program can decide from again.

The artefact holds, for every box of every field, how well each of 14 classes explains it, for every column of
bubbles how well each of ten digits does, and the same 14 for the boxes in which tally rows are summed: one byte each,
so that a page is one to three kilobytes. Making the scores is the work of `ocr`; turning them into numbers that of
`election.decode`.

Layout of version 2, all integers unsigned: `SKR`, version, page; form name; count of fields; per field its name,
number of boxes, 0 or 1 for bubbles, number of tally rows, 14 bytes a box, 10 bytes a column of bubbles, 28 bytes a row
(tens, then ones); CRC-32 of everything before it, big-endian. Names are a length byte and ASCII.
Version 1 had no tally rows, and no byte for their number; it is still read.
"""

from typing import ClassVar, Self
from zlib import crc32

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from election.errors import Damaged

CLASSES = (*"0123456789", "X", "dash", "blank", "void")
"""What one box can show. `void` is ink that is none of the others: a scribble, a letter, a digit struck out."""

STEP = 1 / 16
"""Nats a unit of the stored byte stands for; 255 of them, 15.9 nats, is as sure as a single box may ever be."""

MAGIC, VERSION = b"SKR", 2

SUM_BOXES = 2
"""Boxes in which the strokes of a tally row are summed: tens, ones."""

_ROW = SUM_BOXES * len(CLASSES)

Scores = npt.NDArray[np.float64]


class ScoresDamaged(Damaged):
    """A score artefact that no longer is what was written."""

    code = "scores.damaged"
    advice: ClassVar[dict[str, str]] = {
        "id": "Berkas skor halaman rusak ({why}); baca ulang fotonya.",
        "en": "The page's score file is damaged ({why}); read its photo again.",
    }


class FieldScores(Struct, frozen=True):
    """The scores of one number, a byte a class: `boxes` 14 a box, `bubbles` ten a column or nothing, `marks` 14 a box
    of the tally rows' sums, row after row, tens then ones, or nothing."""

    boxes: bytes
    bubbles: bytes = b""
    marks: bytes = b""

    @classmethod
    def of(cls, boxes: npt.ArrayLike, bubbles: npt.ArrayLike | None = None, marks: npt.ArrayLike | None = None) -> Self:
        """Quantise log-likelihoods in nats: `boxes` float[n, 14], `bubbles` float[n, 10], `marks` float[rows, 2, 14].

        Only differences within a row carry meaning, so the best class of each row is stored as zero.
        """
        return cls(
            _quantise(boxes, len(CLASSES)),
            b"" if bubbles is None else _quantise(bubbles, 10),
            b"" if marks is None else _quantise(marks, len(CLASSES)),
        )

    @property
    def box_scores(self) -> Scores:
        """Log-likelihoods in nats, float[n, 14], at most 0; the best class of each box has 0."""
        return _nats(self.boxes, len(CLASSES))

    @property
    def bubble_scores(self) -> Scores | None:
        """Log-likelihoods in nats, float[n, 10], of the digit that each column marks; None where there are none."""
        return _nats(self.bubbles, 10) if self.bubbles else None

    @property
    def mark_scores(self) -> Scores | None:
        """Log-likelihoods in nats, float[rows, 2, 14], of the boxes of each tally row's sum; None without a tally."""
        return _nats(self.marks, len(CLASSES)).reshape(-1, SUM_BOXES, len(CLASSES)) if self.marks else None


class PageScores(Struct, frozen=True):
    """Everything that was seen in the boxes of one page of one form, hundreds first."""

    form: str
    page: int
    fields: dict[str, FieldScores]


def encode(page: PageScores) -> bytes:
    """The artefact's bytes; the same scores always give the same bytes. Raises ValueError for what does not fit."""
    parts = [MAGIC, bytes([VERSION, page.page]), _name(page.form), bytes([len(page.fields)])]
    for name, field in page.fields.items():
        boxes, rows = len(field.boxes) // len(CLASSES), len(field.marks) // _ROW
        _check(field, boxes, rows)
        shape = bytes([boxes, bool(field.bubbles), rows])
        parts += [_name(name), shape, field.boxes, field.bubbles, field.marks]
    body = b"".join(parts)
    return body + crc32(body).to_bytes(4, "big")


def decode(data: bytes) -> PageScores:
    """The scores of an artefact. Raises ScoresDamaged for anything that `encode` did not write."""
    body, check = data[:-4], data[-4:]
    if len(data) < 11 or body[:3] != MAGIC:
        raise ScoresDamaged(why="not a score file")
    version = body[3]
    if version not in (1, VERSION):
        raise ScoresDamaged(why=f"version {version}")
    if crc32(body).to_bytes(4, "big") != check:
        raise ScoresDamaged(why="checksum")
    cursor = _Cursor(body, 4)
    page = PageScores(page=cursor.byte(), form=cursor.name(), fields={})
    for _ in range(cursor.byte()):
        name = cursor.name()
        page.fields[name] = _field(cursor, version)
    if cursor.at != len(body):
        raise ScoresDamaged(why="length")
    return page


def _field(cursor: "_Cursor", version: int) -> FieldScores:
    boxes, bubbles, rows = cursor.byte(), cursor.byte(), cursor.byte() if version > 1 else 0
    sizes = (len(CLASSES) * boxes, 10 * boxes if bubbles else 0, _ROW * rows)
    return FieldScores(*(cursor.take(size) for size in sizes))


class _Cursor:
    """Walks through bytes and refuses to walk past their end."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data, self.at = data, at

    def take(self, size: int) -> bytes:
        piece = self.data[self.at : self.at + size]
        if len(piece) != size:
            raise ScoresDamaged(why="length")
        self.at += size
        return piece

    def byte(self) -> int:
        return self.take(1)[0]

    def name(self) -> str:
        raw = self.take(self.byte())
        if not raw.isascii():
            raise ScoresDamaged(why="name")
        return raw.decode("ascii")


def _name(text: str) -> bytes:
    raw = text.encode("ascii")
    return bytes([len(raw)]) + raw


def _check(field: FieldScores, boxes: int, rows: int) -> None:
    whole = len(field.boxes) == len(CLASSES) * boxes and len(field.marks) == _ROW * rows
    if not whole or len(field.bubbles) not in (0, 10 * boxes):
        raise ValueError("a field has 14 bytes a box, none or 10 a column of bubbles, and 28 a tally row")


def _quantise(scores: npt.ArrayLike, width: int) -> bytes:
    rows = np.asarray(scores, dtype=np.float64).reshape(-1, width)
    below = (rows.max(axis=1, keepdims=True) - rows) / STEP
    return np.clip(np.rint(below), 0, 255).astype(np.uint8).tobytes()


def _nats(raw: bytes, width: int) -> Scores:
    return np.frombuffer(raw, dtype=np.uint8).astype(np.float64).reshape(-1, width) * -STEP
