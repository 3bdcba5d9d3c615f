"""The statements that write rows of schema `published`, each row type's own, and how its columns are handed over.

A statement writes what is not so already, and answers how many rows it put right that no event explains.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from recap.rows import AreaRow, BlockRow, DapilRow, PageRow, VersionRow

Value = object
Columns = list[Sequence[Value]]


class Table(NamedTuple):
    """One table: its statement, and the columns of rows as its parameters after the contest and the cut that stands."""

    statement: str
    columns: Callable[[Sequence[Any]], Columns]


def _statement(table: str, key: Sequence[str], columns: dict[str, str]) -> str:
    """`columns`: name → type. An array comes as text: those of different lengths fit no other parameter."""
    names = list(columns)
    given = ", ".join(f"${n}::{'text' if t.endswith('[]') else t}[]" for n, t in enumerate(columns.values(), 3))
    taken = ", ".join(f"{name}::{t}" if t.endswith("[]") else name for name, t in columns.items())
    changed = ", ".join(f"{name} = excluded.{name}" for name in names if name not in key)
    return f"""
with written as (
    insert into published.{table} as p (contest, {", ".join(names)})
    select $1, {taken} from unnest({given}) as r ({", ".join(names)})
    on conflict (contest, {", ".join(key)}) do update set {changed} where p is distinct from excluded
    returning p.number)
select count(*) from written where number > 0 and number <= $2"""  # noqa: S608 — names are this module's own


def _table(
    table: str, key: Sequence[str], columns: dict[str, str], types: dict[str, Callable[[Any], str | None]]
) -> Table:
    names = list(columns)

    def taken(rows: Sequence[Any]) -> Columns:
        return [_column([getattr(row, name) for row in rows], types.get(columns[name])) for name in names]

    return Table(_statement(table, key, columns), taken)


def _column(values: list[Any], text: Callable[[Any], str | None] | None) -> Sequence[Value]:
    return values if text is None else list(map(text, values))


def numbers(values: Sequence[int | None] | None) -> str | None:
    """An array of whole numbers as PostgreSQL reads it from text."""
    return None if values is None else "{" + str(list(values))[1:-1].replace("None", "NULL") + "}"


def words(values: Iterable[str] | None) -> str | None:
    """An array of texts as PostgreSQL reads it from text."""
    return None if values is None else "{" + ",".join(map(_quoted, values)) + "}"


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


_TEXTS: dict[str, Callable[[Any], str | None]] = {"bigint[]": numbers, "int[]": numbers, "text[]": words}

TABLES: dict[type, Table] = {
    AreaRow: _table(
        "area",
        ("kode",),
        {
            "kode": "text", "tingkat": "smallint", "number": "bigint", "tps": "int", "tps_counted": "int",
            "tps_held": "int", "tps_waiting": "int", "adm_counted": "int", "adm_held": "int", "totals": "bigint[]",
            "held": "bigint[]", "residuals": "bigint[]", "fields_own": "boolean", "versions": "int", "final": "int",
        },
        _TEXTS,
    ),
    DapilRow: _table(
        "dapil",
        ("dapil",),
        {"dapil": "text", "number": "bigint", "tps": "int", "tps_counted": "int", "totals": "bigint[]"},
        _TEXTS,
    ),
    BlockRow: _table(
        "block",
        ("tps", "block"),
        {
            "tps": "text", "block": "text", "state": "text", "number": "bigint", "decision": "bigint",
            "figures": "int[]", "read": "int[]", "reasons": "text[]", "warnings": "text[]", "at": "text",
            "version": "int",
        },
        _TEXTS,
    ),
    VersionRow: _table(
        "version",
        ("tps", "version", "block"),
        {
            "tps": "text", "version": "int", "block": "text", "state": "text", "figures": "int[]", "number": "bigint",
            "at": "text", "ground": "text", "order_ref": "text",
        },
        _TEXTS,
    ),
    PageRow: _table(
        "page",
        ("tps", "page"),
        {
            "tps": "text", "page": "smallint", "number": "bigint", "scan": "bigint", "sha256": "text",
            "rendition": "text", "state": "text", "fault": "text", "quality": "smallint", "at": "text",
        },
        _TEXTS,
    ),
}  # fmt: skip
"""Row type → its table."""
