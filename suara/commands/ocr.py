"""`suara ocr`: read photos, measure reading, choose what is accepted, explain one photo, train the digit network.

Without an action it is the role that reads waiting photos (see `roles`). What reading is lives in `ocr`.
"""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from suara.cli import DIFFERS, HOLDS
from suara.commands import ocr_measure

if TYPE_CHECKING:
    from election.contest import Contest
    from election.form import Form
    from election.scores import PageScores

EXAMPLE = """\
examples:
  suara ocr --data data                       the role: read waiting photos until stopped
  suara ocr read photo.jpg                    what one photo says
  suara ocr explain photo.jpg --out folder    the same in pictures: page, boxes, scores, decode
  suara ocr eval crops boxes.parquet --json   errors of single boxes, with intervals
  suara ocr eval pages folder                 errors of whole pages against ground_truth.csv
  suara ocr calibrate benchmarks/runs         thresholds from a stated risk, on kept runs
  suara ocr train --seed 2024 --digits DIR --out digits.onnx
"""
READ = """\
examples:
  suara ocr read page1.jpg page2.jpg page3.jpg         the pages of one record, decoded together
  suara ocr read page2.jpg --time --rendition public.jpg
  suara ocr read *.jpg --contest pdpr --bundle B --tps 3171011001001
  suara ocr read *.jpg --contest pdpr --parties 18 --candidates 8
  suara ocr read scan.png --form c1_ppwp_2019 --choices 2 --page 2

The ballot says which boxes a form has. It comes from a bundle and a TPS, or is as long as you say.
Exit code 0: every photo was read; 1: one of them was not; 2: called wrongly.
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Give the role's command its actions."""
    role = commands.choices["ocr"]
    role.epilog = EXAMPLE
    role.formatter_class = argparse.RawDescriptionHelpFormatter
    actions = role.add_subparsers(dest="action", metavar="ACTION", required=False)
    _add_read(actions)
    ocr_measure.add(actions)
    _add_train(actions)


def _add_read(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = actions.add_parser(
        "read",
        help="read photos of one record's pages and decode them together",
        epilog=READ,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("images", nargs="+", type=Path, metavar="IMAGE")
    add_ballot(parser)
    parser.add_argument("--time", action="store_true", help="print the milliseconds of each stage")
    parser.add_argument(
        "--rendition",
        type=Path,
        help="write the masked picture for the public here; of several photos, page 2 at STEM-2",
    )
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(func=read)


def add_ballot(parser: argparse.ArgumentParser) -> None:
    """The arguments that say which form the photos show."""
    parser.add_argument("--contest", default="ppwp", help="key of the contest (default: %(default)s)")
    parser.add_argument("--form", help="template of the form (default: the contest's newest)")
    parser.add_argument("--page", type=int, help="which page it is, for forms that do not say it themselves")
    parser.add_argument("--bundle", type=Path, metavar="B", help="reference data that has the ballot; needs --tps")
    parser.add_argument("--tps", metavar="KODE", help="whose ballot")
    parser.add_argument("--choices", type=_count, default=3, help="pairs or candidates on the ballot (default: 3)")
    parser.add_argument("--parties", type=_count, default=18, help="parties on the ballot (default: 18)")
    parser.add_argument("--candidates", type=_count, default=8, help="candidates of each party (default: 8)")


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return value


def _add_train(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = actions.add_parser(
        "train",
        help="train the digit network from own forms and digit files (extra: train)",
        epilog="example: suara ocr train --digits DIR --seed 2024 --out digits.onnx",
    )
    parser.add_argument("--digits", type=Path, required=True, help="folder of the digit files")
    parser.add_argument("--seed", type=int, default=2024)
    parser.add_argument("--epochs", type=int, default=21, help="of 200 batches each")
    parser.add_argument("--stop", type=int, help="leave off after so many of them")
    parser.add_argument("--photos", type=int, default=1000, help="pages to draw")
    parser.add_argument("--second", action="store_true", help="the larger network, which is asked about unsure boxes")
    parser.add_argument("--out", type=Path, required=True, help="the ONNX file to write")
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(func=train)


def ballot_of(args: argparse.Namespace) -> "tuple[Contest, Form]":
    """The ballot and the form that the arguments mean. Raises SuaraError."""
    from election import bundle as bundles
    from election import form as forms
    from ocr.evaluate.ballots import ballot, named
    from ocr.evaluate.fault import BallotUnknown

    template = named(args.contest, args.form)
    if (args.bundle is None) != (args.tps is None):
        raise BallotUnknown()
    if args.bundle is not None:
        bundle = bundles.load(args.bundle)
        contest = bundle.ballot(args.contest, bundle.tree.tps_index(args.tps))
        return contest, forms.of(contest)
    parties = template.parties
    contest = ballot(args.contest, template.name, args.parties if parties else args.choices, args.candidates)
    return contest, forms.load(template.name, contest)


def photo(path: Path) -> bytes:
    """The bytes of a photo. Raises NotReadable."""
    from ocr.evaluate.fault import NotReadable

    try:
        return path.read_bytes()
    except OSError as fault:
        raise NotReadable(file=str(path), why=type(fault).__name__, needed="a photo of a form") from fault


def read(args: argparse.Namespace) -> int:
    """Read photos; exit code 1 where one of them cannot be read."""
    from election.decode import decode
    from election.scores import decode as scores_of
    from ocr.guard import Guard
    from ocr.reader import PageReader

    contest, form = ballot_of(args)
    times: dict[str, float] = {}
    pages: list[PageScores] = []
    answer: dict[str, Any] = {"form": form.name, "pages": [], "blocks": {}}
    with Guard() as guard:
        reader = PageReader(guard)
        answer["model"] = reader.model_sha256
        for path in args.images:
            times.clear()
            found = reader.read(photo(path), form, args.page, times.__setitem__)
            page = {"image": str(path), "page": found.page, "fault": found.fault, "quality": found.quality}
            spent = {"ms": {stage: round(seconds * 1000, 2) for stage, seconds in times.items()}} if args.time else {}
            answer["pages"].append(page | spent)
            if found.scores:
                pages.append(scores_of(found.scores))
            if found.rendition and args.rendition:
                _public(args.rendition, found.page, len(args.images)).write_bytes(found.rendition)
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


def _public(file: Path, page: int | None, photos: int) -> Path:
    """Where a page's masked picture goes: of several photos each has its page in the name."""
    return file if photos == 1 else file.with_stem(f"{file.stem}-{page}")


def _alone(pages: "list[PageScores]") -> dict[str, Any]:
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


def train(args: argparse.Namespace) -> int:
    """Train, write the ONNX file, print the figures."""
    from ocr.evaluate.fault import NotReadable
    from ocr.train.network import FIRST, SECOND
    from ocr.train.run import run

    shape = SECOND if args.second else FIRST
    say = (lambda _: None) if args.json else print
    try:
        figures = run(args.digits, args.out, args.seed, args.epochs, args.photos, say, args.stop, shape)
    except FileNotFoundError as fault:
        needed = "the folder of the digit files"
        raise NotReadable(file=str(args.digits), why=f"{fault} is not there", needed=needed) from fault
    if args.json:
        print(json.dumps(figures))
    return HOLDS
