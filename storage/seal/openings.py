"""Every time that a person is shown an original: who, which, why, and whether it was refused. Only added to."""

from typing import Final

import asyncpg
from msgspec import Struct

REASONS: Final[dict[str, dict[str, str]]] = {
    "decide": {"id": "Memutuskan blok yang ditahan", "en": "To decide a held block"},
    "outline": {"id": "Menandai halaman pada foto", "en": "To outline the page"},
    "dispute": {"id": "Sengketa atau perintah pengadilan", "en": "A dispute, or a court's order"},
    "audit": {"id": "Audit hasil", "en": "An audit of the result"},
    "subject": {"id": "Permintaan subjek data (UU 27/2022 art. 7)", "en": "A data subject asks (UU 27/2022 art. 7)"},
}
"""Why an original may be opened by a person."""

_ADD = """
insert into scans.opening (at, account, role, contest, tps, sha256, why, refused)
values ($1, $2, $3, $4, $5, $6, $7, $8)"""


class Opening(Struct, frozen=True, kw_only=True):
    """One look at an original. `refused` is the reason code where it was not shown."""

    at: str
    account: str
    role: str
    sha256: str
    why: str
    contest: str | None = None
    tps: str | None = None
    refused: str | None = None

    def __post_init__(self) -> None:
        """Raises ValueError for a reason that is none."""
        if self.why not in REASONS:
            raise ValueError(f"{self.why!r} is no reason to open an original")


async def record(pool: asyncpg.Pool, opening: Opening) -> None:
    """Writes it down. Whoever shows an original does so after this has returned."""
    told = opening
    await pool.execute(
        _ADD, told.at, told.account, told.role, told.contest, told.tps, told.sha256, told.why, told.refused
    )


async def count(pool: asyncpg.Pool) -> int:
    """How many there have been."""
    return int(await pool.fetchval("select count(*) from scans.opening"))
