"""`suara bundle make|load|check`: reference data from the command line. The work is `election.bundle`'s."""

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from suara.cli import DIFFERS, HOLDS, MISUSE
from suara.numbers import from_zero, natural

if TYPE_CHECKING:
    from election.bundle import Bundle
    from election.problem import Problem

COUNTS = ("provinsi", "kabupaten", "kecamatan", "kelurahan", "tps")
SHOWN = 10
"""Problems of one kind that the terminal shows; `--json` has them all."""

MAKE = """\
  suara bundle make --out B                          one kabupaten, 240 TPS (the demo)
  suara bundle make --out B --size provinsi          a whole province
  suara bundle make --out B --kabupaten 3 --tps 900  three kabupaten, 900 TPS in all
  suara bundle make --out B --contests ppwp,pkwkk    more than one contest
  suara bundle make --out B --contests all           all seven, with dapil and candidates

The same arguments always write the same bytes.
"""
LOAD = """\
  suara bundle load ../shared/data/wilayah2024 --out B    the nation of 2024, with dapil where they lie beside
  suara bundle load ../shared/data/pemilu2019 --out B     2019, four provinces with TPS
"""
CHECK = """\
  suara bundle check B          exit code 0: usable (warnings may remain), 1: an error
  suara bundle check B --json   every problem with its row
"""


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Registers `suara bundle` and its three verbs."""
    parser = subparsers.add_parser("bundle", help="reference data: make an election up, load a real one, check one")
    verbs = parser.add_subparsers(dest="verb", metavar="make|load|check", required=True)
    _add_make(verbs)
    _add_load(verbs)
    _add_check(verbs)


def _verb(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, text: str, examples: str
) -> argparse.ArgumentParser:
    parser = verbs.add_parser(
        name,
        help=text,
        description=text,
        epilog=f"examples:\n{examples}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="answer facts as JSON")
    return parser


def _add_make(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = _verb(verbs, "make", "invent an election of any size", MAKE)
    parser.add_argument("--out", type=Path, required=True, metavar="B", help="directory to write")
    parser.add_argument("--seed", type=from_zero, metavar="N", help="another seed, another election")
    parser.add_argument("--size", help="kelurahan, demo, kecamatan, kabupaten, provinsi or nation")
    for level in COUNTS:
        parser.add_argument(f"--{level}", type=natural, metavar="N", help=f"how many {level} in all")
    parser.add_argument("--abroad", type=from_zero, metavar="N", help="TPS abroad on top (a nation: 3075)")
    parser.add_argument("--contests", default="ppwp", metavar="KEYS", help="comma between: ppwp,pdpr,pdpd,… or all")
    parser.add_argument("--name", help="of the election")
    parser.set_defaults(func=make)


def _add_load(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = _verb(verbs, "load", "make a bundle of real area files", LOAD)
    parser.add_argument("source", type=Path, metavar="DIR", help="a folder with the area files")
    parser.add_argument("--out", type=Path, required=True, metavar="B", help="directory to write")
    parser.set_defaults(func=load)


def _add_check(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = _verb(verbs, "check", "name everything that is wrong or odd in a bundle", CHECK)
    parser.add_argument("bundle", type=Path, metavar="B", help="the bundle's directory")
    parser.set_defaults(func=check)


def make(args: argparse.Namespace) -> int:
    """Write an invented bundle and say what is in it."""
    from election import bundle
    from election.contest import CONTEST_TYPES

    named = CONTEST_TYPES if args.contests == "all" else map(str.strip, args.contests.split(","))
    contests = tuple(dict.fromkeys(named))
    seed = {} if args.seed is None else {"seed": args.seed}
    counts = {level: getattr(args, level) for level in COUNTS}
    made = bundle.make(
        args.out, size=args.size, abroad=args.abroad, contests=contests, name=args.name, **counts, **seed
    )
    _report(made, args.out, args.json)
    return HOLDS


def load(args: argparse.Namespace) -> int:
    """Write the bundle of a real election and say what is in it."""
    from election import bundle

    _report(bundle.load_real(args.source, args.out), args.out, args.json)
    return HOLDS


def check(args: argparse.Namespace) -> int:
    """Every problem of a bundle; 1 where one of them is an error."""
    from election import bundle

    if not args.bundle.is_dir():
        print(f"suara: no such directory: {args.bundle}", file=sys.stderr)
        return MISUSE
    problems = bundle.check(args.bundle)
    errors = sum(problem.severity == "error" for problem in problems)
    if args.json:
        facts = {"errors": errors, "warnings": len(problems) - errors, "problems": [_facts(p) for p in problems]}
        print(json.dumps(facts, indent=1))
    else:
        _print_problems(problems)
        print(f"{args.bundle}: {errors} errors, {len(problems) - errors} warnings")
    return DIFFERS if errors else HOLDS


def _report(made: "Bundle", out: Path, as_json: bool) -> None:
    tree = made.tree
    counts = {name: len(tree.level(level)) for level, name in enumerate(COUNTS[:-1], start=1)} | {"tps": tree.n_tps}
    held = {key: int(mask.sum()) for key, mask in made.held.items()}
    voters = int(made.dpt_l.clip(0).sum() + made.dpt_p.clip(0).sum())
    dapil, candidates = len(made.dapil.districts), len(made.lists)
    if as_json:
        known = {"dpt": voters or None, "dapil": dapil, "candidates": candidates, "records": held}
        facts = {"name": made.name, "out": str(out), **counts, **known}
        print(json.dumps(facts, indent=1))
        return
    print(f"{made.name} -> {out}")
    print("  " + ", ".join(f"{count:,} {name}" for name, count in counts.items()))
    print(f"  {voters:,} voters on the DPT" if voters else "  DPT not known")
    if dapil:
        print(f"  {dapil:,} dapil, " + (f"{candidates:,} candidates" if candidates else "candidates not known"))
    print(f"  {made.records():,} records: " + ", ".join(f"{key} {count:,}" for key, count in held.items()))


def _facts(problem: "Problem") -> dict[str, object]:
    return {
        "code": problem.code,
        "severity": problem.severity,
        "file": problem.file,
        "row": problem.row,
        "kode": problem.kode,
        "id": problem.text("id"),
        "en": problem.text("en"),
    }


def _print_problems(problems: "list[Problem]") -> None:
    by_code: dict[str, list[Problem]] = defaultdict(list)
    for problem in problems:
        by_code[problem.code].append(problem)
    for same in by_code.values():
        for problem in same[:SHOWN]:
            print(f"{problem.severity}: {problem}")
        if len(same) > SHOWN:
            print(f"  … and {len(same) - SHOWN:,} more of {same[0].code}")
