"""When a night is called over: once all is decided and quiet, and not while its blocks are still being decided."""

import asyncio
from types import SimpleNamespace

import pytest

from suara import progress
from suara.progress import QUIET, STUCK, Night

OVER = Night(tps=3, counted=2, held=1, data=3, number=40, pages=9, unread=0)


@pytest.mark.parametrize(
    ("night", "looks"),
    [
        (OVER, QUIET),
        (Night(tps=3, counted=2, held=0, data=3, number=40, pages=9, unread=0), STUCK),
        (Night(tps=3, counted=2, held=1, data=2, number=40, pages=9, unread=0), STUCK),
        (Night(tps=3, counted=0, held=0, data=0, number=0, pages=9, unread=0), STUCK),
        (None, STUCK),
    ],
)
def test_a_night_is_over_when_nothing_more_is_expected(
    night: Night | None, looks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = 0

    async def look(url: str) -> Night | None:
        nonlocal seen
        seen += 1
        return night

    async def at_once(seconds: float) -> None:
        return None

    monkeypatch.setattr(progress, "look", look)
    monkeypatch.setattr(progress, "asyncio", SimpleNamespace(sleep=at_once))
    asyncio.run(progress.show("", SimpleNamespace(restarts={}, over=lambda name: True)))  # type: ignore[arg-type]
    assert seen == looks + 1
