"""What the screens find, how often they are wrong, and what they cost: docs/unusual.md's figures.

prove_screens.py votes --bundle B --data ../shared/data/sirekap2024   W510: wrong values as published, switches
prove_screens.py photos --sheets 120 [--contest ppwp]     W508: two photos of a sheet, two sheets, the same file again
prove_screens.py index --n 823236                         W508: time and memory of looking among a nation's pages
"""

import argparse
import os
import resource
from collections import defaultdict
from pathlib import Path
from time import perf_counter

import cv2
import numpy as np

from election import bundle as bundles
from election import form as forms
from election.codes import CodeIndex
from election.contest import CONTEST_TYPES, SUARA_TOTALS, Contest, Kind
from election.errors import Rejected
from election.form import Form
from ocr.evaluate.ballots import PARTIES, ballot, templates
from ocr.likeness import likeness
from ocr.reader import PageReader
from paper import fill, hand, photo, record, specimen
from recap import tally
from recap.screens import votes
from recap.screens.index import Index
from recap.screens.photos import EQUAL, NEAR
from recap.tally import reading

SWITCHED = 37
"""Every so many TPS has two choices switched."""


def main() -> None:
    """Runs one of the measurements."""
    os.nice(19)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("votes", "photos", "index"))
    parser.add_argument("--bundle", type=Path)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--sheets", type=int, default=120)
    parser.add_argument("--contest", default="ppwp")
    parser.add_argument("--n", type=int, default=823_236)
    args = parser.parse_args()
    {"votes": of_votes, "photos": of_photos, "index": of_index}[args.what](args)


# -- votes ------------------------------------------------------------------------------------------------------------


def of_votes(args: argparse.Namespace) -> None:
    """W510 on the published records as they are, with wrong values put back, and with switches planted."""
    bundle = bundles.load(args.bundle)
    contest = tally.whole(bundle, "ppwp")
    held = bundle.tps_holding("ppwp")
    records = tally.read(args.data / "ppwp_tps.parquet", bundle.tree, contest, held)
    columns = {one.field: records.columns[one.name].astype(np.int64) for one in records.figures}
    told = np.stack([columns[field] for field in (*contest.choice_fields, *SUARA_TOTALS)], axis=1)
    whole = (told[:, :3] >= 0).all(axis=1)
    told, tps = told[whole], records.tps[whole]
    kelurahan = bundle.tree.tps_parent[tps]
    places = (kelurahan, bundle.tree.parent[kelurahan])

    def far(figures: np.ndarray) -> np.ndarray:
        findings, _ = votes.beside(votes.Told(contest, figures, tps, *places))
        return findings.broken("W510")

    print(f"as published: {far(told).sum()} of {len(told)} = {100 * far(told).mean():.3f} %")
    wrong = _wrong(args.data, bundle.tree.tps_codes, tps)
    spoiled = told.copy()
    for row, figures in wrong.items():
        spoiled[row, :3] = figures
    found = far(spoiled)[list(wrong)]
    moved = np.array([np.abs(spoiled[row, :3] - told[row, :3]).sum() for row in wrong])
    print(f"wrong votes as published on 19 February: {found.sum()} of {len(found)} found")
    for least in (50, 100, 200):
        big = moved >= least
        print(f"  of those that moved {least} votes or more: {found[big].sum()} of {big.sum()}")
    turned, some = told.copy(), np.arange(0, len(told), SWITCHED)
    for place, row in enumerate(some.tolist()):
        one, other = ((0, 1), (0, 2), (1, 2))[place % 3]
        turned[row, [one, other]] = told[row, [other, one]]
    seen = far(turned)[some]
    votes_moved = np.abs(turned[some] - told[some]).sum(axis=1) // 2
    print(f"two choices switched: {seen.sum()} of {len(seen)} found")
    for least in (30, 60, 100):
        big = votes_moved >= least
        print(f"  of those where that moves {least} votes or more: {seen[big].sum()} of {big.sum()}")


def _wrong(data: Path, codes: CodeIndex, tps: np.ndarray) -> dict[int, list[int]]:
    """Row among the records → votes that were published wrongly and are others now."""
    rows = reading.table(data / "sirekap_anomalies_20240219_with_later_values.csv.gz").to_pylist()
    place = {int(row): at for at, row in enumerate(tps.tolist())}
    answer = {}
    for row in rows:
        was = [row[f"paslon_{n}"] for n in (1, 2, 3)]
        now = [row[f"later_p{n}"] for n in (1, 2, 3)]
        at = place.get(codes.one(str(row["kode"])))
        if at is not None and all(one not in (None, "") for one in (*was, *now)) and was != now:
            answer[at] = [int(float(one)) for one in was]
    return answer


