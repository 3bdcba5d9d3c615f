"""The rows that a log comes to, put into schema `published` of a primary: what `bench_standby` checks again."""

import tempfile
from pathlib import Path

import asyncpg
import numpy as np

from election.bundle import Bundle
from election.event import AreaConfirmed, ResultDetermined
from election.record import Record
from publisher.ballots import Ballots
from publisher.standby import compared, leaves
from publisher.standby.parted import Parted
from publisher.standby.recount import Recount, Sums
from storage.logs import LogFiles, open_logs, read_policy

BLOCK = ("state", "number", "decision", "figures", "read", "reasons", "warnings", "at", "version")


async def publish(line: asyncpg.Connection, bundle: Bundle, key: str, folder: Path) -> int:
    """Writes the rows of the log below `folder`; answers how many entries it has."""
    files = LogFiles(open_logs(folder), key)
    head = leaves.head(files, read_policy(open_logs(folder)), key, 0)
    ballots = Ballots(bundle, key)
    with tempfile.TemporaryDirectory() as place:
        aside = Parted(Path(place), bundle.tree, head.size)
        for first, found in leaves.entries(files, head, key):
            aside.put(first, found)
        closed = {
            kode: max(one.number for one in some if isinstance(one.event, AreaConfirmed | ResultDetermined))
            for kode, some in aside.rulings.items()
        }
        recount = Recount(bundle, key, closed)
        for part in range(aside.parts):
            records = {}
            for row, own in aside.take(part).items():
                records[row] = aside.fold(row, own, ballots.of_tps(row).layout)
            await _blocks(line, bundle, key, records)
            sums = [pair for area in aside.kelurahan(part) for pair in recount.kelurahan(area, records)]
            await _areas(line, bundle, key, sums)
    await line.execute("insert into published.cut values ($1, $2, 'now', $2)", key, head.size)
    return head.size


async def _blocks(line: asyncpg.Connection, bundle: Bundle, key: str, records: dict[int, Record]) -> None:
    rows = [
        (key, record.tps, block.name, *(told[name] for name in BLOCK))
        for record in records.values()
        for block, told in zip(record.blocks, compared.told(record), strict=True)
    ]
    columns = ("contest", "tps", "block", *BLOCK)
    await line.copy_records_to_table("block", records=rows, columns=columns, schema_name="published")


async def _areas(line: asyncpg.Connection, bundle: Bundle, key: str, closed: list[tuple[int, Sums]]) -> None:
    rows = [
        (
            key, bundle.tree.kode(area), bundle.tree.tingkat(area), sums.number, sums.tps, sums.counted, sums.waits,
            sums.tps - sums.counted - sums.waits, sums.adm_counted, sums.adm_held, sums.totals.tolist(),
            sums.held.tolist(), np.ravel(sums.residuals).tolist(), True, sums.versions, sums.final,
        )
        for area, sums in closed
    ]  # fmt: skip
    columns = (
        "contest", "kode", "tingkat", "number", "tps", "tps_counted", "tps_held", "tps_waiting", "adm_counted",
        "adm_held", "totals", "held", "residuals", "fields_own", "versions", "final",
    )  # fmt: skip
    await line.copy_records_to_table("area", records=rows, columns=columns, schema_name="published")
