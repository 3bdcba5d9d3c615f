"""A short night under fire. The long one is `make soak`."""

from pathlib import Path

import pytest

from suara.soak import soak
from tests.test_suara_up import free_ports

pytestmark = [pytest.mark.servers, pytest.mark.timeout(600)]


def test_a_night_under_fire_ends_like_a_quiet_one(tmp_path: Path) -> None:
    report = soak(tmp_path, kills=8, flushes=1, tps=30, seed=11, port=free_ports(5))
    assert report.differences == ()
    assert report.acknowledged >= 30 * 4
    assert sum(report.kills.values()) == 8
