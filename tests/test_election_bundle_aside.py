"""A bundle read by another process is the same bundle, and leaves Arrow where it was."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from election import bundle as bundles


def test_a_bundle_read_aside_is_the_one_that_is_read_here(tmp_path: Path) -> None:
    made = bundles.make(tmp_path, seed=3, kabupaten=1, tps=60, contests=("ppwp", "pdpr"))
    aside = bundles.load_aside(tmp_path)
    assert aside.manifest == made.manifest and aside.dapil == made.dapil
    assert all(np.array_equal(aside.held[key], made.held[key]) for key in made.held)
    for field in made.tree.__struct_fields__:
        one, other = getattr(made.tree, field), getattr(aside.tree, field)
        assert not isinstance(one, np.ndarray) or (np.array_equal(one, other) and one.dtype == other.dtype)
    assert [aside.tree.tps_index(made.tree.tps_kode(row)) for row in range(60)] == list(range(60))
    assert not aside.dpt_l.flags.writeable


def test_what_is_wrong_with_it_is_said_here(tmp_path: Path) -> None:
    with pytest.raises(bundles.BundleMissing):
        bundles.load_aside(tmp_path)


def test_the_front_door_is_imported_without_arrow_and_what_reads_pictures() -> None:
    heavy = "pyarrow cv2 onnxruntime numba PIL scipy"
    code = f"import sys, ingest.app; sys.exit(any(name in sys.modules for name in '{heavy}'.split()))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
