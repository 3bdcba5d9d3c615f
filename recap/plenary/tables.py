"""The published tables of the manual recapitulation (migration 0009), written within a cut. What the rows say is known
by `entered` and `judged`; when they are written, by `companion`."""

from collections.abc import Mapping

import asyncpg
import msgspec

from election.event import ResultDetermined
from recap.plenary.entered import Dispute, Printed, Ruled
from recap.plenary.judged import Differing, Verdict

_RECAP = """
insert into published.recap as p (contest, kode, of, number, figures, document, source, role, at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (contest, kode, of) do update set number = excluded.number, figures = excluded.figures,
    document = excluded.document, source = excluded.source, role = excluded.role, at = excluded.at
where p.number < excluded.number"""

_CLEAR = "delete from published.difference where contest = $1 and kode = $2"
_DIFFERENCE = """
insert into published.difference (contest, kode, of, rule, against, field, ours, theirs, number)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"""

_PLENARY = """
insert into published.plenary as p
    (contest, kode, number, columns, entered, tps, tps_settled, tps_final, differing, confirmed, upto, stands)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
on conflict (contest, kode) do update set number = excluded.number, columns = excluded.columns,
    entered = excluded.entered, tps = excluded.tps, tps_settled = excluded.tps_settled, tps_final = excluded.tps_final,
    differing = excluded.differing, confirmed = excluded.confirmed, upto = excluded.upto, stands = excluded.stands
where p is distinct from excluded"""

_DETERMINATION = """
insert into published.determination as p
    (contest, kode, number, sk, date, sk_sha256, ba_sha256, upto, totals, at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict (contest, kode) do update set number = excluded.number, sk = excluded.sk, date = excluded.date,
    sk_sha256 = excluded.sk_sha256, ba_sha256 = excluded.ba_sha256, upto = excluded.upto, totals = excluded.totals,
    at = excluded.at
where p.number < excluded.number"""

_DISPUTE = """
insert into published.dispute as p
    (contest, number, kode, block, forum, cause, reference, status, follow_up, documents, moved, at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
on conflict (contest, number) do update set status = excluded.status, follow_up = excluded.follow_up,
    documents = excluded.documents, moved = excluded.moved, at = excluded.at
where p.moved < excluded.moved"""


async def columns(line: asyncpg.Connection, contest: str, kode: str, entered: Mapping[str, Printed]) -> None:
    """What a document prints, column by column."""
    rows = []
    for of, printed in entered.items():
        told = printed.told
        figures = msgspec.json.encode(told.figures).decode()
        rows.append((contest, kode, of, printed.number, figures, told.document, told.source, told.role, told.at))
    await line.executemany(_RECAP, rows)


async def verdict(
    line: asyncpg.Connection,
    contest: str,
    kode: str,
    found: Verdict,
    columns: Mapping[str, Printed],
    confirmed: Ruled | None,
    stands: bool,
) -> None:
    """How a document stands. A row's number is that of the last event in either side of it."""
    await line.execute(_CLEAR, contest, kode)
    rows = [_difference(contest, kode, row, max(found.number, columns[row.of].number)) for row in found.rows]
    await line.executemany(_DIFFERENCE, rows)
    replaced, upto = (0, 0) if confirmed is None else (confirmed.number, confirmed.event.upto)
    number = max(found.number, replaced, *(printed.number for printed in columns.values()))
    counts = (found.columns, found.entered, found.tps, found.settled, found.final, len(found.rows))
    await line.execute(_PLENARY, contest, kode, number, *counts, replaced, upto, stands)


async def determination(line: asyncpg.Connection, contest: str, kode: str, ruled: Ruled) -> None:
    """The decision by which an area's result was closed."""
    event: ResultDetermined = ruled.event
    said = (event.number, event.date, event.sk, event.ba, event.upto, list(event.totals), event.at)
    await line.execute(_DETERMINATION, contest, kode, ruled.number, *said)


async def dispute(line: asyncpg.Connection, contest: str, number: int, found: Dispute) -> None:
    """A dispute and where it stands."""
    opened, last = found.opened, found.moves[-1] if found.moves else None
    documents = [*opened.documents, *(sha for move in found.moves for sha in move.documents)]
    await line.execute(
        _DISPUTE, contest, number, opened.tps, opened.block, opened.forum, opened.cause, opened.reference,
        "registered" if last is None else last.status, None if last is None else last.follow_up, documents,
        found.moved, (last or opened).at,
    )  # fmt: skip


def _difference(contest: str, kode: str, row: Differing, number: int) -> tuple[object, ...]:
    return contest, kode, row.of, row.rule, row.against, row.field, row.ours, row.theirs, number
