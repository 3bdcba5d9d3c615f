"""Rulings on one record as a form has them: a new version on a legal ground, a block taken out of the totals.

What they do to the record is `election.record`'s; that two people agree is `rulings`'.
"""

from election.event import GROUNDS, WITHDRAWALS, BlockWithdrawn, VersionOpened
from election.record import Record
from review.errors import NothingToDecide, Overtaken, SessionEnded
from review.sent import Sent

ORDER = "Nomor dan tanggal putusan"


def reopened(sent: Sent, record: Record, document: str) -> VersionOpened:
    """The next version of a record, ordered by the decision whose SHA-256 is `document`. Raises BadText, UnknownReason.

    A dispute that the form names must be one of the record's, else SessionEnded.
    """
    dispute = sent.number("dispute") if sent.texts.get("dispute") else 0
    if dispute and dispute not in {case.number for case in record.cases}:
        raise SessionEnded
    return VersionOpened(
        tps=record.tps,
        at="",
        replaces=record.opened.number if record.opened else 0,
        version=record.version + 1,
        ground=sent.code("ground", GROUNDS),
        order=sent.text("order", ORDER),
        document=document,
        roles=(),
        accounts=(),
        dispute=dispute,
    )


def withdrawn(sent: Sent, record: Record, block: str) -> BlockWithdrawn:
    """A block out of the totals. Raises UnknownReason.

    Nor where nobody has decided on it yet (NothingToDecide), or on another decision than the form shows (Overtaken).
    """
    found = record.block(block)
    if not found.decided:
        raise NothingToDecide(block=block)
    if found.decision != sent.number("on"):
        raise Overtaken
    return BlockWithdrawn(
        tps=record.tps,
        at="",
        replaces=found.decision,
        block=block,
        figures=None,
        reason=sent.code("reason", WITHDRAWALS),
        roles=(),
        accounts=(),
    )
