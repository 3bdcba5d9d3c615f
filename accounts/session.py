"""Sessions of the desk: a signed cookie for a working day, ended by a new password. Devices have no part in them."""

import asyncio
import hmac
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from msgspec import Struct

from accounts.errors import NoSuchAccount, PasswordShort, SessionEnded, SignInFailed
from accounts.register import Register
from election.clock import Clock
from identity import jws
from identity.account import Account
from identity.errors import AccountMalformed

KIND = "suara-desk+jwt"
SECONDS = 8 * 3600
LEAST = 12
"""Characters of a password."""

AT_ONCE = 2
"""Passwords hashed at a time, 32 MiB and a core each: enrolment goes on beside any crowd at the desk's door."""

_hasher = PasswordHasher(time_cost=2, memory_cost=32 * 1024, parallelism=1)
_NOBODY = _hasher.hash("nobody has this password")


def long_enough(password: str) -> None:
    """Raises PasswordShort."""
    if len(password) < LEAST:
        raise PasswordShort(least=LEAST)


def hashed(password: str) -> str:
    """What is kept of a password; takes some 50 ms on purpose."""
    return _hasher.hash(password)


def fits(kept: str | None, password: str) -> bool:
    """Whether `kept` is of this password; as slow where there is none."""
    try:
        _hasher.verify(kept or _NOBODY, password)
    except VerificationError:
        return False
    return kept is not None


class Ticket(Struct, frozen=True):
    """What a session's cookie says. Times are seconds since 1970."""

    sub: str
    iat: int
    exp: int


class Session(Struct, frozen=True):
    """A signed-in visit."""

    account: Account
    text: str  # the cookie

    def form_token(self, secret: bytes) -> str:
        """What a form of this session must carry, so that no other site can send it."""
        return hmac.digest(secret, f"form\n{self.text}".encode(), sha256).hex()


class Sessions:
    """Opens and knows sessions. `seed` and `public`: the accounts key, 32 bytes each."""

    def __init__(self, register: Register, seed: bytes, public: bytes, clock: Clock) -> None:
        self._register, self._seed, self._public, self._clock = register, seed, public, clock
        self._hashing = asyncio.Semaphore(AT_ONCE)

    def open(self, account: Account) -> Session:
        """A session for an account that has just proven itself."""
        now = int(self._clock().timestamp())
        return Session(account, jws.seal(Ticket(account.name, now, now + SECONDS), KIND, self._seed))

    async def holder(self, text: str) -> Session:
        """Whose cookie this is. Raises SessionEnded where it is none of ours, over, or older than the password."""
        try:
            ticket = jws.opened(text, KIND, self._public, Ticket)
            account = Account.parse(ticket.sub)
        except (jws.NotOurs, AccountMalformed) as error:
            raise SessionEnded from error
        kept = await self._register.password(account.name)
        if kept is None or ticket.iat < int(kept[1].timestamp()) or self._clock().timestamp() >= ticket.exp:
            raise SessionEnded
        return Session(account, text)

    async def activate(self, account: Account, code: str, password: str) -> Session:
        """A session for a code that is spent on a password. Raises PasswordShort, and as `Register.enrol`."""
        long_enough(password)
        await self._register.opens(account, code)  # before the hash, which a stranger must not cost us
        async with self._hashing:
            kept = await asyncio.to_thread(hashed, password)
        await self._register.set_password(account, code, kept)
        return self.open(account)

    async def sign_in(self, name: str, password: str) -> Session:
        """A session for a name and password as typed. Raises SignInFailed, as slowly where nobody has activated the
        account; TooManyTries."""
        try:
            account = Account.parse(name)
            kept = await self._register.try_password(account.name)
        except (AccountMalformed, NoSuchAccount):  # which names there are is public
            raise SignInFailed from None
        async with self._hashing:
            good = await asyncio.to_thread(fits, kept, password)
        if not good:
            raise SignInFailed
        await self._register.proven(account.name)
        return self.open(account)
