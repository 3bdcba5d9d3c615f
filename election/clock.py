"""Time as the engine writes it. Where the time comes from is the caller's business: a `Clock` is handed in."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

Clock = Callable[[], datetime]
"""Answers the present moment, aware, in UTC."""

WIB = timezone(timedelta(hours=7), "WIB")
"""Western Indonesian Time, which every public document of the organiser is written in."""


def system_clock() -> datetime:
    """The machine's clock, in UTC."""
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """`moment` as the journal writes it: RFC 3339, UTC, milliseconds (`2024-02-14T12:00:00.000Z`)."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def public_ts(text: str) -> str:
    """A journal stamp as the public documents spell it: `YYYY-MM-DD HH:MM:SS`, WIB, no zone."""
    return datetime.fromisoformat(text).astimezone(WIB).strftime("%Y-%m-%d %H:%M:%S")
