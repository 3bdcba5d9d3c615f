"""Proves reading on generated forms: drawn, filled in, photographed under hardship, read, decoded, compared.

  python -m benchmarks.prove_reading --contest ppwp --records 2000 --seed 1 --spoiled 0.15 --hardness 0.2 0.8
  python -m benchmarks.prove_reading --contest pdpr --records 500 --seed 1 --processes 2
  python -m benchmarks.prove_reading --summary              add up all kept runs of this model and these answers
  python -m benchmarks.prove_reading --contest ppwp --seed 1 --show 17 --out FOLDER     the photos of one record

A record is all photos of one polling station's form by one invented writer. Every run is one small file in
`benchmarks/runs`, written every 50 records: stop it whenever you like, the same command goes on where it stopped.
Each record draws from (seed, its number) alone, so that any can be drawn again, by whatever number of processes.

Runs add up where model and *answers* are the same. The answers are a digest of what is read on photos of a
few records of its own, scores to the byte and probabilities to the bit, so that a program which was only rewritten
does not begin anew, and one that reads otherwise does.

A share of the records is *spoiled*: after its sums were made, numbers are written differently, so that the paper
contradicts itself. *Readable* is a block none of whose pages was refused and whose pages all have a quality of at
least `--quality`. What follows is worked out by `ocr.evaluate.proof`, thresholds by `suara ocr calibrate`.
"""

import argparse
import multiprocessing
import os
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import cv2
import numpy as np
from msgspec import Struct

from election import acceptance
from election import form as forms
from election.acceptance import Acceptance, kind_of
from election.contest import CONTEST_TYPES, Contest, Kind
from election.decode import BlockReading, decode
from election.decode.number import best, likelihood
from election.form import Form
from election.scores import CLASSES, PageScores
from election.scores import decode as scores_of
from ocr.digits import default
from ocr.evaluate import kept, proof
from ocr.evaluate.ballots import PARTIES, ballot, templates
from ocr.evaluate.choice import LOWEST
from ocr.evaluate.verdict import adding_up
from ocr.program import digest, program
from ocr.reader import PageReader, PageReading
from paper import hand, record, specimen

ROOT: Final = Path(__file__).parent.parent
RUNS: Final = Path(__file__).with_name("runs")
CHECKPOINT: Final = 50

QUALITY: Final = 300
"""Of 1000, from which a page counts as readable."""

PROBES: Final = {"ppwp": 4, "pdpd": 1, "pkwkp": 1, "pdpr": 1}
"""Records a contest, by whose photos programs are told apart that read otherwise."""

PROBE_SEED: Final = 0
"""No run has it."""

SPOILED_NAMES: Final = {"-": "dash", " ": "blank", "x": "X"}
VOID: Final = "void"


class Plan(Struct, frozen=True):
    """What decides every record of a run."""

    contest: str
    seed: int
    spoiled: float
    low: float
    high: float
    quality: int


class Seen(Struct):
    """What one record gave: a run of its own, to be added to the whole."""

    pages: int = 0
    refused: list[str] = []
    unread: list[str] = []
    numbers: dict[str, int] = {}
    boxes: dict[str, int] = {}
    blocks: list[tuple[Any, ...]] = []
    cases: list[kept.Case] = []


