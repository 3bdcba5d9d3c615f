"""Moments as people at the desk read them: the day and hour in WIB, and how long ago."""

from datetime import datetime

from election.clock import WIB
from election.words import Words

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def when(stamp: str) -> str:
    """`14-02-2029 18.32.10 WIB` of a journal's stamp."""
    return f"{datetime.fromisoformat(stamp).astimezone(WIB):%d-%m-%Y %H.%M.%S} WIB"


def ago(now: datetime, stamp: str) -> Words:
    """How long it has been since a journal's stamp, to the unit that matters."""
    seconds = max(0, int((now - datetime.fromisoformat(stamp)).total_seconds()))
    if seconds < _MINUTE:
        return "baru saja", "just now"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} menit", f"{seconds // _MINUTE} min"
    if seconds < 2 * _DAY:
        return f"{seconds // _HOUR} jam", f"{seconds // _HOUR} h"
    return f"{seconds // _DAY} hari", f"{seconds // _DAY} days"
