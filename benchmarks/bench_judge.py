"""What judging costs a core: records a second with their scores read from disk, the share that exact decoding takes,
and what an adopted policy costs where nothing must be decoded again; whether the caches hold a nation's ballots.

Scores say the true digits, as most pages do. The journal is a list: appending is `bench_journal`'s to measure.
"""

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from election import acceptance, scores
from election import event as ev
from election import form as forms
from election import record as rec
from election.contest import ADM, SUARA, Candidate, Choice, Contest
from election.decode import decode
from election.record import Record
from election.rules import limits_of
from election.scores import CLASSES, FieldScores, PageScores
from recap.adjudicate import Place
from recap.judge import Judge
from recap.policy import Policy, PolicyInForce
from storage.journal import Appended, Draft, Outcome
from storage.scans import Store, open_store

AT = "2029-02-14T12:00:00.000Z"
MODEL = acceptance.entries()[-1].model
BATCH = 16
BALLOTS = {"pdpr": 84, "pdprdp": 301, "pdprdk": 2325}
"""Distinct ballots of 2024."""


class Row(NamedTuple):
    """A journal entry."""

    number: int
    event: ev.Event


class List:
    """A journal that takes everything."""

    def __init__(self) -> None:
        self.drafts: list[Draft] = []

    async def append(self, *drafts: Draft) -> list[Appended]:
        """All are taken."""
        self.drafts += drafts
        return [Appended(Outcome.APPENDED, n) for n, _ in enumerate(drafts)]


def ballot(key: str, number: int) -> Contest:
    """One of a contest's ballots: parties have between 4 and 10 candidates, other contests three choices."""
    if key not in BALLOTS:
        return Contest(key, tuple(Choice(str(n), n, f"Pilihan {n}") for n in (1, 2, 3)), "c_hasil_ppwp_2024")
    rng = np.random.default_rng(number)
    lists = {n: int(rng.integers(4, 11)) for n in range(1, 19)}
    choices = (
        Choice(str(n), n, f"Partai {n}", candidates=tuple(Candidate(str(m), m, "") for m in range(1, size + 1)))
        for n, size in lists.items()
    )
    return Contest(key, tuple(choices), f"c_hasil_{key}")


def truth(contest: Contest, rng: np.random.Generator) -> dict[str, tuple[int, ...]]:
    """Figures that keep every rule."""
    told: dict[str, tuple[int, ...]] = {}
    votes = []
    for name, fields in contest.blocks.items():
        if name not in {SUARA, ADM}:
            parts = rng.multinomial(int(rng.integers(0, 20)), np.full(len(fields) - 1, 1 / (len(fields) - 1))).tolist()
            told[name] = (*parts, sum(parts))
            votes.append(sum(parts))
    if not votes:
        votes = rng.multinomial(int(rng.integers(150, 280)), np.full(3, 1 / 3)).tolist()
    valid, invalid = sum(votes), int(rng.integers(0, 9))
    used = valid + invalid
    own = votes if len(contest.blocks[SUARA]) > 3 else []
    told[SUARA] = (*own, valid, invalid, used)
    men = used // 2
    flat = {"surat_suara_diterima": used + 6, "surat_suara_digunakan": used, "surat_suara_tidak_digunakan": 6}
    for row in ("pemilih_dpt", "pengguna_dpt", "pengguna_total"):
        flat |= {f"{row}_l": men, f"{row}_p": used - men, f"{row}_j": used}
    told[ADM] = tuple(flat.get(field, 0) for field in contest.blocks[ADM])
    return told


def seen(figure: int, bubbles: bool) -> FieldScores:
    """Boxes, and bubbles where there are any, that say `figure` clearly."""
    boxes = np.full((3, len(CLASSES)), -15.0)
    for box, sign in zip(boxes, str(figure).rjust(3, "X"), strict=True):
        box[CLASSES.index("X") if sign == "X" else int(sign)] = 0.0
    marks = np.full((3, 10), -15.0)
    for column, digit in zip(marks, f"{figure:03d}", strict=True):
        column[int(digit)] = 0.0
    return FieldScores.of(boxes, marks if bubbles else None)


async def made(key: str, count: int, store: Store) -> list[tuple[Place, Record]]:
    """Records as they lie there when everything has come in, of ballots in the order of a nation's arrival."""
    rng = np.random.default_rng(1)
    cases = []
    for n in range(count):
        contest = ballot(key, int(rng.integers(BALLOTS.get(key, 1))))
        form, told = forms.of(contest), truth(contest, rng)
        flat = {f: v for block, fields in contest.blocks.items() for f, v in zip(fields, told[block], strict=True)}
        events: list[ev.Event] = []
        for page in form.pages:
            fields = {field.name: seen(flat.get(field.name, 0), bool(field.bubbles)) for field in page.fields}
            sha = await store.put(scores.encode(PageScores(form.name, page.number, fields)))
            tps = f"{1101012001001 + n}"
            events.append(ev.ScanReceived(tps=tps, at=AT, page=page.number, sha256="aa" * 32, size=1000))
            events.append(
                ev.PageRead(
                    tps=tps, at=AT, scan=len(events), page=page.number, fault=None, quality=900, scores=sha,
                    rendition=None, model=MODEL, program="1",
                )
            )  # fmt: skip
        salts = dict.fromkeys(told, "5" * 32)
        said = {block: ev.commitment(salts[block], block, row) for block, row in told.items()}
        events.append(ev.ReadingSubmitted(tps=tps, at=AT, commitments=said, salts=salts, figures=dict(told)))
        record = rec.fold([Row(number, event) for number, event in enumerate(events, 1)], rec.layout(form))
        cases.append((Place(key, tps, contest, (-1, -1), limits_of(contest)), record))
    return cases