def main() -> None:
    """Run, or say what the kept runs show."""
    args = _arguments().parse_args()
    if args.summary:
        known = acceptance.of(default().sha256) or Acceptance(default().sha256, 0.0, {})
        print(proof.markdown(kept.load(args.runs, default().sha256, None if args.any_answers else answers()), known))
        return
    low, high = args.hardness
    plan = Plan(args.contest, args.seed, args.spoiled, low, high, args.quality)
    if args.show is not None:
        show(plan, args.show, args.out)
        return
    os.nice(19)
    run(plan, args.records, args.processes, args.runs)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contest", choices=tuple(CONTEST_TYPES), default="ppwp")
    parser.add_argument("--records", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--spoiled", "--wrong", type=float, default=0.15, help="share of records wrong on paper")
    parser.add_argument("--hardness", type=float, nargs=2, default=(0.2, 0.8), metavar=("LOW", "HIGH"))
    parser.add_argument("--quality", type=int, default=QUALITY, help="from which a page is called readable")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--runs", type=Path, default=RUNS, help="where runs are kept")
    parser.add_argument("--summary", action="store_true", help="add up the kept runs, as Markdown")
    parser.add_argument("--any-answers", action="store_true", help="with --summary: whatever their answers")
    parser.add_argument("--show", type=int, metavar="RECORD", help="write the photos of one record, and what was read")
    parser.add_argument("--out", type=Path, default=Path("record"))
    return parser


def versions() -> str:
    """The program that reads and decides."""
    decides = sorted(file.relative_to(ROOT).as_posix() for file in (ROOT / "election" / "decode").rglob("*.py"))
    return f"{program()}, decode {digest(ROOT, decides)[:12]}"


def answers() -> str:
    """12 hex digits of what the program answers on the probes: pages' scores, blocks' figures and probabilities."""
    reader, total = PageReader(), sha256()
    for key, records in PROBES.items():
        plan = Plan(key, PROBE_SEED, 0.5, 0.3, 0.9, QUALITY)
        for number in range(records):
            drawn = draw(plan, number)
            pairs = zip(drawn.photos, drawn.form.pages, strict=True)
            found = [reader.read(photo.jpeg, drawn.form, page.number) for photo, page in pairs]
            for page in found:
                total.update(repr((page.page, page.fault, page.quality, page.scores)).encode())
            for block, reading in decode(drawn.contest, [scores_of(p.scores) for p in found if p.scores]).items():
                total.update(repr((block, reading.figures, reading.probability.hex())).encode())
    return total.hexdigest()[:12]


def draws() -> str:
    """The program that draws and photographs."""
    return digest(ROOT, sorted(file.relative_to(ROOT).as_posix() for file in (ROOT / "paper").rglob("*.py")))[:12]


def run(plan: Plan, records: int, processes: int, folder: Path) -> None:
    """Read records until there are `records`, and keep the run."""
    whole = _opened(plan, records, folder)
    file = _file(whole, folder)
    since, begun = perf_counter(), whole.records
    for seen in _records(plan, range(whole.records, records), processes):
        _add(whole, seen)
        whole.records += 1
        if whole.records % CHECKPOINT == 0 or whole.records == records:
            kept.write(whole, file)
            pace = (perf_counter() - since) / (whole.records - begun)
            print(f"{plan.contest} {plan.seed}: {whole.records} of {records}, {pace:.2f} s a record", flush=True)


def _opened(plan: Plan, records: int, folder: Path) -> kept.Run:
    """The kept run that this plan goes on with, or a new one."""
    new = kept.Run(
        contest=plan.contest, seed=plan.seed, wanted=records, spoiled=plan.spoiled, hardness=(plan.low, plan.high),
        quality=plan.quality, model=default().sha256, program=versions(), answers=answers(), paper=draws(),
    )  # fmt: skip
    file = _file(new, folder)
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        return new
    old = kept.read(file)
    same = ("spoiled", "hardness", "quality", "model", "answers")
    other = [name for name in same if getattr(old, name) != getattr(new, name)]
    if other:
        raise SystemExit(f"{file.name} is a run with another {', '.join(other)}: take another --seed, or remove it")
    old.wanted = records
    return old


def _file(run: kept.Run, folder: Path) -> Path:
    """The digits tell model and answers apart; answers are to photos as they are drawn today."""
    mark = f"{run.model[:6]}-{run.answers[:6]}"
    return folder / f"{run.contest}-{run.seed}-{mark}.json"


def _records(plan: Plan, numbers: range, processes: int) -> Iterator[Seen]:
    if processes < 2:
        _prepare(plan)
        yield from map(_one, numbers)
        return
    with multiprocessing.get_context("spawn").Pool(processes, _prepare, (plan,)) as pool:
        yield from pool.imap(_one, numbers)


class _Bench:
    """What a process that reads records keeps between them."""

    plan: Plan
    reader: PageReader


def _prepare(plan: Plan) -> None:
    cv2.setNumThreads(1)
    _Bench.plan, _Bench.reader = plan, PageReader()


def _one(number: int) -> Seen:
    return see(_Bench.reader, _Bench.plan, number)


class Drawn(Struct, frozen=True):
    """One record on paper and in photos."""

    contest: Contest
    form: Form
    truth: Mapping[str, int | None]
    photos: tuple[specimen.Specimen, ...]


def draw(plan: Plan, number: int) -> Drawn:
    """The record of that number: the same whenever it is drawn."""
    rng = np.random.default_rng((plan.seed, number))
    contest = _contest(plan.contest, rng)
    form = forms.of(contest)
    truth = record.invent(contest, rng)
    if rng.random() < plan.spoiled:
        record.spoil(truth, contest, rng)
    writer = hand.invent(rng)
    hardness = rng.uniform(plan.low, plan.high, len(form.pages))
    photos = [
        specimen.sample(form, page.number, rng, float(hard), truth, writer)
        for page, hard in zip(form.pages, hardness, strict=True)
    ]
    return Drawn(contest, form, truth, tuple(photos))


def _contest(key: str, rng: np.random.Generator) -> Contest:
    """A ballot; those of parties and candidates differ from area to area, here in six ways."""
    template = templates(key)[0]
    match CONTEST_TYPES[key].kind:
        case Kind.PAIRS:
            return ballot(key, template, 3 if key == "ppwp" else int(rng.integers(2, 5)))
        case Kind.CANDIDATES:
            return ballot(key, template, int(rng.choice((8, 12, 16, 20))))
        case Kind.PARTIES:
            seats = int(rng.integers(3, 9))
            return ballot(key, template, PARTIES, seats)


def see(reader: PageReader, plan: Plan, number: int) -> Seen:
    """Read one record, and compare it with its truth."""
    drawn, seen = draw(plan, number), Seen()
    pages: list[PageScores] = []
    quality: dict[str, int] = {}
    struck = {name for photo in drawn.photos for name, marks in photo.labels.items() if VOID in marks}
    for page, photo in zip(drawn.form.pages, drawn.photos, strict=True):
        found = _read(reader, photo.jpeg, drawn.form, page.number)
        seen.pages += 1
        fault = found.fault or ("E403" if found.page != page.number else None)
        if fault or found.scores is None:
            seen.refused.append(fault or "no scores")
            continue
        pages.append(scores_of(found.scores))
        quality |= dict.fromkeys((field.name for field in page.fields), found.quality)
        _numbers(seen, pages[-1], photo, drawn.truth)
    readings = decode(drawn.contest, pages)
    blocks = drawn.contest.blocks
    clean = adding_up(drawn.contest, {block: [drawn.truth[n] for n in names] for block, names in blocks.items()})
    plain = {block: reading.figures for block, reading in readings.items() if not reading.odd}
    holding = adding_up(drawn.contest, plain)
    for block, names in blocks.items():
        written: kept.Paper = "struck" if struck & set(names) else "clean" if block in clean else "contradicting"
        if block not in readings:
            seen.unread.append(f"{kind_of(block)} {written}")
            continue
        readable = min(quality[name] for name in names) >= plan.quality
        _block(seen, Look(number, block, names, written, readable, block in holding), readings[block], drawn, struck)
    return seen


class Look(Struct, frozen=True):
    """A block of a record: what stands on its paper, and whether its figures as read keep the rules and none is written
    so that a person must look."""

    record: int
    block: str
    names: tuple[str, ...]
    written: kept.Paper
    readable: bool
    holds: bool


def _read(reader: PageReader, jpeg: bytes, form: Form, page: int) -> PageReading:
    """What the reader gives; should it raise, which it must not, the run goes on and says so among the refusals."""
    try:
        return reader.read(jpeg, form, page)
    except Exception as bug:
        return PageReading(None, f"crash: {type(bug).__name__}", 0)


def _numbers(seen: Seen, page: PageScores, photo: specimen.Specimen, truth: Mapping[str, int | None]) -> None:
    for name, field in page.fields.items():
        marks = [SPOILED_NAMES.get(mark, mark) for mark in photo.labels[name]]
        read = [CLASSES[i] for i in field.box_scores.argmax(axis=1)]
        _count(seen.boxes, "read", len(marks))
        _count(seen.boxes, "wrong", sum(a != b for a, b in zip(marks, read, strict=True)))
        if VOID not in marks:
            _count(seen.numbers, "read")
            _count(seen.numbers, "wrong alone", best(likelihood(field)) != truth[name])


def _count(counts: dict[str, int], name: str, by: int = 1) -> None:
    counts[name] = counts.get(name, 0) + by


def _block(seen: Seen, look: Look, reading: BlockReading, drawn: Drawn, struck: set[str]) -> None:
    pairs = {name: (drawn.truth[name], got) for name, got in zip(look.names, reading.figures, strict=True)}
    wrong = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
    chance = min(1.0, reading.probability)
    seen.blocks.append((kind_of(look.block), look.written, look.readable, look.holds, not wrong, chance))
    _count(seen.numbers, "decoded", len(pairs.keys() - struck))
    _count(seen.numbers, "wrong decoded", len(wrong.keys() - struck))
    tempting, doubted = wrong and look.holds and chance >= 0.5, look.written == "clean" and look.readable
    if tempting or (doubted and chance < LOWEST):
        seen.cases.append(kept.Case(look.record, look.block, look.written, round(chance, 9), wrong))


def _add(whole: kept.Run, seen: Seen) -> None:
    whole.pages += seen.pages
    whole.refused = kept.added((whole.refused, *({code: 1} for code in seen.refused)))
    whole.unread = kept.added((whole.unread, *({word: 1} for word in seen.unread)))
    whole.numbers = kept.added((whole.numbers, seen.numbers))
    whole.boxes = kept.added((whole.boxes, seen.boxes))
    whole.cases = [*whole.cases, *seen.cases]
    for block in seen.blocks:
        whole.add(*block)


def show(plan: Plan, number: int, folder: Path) -> None:
    """Write the photos of a record, and say what stands on them and what was read."""
    drawn, reader = draw(plan, number), PageReader()
    folder.mkdir(parents=True, exist_ok=True)
    pages = []
    for page, photo in zip(drawn.form.pages, drawn.photos, strict=True):
        (folder / f"{drawn.contest.key}-{number}-{page.number}.jpg").write_bytes(photo.jpeg)
        found = reader.read(photo.jpeg, drawn.form, page.number)
        conditions = getattr(photo, "conditions", "")
        print(f"page {page.number}: {found.fault or 'read'}, quality {found.quality} {conditions}")
        if found.scores:
            pages.append(scores_of(found.scores))
    for block, reading in decode(drawn.contest, pages).items():
        print(f"{block}: probability {reading.probability:.9f}, sums hold {reading.consistent}")
        for name, got, raw in zip(drawn.contest.blocks[block], reading.figures, reading.raw, strict=True):
            if got != drawn.truth[name] or raw != got:
                marks = next(photo.labels[name] for photo in drawn.photos if name in photo.labels)
                print(f"  {name}: {drawn.truth[name]} {marks}, read {got}, by itself {raw}")


if __name__ == "__main__":
    main()
