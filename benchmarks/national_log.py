"""A nation's log of the president's election as public files: tiles on disk, its reference and its areas' documents.

  python benchmarks/national_log.py FOLDER [--tps N] [--processes 2] [--seed 7]

Every leaf is made by the engine's own encoder from a whole event. A TPS sends three photos and the officer's figures,
the machine looks at each photo and decides two blocks; some photos are sent twice, 1.5 % of the votes blocks are held
and most of those corrected by two people, one record in a thousand begins anew, and plenaries confirm most kecamatan.
Documents of areas are written from sums that are worked out here, as the events are drawn. No journal is involved.
"""

import argparse
import os
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from election import bundle as bundles
from election import event as ev
from election import form as forms
from election.contest import ADM, SUARA, Contest
from paper.record import invent
from tlog import note
from tlog.tile import WIDTH, Tile, encode_entries
from tlog.tree import leaf_hash, node_hash

SOURCE = Path(__file__).resolve().parents[2] / "shared" / "data" / "wilayah2024"
ORIGIN = "suara.invalid/ppwp"
SIGNER = note.Signer(ORIGIN, note.Algorithm.ED25519, bytes(range(32)))
ABREAST = 2000
"""TPS whose events are mixed with one another."""

RETAKEN, HELD, CORRECTED, AGAIN, CONFIRMED = 0.08, 0.015, 0.8, 0.001, 0.7
POOL = 2000
"""Different sets of figures; every one satisfies the form's rules."""

AT = "2029-02-14T{:02}:{:02}:{:02}.000Z"
MODEL, PROGRAM, POLICY = "9f" * 32, "1.4.2", "rekap-2029"


class Script(NamedTuple):
    """What happens to one TPS besides the usual nine events."""

    retaken: bool
    held: bool
    corrected: bool
    again: bool

    @property
    def length(self) -> int:
        return 9 + 2 * self.retaken + 2 * self.corrected + (10 if self.again else 0)


class Plan(NamedTuple):
    """What every process knows."""

    folder: Path
    kodes: list[str]
    scripts: np.ndarray  # bool[n, 4]
    pool: dict[str, list[ev.Figures]]
    seed: int


class Made(NamedTuple):
    """A run of entries: hashes over each 256, bytes, and per TPS which figures count or are held."""

    start: int
    tops: list[bytes]
    size: int
    picked: np.ndarray  # int32[k]
    held: np.ndarray  # bool[k]


_plan: list[Plan] = []


def scripts(n: int, seed: int) -> np.ndarray:
    """bool[n, 4]."""
    rng = np.random.default_rng([seed, 1])
    retaken, held, again = (rng.random(n) < share for share in (RETAKEN, HELD, AGAIN))
    return np.stack([retaken, held, held & (rng.random(n) < CORRECTED), again], axis=1)


