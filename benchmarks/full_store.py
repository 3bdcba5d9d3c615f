"""Leaves an installation as a night would: a journal and an index with so many photos. python full_store.py DATA N

The photos' bytes themselves are not written: what grows with a night, and could slow the next photo down, is the
journal's tables and indexes, the index of packs and the number of files in its folder.
"""

import asyncio
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

A_PACK = 1250
"""Photos of 200 KB that a pack holds."""


async def main(folder: Path, count: int) -> None:
    """Appends through the journal itself, and folds heads into the index as a shelf would."""
    from storage.opened import open_storage
    from storage.settings import Settings

    async with await open_storage(Settings.from_environment(folder)) as storage:
        journal, packs = storage.journal("ppwp"), storage.packs
        assert packs is not None
        packs.folder.mkdir(parents=True, exist_ok=True)
        for start in range(0, count, A_PACK):
            hashes = [os.urandom(32) for _ in range(min(A_PACK, count - start))]
            await journal.append(*map(_draft, hashes))
            _pack(packs, f"{start:020d}-0-000000.pack", hashes)


def _draft(sha256: bytes):  # noqa: ANN202
    from election.event import ScanReceived
    from storage.draft import Draft, phone_key

    event = ScanReceived(
        tps="1101012001001", at="2029-02-14T12:00:00.000Z", page=2, sha256=sha256.hex(), size=204_800, by="kpps"
    )
    return Draft(event=event, key=phone_key(os.urandom(16)), digest=os.urandom(32))


def _pack(packs, name: str, hashes: list[bytes]) -> None:  # noqa: ANN001
    from storage.intake.record import BLOCK, Head

    (packs.folder / name).touch()
    packs.index.enter(name)
    heads = [Head(BLOCK + k * 51 * BLOCK, k + 1, b"", b"", sha256, 204_800) for k, sha256 in enumerate(hashes)]
    packs.index.add(name, heads, sealed=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
