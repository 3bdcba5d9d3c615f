"""Disputes (sengketa) of an area and all within it, and the events that one person writes about them.

Those of one record are `election.record`'s. A dispute that is upheld may be followed by a new version, `versions`'.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from election.event import CAUSES, FOLLOW_UPS, FORUMS, STATUSES, DisputeMoved, DisputeOpened
from election.record import Dispute
from identity.role import within
from review.accounts import Account
from review.sent import Sent
from storage.journal import Entry, Journal

KINDS = frozenset({"dispute_opened", "dispute_moved"})
"""Kinds of events that tell of disputes."""


def fold(entries: Iterable[Entry]) -> list[Dispute]:
    """The disputes that `entries` tell of, the newest first. A move that another had overtaken changes nothing."""
    found: dict[int, Dispute] = {}
    for entry in sorted(entries, key=lambda entry: entry.number):
        event = entry.event
        if isinstance(event, DisputeOpened):
            found[entry.number] = Dispute(
                entry.number, event.at, event.tps, event.block, event.forum, event.cause, event.reference,
                event.documents,
            )  # fmt: skip
        elif isinstance(event, DisputeMoved) and event.dispute in found:
            found[event.dispute] = _after(found[event.dispute], entry.number, event)
    return sorted(found.values(), key=lambda dispute: -dispute.number)


def _after(before: Dispute, number: int, event: DisputeMoved) -> Dispute:
    if event.replaces != before.moved:
        return before
    return replace(
        before,
        status=event.status,
        follow_up=event.follow_up,
        documents=(*before.documents, *event.documents),
        moved=number,
    )


async def within_area(journal: Journal, area: str) -> list[Dispute]:
    """The disputes of an area and of all within it, the newest first."""
    return [case for case in fold(await journal.of_kinds(KINDS)) if within(case.kode, area)]


def opened(sent: Sent, who: Account, kode: str, at: str, documents: tuple[str, ...]) -> DisputeOpened:
    """The event of a form that records a dispute about `kode`. Raises BadText, UnknownReason."""
    return DisputeOpened(
        tps=kode,
        at=at,
        forum=sent.code("forum", FORUMS),
        cause=sent.code("cause", CAUSES),
        reference=sent.text("reference", "Nomor perkara"),
        documents=documents,
        role=who.role,
        account=who.name,
    )


def moved(sent: Sent, who: Account, dispute: Dispute, at: str, documents: tuple[str, ...]) -> DisputeMoved:
    """The event of a form that says where a dispute stands now. Raises UnknownReason, SessionEnded."""
    follow_up = sent.texts.get("follow_up", "")
    return DisputeMoved(
        tps=dispute.kode,
        at=at,
        dispute=dispute.number,
        replaces=sent.number("on"),
        status=sent.code("status", STATUSES),
        documents=documents,
        follow_up=sent.code("follow_up", FOLLOW_UPS) if follow_up else None,
        role=who.role,
        account=who.name,
    )
