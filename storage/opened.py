"""Storage, opened: the database at this release's schema, the queue's server, and the stores."""

import asyncio
from contextlib import AsyncExitStack
from functools import partial

import asyncpg
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from storage import connect, embedded
from storage.backend import backend
from storage.bell import Bell
from storage.intake.packs import Packs
from storage.journal import Journal
from storage.logs import LogFiles, open_logs, publish_policy, publish_receipt_key, read_policy
from storage.migrate import migrate
from storage.queue import Queue
from storage.scans import Store, open_store
from storage.seal.cabinet import Cabinet
from storage.seal.keys import Keys
from storage.settings import Settings
from tlog.policy import Policy


class Storage:
    """What every role is handed. Made by `open_storage`, closed by leaving `async with`."""

    def __init__(self, settings: Settings, url: str, pool: asyncpg.Pool, redis: Redis, stack: AsyncExitStack) -> None:
        self.settings = settings
        self.database_url = url
        self.pool = pool
        self.redis = redis
        keys = Keys(settings.data_dir / "keys" / "scans")
        if settings.scans_url is None:
            self.packs: Packs | None = Packs(settings.data_dir / "packs")
            self.cabinet = Cabinet(backend(settings.data_dir / "sealed"), "", keys)
            self.scans = open_store(settings.data_dir / "scans", "", self.packs, self.cabinet)
            self.artefacts, self.renditions = (
                open_store(settings.data_dir / name, "") for name in ("artefacts", "renditions")
            )
        else:
            self.packs = None  # others have this store too, so that it is the store that must have a photo
            self.cabinet = Cabinet(backend(settings.scans_url), "sealed", keys)
            self.scans = open_store(settings.scans_url, "scans", cabinet=self.cabinet)
            self.artefacts, self.renditions = (
                open_store(settings.scans_url, name) for name in ("artefacts", "renditions")
            )
        self._logs = open_logs(settings.logs_url or settings.data_dir / "public" / "log")
        self._bell = Bell(pool, partial(connect.connection, url, "suara listener"))
        self._log_files: dict[str, LogFiles] = {}
        self._journals: dict[str, Journal] = {}
        self._queues: dict[str, Queue] = {}
        self._stack = stack

    scans: Store
    artefacts: Store
    renditions: Store

    def journal(self, name: str) -> Journal:
        """The journal of a contest, or `umum`; one object a name, so that its writers share their commits."""
        if name not in self._journals:
            writer = partial(connect.connection, self.database_url, f"suara writer {name}", connect.WRITER)
            self._journals[name] = Journal(name, self.pool, self._bell, writer)
        return self._journals[name]

    def log(self, name: str) -> LogFiles:
        """The public log of the journal of this name."""
        if name not in self._log_files:
            self._log_files[name] = LogFiles(self._logs, name)
        return self._log_files[name]

    def publish_policy(self, text: str) -> None:
        """Puts the policy, by which outsiders judge our heads, beside the logs. Blocking."""
        publish_policy(self._logs, text)

    def publish_receipt_key(self, text: str) -> None:
        """Puts the public key of first-stage receipts, by which officers judge theirs, beside the logs. Blocking."""
        publish_receipt_key(self._logs, text)

    def log_policy(self) -> Policy | None:
        """That policy, None before it was published. Blocking."""
        return read_policy(self._logs)

    def queue(self, name: str) -> Queue:
        """The work queue of this name."""
        if name not in self._queues:
            self._queues[name] = Queue(self.redis, name)
        return self._queues[name]

    async def close(self) -> None:
        """Waits for appends in flight, hangs up, and stops the servers that this object started."""
        await asyncio.gather(*(journal.close() for journal in self._journals.values()))
        await self._bell.close()
        if self.packs is not None:
            self.packs.close()
        await self._stack.aclose()

    async def __aenter__(self) -> "Storage":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


async def open_storage(settings: Settings) -> Storage:
    """Connects, starting embedded servers where no address is given, and migrates.

    Servers of this data folder that another living process runs are used, not started twice. Raises ServerMissing,
    ServerFailed, MigrationChanged.
    """
    async with AsyncExitStack() as stack:
        database_url, redis_url = _addresses(settings, stack)
        await _migrated(database_url)
        pool = await connect.pool(database_url)
        stack.push_async_callback(_close_pool, pool)
        redis = Redis.from_url(
            redis_url,
            socket_connect_timeout=5,
            health_check_interval=15,
            retry=Retry(ExponentialBackoff(cap=0.5, base=0.02), 3),
            retry_on_error=[RedisConnectionError, RedisTimeoutError],
        )
        stack.push_async_callback(redis.aclose)
        return Storage(settings, database_url, pool, redis, stack.pop_all())
    raise AssertionError("unreachable")


def _addresses(settings: Settings, stack: AsyncExitStack) -> tuple[str, str]:
    """Database and Redis addresses. Must run in the main thread where a server has to be started."""
    database_url, redis_url = settings.database_url, settings.redis_url
    if database_url is None:
        server = embedded.start_postgres(settings.data_dir / "pg", share=True)
        stack.callback(server.stop)
        database_url = server.url
    if redis_url is None:
        server = embedded.start_valkey(settings.data_dir / "valkey", share=True)
        stack.callback(server.stop)
        redis_url = server.url
    return database_url, redis_url


async def _migrated(url: str) -> None:
    line = await connect.connection(url, "suara migration", {"lock_timeout": "30s"})
    try:
        await migrate(line)
    finally:
        await line.close()


async def _close_pool(pool: asyncpg.Pool) -> None:
    try:
        await asyncio.wait_for(pool.close(), 2)
    except TimeoutError:
        pool.terminate()