# -- photos -----------------------------------------------------------------------------------------------------------


def of_photos(args: argparse.Namespace) -> None:
    """Distances of likenesses: two photos of one sheet, photos of two sheets, one file compressed anew."""
    template, kind = templates(args.contest)[0], CONTEST_TYPES[args.contest].kind
    size = {Kind.PAIRS: (3,), Kind.CANDIDATES: (12,), Kind.PARTIES: (PARTIES, 6)}[kind]
    contest = ballot(args.contest, template, *size)
    form, reader = forms.of(contest), PageReader()
    first: dict[int, list[int]] = defaultdict(list)
    same: dict[int, list[int]] = defaultdict(list)
    anew: dict[int, list[int]] = defaultdict(list)
    for sheet in range(args.sheets):
        for page, shots in _sheet(contest, form, reader, sheet).items():
            known = [shot for shot in shots[:2] if shot is not None]
            first[page] += known[:1]
            same[page] += [_bits(*known)] if len(known) == 2 else []
            anew[page] += [_bits(shots[0], shots[2])] if shots[0] is not None and shots[2] is not None else []
    for page, known in first.items():
        others = [_bits(a, b) for i, a in enumerate(known) for b in known[:i]]
        print(f"page {page}: {len(known)} sheets")
        for name, bits in (("same sheet", same[page]), ("same file anew", anew[page])):
            shares = ", ".join(f"≤ {n}: {100 * np.mean(np.array(bits) <= n):.0f} %" for n in (EQUAL, 2, 4, NEAR, 10))
            print(f"  {name}: {shares}")
        mean, deviation = float(np.mean(others)), float(np.std(others))
        free = mean * (64 - mean) / deviation**2
        print(f"  two sheets: least {min(others)}, mean {mean:.1f} ± {deviation:.1f}: as {free:.0f} independent bits")


def _sheet(contest: Contest, form: Form, reader: PageReader, sheet: int) -> dict[int, list[int | None]]:
    """Page → likeness of a first photo, a second one, and the first one's file made smaller and compressed anew."""
    rng = np.random.default_rng((77, sheet))
    truth, writer = record.invent(contest, rng), hand.invent(rng)
    answer = {}
    for page in form.pages:
        wanted = {field.name: truth.get(field.name) for field in page.fields}
        scale = specimen._scale(form.page_size_mm, photo.SIZE)
        filled = fill.write(form, page.number, wanted, rng, writer, specimen._place(rng), scale, None)
        tags = [tag.rect for tag in page.tags]
        shots = [
            photo.photograph(filled.picture, rng, float(rng.uniform(0.2, 0.8)), photo.SIZE, scale, None, tags).jpeg
            for _ in range(2)
        ]
        small = cv2.resize(cv2.imdecode(np.frombuffer(shots[0], np.uint8), 1), None, fx=0.7, fy=0.7)
        shots.append(cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 75])[1].tobytes())
        answer[page.number] = [_likeness(reader, jpeg, form, page.number) for jpeg in shots]
    return answer


def _likeness(reader: PageReader, jpeg: bytes, form: Form, page: int) -> int | None:
    try:
        found = reader.read(jpeg, form, page).likeness
    except Rejected:
        return None
    return None if found is None else int(found, 16)


def _bits(one: int, other: int) -> int:
    return (one ^ other).bit_count()


def of_index(args: argparse.Namespace) -> None:
    """A page of a whole nation in the index, and looks at it; and what the likeness of a page costs."""
    rng, before = np.random.default_rng(1), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    hashes = rng.integers(0, 2**64, args.n, dtype=np.uint64).tolist()
    index = Index(args.n)
    index.put(0, 1), index.near(1, NEAR)  # compiled
    started = perf_counter()
    for row, value in enumerate(hashes):
        index.put(row, value)
    print(f"put: {1e6 * (perf_counter() - started) / args.n:.2f} µs")
    started = perf_counter()
    for value in hashes[:5000]:
        index.near(value, NEAR)
    print(f"near, {NEAR} bits: {1e6 * (perf_counter() - started) / 5000:.1f} µs")
    started = perf_counter()
    for value in hashes[:5000]:
        index.near(value, 0)
    print(f"equal: {1e6 * (perf_counter() - started) / 5000:.1f} µs")
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"memory: {index.nbytes / 2**20:.0f} MiB the index, {grown:.0f} MiB with the hashes as Python numbers")
    boxes = rng.integers(0, 255, (66, 32, 32), dtype=np.uint8)
    spent = []
    for _ in range(200):
        started = perf_counter()
        likeness(boxes)
        spent.append(perf_counter() - started)
    print(f"likeness of a page of 66 boxes: {1e3 * float(np.median(spent)):.2f} ms")


if __name__ == "__main__":
    main()
