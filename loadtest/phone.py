"""Phones of invented officers, kept in files; what a phone can do is `identity.phone`'s."""

from pathlib import Path
from typing import Self

from identity import phone

__all__ = ["Phone", "Request", "codes"]

Request = phone.Request


class Phone(phone.Phone):
    """One device of one account."""

    @classmethod
    def load(cls, path: Path) -> Self:
        """The phone that `save` wrote."""
        return cls.loads(path.read_bytes())

    def save(self, path: Path) -> None:
        """Writes it to a file that only its owner reads."""
        path.touch(mode=0o600)
        path.write_bytes(self.dumps())


def codes(path: Path) -> dict[str, str]:
    """Account → activation code, as `suara accounts make` wrote them."""
    return dict(line.split(",") for line in path.read_text().splitlines()[1:])