async def judged(cases: Sequence[tuple[Place, Record]], store: Store, policy: Policy) -> tuple[float, float, List]:
    """CPU seconds and wall seconds for all, in batches, and what was decided."""
    journal = List()
    judge = Judge(journal, store, PolicyInForce.fixed(policy), lambda: datetime(2029, 2, 14, tzinfo=UTC))  # type: ignore[arg-type]
    cpu, wall = time.process_time(), time.perf_counter()
    for start in range(0, len(cases), BATCH):
        assert all(await judge.judge(cases[start : start + BATCH]))
    return time.process_time() - cpu, time.perf_counter() - wall, journal


async def decoding(cases: Sequence[tuple[Place, Record]], store: Store) -> float:
    """CPU seconds of exact decoding alone, all pages of a record together."""
    spent = 0.0
    for place, record in cases:
        pages = [scores.decode(await store.get(photo.read.scores or "")) for photo in record.photos if photo.read]
        keyed = dict(record.readings[0].event.figures)
        start = time.process_time()
        decode(place.contest, pages, keyed)
        spent += time.process_time() - start
    return spent


def decided(case: tuple[Place, Record], drafts: Sequence[Draft]) -> tuple[Place, Record]:
    """The record after these decisions."""
    place, record = case
    for draft in drafts:
        record = rec.apply(record, Row(record.number + 1, draft.event))
    return place, record


async def contest_row(key: str, count: int) -> dict[str, Any]:
    """The figures of one contest."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder), "artefacts")
        cases = await made(key, count, store)
        warm = max(BATCH, count // 4)
        await judged(cases[:warm], store, Policy())
        await decoding(cases[:warm], store)
        cpu, wall, journal = await judged(cases[warm:], store, Policy())
        alone = await decoding(cases[warm:], store)
        counted = sum(isinstance(draft.event, ev.BlockCounted) for draft in journal.drafts)
        n = len(cases) - warm
        row = {
            "contest": key, "records": n, "blocks": len(journal.drafts), "counted": counted,
            "pages": len(cases[0][1].photos),
            "per_s_core": n / cpu, "per_s_wall": n / wall, "ms": 1e3 * cpu / n, "decode_ms": 1e3 * alone / n,
        }  # fmt: skip
        row["again_per_s_core"] = await _again(cases[warm:], journal, store)
        return row


async def _again(cases: Sequence[tuple[Place, Record]], journal: List, store: Store) -> float:
    """Records a second that an adopted policy decides anew."""
    by_tps: dict[str, list[Draft]] = {}
    for draft in journal.drafts:
        by_tps.setdefault(draft.event.tps, []).append(draft)
    after = [decided(case, by_tps.get(case[0].tps, [])) for case in cases]
    cpu, _, again = await judged(after, store, Policy(since=10**9))
    assert not again.drafts, "the same table decides the same"
    return len(cases) / cpu


def caches(arrivals: int = 4000) -> list[dict[str, Any]]:
    """What is remembered of ballots, when a nation's records come in any order: hits after each ballot's first."""
    from election.decode import sums

    rows = []
    asked: dict[str, Callable[[Contest], object]] = {
        "equations": sums.equations,
        "votes": lambda contest: sums.votes(contest, tuple(name for name in contest.blocks if name != ADM)),
    }
    rng = np.random.default_rng(7)
    for key, size in BALLOTS.items():
        printed = [ballot(key, number) for number in range(size)]
        for name, ask in asked.items():
            kept = getattr(sums, name)
            kept.cache_clear()
            order = np.concatenate([rng.permutation(size), rng.integers(size, size=arrivals)])
            for number in order[:size]:
                ask(printed[number])
            before = kept.cache_info().hits
            for number in order[size:]:
                ask(printed[number])
            hits = (kept.cache_info().hits - before) / arrivals
            rows.append({"contest": key, "cache": name, "size": kept.cache_info().maxsize, "hits": min(1.0, hits)})
    return rows


def main() -> None:
    """Measures, prints Markdown, and writes the figures where `--json` says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--records", type=int, default=400, help="of ppwp; a tenth as many of pdpr")
    args = parser.parse_args()
    rows = [
        asyncio.run(contest_row("ppwp", args.records)),
        asyncio.run(contest_row("pdpr", max(32, args.records // 10))),
    ]
    held = caches()
    print("## Judging\n")
    print("One process; CPU of all its threads. Decoding is the exact joint one, all pages together.\n")
    print("| contest | pages | records/s a core | ms a record | of it decoding | decided anew after an adoption |")
    print("| --- | --- | --- | --- | --- | --- |")
    for row in rows:
        print(
            f"| {row['contest']} | {row['pages']} | {row['per_s_core']:.0f} | {row['ms']:.1f} "
            f"| {row['decode_ms']:.1f} | {row['again_per_s_core']:,.0f}/s |"
        )
    print("\nBallots remembered, asked in a nation's order of arrival:\n")
    print("| contest | ballots | cache | size | hits |\n| --- | --- | --- | --- | --- |")
    for row in held:
        print(f"| {row['contest']} | {BALLOTS[row['contest']]} | {row['cache']} | {row['size']} | {row['hits']:.1%} |")
    if args.json:
        args.json.write_text(json.dumps({"contests": rows, "caches": held}, indent=1))


if __name__ == "__main__":
    main()
