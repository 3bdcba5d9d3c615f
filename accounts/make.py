"""The accounts of a bundle, 1.8 million for a nation: made in one go, each with a first code that is written once."""

import asyncio
import secrets
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import asyncpg
import numpy as np
from msgspec import Struct

from accounts.errors import CodesDoNotNest
from election.bundle import Bundle
from election.clock import Clock, stamp
from election.codes import NATION_CODE
from election.event import AccountsMade
from election.region import Tree
from identity import code
from identity.account import Account
from identity.role import SEATS, Role
from storage import durable
from storage.connect import POOLED, connection
from storage.journal import UMUM, Draft
from storage.opened import Storage

LEVEL: dict[Role, int] = {
    Role.HELPDESK: 0,
    Role.KPU_RI: 0,
    Role.KPU_PROVINSI: 1,
    Role.KPU_KABKOTA: 2,
    Role.PPK: 3,
    Role.PPS: 4,
}
"""Of the areas that have such accounts; KPPS have the TPS themselves."""

HEADER = b"account,code\n"
AT_ONCE = 20_000
"""Accounts made between two turns of the event loop."""

Row = tuple[str, str, bytes]


class Made(Struct, frozen=True):
    """How many accounts of each role there are new, and where their codes were written."""

    accounts: dict[str, int]
    codes: Path


def everyone(tree: Tree) -> Iterator[Account]:
    """Every account of an election, from the nation down. Raises CodesDoNotNest."""
    check_codes(tree)
    for role, level in LEVEL.items():
        for area in tree.level(level):
            yield from seats(role, tree.kode(area))
    for tps in tree.tps_kodes.tolist():
        yield from seats(Role.KPPS, tps.decode())


def seats(role: Role, area: str) -> list[Account]:
    """The accounts of one area."""
    return [Account(role, area, seat) for seat in range(1, SEATS[role] + 1)]


def check_codes(tree: Tree) -> None:
    """That a code begins with its area's code, everywhere. Raises CodesDoNotNest."""
    parents = tree.kodes[np.maximum(tree.parent, 0)]
    for kodes, above in ((tree.kodes, parents), (tree.tps_kodes, tree.kodes[tree.tps_parent])):
        odd = np.flatnonzero(~np.char.startswith(kodes, above) & (above != NATION_CODE.encode()))
        if len(odd):
            raise CodesDoNotNest(kode=bytes(kodes[odd[0]]).decode(), parent=bytes(above[odd[0]]).decode())


async def make(bundle: Bundle, storage: Storage, codes: Path, secret: bytes, clock: Clock) -> Made:
    """Makes the accounts that the bundle has and the database lacks, all or none, and writes their codes to `codes`.

    Args:
        codes: a file that must not exist; CSV `account,code`, readable by its owner only.
        secret: 32 bytes, what codes are kept under.

    Raises:
        CodesDoNotNest; FileExistsError; OSError where the file cannot be written: then nothing was made.
    """
    unfinished = codes.with_name(f"{codes.name}.part")
    line = await connection(storage.database_url, "suara accounts make", POOLED | {"transaction_timeout": "0"})
    try:
        await _left_over(codes, unfinished, line)
        with _private(codes, unfinished) as file:
            async with line.transaction():
                made = await _copy(bundle.tree, line, file, secret)
                await asyncio.to_thread(_finish, file)
        _rename(unfinished, codes)  # only now are they good: a crash before leaves them under the other name
    finally:
        await line.close()
    event = AccountsMade(tps=NATION_CODE, at=stamp(clock()), accounts=made)
    if made:
        await storage.journal(UMUM).append(Draft(event=event))
    return Made(made, codes)


async def _copy(tree: Tree, line: asyncpg.Connection, file: BinaryIO, secret: bytes) -> dict[str, int]:
    known = {name for (name,) in await line.fetch("select name from accounts.account")}
    counts: Counter[str] = Counter()
    rows: list[Row] = []
    for account in everyone(tree):
        if account.name in known:
            continue
        counts[account.role] += 1
        rows.append(_row(account, file, secret))
        if len(rows) == AT_ONCE:
            await _put(line, rows)
            rows = []
    await _put(line, rows)
    return {str(role): count for role, count in counts.items()}


async def _put(line: asyncpg.Connection, rows: list[Row]) -> None:
    await line.copy_records_to_table(
        "account", schema_name="accounts", columns=["name", "area", "code"], records=rows, timeout=None
    )


def _row(account: Account, file: BinaryIO, secret: bytes) -> Row:
    name, fresh = account.name, code.make(secrets.token_bytes(code.SYMBOLS))
    file.write(f"{name},{fresh}\n".encode())
    return name, account.area, code.digest(secret, name, fresh)


async def _left_over(codes: Path, unfinished: Path, line: asyncpg.Connection) -> None:
    """What a run that was killed left: its codes, where its accounts were committed; else nothing of worth."""
    first = _first(unfinished, codes)
    if first is not None and await line.fetchval("select 1 from accounts.account where name = $1", first):
        _rename(unfinished, codes)


def _first(unfinished: Path, codes: Path) -> str | None:
    """The first account in an unfinished file of codes; None where there is none, or a finished one beside it."""
    if codes.exists() or not unfinished.exists():
        return None
    with unfinished.open() as file:
        file.readline()
        return file.readline().partition(",")[0]


def _rename(unfinished: Path, codes: Path) -> None:
    unfinished.rename(codes)
    durable.sync_folder(codes.parent)


def _private(codes: Path, unfinished: Path) -> BinaryIO:
    if codes.exists():
        raise FileExistsError(17, "exists already, and codes are written once", str(codes))
    unfinished.unlink(missing_ok=True)
    unfinished.touch(mode=0o600, exist_ok=False)
    file = unfinished.open("wb")
    file.write(HEADER)
    return file


def _finish(file: BinaryIO) -> None:
    file.flush()
    durable.sync_file(Path(file.name))
