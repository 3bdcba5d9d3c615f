"""`suara doctor`: what is missing or wrong on this machine, and the command that mends it. It changes nothing."""

import argparse
import asyncio
import importlib.metadata
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec import Struct

if TYPE_CHECKING:
    from storage.settings import Settings

Verdict = Literal["ok", "note", "wrong"]
SIGNS = {"ok": "✓", "note": "·", "wrong": "✗"}
ROOM_BYTES = 2 * 2**30
NEEDED = (
    "aiohttp", "uvloop", "redis", "asyncpg", "numba", "opencv-python-headless", "onnxruntime", "obstore", "pyarrow",
    "pi-heif", "reportlab", "pypdfium2", "jinja2", "argon2-cffi", "prometheus-client",
)  # fmt: skip


class Check(Struct, frozen=True):
    """One thing looked at. `mend` is the command that puts it right; empty where nothing is wrong."""

    name: str
    verdict: Verdict
    found: str
    mend: str = ""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register `doctor`."""
    parser = commands.add_parser(
        "doctor", help="what is missing or wrong here, and what mends it",
        description="Look at this machine and, where there is one, at the installation in --data. Changes nothing.",
        epilog="example:\n  suara doctor --data data\n\nexit code 0: nothing wrong, 1: something is",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--data", type=Path, default=Path("data"), help="the installation to look at")
    parser.add_argument("--json", action="store_true", help="answer as JSON")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Look at everything, say it, and answer 0 where nothing is wrong."""
    checks = list(_looks(args.data))
    if args.json:
        print(json.dumps(msgspec.to_builtins(checks), indent=2))
    else:
        for check in checks:
            print(f"{SIGNS[check.verdict]} {check.name:<12} {check.found}")
            if check.mend:
                print(f"{'':15}→ {check.mend}")
    return int(any(check.verdict == "wrong" for check in checks))


def _looks(data: Path) -> Iterator[Check]:
    looks: tuple[Callable[[Path], Check], ...] = (
        _python, _packages, _postgres, _valkey, _model, _decoder, _disk, _user, _bundle, _journal, _letters,
    )  # fmt: skip
    for look in looks:
        try:
            yield look(data)
        except Exception as error:  # a look that fails is a finding, never the end of the visit
            yield Check(look.__name__.strip("_"), "wrong", f"{type(error).__name__}: {error}", "see the words above")


def _python(data: Path) -> Check:
    version = sys.version.split()[0]
    good = sys.version_info >= (3, 11)
    return Check("python", "ok" if good else "wrong", version, "" if good else "install Python 3.11 or newer")


def _packages(data: Path) -> Check:
    missing = [name for name in NEEDED if not _has(name)]
    if not missing:
        return Check("packages", "ok", f"all {len(NEEDED)} of the engine")
    return Check(
        "packages", "wrong", f"missing: {', '.join(missing)}", "pip install -r requirements.lock  (or: make run)"
    )


