"""Connections to PostgreSQL with the limits that keep one stuck client from stopping the others."""

import asyncio
from typing import Any

import asyncpg

LOST = (
    OSError,
    TimeoutError,
    asyncio.TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # cancelled, shutting down, not yet up
    asyncpg.InsufficientResourcesError,  # disk full, too many connections
    asyncpg.TransactionRollbackError,  # deadlock, serialisation
    asyncpg.LockNotAvailableError,
    asyncpg.InvalidTransactionStateError,  # timed out while idle in, or for the whole of, a transaction
    asyncpg.InternalClientError,
)
"""What trying again may mend. Whether the statement took effect is unknown."""

_LIMITS = {
    "timezone": "UTC",
    "jit": "off",
    "default_transaction_isolation": "read committed",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "5s",
    "transaction_timeout": "60s",
    "tcp_user_timeout": "10s",
}
POOLED = {"idle_in_transaction_session_timeout": "15s", "transaction_timeout": "10min"}
"""For reads and for the transactions of roles, which touch no journal's head: a nation's cut takes its time."""

WRITER = {"lock_timeout": "3s", "transaction_timeout": "5s"}
"""For the connection that appends: its only transaction is one statement of some milliseconds."""


async def pause(seconds: float) -> None:
    """Waits before something is tried again, unless this task was told to end meanwhile: then raises CancelledError.

    Where a cancelled statement's clean-up fails too, only that failure is seen, and a loop that survives it would
    never end.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
    await asyncio.sleep(seconds)


async def pool(url: str, size: int = 10) -> asyncpg.Pool:
    """A pool for reads and for the transactions of roles."""
    return await asyncpg.create_pool(
        url, min_size=1, max_size=size, command_timeout=60, timeout=10, server_settings=_settings("suara", POOLED)
    )


async def connection(url: str, name: str, limits: dict[str, str] | None = None) -> asyncpg.Connection:
    """A connection of its own; `name` is what the server's list of activity shows."""
    return await asyncpg.connect(url, timeout=10, command_timeout=10, server_settings=_settings(name, limits or {}))


def _settings(name: str, limits: dict[str, str]) -> dict[str, Any]:
    return {"application_name": name, **_LIMITS, **limits}
