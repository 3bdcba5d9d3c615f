"""Who sent a request, once the door has made sure of it."""

from msgspec import Struct

from election.event import Signed
from identity.role import Role


class Sender(Struct, frozen=True):
    """In whose name something was sent.

    Of a relayed item these are the officer's where the officer's signature came along, else the relay's own.
    """

    account: str
    role: Role
    area: str
    key: str  # thumbprint of the device's key that the token is bound to: who may go on with an upload
    signed: Signed | None = None  # the item's signature by `account`'s device; None where none was asked for
    relayed: Role | None = None  # role of whoever handed the item in for its officer
    relay: str | None = None  # account of the same
