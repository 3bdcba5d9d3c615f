"""Brings a database to the schema of this release: `migrations/*.sql` in order, each once, each as it was written."""

from hashlib import sha256
from importlib import resources

import asyncpg

from storage.errors import MigrationChanged

LOCK = 0x5355415241  # "SUARA"
LEDGER = """
create table if not exists public.migration (
    name text primary key, sha256 text not null, at timestamptz not null default now()
)"""


def migrations() -> list[tuple[str, str]]:
    """Name and SQL of every migration of this release, in order."""
    folder = resources.files("storage") / "migrations"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return [(name, (folder / name).read_text(encoding="utf-8")) for name in names]


async def migrate(connection: asyncpg.Connection, steps: list[tuple[str, str]] | None = None) -> list[str]:
    """Runs what this database lacks and returns the names that ran, all in one transaction or none.

    Raises MigrationChanged where a step that ran here once reads differently now.
    """
    ran = []
    async with connection.transaction():
        await connection.execute("set local lock_timeout = '30s'")
        await connection.execute("set local transaction_timeout = 0")
        await connection.execute("select pg_advisory_xact_lock($1)", LOCK)
        await connection.execute(LEDGER)
        known = dict(await connection.fetch("select name, sha256 from public.migration"))
        for name, sql in migrations() if steps is None else steps:
            digest = sha256(sql.encode()).hexdigest()
            if known.get(name, digest) != digest:
                raise MigrationChanged(name=name)
            if name not in known:
                await connection.execute(sql)
                await connection.execute("insert into public.migration (name, sha256) values ($1, $2)", name, digest)
                ran.append(name)
    return ran
