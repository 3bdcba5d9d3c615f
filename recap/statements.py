"""The statements that write rows of schema `published`, one for each type of row.

Rows are handed over as JSON in one parameter: encoding them costs next to nothing, and arrays of different lengths fit.
A statement writes what is not so already, and answers how many rows it put right that no event explains.
"""

from collections.abc import Sequence
from typing import NamedTuple

from recap.rows import AreaRow, BlockRow, DapilRow, PageRow, VersionRow


class Table(NamedTuple):
    """Where rows of a type go: the table's name, its key beside the contest, and its columns with their types."""

    name: str
    key: Sequence[str]
    columns: str

    @property
    def statement(self) -> str:
        """$1 the contest, $2 the number of the cut that stands, $3 the rows."""
        names = [column.split()[0] for column in self.columns.split(", ")]
        key = [*self.key]
        changed = ", ".join(f"{name} = excluded.{name}" for name in names if name not in key)
        return f"""
with written as (
    insert into published.{self.name} as p (contest, {", ".join(names)})
    select $1, r.* from json_to_recordset($3::json) as r ({self.columns})
    on conflict (contest, {", ".join(key)}) do update set {changed} where p is distinct from excluded
    returning p.number)
select count(*) from written where number > 0 and number <= $2"""  # noqa: S608 — names are this module's own


TABLES: dict[type, Table] = {
    AreaRow: Table(
        "area",
        ("kode",),
        "kode text, tingkat smallint, number bigint, tps int, tps_counted int, tps_held int, tps_waiting int, "
        "adm_counted int, adm_held int, totals bigint[], held bigint[], residuals bigint[], fields_own boolean, "
        "versions int, final int",
    ),
    DapilRow: Table("dapil", ("dapil",), "dapil text, number bigint, tps int, tps_counted int, totals bigint[]"),
    BlockRow: Table(
        "block",
        ("tps", "block"),
        "tps text, block text, state text, number bigint, decision bigint, figures int[], read int[], reasons text[], "
        "warnings text[], at text, version int",
    ),
    VersionRow: Table(
        "version",
        ("tps", "version", "block"),
        "tps text, version int, block text, state text, figures int[], number bigint, at text, ground text, "
        "order_ref text",
    ),
    PageRow: Table(
        "page",
        ("tps", "page"),
        "tps text, page smallint, number bigint, scan bigint, sha256 text, rendition text, state text, fault text, "
        "quality smallint, at text, likeness text",
    ),
}
"""Type of row → its table."""

STATEMENTS: dict[type, str] = {kind: table.statement for kind, table in TABLES.items()}
