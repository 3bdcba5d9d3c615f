"""`suara form`: list templates, print a blank form, fill and photograph a sample, check a template's geometry."""

import argparse
import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from suara.ballot import DEFAULT_SEED, Paper, add_options, paper
from suara.cli import DIFFERS, HOLDS
from suara.numbers import natural, part

if TYPE_CHECKING:
    from election.form import Form
    from paper import Specimen

EXAMPLE = """\
examples:
  suara form list
  suara form print ppwp --out c_hasil_ppwp.pdf
  suara form print pdpr --bundle B --tps 4101012001001 --out c_hasil_pdpr.pdf
  suara form fill pdpr --seed 1 --hardness 0.5 --out sample
  suara form check ppwp measured.pdf

CONTEST is the key of a contest (ppwp) or the name of a template (c_hasil_ppwp_2024). A form follows its ballot: one
page a party, a row a candidate. The ballot is that of a TPS in a bundle, or an invented one. How to write a template:
docs/forms.md.
"""
PRINT = """\
  suara form print ppwp --out blank.pdf
  suara form print pdprdk --seed 7 --out blank.pdf                     parties and candidates invented from the seed
  suara form print pdpr --bundle B --tps 4101012001001 --out dpr.pdf   those on the ballot of a TPS
"""
FILL = """\
  suara form fill ppwp --seed 7 --hardness 0.6 --out sample
  suara form fill pdpr --page 2 20 --out sample                  only these pages of the twenty
  suara form fill pkwkp --condition fold=0.8 glare=0.5 --out sample
  suara form fill ppwp --wrong --out sample                      figures that contradict each other on paper
  suara ocr eval pages sample                                    reads what was written: ground_truth.csv is there
"""
CHECK = """\
  suara form check ppwp                 the template against the PDF that we print
  suara form check ppwp measured.pdf    against any vector PDF
  suara form check pdpr --json
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
    actions = form.add_subparsers(dest="action", metavar="list|print|fill|check", required=True)
    _add_list(actions)
    _add_print(actions)
    _add_fill(actions)
    _add_check(actions)


def _add_list(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    text = "the templates there are, with contest, size and pages"
    parser = actions.add_parser("list", help=text, description=text, epilog="example: suara form list --json")
    parser.add_argument("--json", action="store_true", help="answer as JSON")
    parser.set_defaults(func=list_forms)


def _action(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, text: str, examples: str
) -> argparse.ArgumentParser:
    parser = actions.add_parser(
        name,
        help=text,
        description=text,
        epilog=f"examples:\n{examples}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_options(parser)
    return parser


def _add_print(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = _action(actions, "print", "a blank form as a vector PDF of the true size", PRINT)
    parser.add_argument("--out", type=Path, required=True, help="the PDF to write")
    parser.set_defaults(func=print_form)


def _add_fill(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = _action(actions, "fill", "photos of an invented, filled form, and the truth beside them", FILL)
    parser.add_argument("--hardness", type=part, default=0.4, help="of the photos, 0 to 1 (default: %(default)s)")
    parser.add_argument(
        "--condition",
        type=_condition,
        nargs="+",
        metavar="NAME=X",
        help="exactly these hardships, each 0 to 1 (a name alone: 1)",
    )
    parser.add_argument("--page", type=natural, nargs="+", metavar="N", help="only these pages")
    parser.add_argument("--wrong", action="store_true", help="write figures that contradict each other")
    parser.add_argument("--out", type=Path, required=True, help="folder for the photos and the truth")
    parser.add_argument("--json", action="store_true", help="print the truth, too")
    parser.set_defaults(func=fill_form)


def _add_check(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = _action(actions, "check", "a template's geometry against a PDF, or a JSON file of measures", CHECK)
    parser.add_argument(
        "file", type=Path, nargs="?", help="PDF or JSON, right after CONTEST; without one, the PDF that we print"
    )
    parser.add_argument("--json", action="store_true", help="answer as JSON")
    parser.set_defaults(func=check_form)


def list_forms(args: argparse.Namespace) -> int:
    """Prints a line a template; pages and choices are those of an invented ballot."""
    from election.form import names

    rows = [
        _listed(paper(argparse.Namespace(contest=name, bundle=None, tps=None, seed=DEFAULT_SEED))) for name in names()
    ]
    if args.json:
        print(json.dumps(rows, indent=1))
        return HOLDS
    print(f"{'template':<18} {'contest':<7} {'model':<14} {'mm':<9} {'pages':<7} tags")
    for row in rows:
        width, height = row["size_mm"]
        tags = "none" if row["tags"] is None else f"{row['tags'][0]}–{row['tags'][1]}"
        pages = f"{row['pages']}{' *' if row['follows_ballot'] else ''}"
        print(
            f"{row['name']:<18} {row['contest']:<7} {row['model']:<14} {f'{width:.0f}×{height:.0f}':<9} "
            f"{pages:<7} {tags}"
        )
    print("* with the ballot; here one that is invented")
    return HOLDS


def _listed(of: Paper) -> dict[str, Any]:
    from election.form import SHELF

    form, ids = of.form, [page.tag_id for page in of.form.pages]
    return {
        "name": form.name,
        "contest": form.contest,
        "model": form.model,
        "size_mm": form.page_size_mm,
        "pages": len(form.pages),
        "follows_ballot": SHELF.follows_ballot(form.name),
        "tags": None if ids[0] is None else [ids[0], ids[-1]],
    }


def print_form(args: argparse.Namespace) -> int:
    """Writes the blank form."""
    from paper import sheet

    blank = sheet.pdf(paper(args).form)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_bytes(blank)
    print(args.out)
    return HOLDS


def fill_form(args: argparse.Namespace) -> int:
    """Writes a photo a page, `truth.json` with all that is known of them, and `ground_truth.csv` for `ocr eval`."""
    import numpy as np

    from paper import hand, record, sample

    (contest, form), rng = paper(args), np.random.default_rng(args.seed)
    figures, writer = record.invent(form, rng), hand.invent(rng)
    wrong = record.spoil(figures, contest, rng) if args.wrong else ()
    shown = [form.page(number) for number in dict.fromkeys(args.page or range(1, len(form.pages) + 1))]
    conditions = None if args.condition is None else dict(args.condition)
    pages = []
    for page in shown:
        specimen = sample(form, page.number, rng, args.hardness, figures, writer, conditions=conditions)
        pages.append(_photographed(args.out, form, page.number, specimen))
    about = {"form": form.name, "contest": msgspec.to_builtins(contest), "seed": args.seed, "hardness": args.hardness}
    document = json.dumps({**about, "wrong": wrong, "pages": pages}, indent=1)
    (args.out / "truth.json").write_text(document + "\n")
    _table(args.out / "ground_truth.csv", form, pages)
    print(document if args.json else "\n".join(str(args.out / page["photo"]) for page in pages))
    return HOLDS


def _photographed(folder: Path, form: "Form", number: int, specimen: "Specimen") -> dict[str, Any]:
    """Writes a photo; what is known of it."""
    folder.mkdir(parents=True, exist_ok=True)
    photo = folder / f"{form.name}_{number:02}.jpg"
    photo.write_bytes(specimen.jpeg)
    return {"page": number, "photo": photo.name, **_truth(specimen)}


def _truth(specimen: "Specimen") -> dict[str, Any]:
    return {
        "figures": specimen.figures,
        "boxes": specimen.labels,
        "bubbles": specimen.bubbles,
        "tally_sums": specimen.marks,
        "conditions": specimen.conditions,
        "hidden": sorted(specimen.hidden),
        "homography_mm_to_px": specimen.homography.tolist(),
        "size_px": specimen.size,
    }


def _table(file: Path, form: "Form", pages: list[dict[str, Any]]) -> None:
    """A row a photo, a column a field; empty where the page does not have it."""
    fields = [field.name for field in form.fields]
    with file.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(["image", "contest", "template", "page", "record", *fields])
        for page in pages:
            cells = [page["figures"].get(name) for name in fields]
            about = [page["photo"], form.contest, form.name, page["page"], 1]
            table.writerow([*about, *("" if cell is None else cell for cell in cells)])


def check_form(args: argparse.Namespace) -> int:
    """Says whether every mark lies where the template has it."""
    from paper import measure, sheet

    form = paper(args).form
    if args.file:
        args.file.stat()  # a path that is not there is another mistake than a file that is no PDF
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


def _condition(text: str) -> tuple[str, float]:
    name, equals, strength = text.partition("=")
    return name, part(strength) if equals else 1.0
