"""Who may sit at the workbench: names, roles, areas, and signed sessions.

Accounts are a file that the installation owns; enrolment and devices of officers are `ingest`'s business.
"""

import hmac
import secrets
import time
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from msgspec import Struct

from review.errors import SignInFailed
from storage import durable

SESSION_SECONDS = 8 * 3600
_hasher = PasswordHasher(time_cost=2, memory_cost=32 * 1024, parallelism=1)
_NOBODY = _hasher.hash(secrets.token_hex(16))


class Account(Struct, frozen=True):
    """A validator. `name` is what one signs in with, never a person's name; `area` is the kode they decide for."""

    name: str
    role: str
    area: str
    password_hash: str


class Accounts(Struct, frozen=True):
    """All accounts of an installation, and the secret that its sessions are signed with."""

    secret: str
    accounts: dict[str, Account]

    def sign_in(self, name: str, password: str) -> Account:
        """The account whose name and password these are. Raises SignInFailed, as slowly for an unknown name."""
        account = self.accounts.get(name)
        try:
            _hasher.verify(account.password_hash if account else _NOBODY, password)
        except VerificationError as error:
            raise SignInFailed from error
        if account is None:
            raise SignInFailed
        return account

    def session(self, account: Account, now: float) -> str:
        """A token for `account`, good for `SESSION_SECONDS` from `now` (seconds since 1970)."""
        body = f"{account.name}.{int(now) + SESSION_SECONDS}"
        return f"{body}.{self._mac(body)}"

    def holder(self, token: str, now: float) -> Account | None:
        """Whose token this is, or None where it is forged, stale or of a removed account."""
        body, _, mac = token.rpartition(".")
        if not hmac.compare_digest(mac.encode(), self._mac(body).encode()):
            return None
        name, _, until = body.rpartition(".")
        return self.accounts.get(name) if now < int(until) else None

    def form_token(self, session: str) -> str:
        """What a form of this session must carry, so that no other site can send it."""
        return self._mac(f"form:{session}")

    def _mac(self, body: str) -> str:
        return hmac.new(self.secret.encode(), body.encode(), sha256).hexdigest()


def load(path: Path) -> Accounts:
    """The accounts kept at `path`; none where the file does not exist."""
    if not path.exists():
        return Accounts(secret=secrets.token_hex(32), accounts={})
    return msgspec.json.decode(path.read_bytes(), type=Accounts)


def passwords(names: Iterable[str]) -> dict[str, str]:
    """A new password for each name."""
    return {name: secrets.token_urlsafe(9) for name in names}


def create(path: Path, seats: Mapping[str, tuple[str, str]], words: Mapping[str, str]) -> None:
    """Write a new file of accounts at `path`: name → role and area, name → password. Passwords are not kept."""
    accounts = {name: Account(name, role, area, _hasher.hash(words[name])) for name, (role, area) in seats.items()}
    durable.write(path, msgspec.json.encode(Accounts(secrets.token_hex(32), accounts)), mode=0o600)


def clock_seconds() -> float:
    """Seconds since 1970, the time that sessions are measured in."""
    return time.time()
