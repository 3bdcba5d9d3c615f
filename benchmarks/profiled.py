"""Runs `suara …` under cProfile, and says what a profile of the front door says.

  python benchmarks/profiled.py FILE ingest --data …     FILE gets the statistics once the server has stopped
  python benchmarks/profiled.py FILE                     where the loop's time went, by room, a photo

The profiler makes small Python functions look dearer than they are; read shares, not microseconds. Threads (the write
itself) and PostgreSQL are not in it.
"""

import cProfile
import pstats
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))


def main() -> None:
    """The first argument is where the statistics go, the others are suara's."""
    if len(sys.argv) == 2:
        print(table(sys.argv[1]))
        return
    from suara.cli import main as suara

    file, sys.argv = sys.argv[1], ["suara", *sys.argv[2:]]
    profile = cProfile.Profile()
    try:
        profile.runcall(suara)
    finally:
        profile.dump_stats(file)


ROOMS = (
    ("SHA-256 of the photo", ("update' of '_hashlib",)),
    ("signature and token (P-256, Ed25519, JWS)", ("/identity/", "ingest/gate", "/jwt/", "cryptography", "verify")),
    ("lane: socket, HTTP, admission", ("ingest/lane", "ingest/framing", "ingest/front", "ingest/admission",
                                       "ingest/quota", "ingest/limiter", "httptools", "ingest/ask", "ingest/door",
                                       "ingest/problem", "ingest/routes")),
    ("tus", ("ingest/tus",)),
    ("intake, receipts", ("storage/intake", "tlog/", "ingest/receipts", "election/event", "storage/draft")),
    ("journal, as its client", ("storage/writer", "storage/journal", "storage/bell", "asyncpg")),
    ("bundle: which form, which ballot", ("election/",)),
    ("asyncio, metrics and the rest of Python", ("",)),
)  # fmt: skip


STARTING = ("importlib", "builtins.compile", "builtins.exec", "marshal", "__build_class__", "/re/", "posix.open")
"""What a server does once, however often."""


def table(file: str) -> str:
    """Time of the loop's thread, in µs a photo, by room."""
    stats = pstats.Stats(file).stats  # type: ignore[attr-defined]
    photos = next(calls for (_, _, name), (_, calls, *_) in stats.items() if name == "receipt_of")
    spent = dict.fromkeys((room for room, _ in ROOMS), 0.0)
    for (path, _, name), (_, calls, own, *_) in stats.items():
        place = f"{path} {name}"
        if calls >= photos / 50 and not any(mark in place for mark in STARTING):  # every photo's, or every batch's
            spent[next(room for room, marks in ROOMS if any(mark in place for mark in marks))] += own
    lines = [f"| {room} | {seconds / photos * 1e6:.0f} |" for room, seconds in spent.items()]
    return "\n".join(("| where | µs of the loop, profiled |", "| --- | ---: |", *lines))


if __name__ == "__main__":
    main()
