"""An account: its name says role, area and seat, so that nothing need be looked up. It is never a person's name."""

import re
from typing import Self

from msgspec import Struct

from identity.errors import AccountMalformed
from identity.role import SEATS, Role, has_area

PREFIX: dict[Role, str] = {
    Role.KPPS: "kpps",
    Role.PPS: "pps",
    Role.PPK: "ppk",
    Role.KPU_KABKOTA: "kabkota",
    Role.KPU_PROVINSI: "provinsi",
    Role.KPU_RI: "ri",
    Role.HELPDESK: "helpdesk",
}
_ROLE = {prefix: role for role, prefix in PREFIX.items()}
_NAME = re.compile(r"([a-z]{2,8})-([0-9A-Z]{1,13})-([1-9][0-9]?)")


class Account(Struct, frozen=True, order=True):
    """One account, such as `kpps-3201010001001-2`: the second seat of that TPS."""

    role: Role
    area: str
    seat: int  # 1-based

    @classmethod
    def parse(cls, name: str) -> Self:
        """The account of this name, as people type it. Raises AccountMalformed where no account can have it."""
        prefix, _, rest = name.strip().partition("-")
        found = _NAME.fullmatch(f"{prefix.lower()}-{rest.upper()}")
        role = _ROLE.get(found[1]) if found else None
        if found is None or role is None or not has_area(role, found[2]) or int(found[3]) > SEATS[role]:
            raise AccountMalformed()
        return cls(role, found[2], int(found[3]))

    @property
    def name(self) -> str:
        """What one signs in with."""
        return f"{PREFIX[self.role]}-{self.area}-{self.seat}"
