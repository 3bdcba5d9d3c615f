"""`suara ocr eval|calibrate|explain`: how well reading does, what of it is accepted, and what it saw in one photo."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from election import acceptance
from suara.cli import DIFFERS, HOLDS, MISUSE

if TYPE_CHECKING:
    from collections.abc import Mapping

CROPS = """\
FILE is Parquet with `jpeg` (an encoded picture of one box), `label` (0–9, X, dash, blank, void, or zero = any of 0, X,
dash, blank; in any case, also "-" and "empty") and `group` (writer or TPS; optional).

examples:
  suara ocr eval crops boxes.parquet
  suara ocr eval crops boxes.parquet --json --report report
"""
PAGES = """\
DIR holds images and ground_truth.csv with the columns image, contest, template, page, then one column a field, empty
where this page does not have it. A column `record` (or `tps`) says which pages belong together; without it file names
that end in the page do. `template` may be ours, the model printed on the form, or empty. Fields go by our names
(suara_sah, paslon_1, pengguna_total_j) or common ones (sah, tidak_sah, total, pas1, 100025).

examples:
  suara ocr eval pages folder
  suara ocr eval pages folder --threshold 0.999 --json --report report
  suara ocr eval pages ../shared/data/forms/scans_2019 --contest ppwp --template C1-PPWP
"""
CALIBRATE = """\
Takes the kept runs of the shipped model (`python -m benchmarks.prove_reading`), and chooses for
each kind of block the lowest threshold whose accepted blocks are wrong at most as often as the risk says, by their own
probabilities and as counted. Writes them to election/acceptance.json with --write.

examples:
  suara ocr calibrate benchmarks/runs
  suara ocr calibrate benchmarks/runs --risk 1e-4 --write
"""
EXPLAIN = """\
Writes of every page n: photo-n.jpg (the page found in it), page-n.jpg (straightened), boxes-n.png (every box with what
it is taken for); and decode.md (each number by itself, and decoded with the sums). Names and signatures are covered.

example: suara ocr explain page2.jpg page3.jpg --out folder
"""


def add(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the actions."""
    measure = actions.add_parser("eval", help="measure reading", epilog="example: suara ocr eval crops boxes.parquet")
    kinds = measure.add_subparsers(dest="kind", metavar="KIND", required=True)
    crops = _parser(kinds, "crops", "single boxes: Parquet with jpeg, label, group", CROPS)
    crops.add_argument("file", type=Path, metavar="FILE")
    pages = _parser(kinds, "pages", "a folder of images with ground_truth.csv", PAGES)
    pages.add_argument("file", type=Path, metavar="DIR")
    pages.add_argument("--contest", help="key of the contest, where the table does not say")
    pages.add_argument("--template", help="of the forms, where the table does not say")
    for parser, func, default in ((crops, eval_crops, "0.99"), (pages, eval_pages, "the model's own")):
        parser.add_argument("--threshold", type=_probability, help=f"probability from which it is accepted ({default})")
        parser.add_argument("--report", type=Path, metavar="DIR", help="write report.html and report.json there")
        parser.add_argument("--json", action="store_true")
        parser.set_defaults(func=func)
    _add_calibrate(actions)
    _add_explain(actions)


def _parser(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, text: str, examples: str
) -> argparse.ArgumentParser:
    return actions.add_parser(
        name, help=text, description=text, epilog=examples, formatter_class=argparse.RawDescriptionHelpFormatter
    )


def _add_calibrate(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = _parser(actions, "calibrate", "choose acceptance thresholds from a stated risk, on kept runs", CALIBRATE)
    parser.add_argument("runs", type=Path, metavar="RUNS", help="folder of kept runs")
    parser.add_argument(
        "--risk",
        type=_probability,
        default=acceptance.RISK,
        help="wrong share of what is accepted (default: %(default)g)",
    )
    parser.add_argument("--answers", help="of the runs (default: all that the shipped model has)")
    parser.add_argument("--write", action="store_true", help="into election/acceptance.json")
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(func=calibrate)


def _add_explain(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    from suara.commands.ocr import add_ballot

    parser = _parser(actions, "explain", "what reading saw in the photos of a record, in pictures", EXPLAIN)
    parser.add_argument("images", nargs="+", type=Path, metavar="IMAGE")
    add_ballot(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.set_defaults(func=explain)


def _probability(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} does not lie between 0 and 1")
    return value


def eval_crops(args: argparse.Namespace) -> int:
    """Measure single boxes."""
    from ocr.evaluate import crops

    limits = {} if args.threshold is None else {"threshold": args.threshold}
    return _print(crops.evaluate(args.file, **limits), args, f"Boxes of {args.file.name}")


def eval_pages(args: argparse.Namespace) -> int:
    """Measure whole pages."""
    from ocr.evaluate import pages
    from ocr.guard import Guard
    from ocr.reader import PageReader

    with Guard() as guard:
        found = pages.evaluate(args.file, args.threshold, args.contest, args.template, PageReader(guard))
    return _print(found, args, f"Pages of {args.file.resolve().name}")


def _print(report: "Mapping[str, Any]", args: argparse.Namespace, title: str) -> int:
    from ocr.evaluate.report import text, write

    written = write(dict(report), args.report, title) if args.report else None
    print(json.dumps(report) if args.json else text(dict(report)))
    if written and not args.json:
        print(written)
    return HOLDS


def calibrate(args: argparse.Namespace) -> int:
    """Choose thresholds; exit code 1 where no run of the model is kept, or something accepted was wrong."""
    import msgspec

    from ocr.digits import default
    from ocr.evaluate import kept
    from ocr.evaluate.choice import choose

    runs = kept.load(args.runs, default().sha256, args.answers)
    if not runs:
        print(f"no run of model {default().sha256[:12]} is kept in {args.runs}; see benchmarks/prove_reading.py")
        return MISUSE
    entry = choose(runs, default().sha256, args.risk)
    if args.write:
        file = Path(acceptance.__file__).with_suffix(".json")
        file.write_bytes(acceptance.render(acceptance.entries(), entry))
    print(msgspec.json.format(msgspec.json.encode(entry), indent=0 if args.json else 1).decode())
    return DIFFERS if any(measured.wrong for measured in entry.measured.values()) else HOLDS


def explain(args: argparse.Namespace) -> int:
    """Explain photos of one record; exit code 1 where one of them cannot be read."""
    from ocr.evaluate.explain import explain as draw
    from ocr.fault import ScanFault
    from ocr.guard import Guard
    from suara.commands.ocr import ballot_of, photo

    contest, form = ballot_of(args)
    try:
        with Guard() as guard:
            found = draw([photo(path) for path in args.images], contest, form, args.page, args.out, guard)
    except ScanFault as fault:
        print(f"suara: {fault}", file=sys.stderr)
        return DIFFERS
    print("\n".join(str(path) for path in found))
    return HOLDS
