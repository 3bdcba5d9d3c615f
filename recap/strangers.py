"""Published rows that no cut has written: found by who wrote them last, whatever they say.

PostgreSQL keeps with every row the transaction that wrote it, and each cut leaves its own in `watch.writer`. So a
nation's rows are looked through in seconds, without comparing a figure. What is found is taken away, and written anew,
by the next cut; so is everything after a restore from a copy, once.
"""

from collections.abc import Mapping, Sequence

import asyncpg

Strange = Mapping[str, Sequence[str]]
"""Table → codes of TPS, areas or dapil with rows that no cut has written."""

OURS = """
insert into watch.writer select $1, xid::text::bigint, xid from (select pg_current_xact_id()::xid as xid) this
on conflict do nothing"""
"""Said in every transaction that writes published rows of contest $1."""

TABLES = {"area": "kode", "dapil": "dapil", "block": "tps", "version": "tps", "page": "tps"}
"""Table → what tells whose row it is."""

MOST = 10_000
"""Rows that one look answers; the next one goes on."""

_FIND = """
select '{table}' as place, {key} as kode from published.{table} p where contest = $1 and not exists (
    select from watch.writer w where w.contest = $1 and w.xid = p.xmin)"""

_FOUND = " union ".join(_FIND.format(table=table, key=key) for table, key in TABLES.items()) + " limit $2"

_CLEAR = """
delete from published.{table} p where contest = $1 and {key} = any($2) and not exists (
    select from watch.writer w where w.contest = $1 and w.xid = p.xmin)"""


async def found(pool: asyncpg.Pool, contest: str) -> Strange:
    """Rows that no cut has written."""
    told: dict[str, list[str]] = {}
    for row in await pool.fetch(_FOUND, contest, MOST):
        told.setdefault(row["place"], []).append(row["kode"])
    return told


async def clear(line: asyncpg.Connection, contest: str, rows: Strange) -> None:
    """Takes the rows away, within the transaction of the cut that writes them anew."""
    for table, kodes in rows.items():
        await line.execute(_CLEAR.format(table=table, key=TABLES[table]), contest, list(kodes))
