"""`suara earlier`: elections of before, loaded from files that outsiders have and held against the present one."""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from election.errors import Rejected

if TYPE_CHECKING:
    from publisher.earlier.compare import Line
    from publisher.earlier.publishing import Laid

HOLDS = 0
EXAMPLES = """\
examples:
  suara earlier load pemilu2019 --data data       a folder of files as they lie: 2019, ppwp2024, dpr2024, sirekap2024
  suara earlier publish --data data               v1/{contest}/earlier/*.json, data/analysis/…
  suara earlier compare 2019 --contest ppwp --source kpu --data data
  suara earlier compare 2024 --contest pdpr --source sk --same partai_1=partai_1 --data data
"""
SHOWN = 40


class NotLoaded(Rejected):
    """No such election is kept here, or it has no such source."""

    code = "earlier.not_loaded"
    advice: ClassVar[dict[str, str]] = {
        "id": "Tidak ada {what}; yang ada: {known}. Muat dengan suara earlier load.",
        "en": "There is no {what}; there are: {known}. Load it with suara earlier load.",
    }


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Registers `suara earlier`."""
    raw = argparse.RawDescriptionHelpFormatter
    about = "Elections of before beside the present one."
    parser = subparsers.add_parser(
        "earlier", help="earlier elections: load, publish, compare", description=about, epilog=EXAMPLES,
        formatter_class=raw,
    )  # fmt: skip
    verbs = parser.add_subparsers(required=True, metavar="WHAT")
    for name, func, told in (
        ("load", load, "read files of an earlier election and keep them"),
        ("publish", publish, "write what is kept for the public, matched to the areas of today"),
        ("compare", compare, "shares and turnout then and now"),
    ):
        one = verbs.add_parser(name, help=told, description=told, epilog=EXAMPLES, formatter_class=raw)
        if name == "load":
            one.add_argument("folder", type=Path, metavar="FOLDER")
        if name == "compare":
            one.add_argument("election", metavar="ELECTION", help="such as 2019")
            one.add_argument("--contest", default="ppwp", metavar="KEY")
            one.add_argument("--source", metavar="NAME", help="whose figures (default: the first by name)")
            one.add_argument(
                "--same", action="append", default=[], metavar="THEN=NOW", help="the same choice, twice named"
            )
        one.add_argument("--data", type=Path, default=Path("data"), metavar="DIR", help="the system's own folder")
        one.add_argument("--json", action="store_true", help="answer facts as JSON")
        one.set_defaults(func=func)


def load(args: argparse.Namespace) -> int:
    """Read and keep; exit code 0. Raises NotKnown, Unreadable."""
    from publisher.earlier.kept import keep
    from publisher.earlier.sources import read

    earlier = read(args.folder)
    path = keep(args.data / "earlier", earlier)
    levels = Counter(place.level for place in earlier.places.values())
    facts = {"kept": path.name, "areas": dict(levels), "sources": earlier.sources}
    print(json.dumps(facts) if args.json else f"kept {path}: {dict(levels)}, sources {', '.join(earlier.sources)}")
    return HOLDS


def publish(args: argparse.Namespace) -> int:
    """Write for the public; exit code 0. Raises BundleMissing."""
    from publisher.earlier.publishing import publish
    from publisher.folder import Folder

    laid = _laid(args)
    written = publish(Folder(args.data / "public"), laid)
    elections = [_facts(one) for one in laid]
    if args.json:
        print(json.dumps({"documents": written, "elections": elections}, indent=2))
        return HOLDS
    print(f"{written:,} documents")
    for one in elections:
        print(json.dumps(one))
    return HOLDS


def compare(args: argparse.Namespace) -> int:
    """Hold one against the present; exit code 0. Raises NotLoaded."""
    from publisher.earlier.publishing import compared
    from publisher.folder import Folder

    every = [one for one in _laid(args, args.election) if one.earlier.contest == args.contest]
    if not every:
        raise NotLoaded(what=f"{args.election} {args.contest}", known=", ".join(_kept(args)) or "-")
    one = every[0]
    source = args.source or one.earlier.sources[0]
    if source not in one.earlier.sources:
        raise NotLoaded(what=f"source {source}", known=", ".join(one.earlier.sources))
    same = dict(pair.partition("=")[::2] for pair in args.same)
    lines = compared(Folder(args.data / "public"), one, source, same)
    if args.json:
        print(json.dumps(_facts(one) | {"source": source, "lines": len(lines)}, indent=2))
        return HOLDS
    for line in [line for line in lines if line.level in ("nasional", "provinsi")][:SHOWN]:
        print(_told(line))
    print(f"{len(lines):,} lines in data/analysis/compared; {json.dumps(_facts(one))}", file=sys.stderr)
    return HOLDS


def _told(line: "Line") -> str:
    shares = [None if one is None else f"{one / 100:.2f} %" for one in (line.share_then, line.share_now)]
    names = f"{line.field_then or '-'} / {line.field_now or '-'}"
    return f"{line.kode:<6}{line.nama:<28}{names:<24}{shares[0] or '-':>10}{shares[1] or '-':>10}  {line.basis}"


def _facts(one: "Laid") -> dict[str, Any]:
    bases = Counter(f"{area.level} {area.basis}" for area in one.areas)
    left = Counter(f"{row.level} {row.side} {row.reason}" for row in one.matching.unmatched)
    hows = Counter(f"{row.level} {row.how}" for row in one.matching.matches)
    return {
        "election": one.earlier.election,
        "contest": one.earlier.contest,
        "matched": dict(hows),
        "basis": dict(bases),
        "unmatched": dict(left),
    }


def _laid(args: argparse.Namespace, election: str | None = None) -> "list[Laid]":
    from election import bundle as bundles
    from publisher.earlier.publishing import lay

    return lay(bundles.load(args.data / "bundle"), args.data / "earlier", election)


def _kept(args: argparse.Namespace) -> list[str]:
    from publisher.earlier.kept import loaded

    return [path.stem for path in loaded(args.data / "earlier")]
