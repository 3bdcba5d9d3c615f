"""`suara tally`: a file of per-TPS records to totals of every area and findings of every record, without any server.

Here are the words and the exit codes; reading, counting and comparing are `recap.tally`'s.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from election.bundle import Bundle
    from recap.tally import Compared, Count, Records

HOLDS, DIFFERS, MISUSE = 0, 1, 2
SHOWN = 10
"""Refused rows and differences that the terminal shows; the files have them all."""

ABOUT = """\
Judges every record by the rule catalogue and sums it to every area of the bundle.

RECORDS is Parquet or CSV (.csv, .csv.gz), a row a TPS. A row is found by `kode`, or by `kel_id` and `tps` (2019).
Figures are recognised by name: fields (suara_sah, pengguna_dpt_l, paslon_1, partai_3_calon_2), ids of choices
(100025), p1 or pas1 or calon_1 by ballot number, sah, tSah, jum; after kpu_, kp_ or rekap_ (or --source NAME) they are
one of several readings side by side: all are summed, the source is judged. Other columns: --columns old=new,…

DIR gets areas.parquet (kode, tingkat, tps, tps_held, tps_summed, then every summed column under its own name),
findings.parquet (kode, rules, warnings, held), refused.csv where rows could not be counted, and with --against
differences.parquet (tingkat, kode, parent, field, against, ours, theirs, difference).
"""
EXAMPLES = """\
examples:
  suara bundle load ../shared/data/wilayah2024 --out B
  suara tally ../shared/data/sirekap2024/ppwp_tps.parquet --bundle B --out T
  suara tally two_sources.parquet --bundle B --out T --source kpu --against rollup_all_levels.csv.gz

exit code 0: every row was counted (broken rules are findings, not failures) and nothing differs; 1: rows were refused,
or --against found differences; 2: called wrongly
"""


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Registers `suara tally`."""
    parser = subparsers.add_parser(
        "tally",
        help="rules and totals of a file of per-TPS records, no servers",
        description=ABOUT,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("records", type=Path, metavar="RECORDS")
    parser.add_argument("--bundle", type=Path, required=True, metavar="B", help="the election's reference data")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the tables go")
    parser.add_argument("--contest", metavar="KEY", help="which contest (default: ppwp, or the bundle's only one)")
    parser.add_argument(
        "--policy",
        choices=("all", "clean"),
        default="all",
        help="what is summed: all records, or those that break no error rule",
    )
    parser.add_argument("--columns", default="", metavar="OLD=NEW,…", help="the names that columns are to be known by")
    parser.add_argument("--source", metavar="NAME", help="judge the columns that begin with NAME_")
    parser.add_argument("--against", type=Path, metavar="FILE", help="sums per area, or per TPS, to compare with")
    parser.add_argument("--json", action="store_true", help="answer facts as JSON")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Count the file; exit code 0, 1 or 2. Raises Rejected for files and names that do not serve."""
    from election import bundle as bundles
    from recap import tally
    from recap.tally import tables

    renamed = _renamed(args.columns)
    if renamed is None:
        print("suara tally: --columns takes old=new,old=new", file=sys.stderr)
        return MISUSE
    bundle = bundles.load(args.bundle)
    sources = tuple(dict.fromkeys((*tally.SOURCES, *([args.source.lower()] if args.source else []))))
    records = _read(bundle, args, renamed, sources)
    count = tally.count(bundle, records, tally.Policy(args.policy), args.source and args.source.lower())
    tables.write(args.out, bundle.tree, count)
    compared = None
    if args.against or len({named.source for named in records.figures}) > 1:
        compared = tally.compare(bundle.tree, count, args.against)
        tables.write_differences(args.out, compared.differences)
    _answer(args, count, compared)
    differs = bool(args.against and compared and compared.differences)
    return DIFFERS if records.refused or differs else HOLDS


def _read(bundle: "Bundle", args: argparse.Namespace, renamed: dict[str, str], sources: tuple[str, ...]) -> "Records":
    from recap import tally

    contests = bundle.contests
    key = args.contest or ("ppwp" if "ppwp" in contests else next(iter(contests), ""))
    contest = tally.whole(bundle, key)
    return tally.read(args.records, bundle.tree, contest, bundle.tps_holding(key), renamed, sources)


def _renamed(text: str) -> dict[str, str] | None:
    pairs = [pair.split("=") for pair in text.split(",") if pair]
    return None if any(len(pair) != 2 for pair in pairs) else dict(pairs)


def _answer(args: argparse.Namespace, count: "Count", compared: "Compared | None") -> None:
    facts = _facts(args, count, compared)
    if args.json:
        print(json.dumps(facts, indent=2))
    else:
        _print(args, facts, count, compared)


def _facts(args: argparse.Namespace, count: "Count", compared: "Compared | None") -> dict[str, Any]:
    records = count.records
    facts: dict[str, Any] = {
        "contest": records.contest.key,
        "policy": args.policy,
        "source": count.source,
        "records": len(records),
        "records_summed": int(count.summed.sum()),
        "areas": len(count.areas),
        "totals": {named.name: int(count.sums[0, j]) for j, named in enumerate(records.figures)},
        "broken": {code: int(rows.sum()) for code, rows in count.broken.items()},
        "judged": dict(count.judged),
        "held": {block: int(rows.sum()) for block, rows in count.held.items()},
        "refused": len(records.refused),
        "ignored_columns": list(records.ignored),
    }
    if compared is not None:
        facts["compared"] = list(compared.figures)
        facts["differences"] = _by_source(compared)
    return facts


def _by_source(compared: "Compared") -> dict[str, list[int]]:
    """Against whom → differing figures on each level, nation to TPS."""
    answer: dict[str, list[int]] = {}
    for difference in compared.differences:
        answer.setdefault(difference.against, [0] * 6)[difference.tingkat] += 1
    return answer


def _print(args: argparse.Namespace, facts: dict[str, Any], count: "Count", compared: "Compared | None") -> None:
    source = f", judged as {facts['source']}" if facts["source"] else ""
    print(f"{facts['records']:,} records of {facts['contest']}{source}; {facts['records_summed']:,} in the totals")
    print(f"{facts['areas']:,} areas; the nation's totals:")
    for name, total in facts["totals"].items():
        print(f"  {name:<28}{total:>15,}")
    print("rules (broken of judged):")
    for code, broken in facts["broken"].items():
        judged = facts["judged"][code]
        print(f"  {code}{broken:>10,} of {judged:>9,}  {100 * broken / judged:6.2f} %")
    print("held: " + ", ".join(f"{block} {n:,}" for block, n in facts["held"].items()))
    if facts["ignored_columns"]:
        print("left alone: " + ", ".join(facts["ignored_columns"]))
    if compared is not None:
        _print_differences(facts, compared)
    for refusal in count.records.refused[:SHOWN]:
        print(f"{refusal.file} row {refusal.row}: {refusal.reason} {refusal.kode} {refusal.column}", file=sys.stderr)
    if facts["refused"]:
        print(f"{facts['refused']:,} rows were not counted; all are in {args.out / 'refused.csv'}", file=sys.stderr)
    print(f"written to {args.out}")


def _print_differences(facts: dict[str, Any], compared: "Compared") -> None:
    print(f"compared on each level, nation to TPS: {facts['compared']}")
    for against, counts in facts["differences"].items():
        print(f"  differing figures against {against}: {counts}")
    for d in compared.differences[:SHOWN]:
        print(f"  {d.kode:<12} {d.field:<18} ours {d.ours}, {d.against} {d.theirs}, difference {d.difference}")
