"""A night under fire: every process killed at random, the queue flushed, and afterwards nothing may have changed.

The invented officers are `loadtest`'s; what a process does when it comes back is its own room's business.
"""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import asyncpg
from msgspec import Struct

from loadtest.night.check import check
from loadtest.night.ledger import lines
from storage.draft import Entry
from storage.embedded import start_postgres, start_valkey
from storage.journal import Journal
from storage.keys import load_public
from storage.opened import open_storage
from storage.settings import Settings

AREAS = """select contest, kode, tps, tps_counted, tps_held, adm_counted, adm_held, totals, held, residuals
from published.area order by 1, 2"""
BLOCKS = """select contest, tps, block, state, figures, read, reasons, warnings from published.block order by 1, 2, 3"""


class Outcome(Struct, frozen=True):
    """What a night left behind: totals of every area, every block, and what the journal says of the receipts."""

    areas: dict[str, str]
    blocks: dict[str, str]
    acknowledged: int
    events: int
    troubles: tuple[str, ...]


class Report(Struct, frozen=True):
    """How a night under fire compares with one that nobody disturbed."""

    kills: dict[str, int]
    flushes: int
    seconds: float
    acknowledged: int
    events: int
    differences: tuple[str, ...]


class Night(Struct, frozen=True):
    """Which night is played: TPS with the president's form, and how many of them with those of each other contest."""

    tps: int
    others: int
    seed: int
    port: int


def soak(folder: Path, *, kills: int, flushes: int, tps: int, seed: int, port: int, others: int = 0) -> Report:
    """Play the same night twice, once in peace and once under fire, and compare. `folder` must be empty or absent."""
    peace, fire, night = folder / "peace", folder / "fire", Night(tps, others, seed, port)
    _spend(_start(peace, night))
    began = time.monotonic()
    killed, flushed = _under_fire(fire, night, kills, flushes)
    seconds = time.monotonic() - began
    before, after = (_outcome(data) for data in (peace, fire))
    differences = (
        *(f"undisturbed night: {trouble}" for trouble in before.troubles),
        *after.troubles,
        *_compare("area", before.areas, after.areas),
        *_compare("block", before.blocks, after.blocks),
    )
    return Report(dict(killed), flushed, round(seconds, 1), after.acknowledged, after.events, differences)


def _start(data: Path, night: Night) -> subprocess.Popen[bytes]:
    data.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "suara", "up", "--demo", "--until-counted", "--data", str(data)]
    command += ["--tps", str(night.tps), "--others", str(night.others), "--seed", str(night.seed)]
    command += ["--port", str(night.port), "--speed", "max"]
    with (data / "up.log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603 — our own program
            command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
        )


def _spend(up: subprocess.Popen[bytes]) -> None:
    if (code := up.wait(1800)) != 0:
        raise RuntimeError(f"suara up ended with {code}")


def _under_fire(data: Path, night: Night, kills: int, flushes: int) -> tuple[Counter[str], int]:
    """Kill `kills` processes and flush the queue `flushes` times at random moments, then let the night end."""
    chance, killed, up = random.Random(night.seed), Counter[str](), _start(data, night)
    blows = ["kill"] * kills + ["flush"] * flushes
    chance.shuffle(blows)
    while blows:
        time.sleep(chance.uniform(0.3, 2.5))
        if up.poll() == 0:
            raise RuntimeError(f"the night was over with {len(blows)} blows to come; play more TPS")
        if up.poll() is not None:
            up = _start(data, night)
        elif blows.pop() == "flush":
            _flush(data)
        else:
            killed[_kill_one(data, chance)] += 1
    if up.poll() is None:
        up.wait(1800)
    if up.returncode != 0:
        _spend(_start(data, night))
    return killed, flushes


def _kill_one(data: Path, chance: random.Random) -> str:
    """kill -9 a random living process of the night; answers its name."""
    while True:
        try:
            pids: dict[str, int] = json.loads((data / "pids.json").read_text())
        except (FileNotFoundError, ValueError):
            time.sleep(0.2)
            continue
        name = chance.choice(sorted(pids))
        try:
            os.kill(pids[name], signal.SIGKILL)
        except ProcessLookupError:
            time.sleep(0.2)
            continue
        return name


def _flush(data: Path) -> None:
    from redis import Redis
    from redis.exceptions import RedisError

    try:
        Redis(unix_socket_path=str(data / "valkey" / "valkey.sock")).flushall()
    except RedisError:
        return  # it was being killed just now, which is worse for it than a flush


def _outcome(data: Path) -> Outcome:
    with start_postgres(data / "pg") as database, start_valkey(data / "valkey") as queue:
        settings = Settings(data_dir=data, database_url=database.url, redis_url=queue.url)
        return asyncio.run(_read(settings, data))


async def _read(settings: Settings, data: Path) -> Outcome:
    async with await open_storage(settings) as storage:
        areas = _rows(await storage.pool.fetch(AREAS), 2)
        blocks = _rows(await storage.pool.fetch(BLOCKS), 3)
        ledger = [line for line in lines(data / "night" / "receipts.jsonl") if line.receipt is not None]
        contests = sorted({line.receipt.journal for line in ledger if line.receipt is not None})
        journals = {key: [entry async for entry in _all(storage.journal(key))] for key in contests}
    signer, troubles = load_public(data / "keys", "receipts"), []
    for key, entries in journals.items():
        found = check([line for line in ledger if line.receipt and line.receipt.journal == key], entries, signer)
        troubles += [f"acknowledged and missing: {receipt.kind} {key} {receipt.tps}" for receipt in found.missing]
        troubles += [f"receipt without proof: {client}" for client in found.unproven]
        troubles += [f"in the journal twice: {what}" for what in (*found.doubled, *map(str, found.shared))]
    troubles += _recount(journals["ppwp"], areas)
    return Outcome(areas, blocks, len(ledger), sum(map(len, journals.values())), tuple(troubles))


async def _all(journal: Journal) -> AsyncIterator[Entry]:
    after = 0
    while batch := await journal.read(after, 2000):
        for entry in batch:
            yield entry
        after = batch[-1].number


def _rows(rows: Iterable[asyncpg.Record], keys: int) -> dict[str, str]:
    return {"/".join(map(str, tuple(row)[:keys])): str(tuple(row)[keys:]) for row in rows}


def _recount(entries: list[Entry], areas: dict[str, str]) -> list[str]:
    """The nation's votes added up from the public leaves alone, against what was published."""
    last: dict[tuple[str, str], dict[str, object]] = {}
    for entry in entries:
        leaf = json.loads(entry.leaf)
        if leaf["kind"] in {"block_counted", "block_held", "block_corrected"}:
            last[leaf["tps"], leaf["block"]] = leaf
    sums: dict[str, list[int]] = defaultdict(list)
    for (_, block), leaf in last.items():
        if leaf["kind"] != "block_held":
            figures = [int(value or 0) for value in leaf["figures"]]  # type: ignore[attr-defined]
            sums[block] = [a + b for a, b in zip(sums[block], figures, strict=True)] if sums[block] else figures
    totals = sums["suara"] + sums["administrasi"]
    said = areas["ppwp/0"]
    return [] if str(totals) in said else [f"leaves add up to {totals}, published is {said}"]


def _compare(what: str, before: dict[str, str], after: dict[str, str]) -> list[str]:
    return [
        f"{what} {key}: {before.get(key)} in peace, {after.get(key)} under fire"
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    ]
