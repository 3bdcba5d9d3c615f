"""`suara materiality`: what the votes that do not count yet can still change, from files, without any server.

Here are the words, the options and the exit codes; the bounds and proofs are `election.outcome`'s, the sentences are
printed by `suara.prospects`.
"""

import argparse
import csv
import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Parts = argparse._SubParsersAction[argparse.ArgumentParser]
    from election.outcome.flip import Piles
    from election.outcome.materiality import Outlook
    from election.outcome.materiality_places import Told

LARGEST = 32_767
"""The largest room of a TPS, as `election.outcome.bounds` has it."""
HOLDS = 0

ABOUT = """\
What the votes that do not count yet can still change: settled, open, or cannot tell; and how few TPS it would take.

A TPS that does not count may bring as many votes as ballots came to it, or 999 where that is not known: three boxes.
Beside it stands what DPT and reserve would allow, which is likely and no bound. Integers only.
"""
EXAMPLES = """\
examples:
  suara materiality records ../shared/data/sirekap2024/ppwp_tps.parquet --bundle B
  suara materiality president ../shared/data/ppwp2024/official_by_province.csv --open open.csv
  suara materiality dpr votes_by_dapil_and_party.csv --national national.csv --open open.csv --json

open.csv has a row an area or dapil: its code or name, and how many TPS are not counted (columns kode,open).

exit code 0: answered, however open it is; 2: called wrongly
"""


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Registers `suara materiality` and its three kinds of files."""
    parser = subparsers.add_parser(
        "materiality",
        help="what the votes that do not count yet can still change",
        description=ABOUT,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parts = parser.add_subparsers(dest="files", metavar="FILES", required=True)
    one = _part(
        parts, "records", "records of single TPS, as `suara tally` reads them; TPS without one are open", records
    )
    one.add_argument("--bundle", type=Path, required=True, metavar="B", help="the election's reference data")
    one.add_argument("--contest", metavar="KEY", help="which contest (default: ppwp, or the bundle's only one)")
    one.add_argument("--policy", choices=("all", "clean"), default="all", help="which records count")
    _totals(_part(parts, "president", "totals of provinces, and how many TPS of each are open", president))
    two = _part(parts, "dpr", "totals and seats of dapil, and how many TPS of each are open", dpr)
    two.add_argument("--national", type=Path, metavar="FILE", help="the nation's votes, a row a party")
    _totals(two)


def _part(parts: "Parts", name: str, text: str, run: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = parts.add_parser(
        name, help=text, description=f"{text}\n\n{ABOUT}", epilog=EXAMPLES
    )
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--language", choices=("id", "en"), default="id", help="of the sentences (default: id)")
    parser.add_argument("--json", action="store_true", help="answer facts as JSON")
    parser.set_defaults(func=run)
    return parser


def _totals(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--open", type=Path, metavar="FILE", help="TPS not counted by area (default: none)")
    parser.add_argument(
        "--most", type=_natural, default=999, metavar="N", help="the most votes of one TPS (default: 999)"
    )
    parser.add_argument("--likely", type=_natural, default=306, metavar="N", help="what is likely (default: 306)")


def _natural(text: str) -> int:
    if not text.isdecimal() or len(text) > len(str(LARGEST)) or int(text) > LARGEST:
        raise argparse.ArgumentTypeError(f"a whole number from 0 to {LARGEST:,}, not {text}")
    return int(text)


def records(args: argparse.Namespace) -> int:
    """What the TPS that a file lacks can change. Raises what `suara tally` raises."""
    from election import bundle as bundles
    from election.outcome.materiality_contest import outlooks
    from recap import tally
    from recap.outlook_told import names_of
    from recap.tally.waiting import FileTotals, waiting

    bundle = bundles.load(args.bundle)
    key = args.contest or ("ppwp" if "ppwp" in bundle.contests else next(iter(bundle.contests), ""))
    found = tally.read(args.file, bundle.tree, tally.whole(bundle, key), bundle.tps_holding(key))
    count = tally.count(bundle, found, tally.Policy(args.policy))
    told = outlooks(bundle, key, FileTotals(bundle, count), waiting(bundle, count))
    return _answer(args, key, told, names_of(bundle, key))


def president(args: argparse.Namespace) -> int:
    """What open TPS can change for president. Raises BadSheet."""
    import numpy as np

    from election.outcome import tables
    from election.outcome.materiality_places import Told
    from election.outcome.materiality_president import Nation, outlook

    table = tables.areas(_sheet(args.file))
    provinces = tuple(tables.by_province(table))
    votes = np.zeros((len(provinces) + 1, len(table.choices)), np.int64)  # abroad is the last row
    open_ = [0] * len(votes)
    group = {kode: row for row, kode in enumerate(provinces)} | {"": len(provinces)}
    for area, count in zip(table.areas, _open(args.open, table.names), strict=True):
        row = group[tables.province_of(table, area)]
        votes[row] += [table.areas[area].get(pair, 0) for pair in table.choices]
        open_[row] += count
    nation = Nation(table.choices, provinces, votes)

    def ask(piles: "Piles") -> dict[str, Told]:
        return {"0": Told(outlook(nation, piles), int(piles.tps.sum()), int(piles.votes.sum()))}

    told = _under_both(args, open_, ask)
    return _answer(args, "ppwp", told, table.names)


def dpr(args: argparse.Namespace) -> int:
    """What open TPS can change in the DPR. Raises BadSheet."""
    import numpy as np

    from election.bundle.settings import Threshold
    from election.outcome import tables
    from election.outcome.materiality_assembly import Assembly
    from election.outcome.materiality_house import outlook

    sheet = _sheet(args.file)
    given = tables.national(_sheet(args.national)).votes if args.national else None
    table = tables.dapil(sheet, tuple(given) if given else None)
    names = tuple(table.by_dapil)
    assembly = Assembly(
        table.parties,
        names,
        np.array([[one.votes.get(party, 0) for party in table.parties] for one in table.by_dapil.values()], np.int64),
        np.array([one.seats for one in table.by_dapil.values()]),
        Threshold(),
        np.array([given[party] for party in table.parties], np.int64) if given else None,
    )
    open_ = _open(args.open, dict(zip(names, names, strict=True)))
    told = _under_both(args, open_, lambda piles: outlook(assembly, piles))
    return _answer(args, "pdpr", told, {})


def _under_both(
    args: argparse.Namespace, open_: list[int], ask: "Callable[[Piles], dict[str, Told]]"
) -> "dict[str, Outlook]":
    """The answers of every place under both bounds, all open TPS having the same rooms."""
    import numpy as np

    from election.outcome.flip import Piles
    from election.outcome.materiality_places import beside

    groups = np.repeat(np.arange(len(open_)), open_)
    bound, likely = (
        ask(Piles.of(groups, np.full(len(groups), room), len(open_), room))
        for room in (args.most, min(args.likely, args.most))
    )
    return beside(bound, likely)


def _open(file: Path | None, names: Mapping[str, str]) -> list[int]:
    """TPS that are open in each of these places. Raises BadSheet for a place or number that is not known."""
    from election.outcome.sheet import BadSheet, plain

    rows = list(csv.reader(io.StringIO(file.read_text("utf-8-sig")))) if file else []
    found: dict[str, int] = {}
    known = {plain(word): kode for kode, name in names.items() for word in (kode, name)}
    headed = bool(rows) and not rows[0][-1].strip().isdecimal()
    for row in rows[1:] if headed else rows:
        if len(row) < 2 or plain(row[0]) not in known or not row[1].strip().isdecimal():
            what = ",".join(row)
            raise BadSheet(file=str(file), what_id=f"baris {what} tidak dikenal", what_en=f"row {what} is not known")
        found[known[plain(row[0])]] = int(row[1])
    return [found.get(kode, 0) for kode in names]


def _sheet(file: Path):  # type: ignore[no-untyped-def]  # noqa: ANN202
    from election.outcome.sheet import decoded

    return decoded(file.read_bytes(), file.name)


def _answer(args: argparse.Namespace, contest: str, told: "Mapping[str, Outlook]", names: Mapping[str, str]) -> int:
    from suara import prospects

    if args.json:
        print(json.dumps(prospects.facts(contest, told, names), indent=2, ensure_ascii=False))
    else:
        print("\n".join(prospects.lines(told, names, args.language)))
    return HOLDS
