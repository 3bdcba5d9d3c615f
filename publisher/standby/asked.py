"""What an operator asks of a standby and orders of it, each over lines of its own."""

from typing import Any

import asyncpg
import msgspec
from msgspec import Struct

from election.clock import Clock
from publisher.standby import primary as primaries
from publisher.standby.copies import Copies, Copy, Measured
from publisher.standby.errors import NoCopy
from publisher.standby.keeper import SOUND, Addresses
from publisher.standby.primary import Primary
from publisher.standby.rebuild import Say, rebuild
from storage import connect


class Standing(Struct, frozen=True):
    """How a standby stands: its copies, and what its keeper saw last."""

    copies: list[Copy]
    measured: Measured | None

    @property
    def sound(self) -> bool:
        """Whether a copy is read, and follows."""
        read = any(copy.state == "current" for copy in self.copies)
        return read and self.measured is not None and self.measured.condition == SOUND

    def facts(self) -> dict[str, Any]:
        """As JSON values."""
        facts: dict[str, Any] = {"sound": self.sound, **msgspec.to_builtins(self)}
        return facts

    def lines(self) -> list[str]:
        """For a terminal."""
        lines = [f"copy {copy.number}: {copy.state}, begun {copy.at:%Y-%m-%d %H:%M:%S} UTC" for copy in self.copies]
        if self.measured is None:
            return [*lines, "no keeper has looked yet. Run: suara standby --data DIR"]
        seen = self.measured
        lines.append(f"{seen.condition}, seen {seen.at}")
        lines += [text for _, text in sorted(seen.advice.items())]
        if seen.lag is not None:
            lines.append(f"lag {seen.lag:.3f} s" + (f", p99 {seen.p99:.3f} s" if seen.p99 is not None else ""))
        return lines + [f"{contest}: {count} numbers behind" for contest, count in seen.behind.items() if count]


async def ask(url: str) -> Standing:
    """How the standby at `url` stands. Raises NoCopy where nobody has ever kept one there."""
    line = await connect.connection(url, "suara standby status")
    try:
        copies = Copies(line, url, system="")  # only asked, so that nothing is made
        return Standing(await copies.listed(), await copies.told())
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError):
        raise NoCopy() from None
    finally:
        await line.close()


async def order(addresses: Addresses, clock: Clock, say: Say) -> Copy:
    """Builds a new copy now. Raises as `rebuild`, and as `Primary.connect`."""
    if addresses.admin is not None:
        await primaries.prepare(addresses.admin)
    line = await connect.connection(addresses.standby, "suara standby rebuild")
    try:
        copies = await Copies.of(line, addresses.standby)
        primary = await Primary.connect(addresses.primary)
        try:
            return await rebuild(primary, copies, addresses.primary, clock, say)
        finally:
            await primary.line.close()
    finally:
        await line.close()
