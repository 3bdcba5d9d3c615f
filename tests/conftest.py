"""What tests of several rooms share: where the real data lie."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"
"""Real data beside the repository; never committed."""


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data. Tests that need it skip where it is absent."""
    if not (SHARED / "data").is_dir():
        pytest.skip(f"real data are absent: {SHARED.name}/data does not stand beside the repository")
    return SHARED
