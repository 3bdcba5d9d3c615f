"""What certificates and tokens say: this key speaks for this account until then."""

from typing import Self

from msgspec import Struct

from identity.account import Account
from identity.errors import AccountMalformed, KeyMalformed
from identity.jws import NotOurs
from identity.key import Key
from identity.role import Role


class Confirmation(Struct, frozen=True):
    """RFC 7800: the key that whoever shows this must hold."""

    jwk: Key


class Claims(Struct, frozen=True, forbid_unknown_fields=True):
    """Claims of a certificate, and of every token made from it. Times are seconds since 1970."""

    sub: str  # account
    role: Role
    area: str
    cnf: Confirmation
    iat: int
    exp: int
    jti: str  # of the certificate, in its tokens too

    @classmethod
    def of(cls, account: Account, key: Key, *, now: int, seconds: int, jti: str) -> Self:
        """Claims that hold from `now` for so many seconds."""
        return cls(account.name, account.role, account.area, Confirmation(key), now, now + seconds, jti)

    @property
    def key(self) -> Key:
        """The device's public key."""
        return self.cnf.jwk

    def check(self) -> Self:
        """These claims. Raises NotOurs where they contradict themselves, whoever signed them."""
        try:
            account = Account.parse(self.sub)
            self.key.check()
        except (AccountMalformed, KeyMalformed) as error:
            raise NotOurs("no account, or no key") from error
        if (account.name, account.role, account.area) != (self.sub, self.role, self.area):
            raise NotOurs("role and area are not the account's")
        return self
