"""`suara form`: print a blank form, fill and photograph a sample with its truth, check a template's geometry."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from suara.cli import DIFFERS, HOLDS

if TYPE_CHECKING:
    from election.form import Form
    from paper import Specimen

EXAMPLE = """\
examples:
  suara form print ppwp --out c_hasil_ppwp.pdf
  suara form fill ppwp --seed 1 --hardness 0.5 --out sample
  suara form check ppwp measured.pdf

CONTEST is the key of a contest (ppwp) or the name of a template (c_hasil_ppwp_2024).
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Registers the command."""
    form = commands.add_parser(
        "form",
        help="blank forms, filled and photographed samples, geometry",
        description="Result forms as paper: drawn by Suara itself, at the geometry of the template.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = form.add_subparsers(dest="action", metavar="ACTION", required=True)
    _add_print(actions)
    _add_fill(actions)
    _add_check(actions)


def _add_print(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = actions.add_parser(
        "print",
        help="a blank form as a vector PDF of the true size",
        epilog="example: suara form print ppwp --out blank.pdf",
    )
    parser.add_argument("contest", metavar="CONTEST")
    parser.add_argument("--out", type=Path, required=True, help="the PDF to write")
    parser.set_defaults(func=print_form)


def _add_fill(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = actions.add_parser(
        "fill",
        help="photos of an invented, filled form, and truth.json beside them",
        epilog="example: suara form fill ppwp --seed 7 --hardness 0.6 --out sample",
    )
    parser.add_argument("contest", metavar="CONTEST")
    parser.add_argument("--seed", type=int, default=1, help="everything follows from it (default: %(default)s)")
    parser.add_argument("--hardness", type=_part, default=0.4, help="of the photos, 0 to 1 (default: %(default)s)")
    parser.add_argument("--out", type=Path, required=True, help="folder for the photos and the truth")
    parser.add_argument("--json", action="store_true", help="print the truth, too")
    parser.set_defaults(func=fill_form)


def _add_check(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = actions.add_parser(
        "check",
        help="a template's geometry against a PDF, or a JSON file of measures",
        epilog="example: suara form check ppwp measured.pdf",
    )
    parser.add_argument("contest", metavar="CONTEST")
    parser.add_argument("file", type=Path, nargs="?", help="PDF or JSON; without one, against the PDF that we print")
    parser.add_argument("--json", action="store_true", help="answer as JSON")
    parser.set_defaults(func=check_form)


def print_form(args: argparse.Namespace) -> int:
    """Writes the blank form."""
    from paper import sheet

    args.out.write_bytes(sheet.pdf(template(args.contest)))
    print(args.out)
    return HOLDS


def fill_form(args: argparse.Namespace) -> int:
    """Writes a photo a page and the truth about them."""
    import numpy as np

    from paper import hand, record, sample

    form, rng = template(args.contest), np.random.default_rng(args.seed)
    figures, writer = record.invent(form, rng), hand.invent(rng)
    args.out.mkdir(parents=True, exist_ok=True)
    pages = []
    for page in form.pages:
        specimen = sample(form, page.number, rng, args.hardness, figures, writer)
        photo = args.out / f"{form.name}_{page.number}.jpg"
        photo.write_bytes(specimen.jpeg)
        pages.append({"page": page.number, "photo": photo.name, **_truth(specimen)})
    truth = {"form": form.name, "seed": args.seed, "hardness": args.hardness, "pages": pages}
    document = json.dumps(truth, indent=1)
    (args.out / "truth.json").write_text(document + "\n")
    print(document if args.json else "\n".join(str(args.out / page["photo"]) for page in pages))
    return HOLDS


def _truth(specimen: "Specimen") -> dict[str, object]:
    return {
        "figures": specimen.figures,
        "boxes": specimen.labels,
        "bubbles": specimen.bubbles,
        "homography_mm_to_px": specimen.homography.tolist(),
        "size_px": specimen.size,
    }


def check_form(args: argparse.Namespace) -> int:
    """Says whether every mark lies where the template has it."""
    from paper import measure, sheet

    form = template(args.contest)
    found = measure.compare(form, args.file) if args.file else measure.compare_pdf(form, sheet.pdf(form))
    off = [mark for mark in found.marks if not mark.within]
    if args.json:
        worst = {kind: found.worst(kind) for kind in measure.KINDS}
        answer = {"holds": found.holds, "marks": len(found.marks), "worst_mm": worst, "off": off, "spare": found.spare}
        print(msgspec.json.encode(answer).decode())
    else:
        for kind in measure.KINDS:
            count = sum(mark.kind == kind for mark in found.marks)
            print(f"{kind:<8} {count:>4}   worst {found.worst(kind):.3f} mm")
        for mark in off:
            print(f"differs: page {mark.page}, {mark.kind} {mark.name}: {mark.off:.3f} mm")
        for spare in found.spare:
            print(f"not in the template: {spare}")
    return HOLDS if found.holds else DIFFERS


def template(contest: str) -> "Form":
    """The newest template of a contest, or the one of that name. Raises UnknownForm."""
    from election import form

    of_contest = [name for name in form.names() if form.load(name).contest == contest]
    return form.load(of_contest[-1] if of_contest else contest)


def _part(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError("hardness lies between 0 and 1")
    return value
