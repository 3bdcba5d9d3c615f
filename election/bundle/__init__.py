"""Reference data of one election: areas, TPS, voters on the DPT, contests, choices, settings. Load, check, make."""

from election.bundle.check import check
from election.bundle.files import load
from election.bundle.invented import make
from election.bundle.invented_ballot import invented_ballot
from election.bundle.model import Bundle, Holding, Manifest, NotLive, UnknownContest
from election.bundle.parquet import BundleMissing, BundleUnreadable
from election.bundle.real import load_real
from election.bundle.settings import Settings

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
    "load_real",
    "make",
]
