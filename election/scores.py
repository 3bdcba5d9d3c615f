"""What the machine saw in the boxes of one page, as bytes that any later program can decide from again.

The artefact holds, for every box of every field, how well each of 14 classes explains it, and for every column of
bubbles how well each of ten digits does: one byte each, so that a page is about a kilobyte. Making the scores is
the work of `ocr`; turning them into numbers that of `election.decode`.

Layout, all integers unsigned: `SKR`, version, page; form name; count of fields; per field its name, number of
boxes, 0 or 1 for bubbles, 14 bytes a box, 10 bytes a column; CRC-32 of everything before it, big-endian.
Names are a length byte and ASCII.
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

MAGIC, VERSION = b"SKR", 1

Scores = npt.NDArray[np.float64]


class ScoresDamaged(Damaged):
    """A score artefact that no longer is what was written."""

    code = "scores.damaged"
    advice: ClassVar[dict[str, str]] = {
        "id": "Berkas skor halaman rusak ({why}); baca ulang fotonya.",
        "en": "The page's score file is damaged ({why}); read its photo again.",
    }


class FieldScores(Struct, frozen=True):
    """The scores of one number: `boxes` holds 14 bytes a box, `bubbles` ten a column or nothing."""

    boxes: bytes
    bubbles: bytes = b""

    @classmethod
    def of(cls, boxes: npt.ArrayLike, bubbles: npt.ArrayLike | None = None) -> Self:
        """Quantise log-likelihoods in nats: `boxes` float[n, 14], `bubbles` float[n, 10] or None.

        Only differences within a row carry meaning, so the best class of each row is stored as zero.
        """
        return cls(_quantise(boxes, len(CLASSES)), b"" if bubbles is None else _quantise(bubbles, 10))

    @property
    def box_scores(self) -> Scores:
        """Log-likelihoods in nats, float[n, 14], at most 0; the best class of each box has 0."""
        return _nats(self.boxes, len(CLASSES))

    @property
    def bubble_scores(self) -> Scores | None:
        """Log-likelihoods in nats, float[n, 10], of the digit that each column marks; None where there are none."""
        return _nats(self.bubbles, 10) if self.bubbles else None


class PageScores(Struct, frozen=True):
    """Everything that was seen in the boxes of one page of one form, hundreds first."""

    form: str
    page: int
    fields: dict[str, FieldScores]


def encode(page: PageScores) -> bytes:
    """The artefact's bytes; the same scores always give the same bytes. Raises ValueError for what does not fit."""
    parts = [MAGIC, bytes([VERSION, page.page]), _name(page.form), bytes([len(page.fields)])]
    for name, field in page.fields.items():
        boxes = len(field.boxes) // len(CLASSES)
        _check(field, boxes)
        parts += [_name(name), bytes([boxes, bool(field.bubbles)]), field.boxes, field.bubbles]
    body = b"".join(parts)
    return body + crc32(body).to_bytes(4, "big")


def decode(data: bytes) -> PageScores:
    """The scores of an artefact. Raises ScoresDamaged for anything that `encode` did not write."""
    body, check = data[:-4], data[-4:]
    if len(data) < 11 or body[:3] != MAGIC:
        raise ScoresDamaged(why="not a score file")
    if body[3] != VERSION:
        raise ScoresDamaged(why=f"version {body[3]}")
    if crc32(body).to_bytes(4, "big") != check:
        raise ScoresDamaged(why="checksum")
    cursor = _Cursor(body, 4)
    page = PageScores(page=cursor.byte(), form=cursor.name(), fields={})
    for _ in range(cursor.byte()):
        name, boxes, bubbles = cursor.name(), cursor.byte(), cursor.byte()
        page.fields[name] = FieldScores(cursor.take(14 * boxes), cursor.take(10 * boxes if bubbles else 0))
    if cursor.at != len(body):
        raise ScoresDamaged(why="length")
    return page


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


def _check(field: FieldScores, boxes: int) -> None:
    if len(field.boxes) != len(CLASSES) * boxes or len(field.bubbles) not in (0, 10 * boxes):
        raise ValueError("a field has 14 bytes a box and none or 10 a column of bubbles")


def _quantise(scores: npt.ArrayLike, width: int) -> bytes:
    rows = np.asarray(scores, dtype=np.float64).reshape(-1, width)
    below = (rows.max(axis=1, keepdims=True) - rows) / STEP
    return np.clip(np.rint(below), 0, 255).astype(np.uint8).tobytes()


def _nats(raw: bytes, width: int) -> Scores:
    return np.frombuffer(raw, dtype=np.uint8).astype(np.float64).reshape(-1, width) * -STEP
