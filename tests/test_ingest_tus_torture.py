"""The torture of benchmarks/prove_intake.py, small: nothing acknowledged is lost, doubled or damaged."""

import os
from pathlib import Path

import pytest

from benchmarks.prove_intake import prove

UPLOADS = int(os.environ.get("SUARA_UPLOADS", "200"))
"""What a laptop does in passing. CI sets 2,000; the record run of `python -m benchmarks.prove_intake` has 100,000."""


@pytest.mark.servers
def test_uploads_survive_cuts_repeats_disorder_and_dying_servers(tmp_path: Path) -> None:
    proof = prove(tmp_path / "torture", UPLOADS, pause=10.0)
    assert (proof.uploads, proof.lost, proof.doubled, proof.damaged) == (UPLOADS, 0, 0, 0)
    assert proof.entries == UPLOADS
    assert proof.cuts > 20
