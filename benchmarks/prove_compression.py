"""Proves that what the phone makes of a photo is read as well as the photo itself.

  python -m benchmarks.prove_compression --contest ppwp --records 20 --seed 1 --hardness 0.2 1.0

A record is all photos of one polling station's form, each of 3, 6 or 12 megapixels. Headless chromium makes them small
with the worker that the app ships (`web/kpps/src/vision/prepare.ts`); then `ocr.reader.PageReader` reads both, and both
are decoded. Nothing is kept between runs. The same photos tell how far the eye's verdict and the server agree.
"""

import argparse
import os
from collections import Counter
from collections.abc import Iterator
from time import perf_counter
from typing import Final

import numpy as np
from msgspec import Struct, field

from benchmarks.eye import Eye, Sight, page_tags
from election import acceptance
from election import form as forms
from election.acceptance import Acceptance
from election.contest import CONTEST_TYPES, Contest, Kind
from election.decode import decode
from election.form import Form
from election.scores import CLASSES, PageScores
from election.scores import decode as scores_of
from ocr.digits import default
from ocr.evaluate.ballots import ballot, templates
from ocr.reader import PageReader
from paper import hand, record, specimen
from paper.specimen import Specimen

MEGAPIXELS: Final = {3: (1536, 2048), 6: (2112, 2816), 12: (3000, 4000)}
SPOILED: Final = {"-": "dash", " ": "blank", "x": "X"}
SIZES: Final = {Kind.PAIRS: (3, 0), Kind.CANDIDATES: (12, 0), Kind.PARTIES: (6, 6)}
"""Choices and candidates of the ballots that are drawn."""


class Read(Struct):
    """What one way of the photos, as taken or made small, gave."""

    bytes: int = 0
    boxes: int = 0
    wrong: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    blocks: int = 0
    accepted: int = 0  # sure enough by `election.acceptance`, and nothing odd about how it is written
    mistaken: int = 0  # accepted, and not what stands on the paper


class Page(Struct, frozen=True):
    """A page of a record: its photo, what the phone made of it, and how that was read."""

    number: int
    photo: Specimen
    small: bytes
    sight: Sight


def main() -> None:
    """Draw, make small, read both, and say how they compare."""
    args = _arguments().parse_args()
    os.nice(19)
    contest = _contest(args.contest)
    form = forms.of(contest)
    reader, known = PageReader(), acceptance.of(default().sha256) or Acceptance(default().sha256, 0.0, {})
    taken, small = Read(), Read()
    agreed: Counter[tuple[str, str]] = Counter()
    times: list[float] = []
    since = perf_counter()
    with Eye(page_tags([form])) as eye:
        for number in range(args.records):
            truth, pages = _record(eye, contest, form, number, args)
            times.extend(page.sight.ms for page in pages)
            for read, photos in ((taken, [p.photo.jpeg for p in pages]), (small, [p.small for p in pages])):
                faults = _read(read, reader, known, contest, form, truth, pages, photos)
            agreed.update((page.sight.code, fault) for page, fault in zip(pages, faults, strict=True))
    print(_told(taken, small, times, agreed))
    print(f"\n{args.records} records in {perf_counter() - since:.0f} s")


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contest", choices=tuple(CONTEST_TYPES), default="ppwp")
    parser.add_argument("--records", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--hardness", type=float, nargs=2, default=(0.2, 1.0), metavar=("LOW", "HIGH"))
    return parser


def _contest(key: str) -> Contest:
    return ballot(key, templates(key)[0], *SIZES[CONTEST_TYPES[key].kind])


def _record(
    eye: Eye, contest: Contest, form: Form, number: int, args: argparse.Namespace
) -> tuple[dict[str, int], list[Page]]:
    """The record of that number: the same whenever it is drawn."""
    rng = np.random.default_rng((args.seed, number))
    truth = record.invent(contest, rng)
    writer = hand.invent(rng)
    return truth, [
        Page(page.number, photo, made.jpeg, made.sight)
        for page, photo in _photos(form, truth, writer, rng, args.hardness)
        for made in (eye.prepare(photo.jpeg, (contest.key, page.number)),)
    ]


def _photos(
    form: Form, truth: dict[str, int], writer: hand.Writer, rng: np.random.Generator, hardness: tuple[float, float]
) -> Iterator[tuple[forms.Page, Specimen]]:
    for page in form.pages:
        size = MEGAPIXELS[int(rng.choice(list(MEGAPIXELS)))]
        yield page, specimen.sample(form, page.number, rng, float(rng.uniform(*hardness)), truth, writer, size=size)


def _read(
    read: Read,
    reader: PageReader,
    known: Acceptance,
    contest: Contest,
    form: Form,
    truth: dict[str, int],
    pages: list[Page],
    photos: list[bytes],
) -> list[str]:
    """Read a record's photos and add to `read`; answers with the fault of each page, "read" where there is none."""
    scores: list[PageScores] = []
    faults: list[str] = []
    for page, photo in zip(pages, photos, strict=True):
        found = reader.read(photo, form, page.number)
        read.bytes += len(photo)
        right = found.scores is not None and found.page == page.number
        faults.append("read" if right else found.fault or "another page")
        if right and found.scores is not None:
            scores.append(scores_of(found.scores))
            _boxes(read, scores[-1], page.photo)
    read.faults.update(faults)
    for block, reading in decode(contest, scores).items():
        read.blocks += 1
        if reading.probability >= known.threshold(block) and not reading.odd:
            read.accepted += 1
            read.mistaken += any(
                truth[name] != got for name, got in zip(contest.blocks[block], reading.figures, strict=True)
            )
    return faults


def _boxes(read: Read, page: PageScores, photo: Specimen) -> None:
    for name, scored in page.fields.items():
        if name in photo.hidden:
            continue
        marks = [SPOILED.get(mark, mark) for mark in photo.labels[name]]
        got = [CLASSES[k] for k in scored.box_scores.argmax(axis=1)]
        read.boxes += len(marks)
        read.wrong += sum(a != b for a, b in zip(marks, got, strict=True))


def _told(taken: Read, small: Read, times: list[float], agreed: Counter[tuple[str, str]]) -> str:
    photos = sum(taken.faults.values())
    rows = [
        ("photos", photos, photos),
        ("mean bytes", taken.bytes // photos, small.bytes // photos),
        ("pages read", taken.faults["read"], small.faults["read"]),
        ("boxes read", taken.boxes, small.boxes),
        ("boxes wrong", taken.wrong, small.wrong),
        ("blocks read", taken.blocks, small.blocks),
        ("blocks accepted", taken.accepted, small.accepted),
        ("accepted and wrong", taken.mistaken, small.mistaken),
    ]
    lines = ["| | as taken | as sent |", "| --- | ---: | ---: |"]
    lines += [f"| {name} | {one:,} | {other:,} |" for name, one, other in rows]
    lines.append(f"\nprepare: median {np.median(times):.0f} ms, 95 % {np.percentile(times, 95):.0f} ms")
    lines += ["\n| the eye says | the server says | photos |", "| --- | --- | ---: |"]
    lines += [f"| {eye} | {server} | {count} |" for (eye, server), count in sorted(agreed.items())]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
