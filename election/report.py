"""What becomes of a report of a difference: its states, and why reviewers close one. Words only.

Taking reports in is `publisher.reports`', deciding on them `review`'s. A report changes no figure: two people do.
"""

from collections.abc import Container
from enum import StrEnum
from typing import Final

from election.words import Words


class ReportState(StrEnum):
    """Where a report stands."""

    RECEIVED = "received"
    SEEN = "seen"
    CORRECTED = "corrected"
    UNCHANGED = "unchanged"
    SUPERSEDED = "superseded"


STATES: Final[dict[ReportState, Words]] = {
    ReportState.RECEIVED: ("Diterima; menunggu pemeriksa", "Received; waits for a reviewer"),
    ReportState.SEEN: ("Sedang dilihat pemeriksa", "A reviewer is looking at it"),
    ReportState.CORRECTED: (
        "Angka yang dihitung sekarang sama dengan laporan ini",
        "The figure that counts now is the one reported",
    ),
    ReportState.UNCHANGED: ("Sudah diperiksa; angka tidak berubah", "Looked at; the figure stays as it is"),
    ReportState.SUPERSEDED: (
        "Rekaman TPS ini diganti versi baru sesudah laporan ini",
        "The record of this polling station has a new version since",
    ),
}

CLOSINGS: Final[dict[str, Words]] = {
    "as_on_paper": ("Angka yang dihitung sama dengan yang tertulis", "What counts is what the form says"),
    "paper_contradicts": (
        "Formulirnya memang tertulis begitu, walaupun penjumlahannya tidak cocok",
        "The form itself says so, though its sums do not agree",
    ),
    "not_legible": ("Angka itu tidak terbaca pada foto", "The figure cannot be read on the photo"),
    "by_ruling": (
        "Sudah diputuskan dua orang dengan alasan yang tercatat",
        "Two people decided, with a recorded reason",
    ),
    "other_matter": ("Bukan tentang angka di formulir ini", "Not about a figure of this form"),
}
"""Why a report is closed without a change."""


def state(
    value: int, now: int | None, stood: int | None, steps: Container[str], *, current: bool = True
) -> ReportState:
    """Where a report of `value` stands.

    `now` is what counts, `stood` what did when it came, `steps` are the kinds of what reviewers did, `current` says
    whether it is about the version of the record that counts now.
    """
    if not current:
        return ReportState.SUPERSEDED
    if now == value and stood != value:
        return ReportState.CORRECTED
    if "closed" in steps:
        return ReportState.UNCHANGED
    return ReportState.SEEN if "seen" in steps else ReportState.RECEIVED
