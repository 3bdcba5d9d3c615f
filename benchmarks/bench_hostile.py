"""Hostile images through the real guard and reader: a reason for each, no crash, no limit exceeded.

  python benchmarks/bench_hostile.py [--count 5000] [--seed 1] [--fetch] [--only NUMBER] [--json FILE]

Prints Markdown. Beside the images made here it reads the image tests of Pillow's source package: a file of that name in
`benchmarks/out`, which --fetch puts there (the package index that is configured, about a minute).
"""

import argparse
import json
import subprocess
import sys
import tarfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "benchmarks" / "out"
sys.path.insert(0, str(ROOT))

from benchmarks import bombs, hostile_images  # noqa: E402
from benchmarks.hostile_images import Hostile  # noqa: E402
from election import form  # noqa: E402
from ocr.guard import Gray, Guard, Limits  # noqa: E402
from ocr.reader import PageReader  # noqa: E402

READ = "read"
FORM = "c_hasil_ppwp_2024"
LEFT_OUT = "The image tests of Pillow were left out: its source package is not here (--fetch gets it)."


class Watched:
    """The guard as the reader sees it, with a clock and a look at the decoder's memory beside it."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self.base_mb = self._resident()
        self.peak_mb, self.slowest_s, self.last_s = self.base_mb, 0.0, 0.0

    def gray(self, data: bytes) -> Gray:
        began = perf_counter()
        try:
            return self._guard.gray(data)
        finally:
            self.last_s = perf_counter() - began
            self.slowest_s = max(self.slowest_s, self.last_s)
            self.peak_mb = max(self.peak_mb, self._resident())

    def _resident(self) -> float:
        """The most that the decoder has ever had in memory, MB; 0 where the system does not tell."""
        status = Path(f"/proc/{self._guard.pid}/status")
        lines = status.read_text().splitlines() if status.exists() else []
        return sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def run(count: int, seed: int) -> dict:
    """Every image's fate, by how it was made; and what it cost the decoder."""
    fates: dict[str, Counter] = defaultdict(Counter)
    slowest: Counter = Counter()
    raised, limits = [], Limits()
    page, began = form.load(FORM), perf_counter()
    with Guard(limits) as guard:
        watched = Watched(guard)
        reader = PageReader(watched)
        for one in _all(count, seed):
            watched.last_s = 0.0
            try:
                fate = reader.read(one.data, page).fault or READ
            except Exception as error:  # the one thing that must not happen
                raised.append(f"{one.kind} {one.number}: {type(error).__name__}: {error}")
                fate = "raised"
            fates[one.kind][fate] += 1
            slowest[one.kind] = max(slowest[one.kind], watched.last_s)
        starts = guard.starts
        sealed = not guard.left_open
    spent = {"peak_mb": watched.peak_mb - watched.base_mb, "slowest_s": watched.slowest_s}
    allowed = {"peak_mb": limits.memory / 2**20, "slowest_s": limits.wall}
    return {
        "bench": "hostile", "count": sum(sum(row.values()) for row in fates.values()), "seed": seed,
        "fates": {kind: dict(row) for kind, row in fates.items()}, "slowest_s": dict(slowest), "raised": raised[:20],
        "deaths": starts - 1, "sealed": sealed, "interpreter_mb": watched.base_mb, "spent": spent, "allowed": allowed,
        "library": _source_package() is not None, "seconds": perf_counter() - began,
        "holds": not raised and all(spent[key] <= allowed[key] for key in spent),
    }  # fmt: skip


def _all(count: int, seed: int) -> Iterator[Hostile]:
    for kind, makers in (("each bomb once", bombs.bombs()), ("as dear as is allowed", bombs.dearest())):
        for number, make in enumerate(makers.values()):
            yield Hostile(kind, number, make())
    yield from _library()
    yield from hostile_images.images(count, seed)


def _source_package() -> Path | None:
    return next(iter(sorted(OUT.glob("pillow-*.tar.gz"))), None)


def _library() -> Iterator[Hostile]:
    """Every file among the image tests of the library's source package."""
    package = _source_package()
    if package is None:
        return
    with tarfile.open(package) as files:
        for number, member in enumerate(files):
            if member.isfile() and "/Tests/images/" in member.name and (file := files.extractfile(member)):
                yield Hostile("image tests of Pillow", number, file.read())


def fetch() -> None:
    """Put the source package of the Pillow that is installed here into `benchmarks/out`."""
    import PIL

    OUT.mkdir(exist_ok=True)
    what = ["--no-deps", "--no-binary", ":all:", "--dest", str(OUT), f"pillow=={PIL.__version__}"]
    subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", *what], check=False)


def table(result: dict) -> str:
    """The figures as Markdown."""
    codes = sorted({code for row in result["fates"].values() for code in row}, key=lambda code: (code == READ, code))
    total = Counter()
    for row in result["fates"].values():
        total.update(row)
    heads = ["how it was made", "images", *(f"`{code.removeprefix('scan.')}`" for code in codes), "slowest"]
    lines = [
        "## Hostile images",
        "",
        f"{result['count']:,} images (seed {result['seed']}) through guard and reader in {result['seconds']:.0f} s, "
        "counted by the reason each was given; `no_page`, `too_small` and what follows them were decoded, and are "
        f"pictures of no form. {'' if result['library'] else LEFT_OUT}",
        "",
        "| " + " | ".join(heads) + " |",
        "| --- |" + " ---: |" * (len(heads) - 1),
        *(_row(kind, row, codes, result["slowest_s"][kind]) for kind, row in result["fates"].items()),
        _row("**all**", total, codes, result["spent"]["slowest_s"]),
        "",
        _cost(result, total),
        *[f"- {line}" for line in result["raised"]],
    ]
    return "\n".join(lines)


def _row(kind: str, row: dict, codes: list[str], slowest: float) -> str:
    cells = [kind, f"{sum(row.values()):,}", *(f"{row.get(code, 0):,}" for code in codes), f"{slowest * 1e3:,.0f} ms"]
    return "| " + " | ".join(cells) + " |"


def _cost(result: dict, total: Counter) -> str:
    spent, allowed = result["spent"], result["allowed"]
    return (
        f"Exceptions of the reader: {total['raised']}. Deaths of the decoder: {result['deaths']}. "
        f"System calls filtered: {'yes' if result['sealed'] else 'no'}. "
        f"Most memory beside the interpreter's {result['interpreter_mb']:.0f} MB: {spent['peak_mb']:.0f} MB of "
        f"{allowed['peak_mb']:.0f}. Slowest picture: {spent['slowest_s']:.1f} s of {allowed['slowest_s']:.0f}."
    )


def main() -> int:
    """Exit code 0 where nothing was raised and no limit exceeded, 1 otherwise."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, metavar="NUMBER", help="write one image to standard output and stop")
    parser.add_argument("--fetch", action="store_true", help="get Pillow's source package first")
    parser.add_argument("--json", type=Path, metavar="FILE")
    args = parser.parse_args()
    if args.only is not None:
        sys.stdout.buffer.write(hostile_images.image(args.only, args.seed).data)
        return 0
    if args.fetch:
        fetch()
    result = run(args.count, args.seed)
    if args.json:
        args.json.write_text(json.dumps(result, indent=1) + "\n")
    print(table(result))
    return 0 if result["holds"] else 1


if __name__ == "__main__":
    sys.exit(main())
