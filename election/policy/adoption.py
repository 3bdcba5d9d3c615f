"""How a policy comes into force: its event, what it may be named, and which one stands after a journal's events."""

import re
from collections.abc import Iterable, Mapping
from typing import ClassVar

from msgspec import Struct

from election.bundle.settings import Settings
from election.codes import NATION_CODE
from election.errors import Rejected
from election.event import Event, PolicyAdopted
from election.policy.presets import CANDIDATES, DEFAULT, PRESETS
from election.policy.table import PolicyIncomplete, PolicyRefused, PolicyUnnamed, Table, checked

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{2,39}")


class PolicyMissing(Rejected):
    """There is no preset of that name."""

    code = "policy.unknown"
    advice: ClassVar[dict[str, str]] = {
        "id": "Tidak ada kebijakan bernama {name}; yang ada: {known}.",
        "en": "There is no policy called {name}; there are: {known}.",
    }


class PolicyOvertaken(Rejected):
    """Another policy was adopted meanwhile."""

    code = "policy.overtaken"
    advice: ClassVar[dict[str, str]] = {
        "id": "Kebijakan lain baru saja ditetapkan (nomor {number}). Lihat dulu, lalu ulangi bila tetap perlu.",
        "en": "Another policy has just been adopted (number {number}). Look at it, and repeat this where still needed.",
    }


class Adoption(Struct, frozen=True):
    """A policy in force. `number` is the journal's of its policy_adopted; 0 for the bundle's own."""

    name: str
    table: Table
    number: int = 0


def of_bundle(settings: Settings) -> Adoption:
    """The policy that holds until another is adopted."""
    name = CANDIDATES if settings.candidates == "confirmed" else DEFAULT
    return Adoption(name, PRESETS[name].table)


def named(name: str, table: Mapping[str, str]) -> Table:
    """The table, where it can have this name. Raises PolicyUnnamed, PolicyIncomplete, PolicyRefused."""
    found = checked(table)
    preset = PRESETS.get(name)
    if not _NAME.fullmatch(name) or (preset is not None and preset.table != found):
        raise PolicyUnnamed(name=ascii(name)[1:-1])
    return found


def table_of(name: str) -> dict[str, str]:
    """A preset's table, as an event has it. Raises PolicyMissing."""
    if name not in PRESETS:
        raise PolicyMissing(name=ascii(name)[1:-1], known=", ".join(PRESETS))
    return {str(one): str(action) for one, action in PRESETS[name].table.items()}


def adopted(
    name: str,
    table: Mapping[str, str],
    *,
    replaces: int,
    at: str = "",
    roles: tuple[str, ...] = (),
    accounts: tuple[str, ...] = (),
) -> PolicyAdopted:
    """The event that puts a policy in force in a contest.

    Args:
        replaces: number of the adoption that stands (`standing(…).number`).
        roles: of the two people; `("server",)` where it is done on the machine itself.

    Raises PolicyUnnamed, PolicyIncomplete, PolicyRefused.
    """
    words = {str(one): str(action) for one, action in named(name, table).items()}
    return PolicyAdopted(
        tps=NATION_CODE, at=at, replaces=replaces, name=name, table=words, roles=roles, accounts=accounts
    )


def standing(events: Iterable[tuple[int, Event | None]], first: Adoption) -> Adoption:
    """What is in force after these numbered events, in their order. An adoption that names another than the one that
    stands, or whose table no policy may have, changes nothing, whoever wrote it."""
    stands = first
    for number, event in events:
        if isinstance(event, PolicyAdopted) and event.tps == NATION_CODE and number > stands.number:
            stands = _next(stands, number, event)
    return stands


def _next(stands: Adoption, number: int, event: PolicyAdopted) -> Adoption:
    if event.replaces != stands.number:
        return stands
    try:
        return Adoption(event.name, named(event.name, event.table), number)
    except (PolicyUnnamed, PolicyIncomplete, PolicyRefused):
        return Adoption(stands.name, stands.table, number)
