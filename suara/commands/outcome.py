"""`suara outcome`: who is elected, from files of totals, without any server.

Here are the words, the options and the exit codes; the law is `election.outcome`'s, the tables are told by
`suara.verdicts`.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    Contests = argparse._SubParsersAction[argparse.ArgumentParser]
    from election.bundle.settings import Threshold
    from election.outcome.house import House
    from election.outcome.sheet import Sheet
    from election.outcome.tables import AreaTable, DapilTable, National

Run = Callable[[argparse.Namespace], int]

HOLDS, DIFFERS = 0, 1

ABOUT = """\
Who is elected, by law, with the reasons. Integers only; a tie is named, never broken by chance.

A file has a row for each area or dapil and a column for each choice, named by its first line; columns that mean
something else (dapil, kode, kursi, dpt, sah …) are known by name. A second file with the same columns brings votes that
were held again: of rows for the same place the last one counts, and that is said.
"""
ENDING = """\

exit code 0: the outcome stands as told; 1: a file contradicts itself, or --against differs; 2: called wrongly
"""
EXAMPLES = {
    "president": "suara outcome president ../shared/data/ppwp2024/official_by_province.csv",
    "dpr": "suara outcome dpr votes_by_dapil_and_party.csv --national national.csv --against seats.csv",
    "dprd": "suara outcome dprd votes_by_dapil.csv --json",
    "dpd": "suara outcome dpd votes_by_kabupaten.csv",
    "pilkada": "suara outcome pilkada votes_by_kabupaten.csv --majority",
}


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Registers `suara outcome` and its five contests."""
    parser = subparsers.add_parser(
        "outcome",
        help="who is elected, by law, from files of totals",
        description=ABOUT,
        epilog="examples:\n" + "".join(f"  {example}\n" for example in EXAMPLES.values()) + ENDING,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    contests = parser.add_subparsers(dest="contest", metavar="CONTEST", required=True)
    _president(contests)
    _assembly(contests, "dpr", "the DPR: national threshold, then Sainte-Laguë in each dapil", dpr)
    _assembly(contests, "dprd", "an assembly of a province, regency or city: Sainte-Laguë, no threshold", dprd)
    _common(contests, "dpd", "the four of each province with most votes", dpd)
    _pilkada(contests)


def _common(contests: "Contests", name: str, text: str, run: Run) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = contests.add_parser(
        name,
        help=text,
        description=ABOUT,
        epilog=f"example:\n  {EXAMPLES[name]}\n{ENDING}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="CSV, a row an area, a column a choice")
    parser.add_argument(
        "--final", action="store_true", help="the figures are determined: the outcome is not provisional"
    )
    parser.add_argument("--language", choices=("id", "en"), default="en", help="of the derivation (default: en)")
    parser.add_argument("--json", action="store_true", help="answer facts as JSON")
    parser.set_defaults(func=run)
    return parser


def _president(contests: "Contests") -> None:
    parser = _common(contests, "president", "more than half, and a fifth in more than half of the provinces", president)
    parser.add_argument("--bundle", type=Path, metavar="B", help="says how many provinces there are")
    parser.add_argument("--provinces", type=int, metavar="N", help="how many there are (default: the file's)")
    parser.add_argument("--round", type=int, choices=(1, 2), default=1, help="2: the second round, most votes")
    parser.add_argument(
        "--two-pairs",
        choices=("majority", "spread"),
        default="majority",
        help="with two pairs: majority alone (MK 50/PUU-XII/2014, default), or the spread over provinces, too",
    )


def _assembly(contests: "Contests", name: str, text: str, run: Run) -> None:
    parser = _common(contests, name, text, run)
    if name == "dpr":
        parser.add_argument("--national", type=Path, metavar="FILE", help="the nation's votes, a row a party")
        parser.add_argument("--column", metavar="NAME", help="of the national file (default: its last column of votes)")
        parser.add_argument("--bundle", type=Path, metavar="B", help="says the threshold (default: 4 %%, art. 414)")
    parser.add_argument(
        "--equal",
        choices=("open", "more_votes"),
        default="open",
        help="equal quotients at the last seat: left open (default), or to the party with more votes (unverified)",
    )
    parser.add_argument("--against", type=Path, metavar="FILE", help="published seats by dapil, to compare with")


def _pilkada(contests: "Contests") -> None:
    parser = _common(contests, "pilkada", "a governor, regent or mayor: most votes", pilkada)
    parser.add_argument("--majority", action="store_true", help="more than half, else a second round (Jakarta: always)")
    parser.add_argument("--round", type=int, choices=(1, 2), default=1, help="2: the second round, most votes")
    parser.add_argument("--empty", metavar="COLUMN", help="the empty column against a single pair (kolom_kosong)")


def president(args: argparse.Namespace) -> int:
    """Who is president. Raises BadSheet, BadVotes, and for a bundle what `bundle.load` raises."""
    from election.outcome import tables
    from election.outcome.law import President, TwoPairs
    from election.outcome.president import elect
    from suara import verdicts

    table = tables.areas(_sheet(args.files))
    provinces = tables.by_province(table)
    count = args.provinces or _provinces(args.bundle)
    law = President(provinces=count, round=args.round, two_pairs=TwoPairs(args.two_pairs))
    smaller = (table.areas,) if len(table.areas) > len(provinces) + 1 else ()
    election = elect(tables.nation(table), provinces, law, smaller=smaller, provisional=not args.final)
    notes = _notes(table)
    facts = verdicts.plain_facts("ppwp", election, notes, table.differs)
    _answer(args, facts, verdicts.president(election, provinces, table.names, notes, args.language))
    return DIFFERS if table.differs else HOLDS


def dpr(args: argparse.Namespace) -> int:
    """The seats of the DPR. Raises BadSheet, BadVotes, and for a bundle what `bundle.load` raises."""
    from election.outcome import dpr as law
    from election.outcome import tables
    from election.outcome.law import EqualQuotients

    sheet, threshold = _sheet(args.files), _threshold(args.bundle)
    given = tables.national(_sheet([args.national]), args.column) if args.national else None
    table = tables.dapil(sheet, tuple(given.votes) if given else None)
    votes = given.votes if given else tables.sum_of(table)
    house = law.allot(votes, table.by_dapil, threshold, EqualQuotients(args.equal), provisional=not args.final)
    tables.need_columns(sheet, table, house.seats)
    notes = _columns(args.national.name, given, threshold) if given else []
    return _seats(args, "pdpr", house, table, notes or [f"threshold from the sum of {len(table.by_dapil)} dapil"])


def _columns(file: str, given: "National", threshold: "Threshold") -> list[str]:
    """Which column the threshold was taken from, and what the others would have said."""
    from election.outcome.threshold import judge

    taken = judge(given.votes, threshold)
    notes = [f"threshold from column {given.column} of {file}"]
    for name, votes in given.columns.items():
        other = judge(votes, threshold)
        same = "the same parties pass" if other.passed == taken.passed else f"there pass {', '.join(other.passed)}"
        notes += [] if name == given.column else [f"column {name} has {other.valid:,} valid votes, and {same}"]
    return notes


def dprd(args: argparse.Namespace) -> int:
    """The seats of an assembly. Raises BadSheet, BadVotes."""
    from election.outcome import dprd as law
    from election.outcome import tables
    from election.outcome.law import EqualQuotients

    table = tables.dapil(_sheet(args.files))
    house = law.allot(table.by_dapil, EqualQuotients(args.equal), provisional=not args.final)
    return _seats(args, "pdprd", house, table, [])


def dpd(args: argparse.Namespace) -> int:
    """The members of each province. Raises BadSheet, BadVotes."""
    from election.outcome import tables
    from election.outcome.dpd import elect
    from suara import verdicts

    table = tables.areas(_sheet(args.files))
    rolls = {
        kode: elect(votes, tables.within(table, kode), provisional=not args.final, about=kode)
        for kode, votes in tables.by_province(table).items()
    }
    notes = _notes(table)
    facts = verdicts.rolls_facts("pdpd", rolls, notes, table.differs)
    _answer(args, facts, verdicts.rolls(rolls, table.names, notes, args.language))
    return DIFFERS if table.differs else HOLDS


def pilkada(args: argparse.Namespace) -> int:
    """Who is governor, regent or mayor: one contest a file. Raises BadSheet, BadVotes."""
    from election.outcome import tables
    from election.outcome.inputs import JAKARTA_KODE
    from election.outcome.law import Pilkada
    from election.outcome.pilkada import elect
    from suara import verdicts

    table = tables.areas(_sheet(args.files))
    jakarta = all(area.startswith(JAKARTA_KODE) for area in table.areas)
    law = Pilkada(majority=args.majority or jakarta, round=args.round)
    empty = args.empty or tables.empty_column(table)
    local = elect(tables.nation(table), (table.areas,), law, empty=empty, provisional=not args.final)
    notes = _notes(table)
    facts = verdicts.plain_facts("pkwk", local, notes, table.differs)
    _answer(args, facts, verdicts.pilkada(local, notes, args.language))
    return DIFFERS if table.differs else HOLDS


def _seats(args: argparse.Namespace, contest: str, house: "House", table: "DapilTable", notes: list[str]) -> int:
    from election.outcome import published
    from suara import verdicts

    compared = published.compare(house, published.seats(_sheet([args.against]))) if args.against else None
    notes += [f"{name} stands more than once: the last row counts" for name in table.repeated]
    notes += [f"column {name} is of no party and was left alone" for name in table.left_alone]
    notes += [f"{name} has no column, and its votes here count as none" for name in table.missing]
    notes += table.differs
    facts = verdicts.house_facts(contest, house, notes, compared)
    _answer(args, facts, verdicts.house(house, notes, compared, args.language))
    return DIFFERS if table.differs or (compared and compared.differences) else HOLDS


def _notes(table: "AreaTable") -> list[str]:
    return [f"{name} stands more than once: the last row counts" for name in table.repeated] + list(table.differs)


def _answer(args: argparse.Namespace, facts: dict[str, Any], lines: list[str]) -> None:
    print(json.dumps(facts, indent=2, ensure_ascii=False) if args.json else "\n".join(lines))


def _sheet(files: list[Path]) -> "Sheet":
    from election.outcome.sheet import decoded, joined

    return joined([decoded(file.read_bytes(), file.name) for file in files])


def _threshold(bundle: Path | None) -> "Threshold":
    from election.bundle.settings import Threshold

    if bundle is None:
        return Threshold()
    from election import bundle as bundles

    return bundles.load(bundle).settings.threshold


def _provinces(bundle: Path | None) -> int | None:
    if bundle is None:
        return None
    from election import bundle as bundles
    from election.outcome.inputs import ABROAD

    tree = bundles.load(bundle).tree
    return sum(tree.kode(area) != ABROAD for area in tree.level(1))
