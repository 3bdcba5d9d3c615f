"""Reference data of one election: areas, TPS, voters on the DPT, contests, choices, settings. Load, check, make.

What reads and writes Parquet is imported when it is first asked for: who is handed a bundle needs none of it.
"""

import importlib
from typing import TYPE_CHECKING, Any

from election.bundle.aside import load_aside
from election.bundle.invented_ballot import invented_ballot
from election.bundle.model import Bundle, Holding, Manifest, NotLive, UnknownContest
from election.bundle.settings import Settings

if TYPE_CHECKING:
    from election.bundle.files import load
    from election.bundle.invented import make
    from election.bundle.parquet import BundleMissing, BundleUnreadable
    from election.bundle.problems import check
    from election.bundle.real import load_real

__all__ = [
    "Bundle",
    "BundleMissing",
    "BundleUnreadable",
    "Holding",
    "Manifest",
    "NotLive",
    "Settings",
    "UnknownContest",
    "check",
    "invented_ballot",
    "load",
    "load_aside",
    "load_real",
    "make",
]

_ROOMS = {
    "check": "problems",
    "load": "files",
    "make": "invented",
    "BundleMissing": "parquet",
    "BundleUnreadable": "parquet",
    "load_real": "real",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 — PEP 562
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_ROOMS[name]}"), name)
