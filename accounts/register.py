"""The register: which account has which code open and which device enrolled. Every change is an event in `umum`.

An event is appended before the change commits, under the account's row lock: where the database is lost in between,
doing the same again comes out the same. Rights are checked by whoever calls.
"""

import hmac
import secrets
from datetime import datetime, timedelta
from hashlib import sha256

import asyncpg
from msgspec import Struct

from accounts.errors import NoSuchAccount
from election.clock import Clock, stamp
from election.event import AccountEvent, CodeIssued, CodeWithdrawn, DeviceEnrolled, DeviceRevoked, device_commitment
from identity import b64, code
from identity.account import Account
from identity.errors import CodeWrong, KeyTaken, TooManyTries
from storage.journal import Draft, Journal

FREE_TRIES = 20
"""Wrong codes and passwords that an account takes without delay; names are public, so a lock would let anyone lock
an officer out."""

SLOW = timedelta(seconds=10)
"""Between two tries after these. A million accounts tried so for a month hit one with a chance of 1 in 100."""

SERVER = "server"
"""Who did what was done by a command on the machine itself."""


class Actor(Struct, frozen=True):
    """Who issues a code or revokes a device: role, and account where there is one."""

    role: str = SERVER
    account: str = ""


class Standing(Struct, frozen=True):
    """How an account stands."""

    account: Account
    code_open: bool
    enrolled: datetime | None  # of the device that speaks for it now
    revoked: datetime | None  # of the last one that did before
    desk: bool  # has a password for the desk


