"""The screens beside engines: rows come, vanish when what they were about is corrected, and are the same for two."""

from pathlib import Path
from typing import Any

import pytest
from engine_scene import KEY, Night, engine_of, night, running, settled, truth_of, until
from recap_scene import corrected

from election.bundle import Bundle
from election.contest import SUARA
from recap.engine import ContestEngine
from recap.screens import companion
from storage.opened import Storage

pytestmark = pytest.mark.servers


def looking(bundle: Bundle, storage: Storage, folder: Path, key: str = KEY, **more: Any) -> ContestEngine:
    return engine_of(bundle, storage, folder, key, takes=(more.pop("together", None) or quick(),), **more)


def quick() -> companion.Together:
    return companion.Together(pause_s=0.02, check_s=0.2)


async def unusual(storage: Storage, key: str = KEY) -> dict[tuple[str, str], dict[str, Any]]:
    found = await storage.pool.fetch("select * from published.unusual where contest = $1", key)
    return {(row["tps"], row["code"]): dict(row) for row in found}


async def there(storage: Storage, wanted: set[tuple[str, str]], key: str = KEY) -> None:
    """The rows are these and no others, now and a while later."""

    async def so() -> bool:
        return {*await unusual(storage, key)} == wanted

    await until(so)


@night
async def test_rows_come_and_go_with_what_they_are_about(storage: Storage, bundle: Bundle, folder: Path) -> None:
    sends, engine = Night(bundle, storage), looking(bundle, storage, folder)
    tps = sends.tps(0)
    async with running(engine):
        for row in range(8):
            await sends.counted(row)
        await settled(storage, engine)
        await there(storage, set())
        plain = truth_of(bundle, KEY, 0)
        valid = plain[SUARA][-3]
        odd = (*(valid if j == 0 else 0 for j in range(len(plain[SUARA]) - 3)), *plain[SUARA][-3:])
        first = await storage.journal(KEY).decided(tps, SUARA)
        number = await sends.send(corrected(tps, SUARA, first, odd), expect=first)
        await there(storage, {(tps, "W510"), (tps, "W512")})
        rows = await unusual(storage)
        assert {row["number"] for row in rows.values()} == {number}
        await sends.send(corrected(tps, SUARA, number, plain[SUARA]), expect=number)

        async def left() -> bool:
            return {*await unusual(storage)} == {(tps, "W512")}

        await until(left)  # that it was changed by so much, twice, stays true
