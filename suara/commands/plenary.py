"""`suara plenary`: the manual recapitulation (D.Hasil) held against the electronic one, with servers or without.

Here are the words and the exit codes; comparing, drilling down and reporting are `recap.plenary`'s.
"""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recap.plenary.compare import Comparison

HOLDS, DIFFERS, MISUSE = 0, 1, 2
SHOWN = 10
"""Areas and refused rows that the terminal shows; the files have them all."""

COMPARE = """\
Holds a file of per-TPS records against a file of sums per area, without any server. Every figure that differs is listed
on every level and gone down through: by size to the kelurahan, there to the TPS that could explain it.

RECORDS is read as `suara tally` reads it. RECAP is CSV, XLSX or Parquet, a row a column of a D.Hasil: `document` (area
whose plenary wrote it), `of` (area or TPS one level below, or the area itself), and figures by name. Without `document`
a row is one sum an area (`kode`, `child_id`): what it printed, and what the level above carries.

DIR gets report/0.html and a page an area with something to say, for print, each with a CSV; differences.parquet,
stations.csv (TPS to look at), documents.csv (D.Hasil that contradict themselves), uncompared.csv (areas that only one
side has, and why), refused.csv.
"""
ENTER = """\
Puts the D.Hasil of a file into the journal of a running system, as its own server does: role `server`, source `file`. A
row that equals what stands is passed over; one that differs replaces it. All rows are checked first; with refused rows
nothing is entered unless --partly is given.
"""
REPORT = """\
Writes the difference report of a running system: what its published tables say of an area and everything below.
"""
EXAMPLES = """\
examples:
  suara plenary compare two_sources.parquet rollup_all_levels.csv.gz --bundle B --out P --source kpu --against rekap
  suara plenary enter d_hasil_110101.xlsx --contest ppwp --bundle B --data data
  suara plenary report --contest ppwp --bundle B --area 1101 --out P --data data

exit code 0: nothing differs, every row was used; 1: figures differ, or rows were refused; 2: called wrongly
"""


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Registers `suara plenary`."""
    parser = subparsers.add_parser(
        "plenary",
        help="the manual recapitulation (D.Hasil) held against ours",
        description="Holds D.Hasil against the sums of TPS records.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parsers = parser.add_subparsers(required=True, metavar="WHAT")
    raw = argparse.RawDescriptionHelpFormatter
    one = parsers.add_parser("compare", help="two files, no servers", description=COMPARE, formatter_class=raw)
    one.add_argument("records", type=Path, metavar="RECORDS")
    one.add_argument("recap", type=Path, metavar="RECAP")
    one.add_argument("--source", metavar="NAME", help="our figures are the columns that begin with NAME_")
    one.add_argument("--against", metavar="NAME", help="those of RECAP that begin with NAME_")
    _common(one, out=True)
    one.set_defaults(func=compare)


def _common(parser: argparse.ArgumentParser, *, out: bool) -> None:
    parser.add_argument("--bundle", type=Path, required=True, metavar="B", help="the election's reference data")
    parser.add_argument("--contest", default="ppwp", metavar="KEY", help="which contest (default: ppwp)")
    if out:
        parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the report goes")
    parser.add_argument("--json", action="store_true", help="answer facts as JSON")


def compare(args: argparse.Namespace) -> int:
    """Two files; exit code 0, 1 or 2. Raises Rejected for files and names that do not serve."""
    from election import bundle as bundles
    from recap.plenary import compare as comparing
    from recap.plenary import paper

    bundle = bundles.load(args.bundle)
    found = comparing.compare(args.records, args.recap, bundle, args.contest, _lower(args.source), _lower(args.against))
    pages = paper.write(args.out, found)
    facts = _facts(found, len(pages))
    if args.json:
        print(json.dumps(facts, indent=2))
    else:
        _print(args, found, facts)
    differs = any(facts["differing"]) or found.broken or found.recap.refused
    return DIFFERS if differs else HOLDS


def _lower(name: str | None) -> str | None:
    return None if name is None else name.lower()


def _facts(found: "Comparison", pages: int) -> dict[str, Any]:
    from recap.plenary.report import Report

    sides, drill = found.sides, found.drill
    differing = Counter(difference.tingkat for difference in sides.differences())
    areas = Counter(sides.tingkat[sides.differs.any(axis=1)].tolist())
    left = Counter((one.tingkat, one.reason) for one in found.uncompared)
    return {
        "contest": found.contest.key,
        "source": found.source,
        "against": sides.against,
        "compared": sides.figures().tolist(),
        "differing": [differing[level] for level in range(6)],
        "areas_differing": [areas[level] for level in range(6)],
        "size": int(drill.below.sizes[0].sum()),
        "origins": dict(sorted(Counter(Report(found).origins()).items())),
        "documents": {"judged": found.judged, "broken": dict(Counter(one.code for one in found.broken))},
        "uncompared": [{"tingkat": level, "reason": why, "areas": n} for (level, why), n in sorted(left.items())],
        "partial": len(found.partial),
        "refused": len(found.recap.refused),
        "pages": pages,
    }


def _print(args: argparse.Namespace, found: "Comparison", facts: dict[str, Any]) -> None:
    from election.words import LEVELS

    print(f"{facts['contest']}: {facts['source'] or 'records'} against {facts['against']}")
    print(f"{'level':<20}{'figures compared':>18}{'differing':>12}{'areas':>8}")
    for level, (_, name) in enumerate(LEVELS):
        row = [facts[key][level] for key in ("compared", "differing", "areas_differing")]
        print(f"{name:<20}{row[0]:>18,}{row[1]:>12,}{row[2]:>8,}")
    print(f"size of all differences on the deepest level: {facts['size']:,}; the largest:")
    for area in found.drill.children(0)[:SHOWN]:
        print(f"  {found.bundle.tree.kode(area):<12}{found.bundle.tree.nama(area):<28}{found.drill.size(area):>10,}")
    print(f"D.Hasil among themselves: {facts['documents']}")
    for one in facts["uncompared"]:
        print(f"not compared: {one['areas']:,} areas of level {one['tingkat']}: {one['reason']}")
    for refusal in found.recap.refused[:SHOWN]:
        print(f"{refusal.file} row {refusal.row}: {refusal.reason} {refusal.kode} {refusal.column}", file=sys.stderr)
    print(f"{facts['pages']:,} pages; begin with {args.out / 'report' / '0.html'}")
