"""What a watcher has read, on disk in pieces, so that a restart goes on where it was instead of reading all again.

Pieces are only ever added. One that is damaged or missing ends what is taken up; the log has the rest.
"""

import base64
import os
import zipfile
from hashlib import sha256
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct

from monitor.columns import Closing, Columns
from tlog.tree import Frontier

PIECE = 1 << 16
"""Entries after which a piece is written."""


class About(Struct, frozen=True):
    """What is written beside a piece's arrays. `frontier`: the hashes after its last entry."""

    start: int
    stop: int
    frontier: tuple[str, ...]
    closings: tuple[Closing, ...]
    reference: str  # SHA-256 of the list of TPS that rows are counted in


class Kept:
    """The pieces of one log in `folder`, for the list of TPS with this hash: with another, nothing is taken up."""

    def __init__(self, folder: Path, origin: str, reference: str) -> None:
        self._folder = folder / f"{sha256(origin.encode()).hexdigest()[:16]}-columns"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._reference = reference
        self._waiting: list[Columns] = []
        self._stop = 0

    def load(self) -> tuple[Columns, Frontier]:
        """What was kept, from entry 1 without a gap, and the tree's edge there."""
        found: list[Columns] = []
        frontier = Frontier()
        while (piece := self._piece(frontier.size)) is not None:
            about, columns = piece
            frontier = Frontier(about.stop, [base64.b64decode(one) for one in about.frontier])
            found.append(columns)
        self._stop = frontier.size
        return Columns.joined(found), frontier

    def add(self, columns: Columns, frontier: Frontier, *, now: bool = False) -> None:
        """More entries, after which the tree's edge is `frontier`; written once there are enough of them, or `now`."""
        self._waiting.append(columns)
        if not now and frontier.size - self._stop < PIECE:
            return
        self._write(Columns.joined(self._waiting), frontier)
        self._waiting, self._stop = [], frontier.size

    def _piece(self, start: int) -> tuple[About, Columns] | None:
        try:
            with np.load(self._path(start), allow_pickle=False) as file:
                about = msgspec.json.decode(file["about"].tobytes(), type=About)
                if (about.start, about.reference) != (start, self._reference) or about.stop <= start:
                    return None
                return about, Columns(file["events"], file["figures"], about.closings)
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, msgspec.DecodeError):
            return None

    def _write(self, columns: Columns, frontier: Frontier) -> None:
        hashes = tuple(base64.b64encode(one).decode() for one in frontier.hashes)
        about = About(self._stop, frontier.size, hashes, columns.closings, self._reference)
        told = np.frombuffer(msgspec.json.encode(about), np.uint8)
        path = self._path(self._stop)
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            np.savez(file, about=told, events=columns.events, figures=columns.figures)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)

    def _path(self, start: int) -> Path:
        return self._folder / f"{start:012d}.npz"
