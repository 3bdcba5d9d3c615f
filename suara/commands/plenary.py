"""`suara plenary`: the manual recapitulation (D.Hasil) held against the electronic one, with servers or without.

Here are the words and the exit codes; comparing, drilling down and reporting are `recap.plenary`'s.
"""

import argparse
import asyncio
import csv
import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recap.plenary.compare import Comparison
    from storage.opened import Storage

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
BLANK = """\
Prints an empty file of a document as CSV: a row a column of the D.Hasil of an area, its total last, and every field.
"""
EXAMPLES = """\
examples:
  suara plenary compare two_sources.parquet rollup_all_levels.csv.gz --bundle B --out P --source kpu --against rekap
  suara plenary blank 110101 --bundle B > d_hasil_110101.csv
  suara plenary enter d_hasil_110101.csv --contest ppwp --bundle B --data data --scan d_hasil_110101.pdf
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
    one = parsers.add_parser(
        "compare", help="two files, no servers", description=COMPARE, epilog=EXAMPLES, formatter_class=raw
    )
    one.add_argument("records", type=Path, metavar="RECORDS")
    one.add_argument("recap", type=Path, metavar="RECAP")
    one.add_argument("--source", metavar="NAME", help="our figures are the columns that begin with NAME_")
    one.add_argument("--against", metavar="NAME", help="those of RECAP that begin with NAME_")
    _common(one, out=True)
    one.set_defaults(func=compare)
    one = parsers.add_parser(
        "enter", help="a file into a running system", description=ENTER, epilog=EXAMPLES, formatter_class=raw
    )
    one.add_argument("file", type=Path, metavar="FILE")
    one.add_argument("--source", metavar="NAME", help="take the figures that begin with NAME_")
    one.add_argument("--scan", type=Path, metavar="PDF", help="the scanned document; its hash goes into the log")
    one.add_argument("--partly", action="store_true", help="enter what can be used, whatever else the file has")
    _common(one, data=True)
    one.set_defaults(func=enter)
    one = parsers.add_parser(
        "report", help="of a running system", description=REPORT, epilog=EXAMPLES, formatter_class=raw
    )
    one.add_argument("--area", default="0", metavar="KODE", help="the area to begin with (default: the nation)")
    _common(one, out=True, data=True)
    one.set_defaults(func=report)
    one = parsers.add_parser(
        "blank", help="an empty file of a document", description=BLANK, epilog=EXAMPLES, formatter_class=raw
    )
    one.add_argument("area", metavar="KODE")
    _common(one)
    one.set_defaults(func=blank)


def _common(parser: argparse.ArgumentParser, *, out: bool = False, data: bool = False) -> None:
    parser.add_argument("--bundle", type=Path, required=True, metavar="B", help="the election's reference data")
    parser.add_argument("--contest", default="ppwp", metavar="KEY", help="which contest (default: ppwp)")
    if out:
        parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the report goes")
    if data:
        parser.add_argument("--data", type=Path, default=Path("data"), metavar="DIR", help="the system's own folder")
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


def enter(args: argparse.Namespace) -> int:
    """A file into the journal; 1 where rows were refused or overtaken. Raises Rejected, Unavailable."""
    facts, told = asyncio.run(_enter(args))
    if args.json:
        print(json.dumps(facts, indent=2))
    else:
        print("\n".join(told))
    return DIFFERS if facts["refused"] or facts["overtaken"] else HOLDS


async def _enter(args: argparse.Namespace) -> tuple[dict[str, int], list[str]]:
    from election import bundle as bundles
    from election.clock import stamp, system_clock
    from recap.plenary import reading
    from recap.plenary.entered import Entered
    from recap.plenary.entering import digest_of, entering
    from storage.journal import Outcome

    bundle = bundles.load(args.bundle)
    recap = reading.read(args.file, bundle, args.contest, _lower(args.source))
    scan = None if args.scan is None else digest_of(args.scan)
    async with await _opened(args.data) as storage:
        journal, stands = storage.journal(args.contest), Entered()
        stands.fold(await journal.of_kinds({"recap_entered"}))
        found = entering(bundle, recap, stands, stamp(system_clock()), scan)
        drafts = found.drafts if args.partly or not found.refused else ()
        done = await journal.append(*drafts) if drafts else []
    overtaken = sum(one.outcome not in {Outcome.APPENDED, Outcome.DUPLICATE} for one in done)
    facts = {
        "rows": len(recap) + len(recap.refused),
        "entered": len(done) - overtaken,
        "same": found.same,
        "refused": len(found.refused),
        "overtaken": overtaken,
        "faults": len(found.faults),
    }
    told = [f"{one.file} row {one.row}: {one.reason} {one.kode} {one.column}".rstrip() for one in found.refused]
    told += [f"{one.of} {one.code}: {one.id}\n    {one.en}" for one in found.faults]
    told.append(", ".join(f"{name} {n:,}" for name, n in facts.items()))
    return facts, told


def report(args: argparse.Namespace) -> int:
    """The report of a running system; 0 or 1 as `compare`. Raises UnknownArea, UnknownContest, Unavailable."""
    from recap.plenary import paper

    found, root = asyncio.run(_report(args))
    pages = paper.write(args.out, found, root)
    facts = _facts(found, len(pages))
    if args.json:
        print(json.dumps(facts, indent=2))
    else:
        _print(args, found, facts, root)
    return DIFFERS if any(facts["differing"]) or found.broken else HOLDS


async def _report(args: argparse.Namespace) -> "tuple[Comparison, int]":
    from election import bundle as bundles
    from recap.plenary.live import comparison

    bundle = bundles.load(args.bundle)
    root = bundle.tree.area_index(args.area)
    async with await _opened(args.data) as storage:
        return await comparison(storage.pool, storage.journal(args.contest), bundle, args.contest, root), root


def blank(args: argparse.Namespace) -> int:
    """An empty file of a document, on standard output. Raises UnknownArea, UnknownContest, NoDocument."""
    from election import bundle as bundles
    from election.plenary import document
    from recap.plenary.entering import blank as rows

    csv.writer(sys.stdout, lineterminator="\n").writerows(
        rows(document(bundles.load(args.bundle), args.contest, args.area))
    )
    return HOLDS


async def _opened(data: Path) -> "Storage":
    from storage import settings
    from storage.opened import open_storage

    return await open_storage(settings.Settings.from_environment(data))


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


def _print(args: argparse.Namespace, found: "Comparison", facts: dict[str, Any], root: int = 0) -> None:
    from election.words import LEVELS

    print(f"{facts['contest']}: {facts['source'] or 'records'} against {facts['against']}")
    print(f"{'level':<20}{'figures compared':>18}{'differing':>12}{'areas':>8}")
    for level, (_, name) in enumerate(LEVELS):
        row = [facts[key][level] for key in ("compared", "differing", "areas_differing")]
        print(f"{name:<20}{row[0]:>18,}{row[1]:>12,}{row[2]:>8,}")
    print(f"size of all differences on the deepest level: {facts['size']:,}; the largest:")
    for area in found.drill.children(root)[:SHOWN]:
        print(f"  {found.bundle.tree.kode(area):<12}{found.bundle.tree.nama(area):<28}{found.drill.size(area):>10,}")
    print(f"D.Hasil among themselves: {facts['documents']}")
    for one in facts["uncompared"]:
        print(f"not compared: {one['areas']:,} areas of level {one['tingkat']}: {one['reason']}")
    for refusal in found.recap.refused[:SHOWN]:
        print(f"{refusal.file} row {refusal.row}: {refusal.reason} {refusal.kode} {refusal.column}", file=sys.stderr)
    print(f"{facts['pages']:,} pages; begin with {args.out / 'report' / found.bundle.tree.kode(root)}.html")
