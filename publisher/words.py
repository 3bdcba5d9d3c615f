"""What only the public pages have to say: dates, and how far the count is.

Names of fields, blocks and levels are in `election.words`, words of states in `election.block`, those of reasons and
roles in `election.reasons`, texts of rules with the rules.
"""

from datetime import datetime

from election.clock import WIB

NBSP = "\u00a0"
MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni",
    "Juli", "Agustus", "September", "Oktober", "November", "Desember",
)  # fmt: skip


def done(part: int, whole: int) -> str:
    """How far a count is, as `58,6 %`: never 100 % before the end, never 0 % after the start."""
    if whole <= 0:
        return "–"
    tenths = (2000 * part + whole) // (2 * whole)
    if part < whole:
        tenths = min(tenths, 999)
    if part > 0:
        tenths = max(tenths, 1)
    return f"{tenths // 10},{tenths % 10}{NBSP}%"


def moment(stamp: str) -> str:
    """A journal stamp as people write it: `14 Februari 2024 pukul 19.32 WIB`."""
    at = datetime.fromisoformat(stamp).astimezone(WIB)
    return f"{at.day} {MONTHS[at.month - 1]} {at.year} pukul {at:%H.%M} WIB"


def short_moment(stamp: str) -> str:
    """A journal stamp for a list: `14 Feb, 19.32.05`."""
    at = datetime.fromisoformat(stamp).astimezone(WIB)
    return f"{at.day} {MONTHS[at.month - 1][:3]}, {at:%H.%M.%S}"


def day(date: str) -> str:
    """An ISO date as people write it: `14 Februari 2024`."""
    at = datetime.fromisoformat(date)
    return f"{at.day} {MONTHS[at.month - 1]} {at.year}"
