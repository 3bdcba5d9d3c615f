"""The torture of benchmarks/prove_intake.py, small: nothing acknowledged is lost, doubled or damaged."""

from pathlib import Path

import pytest

from benchmarks.prove_intake import prove

UPLOADS = 300
"""A night on a busy machine; CI sends 2,000 with `python -m benchmarks.prove_intake`, the record 100,000."""


@pytest.mark.servers
def test_uploads_survive_cuts_repeats_disorder_and_dying_servers(tmp_path: Path) -> None:
    proof = prove(tmp_path / "torture", UPLOADS, pause=10.0)
    assert (proof.uploads, proof.lost, proof.doubled, proof.damaged) == (UPLOADS, 0, 0, 0)
    assert proof.entries == UPLOADS
    assert proof.cuts > 20
