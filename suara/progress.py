"""How an election night looks in a terminal: one line that tells how much is counted, held, and still to come."""

import asyncio
import contextlib
import sys

import asyncpg
from msgspec import Struct

from election.words import number
from storage.connect import LOST
from suara.supervisor import Supervisor

STATE = """
select coalesce(tps, 0)::bigint tps, coalesce(tps_counted, 0)::bigint counted,
       coalesce(tps_held, 0)::bigint held, coalesce(adm_counted + adm_held, 0)::bigint data,
       (select coalesce(sum(number), 0)::bigint from published.cut) number
from (select 1) one left join published.area on tingkat = 0
order by tps_counted + tps_held desc nulls last, contest limit 1
"""
"""Of the contest of which most has come in: a night may play the others at a few TPS only."""
PAGES = "select count(*) filter (where state <> 'received') as done, count(*) as all from published.page"


QUIET = 5
"""Looks in a row that must find nothing new before a night is called over."""

STUCK = 60
"""The same while there are blocks that nobody has decided: an officer may have given up, or a machine may be compiling
its decoder for the first time."""


class Night(Struct, frozen=True):
    """How far the count is: TPS by state of their votes, TPS whose data page is decided, pages read and unread, and the
    cut's journal number."""

    tps: int
    counted: int
    held: int
    data: int
    number: int
    pages: int
    unread: int

    @property
    def waiting(self) -> int:
        """TPS whose votes are neither counted nor held."""
        return self.tps - self.counted - self.held

    @property
    def quiet(self) -> int:
        """Looks without anything new after which nothing more is expected of a night whose officers have gone home."""
        return STUCK if self.waiting or self.data < self.tps else QUIET

    def line(self) -> str:
        """One line for a terminal."""
        width = 30
        full, doubt = (round(width * part / max(self.tps, 1)) for part in (self.counted, self.held))
        bar = "█" * full + "▒" * doubt + "·" * max(width - full - doubt, 0)
        return (
            f"[{bar}] {number(self.counted)} of {number(self.tps)} TPS counted, {number(self.held)} held, "
            f"{number(self.waiting)} to come · {number(self.pages)} pages read · journal {number(self.number)}"
        )


async def look(url: str) -> Night | None:
    """How far the count is now; None while the database or its tables are not there."""
    try:
        connection = await asyncpg.connect(url, timeout=3, command_timeout=10)
    except (*LOST, asyncpg.PostgresError):
        return None
    try:
        row = await connection.fetchrow(STATE)
        pages = await connection.fetchrow(PAGES)
        unread = pages["all"] - pages["done"]
        return Night(**row, pages=pages["done"], unread=unread)
    except (*LOST, asyncpg.PostgresError):
        return None
    finally:
        with contextlib.suppress(*LOST):
            await connection.close(timeout=3)


async def show(url: str, supervisor: Supervisor) -> None:
    """Print progress until the invented officers have gone home and all is decided, or nothing has moved for long."""
    live, said, quiet = sys.stdout.isatty(), "", 0
    while True:
        night = await look(url)
        line = night.line() if night and night.tps else "starting …"
        restarts = sum(supervisor.restarts.values())
        line += f" · {restarts} restarts" if restarts else ""
        if live:
            _say(f"\r\033[K{line}", end="")
        elif line != said:
            _say(line)
        quiet = quiet + 1 if line == said else 0
        said = line
        if supervisor.over("night") and quiet >= (night.quiet if night else STUCK) and not (night and night.unread):
            break
        await asyncio.sleep(1.0 if live else 2.0)
    if night and night.tps:
        _say(f"\nThe night is over: {line}")


def _say(text: str, end: str = "\n") -> None:
    """Prints; that a terminal is gone or a disk is full ends no election night."""
    with contextlib.suppress(OSError):
        print(text, end=end, flush=True)
