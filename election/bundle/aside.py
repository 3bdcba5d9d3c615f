"""A bundle for a process that lives long and has many beside it: read by another one, its arrays mapped from a file.

Arrow alone takes 40 MB that such a process never needs again. The file has no name and goes with the last who maps it;
its pages are shared with whoever is forked, and count for a process only where it looks.
"""

import mmap
import pickle
import struct
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, cast

from election.bundle.model import Bundle

_NUMBERS = struct.Struct("<Q")
_ALIGNED = 64


def load_aside(path: Path | str) -> Bundle:
    """The bundle in a directory, its arrays not to be written to.

    Raises BundleMissing, BundleUnreadable, BrokenReference.
    """
    with tempfile.TemporaryFile() as file:
        command = [sys.executable, "-c", f"from {__name__} import _write; _write()", str(path)]
        if subprocess.run(command, stdout=file, stderr=subprocess.DEVNULL, check=False).returncode:  # noqa: S603
            return _load(path)  # says what is wrong
        return _mapped(file)


def _mapped(file: IO[bytes]) -> Bundle:
    memory = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    (end,) = _NUMBERS.unpack(memory[-_NUMBERS.size :])
    ends = cast(list[tuple[int, int]], pickle.loads(memory[end : -_NUMBERS.size]))  # noqa: S301 — our own child wrote it
    parts = [memory[start:stop] for start, stop in ends]
    return cast(Bundle, pickle.loads(parts[0], buffers=parts[1:]))  # noqa: S301


def _write() -> None:
    """What the other process does: the bundle's pickle and then its arrays, aligned; where each lies; where that
    stands."""
    buffers: list[pickle.PickleBuffer] = []
    pickled = pickle.dumps(_load(sys.argv[1]), protocol=5, buffer_callback=buffers.append)
    file, at, ends = sys.stdout.buffer, 0, []
    for part in (memoryview(pickled), *(buffer.raw() for buffer in buffers)):
        file.write(bytes(-at % _ALIGNED))
        at += -at % _ALIGNED
        ends.append((at, at + len(part)))
        at += file.write(part)
    file.write(pickle.dumps(ends) + _NUMBERS.pack(at))


def _load(path: Path | str) -> Bundle:
    from election.bundle.files import load  # noqa: PLC0415 — Arrow comes with it

    return load(path)
