"""Which photo lies where: a fold over the packs, kept in SQLite, so that every process of the machine can ask.

It is written behind the packs and may lag or be deleted: whatever it lacks is found again in them (`packs`).
"""

import sqlite3
import threading
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from storage.intake.record import BLOCK, Head

_SCHEMA = """
create table if not exists pack (
    id integer primary key, name text not null unique,
    upto integer not null,      -- bytes of it that are in `photo`
    due integer not null,       -- sequence number of the record that begins there
    sealed integer not null     -- whether no more will come
);
create table if not exists photo (
    sha256 blob primary key, pack integer not null, at integer not null, size integer not null
) without rowid;
"""


class Place(Struct, frozen=True):
    """Where a photo's bytes are."""

    pack: str
    at: int
    size: int


class Open(Struct, frozen=True):
    """A pack that is not sealed, and how far the index has come in it."""

    pack: str
    upto: int
    due: int


class Index:
    """The table. Several processes read and write it; a call may wait for another's."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._line: sqlite3.Connection | None = None

    def find(self, sha256: bytes) -> Place | None:
        """The place of the photo; None where it is not in the index."""
        found = self._ask("select name, at, size from photo join pack on id = pack where sha256 = ?", sha256)
        return Place(*found[0]) if found else None

    def open(self) -> list[Open]:
        """The packs that are not sealed."""
        return [Open(*row) for row in self._ask("select name, upto, due from pack where not sealed")]

    def closed(self) -> list[str]:
        """The packs that are sealed, oldest first."""
        return [name for (name,) in self._ask("select name from pack where sealed order by name")]

    def known(self) -> set[str]:
        """The names of all packs."""
        return {name for (name,) in self._ask("select name from pack")}

    def enter(self, pack: str) -> None:
        """Takes a pack on, from its first record; does nothing where it is there."""
        self._ask("insert or ignore into pack (name, upto, due, sealed) values (?, ?, 1, 0)", pack, BLOCK)

    def drop(self, pack: str) -> None:
        """Forgets a pack in which there is nothing."""
        self._ask("delete from pack where name = ?", pack)

    def end(self, pack: str) -> int:
        """Where the last record of a pack ends, as far as it is in the index."""
        found = self._ask("select upto from pack where name = ?", pack)
        return int(found[0][0]) if found else 0

    def forget(self, pack: str, photos: Iterable[bytes] | None) -> None:
        """Forgets a pack and those of these photos that were to be found in it (None: all). All of it or nothing.

        No photo of it may stay: the next pack may get its number.
        """
        with self._lock, self._connected() as line:
            found = line.execute("select id from pack where name = ?", (pack,)).fetchone()
            if found is None:
                return
            if photos is None:
                line.execute("delete from photo where pack = ?", found)
            else:
                told = [(sha256, found[0]) for sha256 in photos]
                line.executemany("delete from photo where sha256 = ? and pack = ?", told)
            line.execute("delete from pack where id = ?", found)

    def add(self, pack: str, heads: Iterable[Head], *, sealed: bool = False) -> None:
        """Moves past these records of one pack, which follow what is there. All of it or nothing."""
        heads = list(heads)
        with self._lock, self._connected() as line:
            found = line.execute("select id from pack where name = ?", (pack,)).fetchone()
            if found is None and not heads:
                return  # nothing was in it, and a process that started meanwhile took it for a dead one's
            (number,) = found
            line.executemany(
                "insert or replace into photo values (?, ?, ?, ?)",
                [(head.sha256, number, head.at, head.size) for head in heads],
            )
            if heads:
                after = (heads[-1].end, heads[-1].sequence + 1, number)
                line.execute("update pack set upto = ?, due = ? where id = ?", after)
            if sealed:
                line.execute("update pack set sealed = 1 where id = ?", (number,))

    def close(self) -> None:
        """Hangs up."""
        with self._lock:
            if self._line is not None:
                self._line.close()
                self._line = None

    def _ask(self, statement: str, *values: object) -> list[tuple]:  # type: ignore[type-arg]
        with self._lock, self._connected() as line:
            return line.execute(statement, values).fetchall()

    def _connected(self) -> sqlite3.Connection:
        if self._line is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            line = sqlite3.connect(self._path, timeout=10, check_same_thread=False)
            if line.execute("pragma journal_mode").fetchone()[0] != "wal":
                line.execute("pragma journal_mode = wal")
            line.execute("pragma synchronous = normal")  # a commit that a power cut takes back is folded again
            line.executescript(_SCHEMA)
            self._line = line
        return self._line