class Register:
    """Accounts and devices of one installation. `secret`: 32 bytes, what codes are kept under."""

    def __init__(self, pool: asyncpg.Pool, journal: Journal, secret: bytes, clock: Clock) -> None:
        self._pool, self._journal, self._secret, self._clock = pool, journal, secret, clock

    async def enrol(self, account: Account, typed: str, key: str) -> None:
        """Spends the account's code on the device with this thumbprint; the same again changes nothing.

        Raises CodeMalformed, CodeWrong, TooManyTries, KeyTaken.
        """
        digest = code.digest(self._secret, account.name, code.read(typed))
        async with self._pool.acquire() as line:
            async with line.transaction():
                refusal = await self._enrol(line, account, digest, key)
            if refusal is not None:  # raised out here, so that the count of tries is committed
                raise refusal

    async def opens(self, account: Account, typed: str) -> None:
        """That this is the account's open code, which stays open: before work that costs more. Raises as `enrol`."""
        digest = code.digest(self._secret, account.name, code.read(typed))
        async with self._pool.acquire() as line:
            async with line.transaction():
                wrong = await self._try(line, account, digest)
            if wrong is not None:
                raise wrong

    async def set_password(self, account: Account, typed: str, password: str) -> None:
        """Spends the account's code on a password for the desk (an argon2 hash). Raises as `enrol`."""
        digest = code.digest(self._secret, account.name, code.read(typed))
        async with self._pool.acquire() as line:
            async with line.transaction():
                wrong = await self._try(line, account, digest)
                if wrong is None:
                    await line.execute(
                        "update accounts.account set password = $2, since = $3, code = null where name = $1",
                        account.name, password, self._clock(),
                    )  # fmt: skip
            if wrong is not None:
                raise wrong

    async def password(self, name: str) -> tuple[str, datetime] | None:
        """The argon2 hash of a desk account, and since when it is the one; None where it has none."""
        row = await self._pool.fetchrow("select password, since from accounts.account where name = $1", name)
        return (row["password"], row["since"]) if row and row["password"] else None

    async def try_password(self, name: str) -> str | None:
        """The argon2 hash that a password is to be held against, None where there is none.

        The try counts as a wrong one until `proven`: many that are made at once are counted before any is judged.
        Raises NoSuchAccount, TooManyTries.
        """
        async with self._pool.acquire() as line, line.transaction():
            row = await line.fetchrow(
                "select password, tries, tried from accounts.account where name = $1 for update", name
            )
            if row is None:
                raise NoSuchAccount(name=name)
            if self._slow(row):
                raise TooManyTries(seconds=int(SLOW.total_seconds()))
            await line.execute(_WRONG, name, self._clock())
        return str(row["password"]) if row["password"] else None

    async def proven(self, name: str) -> None:
        """Forgets the wrong tries after a good one."""
        await self._pool.execute("update accounts.account set tries = 0 where name = $1", name)

    async def reissue(self, account: Account, by: Actor) -> str:
        """A new activation code, said once; code and device from before are good for nothing any more, nor is the
        desk's password where it is somebody else who asks. Raises NoSuchAccount.
        """
        fresh = code.make(secrets.token_bytes(code.SYMBOLS))
        async with self._pool.acquire() as line, line.transaction():
            await self._locked(line, account)
            await self._end_device(line, account, by)
            await self._tell(CodeIssued, account, by)
            await line.execute(
                _OPEN, account.name, code.digest(self._secret, account.name, fresh), by.account == account.name
            )
        return fresh

    async def revoke(self, account: Account, by: Actor) -> bool:
        """Ends device, open code and, as `reissue`, password; whether there was a device.

        Raises NoSuchAccount.
        """
        async with self._pool.acquire() as line, line.transaction():
            if await self._locked(line, account):
                await line.execute(_OPEN, account.name, None, by.account == account.name)
                await self._tell(CodeWithdrawn, account, by)
            return await self._end_device(line, account, by)

    async def standings(self, area: str) -> list[Standing]:
        """How every account of exactly this area stands, by name."""
        return [_standing(row) for row in await self._pool.fetch(_STANDINGS, area)]

    async def enrolments(self, areas: list[str]) -> dict[str, int]:
        """How many accounts of each of these areas have a device, 0 left out."""
        return dict(await self._pool.fetch(_ENROLMENTS, areas))

    async def _enrol(self, line: asyncpg.Connection, account: Account, digest: bytes, key: str) -> Exception | None:
        refusal = await self._try(line, account, digest)
        if refusal is None:
            await self._enrolled(line, account, digest, key)
            return None
        again = await line.fetchval(
            "select 1 from accounts.device where key = $1 and account = $2 and code = $3 and revoked is null",
            key, account.name, digest,
        )  # fmt: skip
        return None if again else refusal  # the answer was lost on its way, and the phone asks again

    async def _try(self, line: asyncpg.Connection, account: Account, digest: bytes) -> Exception | None:
        """Judges a code under the account's row lock: None where it is the open one; wrong ones are counted."""
        row = await line.fetchrow(
            "select code, tries, tried from accounts.account where name = $1 for update", account.name
        )
        if row is None:
            return CodeWrong()
        if self._slow(row):
            return TooManyTries(seconds=int(SLOW.total_seconds()))
        if row["code"] is not None and hmac.compare_digest(row["code"], digest):
            return None
        await line.execute(_WRONG, account.name, self._clock())
        return CodeWrong()

    def _slow(self, row: asyncpg.Record) -> bool:
        """Whether the account's next try comes too soon."""
        return row["tries"] >= FREE_TRIES and self._clock() < row["tried"] + SLOW

    async def _enrolled(self, line: asyncpg.Connection, account: Account, digest: bytes, key: str) -> None:
        if await line.fetchval("select 1 from accounts.device where key = $1", key):
            raise KeyTaken()
        itself = Actor(account.role, account.name)
        await self._end_device(line, account, itself)
        await line.execute("update accounts.account set code = null, tries = 0 where name = $1", account.name)
        try:
            await line.execute(
                "insert into accounts.device (key, account, code, enrolled) values ($1, $2, $3, $4)",
                key, account.name, digest, self._clock(),
            )  # fmt: skip
        except asyncpg.UniqueViolationError:
            raise KeyTaken() from None
        await self._tell(DeviceEnrolled, account, itself, key)

    async def _end_device(self, line: asyncpg.Connection, account: Account, by: Actor) -> bool:
        key = await line.fetchval(
            "select key from accounts.device where account = $1 and revoked is null", account.name
        )
        if key is None:
            return False
        await line.execute("update accounts.device set revoked = $2 where key = $1", key, self._clock())
        await self._tell(DeviceRevoked, account, by, key)
        return True

    async def _tell(self, kind: type[AccountEvent], account: Account, by: Actor, key: str = "") -> None:
        """Appends the event. A device is enrolled and revoked once, however often it is tried."""
        salt = self._salt(key or account.name)
        event = kind(
            tps=account.area, at=stamp(self._clock()), role=account.role, by=by.role, salt=salt, account=account.name,
            key=key, actor=by.account, commitment=device_commitment(salt, account.name, key),
        )  # fmt: skip
        once = str(kind.__struct_config__.tag).encode() + b64.decode_url(key) if key else None
        await self._journal.append(Draft(event=event, key=once))

    def _salt(self, of: str) -> str:
        """32 hex digits that nobody else can work out, and that are the same when the same is told again."""
        return hmac.digest(self._secret, f"salt\n{of}".encode(), sha256).hex()[:32]

    async def _locked(self, line: asyncpg.Connection, account: Account) -> bool:
        """Locks the account's row; whether it has a code or password. Raises NoSuchAccount."""
        row = await line.fetchrow(
            "select code is not null or password is not null as opens from accounts.account where name = $1 for update",
            account.name,
        )  # fmt: skip
        if row is None:
            raise NoSuchAccount(name=account.name)
        return bool(row["opens"])


_WRONG = "update accounts.account set tries = tries + 1, tried = $2 where name = $1"

_OPEN = """
update accounts.account set code = $2, tries = 0, password = case when $3 then password end,
    since = case when $3 then since end where name = $1"""
"""With code $2 or none; $3: the account itself asked, and goes on signing in at the desk."""

_STANDINGS = """
select a.name, a.code is not null as code_open, a.password is not null as desk,
    (select d.enrolled from accounts.device d where d.account = a.name and d.revoked is null) as enrolled,
    (select max(d.revoked) from accounts.device d where d.account = a.name) as revoked
from accounts.account a where a.area = $1 order by a.name"""
_ENROLMENTS = """
select a.area, count(*)::int from accounts.account a join accounts.device d on d.account = a.name and d.revoked is null
where a.area = any($1) group by a.area"""


def _standing(row: asyncpg.Record) -> Standing:
    return Standing(Account.parse(row["name"]), row["code_open"], row["enrolled"], row["revoked"], row["desk"])
