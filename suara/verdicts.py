"""What `suara outcome` prints: tables for a person, the same facts as JSON. Who is elected is `election.outcome`'s."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from election.outcome.derivation import Step
    from election.outcome.house import Closest, DapilSeats, House, Won
    from election.outcome.pilkada import Local
    from election.outcome.president import Election
    from election.outcome.published import Compared
    from election.outcome.roll import Roll

CLOSEST = 5
"""How many of the closest last seats are named."""

WIDTH = 3
"""Quotients on a line."""


def plain_facts(
    contest: str, result: "Election | Local", notes: Sequence[str], differs: Sequence[str]
) -> dict[str, Any]:
    """A result as it is, with the notes of its file."""
    facts: dict[str, Any] = {"contest": contest, **msgspec.to_builtins(result)}
    return facts | {"notes": list(notes), "differs": list(differs)}


def house_facts(contest: str, house: "House", notes: Sequence[str], compared: "Compared | None") -> dict[str, Any]:
    """Seats of parties and dapil, the threshold, every quotient, and the reasons."""
    hurdle = house.hurdle
    facts: dict[str, Any] = {
        "contest": contest,
        "provisional": house.provisional,
        "seats": house.seats,
        "by_dapil": {name: dapil.won for name, dapil in house.by_dapil.items()},
        "threshold": None if hurdle is None else _threshold(house),
        "ties": msgspec.to_builtins(house.ties),
        "dapil": {name: _dapil_facts(dapil) for name, dapil in house.by_dapil.items()},
        "closest": [{"dapil": name, **msgspec.to_builtins(near)} for name, near in closest(house)],
        "derivation": msgspec.to_builtins(house.derivation),
        "notes": list(notes),
    }
    return facts if compared is None else facts | {"against": msgspec.to_builtins(compared)}


def _threshold(house: "House") -> dict[str, Any]:
    facts: dict[str, Any] = msgspec.to_builtins(house.hurdle)
    facts.pop("derivation")
    return facts.pop("threshold") | facts


def _dapil_facts(dapil: "DapilSeats") -> dict[str, Any]:
    facts: dict[str, Any] = msgspec.to_builtins(dapil)
    return {name: facts[name] for name in ("seats", "quotients", "last", "next", "closest", "tie")}


def rolls_facts(
    contest: str, rolls: "Mapping[str, Roll]", notes: Sequence[str], differs: Sequence[str]
) -> dict[str, Any]:
    """Who is elected, by province."""
    provisional = any(roll.provisional for roll in rolls.values())
    by_area = msgspec.to_builtins(dict(rolls))
    return {
        "contest": contest,
        "provisional": provisional,
        "by_province": by_area,
        "notes": [*notes],
        "differs": [*differs],
    }


def closest(house: "House") -> list[tuple[str, "Closest"]]:
    """The seats that the fewest votes would have moved, dapil by dapil."""
    near = [(n, d.closest) for n, d in house.by_dapil.items() if d.closest]
    return sorted(near, key=lambda one: one[1].lacks)[:CLOSEST]


def house(house: "House", notes: Sequence[str], compared: "Compared | None", language: str) -> list[str]:
    """The threshold, seats of every party, each dapil's quotients in order, and the closest last seats."""
    lines = [_label(house.provisional)]
    if house.hurdle:
        lines += ["", *(step.text(language) for step in house.hurdle.derivation)]
    for name, dapil in house.by_dapil.items():
        lines += ["", *_dapil(name, dapil)]
    lines += ["", f"{'party':<24}{'seats':>7}"]
    lines += [f"{party:<24}{seats:>7}" for party, seats in sorted(house.seats.items(), key=lambda one: -one[1])]
    lines += [f"{'all':<24}{sum(house.seats.values()):>7}", "", "closest:"]
    lines += [f"  {name}: {_near(near)}" for name, near in closest(house)]
    lines += [f"tied: {n}: {', '.join(tie.names)} for {tie.places} seats" for n, tie in house.ties.items()]
    return [*lines, *_compared(compared), *_noted(notes)]


def _dapil(name: str, dapil: "DapilSeats") -> list[str]:
    won = ", ".join(f"{party} {seats}" for party, seats in dapil.won.items() if seats)
    lines = [f"{name}, {dapil.seats} seats: {won or 'none yet'}"]
    cells = [f"{n:>3} {quotient(one):<38}" for n, one in enumerate(dapil.quotients, start=1)]
    lines += ["".join(cells[at : at + WIDTH]).rstrip() for at in range(0, len(cells), WIDTH)]
    if dapil.tie:
        lines.append(f"    tied for the last {dapil.tie.places}: {', '.join(dapil.tie.names)}; the law does not decide")
    elif dapil.last and dapil.next:
        lines.append(f"    last seat: {dapil.last.party}; next: {quotient(dapil.next)}")
    return lines + ([f"    closest: {_near(dapil.closest)}"] if dapil.closest else [])


