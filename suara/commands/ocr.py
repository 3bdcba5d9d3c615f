"""`suara ocr`: read one photo, measure reading on labelled crops or pages, train the digit network.

Without an action it is the role that reads waiting photos (see `roles`). What reading is lives in `ocr`.
"""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from suara.cli import DIFFERS, HOLDS

if TYPE_CHECKING:
    from election.contest import Contest

EXAMPLE = """\
examples:
  suara ocr --data data                       the role: read waiting photos until stopped
  suara ocr read photo.jpg                    what one photo says
  suara ocr eval crops boxes.parquet --json   errors of single boxes, with intervals
  suara ocr eval pages folder                 errors of whole pages against ground_truth.csv
  suara ocr train --seed 2024 --digits DIR --out digits.onnx
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Give the role's command its actions."""
    role = commands.choices["ocr"]
    role.epilog = EXAMPLE
    actions = role.add_subparsers(dest="action", metavar="ACTION", required=False)
    _add_read(actions)
    _add_eval(actions)
    _add_train(actions)


def _add_read(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = actions.add_parser(
        "read",
        help="read photos of one record's pages and decode them together",
        epilog="example: suara ocr read page2.jpg page3.jpg --time",
    )
    parser.add_argument("images", nargs="+", type=Path, metavar="IMAGE")
    parser.add_argument("--contest", default="ppwp", help="key of the contest (default: %(default)s)")
    parser.add_argument("--form", default="c_hasil_ppwp_2024", help="template of the form (default: %(default)s)")
    parser.add_argument("--choices", type=int, default=3, help="choices on the ballot (default: %(default)s)")
    parser.add_argument("--time", action="store_true", help="print the milliseconds of each stage")
    parser.add_argument("--rendition", type=Path, help="write the masked picture for the public here")
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(func=read)


def _add_eval(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    measure = actions.add_parser("eval", help="measure reading", epilog="example: suara ocr eval crops boxes.parquet")
    kinds = measure.add_subparsers(dest="kind", metavar="KIND", required=True)
    crops = kinds.add_parser(
        "crops",
        help="single boxes: Parquet with jpeg, label, group",
        epilog="example: suara ocr eval crops boxes.parquet --json",
    )
    crops.add_argument("file", type=Path)
    pages = kinds.add_parser(
        "pages",
        help="a folder of images with ground_truth.csv",
        epilog="example: suara ocr eval pages folder --threshold 0.999",
    )
    pages.add_argument("file", type=Path, metavar="DIR")
    for parser, func in ((crops, eval_crops), (pages, eval_pages)):
        parser.add_argument(
            "--threshold", type=float, default=0.99, help="probability from which an answer is accepted"
        )
        parser.add_argument("--json", action="store_true")
        parser.set_defaults(func=func)


def _add_train(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = actions.add_parser(
        "train",
        help="train the digit network from own forms and digit files (extra: train)",
        epilog="example: suara ocr train --digits DIR --seed 2024 --out digits.onnx",
    )
    parser.add_argument("--digits", type=Path, required=True, help="folder of the digit files")
    parser.add_argument("--seed", type=int, default=2024)
    parser.add_argument("--epochs", type=int, default=14)
    parser.add_argument("--photos", type=int, default=200, help="pages of 66 boxes to draw")
    parser.add_argument("--out", type=Path, required=True, help="the ONNX file to write")
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(func=train)


def read(args: argparse.Namespace) -> int:
    """Read photos; exit code 1 where one of them cannot be read."""
    from election import form
    from election.decode import decode
    from election.scores import decode as scores_of
    from ocr.reader import PageReader

    reader, template = PageReader(), form.load(args.form)
    times: dict[str, float] = {}
    pages = []
    answer: dict[str, Any] = {"model": reader.model_sha256, "pages": [], "blocks": {}}
    for path in args.images:
        found = reader.read(path.read_bytes(), template, times.__setitem__)
        page = {"image": str(path), "page": found.page, "fault": found.fault, "quality": found.quality}
        answer["pages"].append(page | ({"ms": {k: round(v * 1000, 2) for k, v in times.items()}} if args.time else {}))
        if found.scores:
            pages.append(scores_of(found.scores))
        if found.rendition and args.rendition:
            args.rendition.write_bytes(found.rendition)
    contest = _contest(args.contest, args.choices, args.form)
    for block, reading in decode(contest, pages).items():
        answer["blocks"][block] = {
            "figures": dict(zip(contest.blocks[block], reading.figures, strict=True)),
            "raw": dict(zip(contest.blocks[block], reading.raw, strict=True)),
            "probability": reading.probability,
            "consistent": reading.consistent,
        }
    answer["numbers"] = _alone(pages)
    print(json.dumps(answer) if args.json else _told(answer))
    return DIFFERS if any(page["fault"] for page in answer["pages"]) else HOLDS


def _contest(key: str, choices: int, template: str) -> "Contest":
    from election.contest import Choice, Contest

    return Contest(key, tuple(Choice(str(n), n, f"{n}") for n in range(1, choices + 1)), template)


def _alone(pages: list[Any]) -> dict[str, Any]:
    """Each number by itself, without the sums, and its probability where every number is as likely beforehand."""
    from election.decode.number import best, likelihood

    numbers = {}
    for page in pages:
        for name, field in page.fields.items():
            chance = likelihood(field)
            numbers[name] = {"value": best(chance), "probability": round(float(chance.max() / chance.sum()), 6)}
    return numbers


def _told(answer: dict[str, Any]) -> str:
    lines = []
    for page in answer["pages"]:
        seen = f"page {page['page']}, quality {page['quality']}" if page["page"] else page["fault"]
        spent = "".join(f"  {stage} {ms} ms" for stage, ms in page.get("ms", {}).items())
        lines.append(f"{page['image']}: {seen}{spent}")
    for name, number in answer["numbers"].items():
        value = "–" if number["value"] is None else number["value"]
        lines.append(f"  {name:32} {value:>5}  {number['probability']:.4f}")
    for block, reading in answer["blocks"].items():
        figures = ", ".join("–" if v is None else str(v) for v in reading["figures"].values())
        sums = "sums hold" if reading["consistent"] else "sums do not hold"
        lines.append(f"{block}: {figures}  probability {reading['probability']:.6f}, {sums}")
    return "\n".join(lines)


def eval_crops(args: argparse.Namespace) -> int:
    """Measure single boxes."""
    from ocr.evaluate import crops

    return _print(crops(args.file, args.threshold), args.json)


def eval_pages(args: argparse.Namespace) -> int:
    """Measure whole pages."""
    from ocr.evaluate import pages

    return _print(pages(args.file, args.threshold), args.json)


def _print(report: dict[str, Any], as_json: bool) -> int:
    if as_json:
        print(json.dumps(report))
        return HOLDS
    for name, value in report.items():
        print(f"{name:16} {json.dumps(value)}")
    return HOLDS


def train(args: argparse.Namespace) -> int:
    """Train, write the ONNX file, print the figures."""
    from ocr.train.run import run

    say = (lambda _: None) if args.json else print
    figures = run(args.digits, args.out, args.seed, args.epochs, args.photos, say)
    if args.json:
        print(json.dumps(figures))
    return HOLDS
