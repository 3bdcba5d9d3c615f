"""What schema `published` looks like, read from a database's own catalogue, as the statements that make it again.

So that a migration need not be written twice: a standby whose structure is another than the primary's is rebuilt.
"""

from hashlib import sha256

import asyncpg
from msgspec import Struct

_TABLES = """
select c.oid, c.relname as name,
    (select string_agg(format('%I %s%s', a.attname, format_type(a.atttypid, a.atttypmod),
                              case when a.attnotnull then ' not null' else '' end), ', ' order by a.attnum)
     from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
    (select pg_get_constraintdef(k.oid) from pg_constraint k where k.conrelid = c.oid and k.contype = 'p') as key
from pg_class c where c.relnamespace = 'published'::regnamespace and c.relkind = 'r' order by c.relname"""
_INDEXES = """
select pg_get_indexdef(i.indexrelid) from pg_index i join pg_class c on c.oid = i.indrelid
where c.relnamespace = 'published'::regnamespace and not i.indisprimary order by 1"""
_COLUMNS = """
select table_name, array_agg(column_name::text order by ordinal_position) from information_schema.columns
where table_schema = 'published' group by table_name"""


class Structure(Struct, frozen=True):
    """Statements, in order. `indexes` are made once the rows are there."""

    tables: tuple[str, ...]
    indexes: tuple[str, ...]

    @property
    def digest(self) -> str:
        """Changes when any of it does."""
        return sha256("\n".join((*self.tables, *self.indexes)).encode()).hexdigest()


async def read(line: asyncpg.Connection) -> Structure:
    """The structure of the database at the other end. Tables without a primary key could not be followed: KeyError."""
    tables = []
    for _, name, columns, key in await line.fetch(_TABLES):
        if key is None:
            raise KeyError(f"published.{name} has no primary key")
        tables.append(f'create table published."{name}" ({columns}, {key})')
    return Structure(tuple(tables), tuple(row[0] for row in await line.fetch(_INDEXES)))


async def columns(line: asyncpg.Connection) -> dict[str, list[str]]:
    """Table → its columns: all that ever leaves for the standby."""
    return {name: [*names] for name, names in await line.fetch(_COLUMNS)}