def _has(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _postgres(data: Path) -> Check:
    if os.environ.get("DATABASE_URL"):
        return Check("postgresql", "ok", "DATABASE_URL is set and replaces the embedded server")
    from storage.embedded import postgres_bin

    return Check("postgresql", "ok", f"embedded, {_short(postgres_bin())}")


def _valkey(data: Path) -> Check:
    if os.environ.get("REDIS_URL"):
        return Check("valkey", "ok", "REDIS_URL is set and replaces the embedded server")
    from storage.embedded import valkey_binary

    return Check("valkey", "ok", f"embedded, {_short(valkey_binary())}")


def _short(path: Path) -> str:
    return "…/" + "/".join(path.parts[-3:])


def _model(data: Path) -> Check:
    from ocr.digits import MODEL, SECOND

    if not (MODEL.exists() and SECOND.exists()):
        return Check(
            "model", "wrong", "no weights to read handwriting with", "suara ocr train  (or: git checkout ocr/model)"
        )
    sizes = [f"{file.name}, {file.stat().st_size // 1024} KB" for file in (MODEL, SECOND)]
    return Check("model", "ok", "; ".join(sizes))


def _decoder(data: Path) -> Check:
    from ocr.guard import Guard

    with Guard() as guard:
        left_open = guard.left_open
    if left_open:
        return Check(
            "decoder", "note", f"photos are decoded with limits, but without a filter of system calls: {left_open}",
            "allow the service or container prctl and seccomp (no profile that bars them)",
        )  # fmt: skip
    return Check("decoder", "ok", "photos are decoded by a process that can do nothing else")


def _disk(data: Path) -> Check:
    place = data if data.exists() else Path()
    free = shutil.disk_usage(place).free
    found = f"{free / 2**30:.1f} GiB free where {data} is"
    if not os.access(place, os.W_OK):
        return Check(
            "disk", "wrong", f"{place} cannot be written", f"chown or choose another: --data DIR (not {place})"
        )
    if free < ROOM_BYTES:
        return Check(
            "disk", "wrong", found, "make room; photos are never deleted, and a full disk stops the front door"
        )
    return Check("disk", "ok", found)


def _user(data: Path) -> Check:
    if os.geteuid() != 0:
        return Check("user", "ok", f"uid {os.geteuid()}")
    return Check("user", "note", "root: PostgreSQL is started in a user namespace, or as an unprivileged uid")


def _bundle(data: Path) -> Check:
    folder = data / "bundle"
    if not (folder / "bundle.json").exists():
        return Check("bundle", "note", f"none in {folder}", f"suara bundle make --out {folder}  (or: suara up --demo)")
    from election import bundle

    problems = [problem for problem in bundle.check(folder) if problem.severity == "error"]
    if problems:
        return Check(
            "bundle", "wrong", f"{len(problems)} problems, first: {problems[0]}", f"suara bundle check {folder}"
        )
    loaded = bundle.load(folder)
    return Check("bundle", "ok", f"{loaded.name}: {loaded.tree.n_tps} TPS, {len(loaded.contests)} contests")


def _settings(data: Path) -> "Settings | None":
    """Settings of an installation that answers now, or None where none does."""
    from storage.settings import Settings

    settings = Settings.from_environment(data)
    running = settings.database_url or (data / "pg" / "cluster" / "postmaster.pid").exists()
    return settings if running else None


def _journal(data: Path) -> Check:
    settings = _settings(data)
    if settings is None:
        return Check("journal", "note", "the servers are not running, nothing to look at", f"suara up --data {data}")
    return asyncio.run(_scrub(settings))


async def _scrub(settings: "Settings") -> Check:
    from storage.opened import open_storage
    from storage.scrub import scrub

    async with await open_storage(settings) as storage:
        names = [row["journal"] for row in await storage.pool.fetch("select journal from journal.head order by 1")]
        found = [await scrub(storage.pool, name) for name in names]
    differences = [difference for one in found for difference in one.differences]
    if differences:
        said = f"{len(differences)} rows differ from the log, first: {differences[0]}"
        return Check("journal", "wrong", said, "stop the writers, keep everything, compare with a mirror of the log")
    events = sum(one.size for one in found)
    return Check("journal", "ok", f"{events} events in {len(found)} journals, each what its leaf says, none missing")


def _letters(data: Path) -> Check:
    settings = _settings(data)
    if settings is None:
        return Check("dead letters", "note", "the servers are not running, nothing to look at")
    return asyncio.run(_count_letters(settings))


async def _count_letters(settings: "Settings") -> Check:
    from storage.opened import open_storage

    async with await open_storage(settings) as storage:
        letters = await storage.queue("pages").dead()
    if letters:
        return Check(
            "dead letters",
            "note",
            f"{len(letters)} photos that could not be read, first: {letters[0]}",
            "look at them in the review desk",
        )
    return Check("dead letters", "ok", "none")