def _near(near: "Closest") -> str:
    challenger, holder = near.challenger.party, near.holder.party
    return f"{challenger} lacks {near.lacks:,} {'vote' if near.lacks == 1 else 'votes'} for a seat of {holder}'s"


def quotient(won: "Won") -> str:
    """`GOLKAR 366,052/3 = 122,017 + 1/3`."""
    return f"{won.party} {won.votes:,}" + ("" if won.divisor == 1 else f"/{won.divisor} = {won.text()}")


def president(
    election: "Election",
    provinces: "Mapping[str, Mapping[str, int]]",
    names: Mapping[str, str],
    notes: Sequence[str],
    language: str,
) -> list[str]:
    """The pairs under both conditions, every province with a mark where a fifth was reached, and the reasons."""
    pairs = [one.pair for one in election.pairs]
    reached = {one.pair: set(one.reached) for one in election.pairs}
    lines = [_label(election.provisional), "", f"{'province':<32}" + "".join(f"{pair:>17}" for pair in pairs)]
    for kode, votes in provinces.items():
        cells = "".join(f"{votes.get(p, 0):>15,}{' *' if kode in reached[p] else '  '}" for p in pairs)
        lines.append(f"{kode:<6}{names.get(kode, ''):<26.25}{cells}")
    lines += [f"{'nation, with abroad':<32}" + "".join(f"{one.votes:>15,}  " for one in election.pairs)]
    lines += [f"{'provinces with a fifth (*)':<32}" + "".join(f"{len(one.reached):>15,}  " for one in election.pairs)]
    lines += ["", *_steps(election.derivation, language), "", _verdict(election)]
    return [*lines, *_noted(notes)]


def _verdict(result: "Election | Local") -> str:
    words = {
        "elected": f"ELECTED: {result.elected}",
        "runoff": f"SECOND ROUND: {', '.join(result.again)}",
        "tie": f"TIE: {', '.join(result.tie.names) if result.tie else ''}; the law does not decide",
        "nobody": "NOBODY is elected",
    }
    open_ = f"; open between {', '.join(result.tie.names)}" if result.tie and result.verdict == "runoff" else ""
    return words[result.verdict] + open_


def rolls(rolls: "Mapping[str, Roll]", names: Mapping[str, str], notes: Sequence[str], language: str) -> list[str]:
    """The elected of each province, by rank, and what stays open."""
    lines = [_label(any(roll.provisional for roll in rolls.values()))]
    for kode, roll in rolls.items():
        lines += ["", f"{kode} {names.get(kode, '')}".rstrip()]
        lines += [f"  {n} {name:<30}{roll.votes[name]:>12,}" for n, name in enumerate(roll.elected, start=1)]
        if roll.tie:
            lines.append(f"  tied for {roll.tie.places}: {', '.join(roll.tie.names)}; the law does not decide")
        lines += [f"  {step.text(language)}" for step in roll.derivation[1:]]
    return [*lines, *_noted(notes)]


def pilkada(local: "Local", notes: Sequence[str], language: str) -> list[str]:
    """The pairs, the reasons, and who is elected."""
    lines = [_label(local.provisional), ""]
    lines += [f"{pair:<30}{votes:>14,}" for pair, votes in local.votes.items()]
    lines += [f"{'valid':<30}{local.valid:>14,}", "", *_steps(local.derivation, language), "", _verdict(local)]
    return [*lines, *_noted(notes)]


def _steps(steps: "Sequence[Step]", language: str) -> list[str]:
    return [f"{step.text(language)} [{step.law}]" for step in steps]


def _label(provisional: bool) -> str:
    return "SEMENTARA, provisional: the figures are not determined" if provisional else "from final figures"


def _compared(compared: "Compared | None") -> list[str]:
    if compared is None:
        return []
    lines = ["", f"compared with published seats: {compared.dapil} dapil, {len(compared.differences)} differences"]
    lines += [f"  {d.dapil}: {d.party} {d.ours} from the votes, {d.theirs} published" for d in compared.differences]
    lines += [f"  published, but no votes here: {', '.join(compared.not_here)}"] if compared.not_here else []
    return lines + ([f"  not published there: {', '.join(compared.not_there)}"] if compared.not_there else [])


def _noted(notes: Sequence[str]) -> list[str]:
    return ["", *(f"note: {note}" for note in notes)] if notes else []
