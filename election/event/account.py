"""What happens to accounts and devices, in the journal `umum`."""

from hashlib import sha256
from typing import ClassVar

from election.event.base import Event, canonical


class AccountEvent(Event, frozen=True, kw_only=True):
    """Something about an account, in the journal `umum`. `tps` is the account's area: a TPS, or a committee's area.

    Public is which role where, and a commitment to account and device; `by` is the role that did it, `server` where
    it was done on the machine itself.
    """

    PRIVATE: ClassVar[frozenset[str]] = frozenset({"account", "key", "salt", "actor"})

    role: str
    by: str
    commitment: str  # device_commitment(salt, account, key)
    salt: str  # 32 hex digits, the same from a device's enrolment to its end
    account: str
    key: str = ""  # thumbprint of the device's key
    actor: str = ""  # account that did it


class CodeIssued(AccountEvent, frozen=True, kw_only=True, tag="code_issued"):
    """An account got a new activation code. The code itself is kept nowhere."""


class CodeWithdrawn(AccountEvent, frozen=True, kw_only=True, tag="code_withdrawn"):
    """An account's open activation code, or its password for the desk, is good for nothing any more."""


class DeviceEnrolled(AccountEvent, frozen=True, kw_only=True, tag="device_enrolled"):
    """An activation code was used up; from now on this device speaks for the account."""


class DeviceRevoked(AccountEvent, frozen=True, kw_only=True, tag="device_revoked"):
    """The device speaks for nobody any more, whatever certificate it still holds."""


class AccountsMade(Event, frozen=True, kw_only=True, tag="accounts_made"):
    """The accounts of a bundle were made, each with its first code. `tps` is the nation's code."""

    accounts: dict[str, int]  # role -> how many


def device_commitment(salt: str, account: str, key: str) -> str:
    """SHA-256 that binds an account's event to one account and device without naming them. `salt` is 32 hex digits."""
    return sha256(canonical([salt, account, key])).hexdigest()