def _stamp(number: int) -> str:
    second = min(number // 400, 10 * 3600 - 1)
    return AT.format(13 + second // 3600, second // 60 % 60, second % 60)


class Record:
    """One TPS's events in their order; each is asked for with the number it gets."""

    def __init__(self, kode: str, script: Script, pool: dict[str, list[ev.Figures]], rng: np.random.Generator) -> None:
        self.kode, self.script, self.pool, self.rng = kode, script, pool, rng
        self.picked = int(rng.integers(POOL))
        self.steps = self._steps()
        next(self.steps)

    def take(self, number: int) -> bytes:
        event = self.steps.send(number)
        return ev.leaf(event)

    def _steps(self) -> Iterator:
        number = yield
        last = {SUARA: 0, ADM: 0}
        for version in (1, 2) if self.script.again else (1,):
            if version == 2:
                self.picked = int(self.rng.integers(POOL))
                opened = number
                number = yield ev.VersionOpened(
                    tps=self.kode, at=_stamp(number), replaces=0, version=2, ground="psu", order="12/PSU/2029",
                    document=None, roles=("kpu_kabkota", "kpu_kabkota"), accounts=("a", "b"),
                )  # fmt: skip
                last = {SUARA: opened, ADM: opened}
            scans, told = {}, version if version > 1 else None
            pages = [1, 2, 3, *([2] if self.script.retaken and version == 1 else [])]
            for page in pages:
                scans[page] = number
                number = yield ev.ScanReceived(
                    tps=self.kode, at=_stamp(number), page=page, sha256=self.rng.bytes(32).hex(),
                    size=int(self.rng.integers(180_000, 900_000)), by="kpps", verdict="ok", version=told,
                )  # fmt: skip
                number = yield ev.PageRead(
                    tps=self.kode, at=_stamp(number), scan=scans[page], page=page, fault=None,
                    quality=int(self.rng.integers(600, 1000)), scores=self.rng.bytes(32).hex(),
                    rendition=self.rng.bytes(32).hex(), model=MODEL, program=PROGRAM, likeness=self.rng.bytes(8).hex(),
                )  # fmt: skip
            figures = {block: rows[self.picked] for block, rows in self.pool.items()}
            salts = {block: self.rng.bytes(16).hex() for block in figures}
            keyed = number
            number = yield ev.ReadingSubmitted(
                tps=self.kode, at=_stamp(number), by="kpps", version=told, salts=salts, figures=figures,
                commitments={block: ev.commitment(salts[block], block, row) for block, row in figures.items()},
            )  # fmt: skip
            for block in (SUARA, ADM):
                held = block == SUARA and self.script.held and version == (2 if self.script.again else 1)
                said = {"scans": tuple(scans.values()), "reading": keyed, "salt": salts[block], "policy": POLICY}
                common = {"tps": self.kode, "at": _stamp(number), "block": block, "replaces": last[block]}
                decided, figure = number, figures[block]
                if held:
                    number = yield ev.BlockHeld(
                        **common, figures=figure, read=figure, reasons=("E404",), upto=keyed, **said
                    )
                else:
                    number = yield ev.BlockCounted(**common, figures=figure, upto=keyed, **said)
                if held and self.script.corrected:
                    proposal = number
                    number = yield ev.CorrectionProposed(
                        tps=self.kode, at=_stamp(number), block=block, on=decided, figures=figure, reason="misread",
                        role="validator", account="a",
                    )  # fmt: skip
                    number = yield ev.BlockCorrected(
                        tps=self.kode, at=_stamp(number), block=block, replaces=decided, figures=figure,
                        proposal=proposal, reason="misread", roles=("validator", "validator"), accounts=("a", "b"),
                    )  # fmt: skip
        while True:  # more photos of what is known, to the end of a bundle
            number = yield ev.ScanReceived(
                tps=self.kode, at=_stamp(number), page=3, sha256=self.rng.bytes(32).hex(), size=200_000, by="kpps",
                version=2 if self.script.again else None,
            )  # fmt: skip


def _begin(plan: Plan) -> None:
    os.nice(10)
    _plan[:] = [plan]


def _make(job: tuple[int, int]) -> Made:
    """The events of up to `ABREAST` TPS, as bundles and tiles of level 0."""
    chunk, start = job
    plan = _plan[0]
    rng = np.random.default_rng([plan.seed, 2, chunk])
    rows = range(chunk * ABREAST, min((chunk + 1) * ABREAST, len(plan.kodes)))
    records = [Record(plan.kodes[row], Script(*plan.scripts[row].tolist()), plan.pool, rng) for row in rows]
    order = rng.permutation(np.repeat(np.arange(len(records)), [one.script.length for one in records])).tolist()
    order += [len(records) - 1] * (-len(order) % WIDTH)
    entries = [records[one].take(start + i + 1) for i, one in enumerate(order)]
    held = np.array([one.script.held and not one.script.corrected for one in records])
    tops, size = write(plan.folder, start, entries)
    return Made(start, tops, size, np.array([one.picked for one in records], np.int32), held)


def write(folder: Path, start: int, entries: list[bytes]) -> tuple[list[bytes], int]:
    """Full bundles and their tiles; the hash over each."""
    tops = []
    for first in range(0, len(entries), WIDTH):
        own = entries[first : first + WIDTH]
        index = (start + first) // WIDTH
        leaves = [leaf_hash(entry) for entry in own]
        put(folder / Tile(None, index).path, encode_entries(own))
        put(folder / Tile(0, index).path, b"".join(leaves))
        tops.append(top(leaves))
    return tops, sum(map(len, entries))


def put(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def top(level: list[bytes]) -> bytes:
    while len(level) > 1:
        level = [node_hash(level[at], level[at + 1]) for at in range(0, len(level), 2)]
    return level[0]


def pool(contest: Contest, seed: int) -> dict[str, list[ev.Figures]]:
    """Block → sets of figures."""
    form = forms.of(contest)
    found = [invent(form, np.random.default_rng([seed, 3, i])) for i in range(POOL)]
    return {name: [tuple(one[field] for field in fields) for one in found] for name, fields in contest.blocks.items()}


def national(folder: Path, tps: int | None = None, processes: int = 2, seed: int = 7) -> dict[str, int]:
    """Writes everything below `folder`. Answers TPS, entries and bytes of entries."""
    from national_documents import documents

    with tempfile.TemporaryDirectory() as place:
        if SOURCE.is_dir() and tps is None:
            bundle = bundles.load_real(SOURCE, place)
        else:
            wanted = {"size": "nation"} if tps is None else {"tps": tps}
            bundle = bundles.make(Path(place), seed=seed, contests=("ppwp",), **wanted)
    kodes = [bundle.tree.tps_kode(row) for row in range(bundle.tree.n_tps)]
    log = folder / "log" / "ppwp"
    contest = bundle.ballot("ppwp", 0)
    plan = Plan(log, kodes, scripts(len(kodes), seed), pool(contest, seed), seed)
    jobs, start = [], 0
    lengths = 9 + plan.scripts @ np.array([2, 0, 2, 10])
    for chunk in range(-(-len(kodes) // ABREAST)):
        jobs.append((chunk, start))
        start += -(-int(lengths[chunk * ABREAST : (chunk + 1) * ABREAST].sum()) // WIDTH) * WIDTH
    with ProcessPoolExecutor(processes, initializer=_begin, initargs=(plan,)) as workers:
        made = list(workers.map(_make, jobs))
    confirmed = _confirmations(kodes, start, seed)
    closings, size = write(log, start, [ev.leaf(one) for one in confirmed])
    tops = [one for part in made for one in part.tops] + closings
    head = finish(folder, tops)
    documents(folder, bundle, plan, made, {one.tps for one in confirmed}, head)
    return {"tps": len(kodes), "entries": head, "bytes": size + sum(part.size for part in made)}


def _confirmations(kodes: list[str], start: int, seed: int) -> list[ev.AreaConfirmed]:
    rng = np.random.default_rng([seed, 4])
    areas = sorted({kode[:6] for kode in kodes})
    chosen = [area for area in areas if rng.random() < CONFIRMED] or areas[:1]
    chosen += chosen[-1:] * (-len(chosen) % WIDTH)
    numbers: dict[str, int] = {}
    found = []
    for i, area in enumerate(chosen):
        number = start + i + 1
        found.append(
            ev.AreaConfirmed(
                tps=area, at=_stamp(number), replaces=numbers.get(area, 0), entered=1, upto=start, policy=POLICY
            )
        )
        numbers[area] = number
    return found


def finish(folder: Path, tops: list[bytes]) -> int:
    """Tiles above level 0, head and policy. Answers how many entries there are."""
    log, size, level = folder / "log" / "ppwp", len(tops) * WIDTH, 1
    root_of = list(tops)
    while root_of:
        for first in range(0, len(root_of), WIDTH):
            own = root_of[first : first + WIDTH]
            put(log / Tile(level, first // WIDTH, len(own)).path, b"".join(own))
        full = len(root_of) // WIDTH
        root_of = [top(root_of[k * WIDTH : (k + 1) * WIDTH]) for k in range(full)]
        level += 1
    head = note.Checkpoint(ORIGIN, size, _root(tops))
    put(log / "checkpoint", note.compose(head.text, [SIGNER.sign(head.text)]).encode())
    put(folder / "log" / "policy", f"log {SIGNER.verifier.text}\nquorum none\n".encode())
    return size


def _root(hashes: list[bytes]) -> bytes:
    if len(hashes) == 1:
        return hashes[0]
    middle = 1 << (len(hashes) - 1).bit_length() - 1
    return node_hash(_root(hashes[:middle]), _root(hashes[middle:]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tps", type=int, help="an invented election of about so many (default: the nation)")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    print(msgspec.json.encode(national(args.folder, args.tps, args.processes, args.seed)).decode())


if __name__ == "__main__":
    main()
