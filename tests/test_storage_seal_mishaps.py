"""A sealer that is killed between any two of its lines, or meets a full disk: no original is ever lost by it."""

import asyncio
import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from seal_crash import all_there, fill, seal
from seal_scene import files

from storage import durable

TESTS = Path(__file__).parent


def test_killed_between_any_two_lines_nothing_is_lost(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, TESTS / "seal_crash.py", tmp_path], env={**os.environ, "PYTHONPATH": str(TESTS.parent)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert "killed at" in done.stdout


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_a_disk_that_is_full_or_fails_takes_nothing_away(tmp_path: Path, monkeypatch, code: int) -> None:
    fill(tmp_path)
    left = [2]
    write = durable.write

    def failing(path: Path, data: bytes, mode: int = 0o666) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(code, os.strerror(code))
        write(path, data, mode)

    async def run() -> None:
        monkeypatch.setattr(durable, "write", failing)
        with pytest.raises(OSError, match=os.strerror(code)):
            await seal(tmp_path)
        assert files(tmp_path / "packs", "*.pack")
        monkeypatch.setattr(durable, "write", write)
        await all_there(tmp_path)

    asyncio.run(run())
