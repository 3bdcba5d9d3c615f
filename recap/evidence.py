"""What a decision on one block rests on, and what of it can be said before any page is decoded.

Photos and figures are `election.record`'s; deciding is `adjudicate`'s.
"""

from collections.abc import Mapping

from msgspec import Struct

from election.block import PEOPLE, BlockState
from election.contest import ADM, Contest
from election.event import Figures
from election.record import Block, Photo, Reading, Record

STANDING = frozenset({BlockState.COUNTED, BlockState.HELD})
"""States that a machine's decision made."""

CANDIDATE = "_calon_"
"""In the name of a candidate's field on a party's page."""


class Evidence(Struct, frozen=True):
    """All that a decision on one block rests on, but for what other blocks say."""

    block: Block
    fields: tuple[str, ...]
    photos: tuple[Photo, ...]  # that speak for the block's pages, in their order; a page without a photo is missing
    together: tuple[Photo, ...]  # that are decoded together for it; none where one of its pages cannot speak
    reading: Reading | None
    again: int = 0
    """Number of the last look at a photo that had been looked at before: it can take a page's voice away."""

    @property
    def ready(self) -> bool:
        """Whether there is anything to judge, and every photo there is was looked at.

        Without the officer's figures every page must be there; with them a page that lacks is a situation of its own.
        """
        whole = len(self.photos) == len(self.block.pages)
        looked = all(photo.read is not None for photo in self.photos)
        return (whole and looked) if self.reading is None else (looked or not whole)

    @property
    def standing(self) -> bool:
        """Whether a decision of the machine stands."""
        return self.block.state in STANDING

    @property
    def keyed(self) -> Figures | None:
        """The officer's figures."""
        return None if self.reading is None else self.reading.event.figures[self.block.name]

    @property
    def models(self) -> tuple[str, ...]:
        """Which models read the pages, each once."""
        return tuple(dict.fromkeys(photo.read.model for photo in self.together if photo.read is not None))

    @property
    def scans(self) -> tuple[int, ...]:
        """Numbers of the photos of the block's own pages."""
        return tuple(photo.number for photo in self.photos)

    @property
    def numbers(self) -> tuple[int, ...]:
        """The journal's numbers of everything looked at."""
        seen = {photo.number: photo for photo in (*self.photos, *self.together)}
        looked = (number for photo in seen.values() for number in (photo.number, photo.read_number))
        return (*looked, 0 if self.reading is None else self.reading.number)

    @property
    def unchanged(self) -> bool:
        """Whether the decision that stands was made with all of this."""
        return self.standing and max(*self.numbers, self.again) <= self.block.upto

    @property
    def codes(self) -> tuple[str, ...]:
        """What can be said of the evidence before anything is decoded, as codes of reasons."""
        if self.reading is None:
            return ("reading.missing", *self._faults())
        missing = ("photo.missing",) if len(self.photos) < len(self.block.pages) else ()
        return (*missing, *self._faults(), *self._figures(self.reading))

    def _faults(self) -> tuple[str, ...]:
        """Why pages could not be read, each reason once."""
        return tuple(dict.fromkeys(photo.fault for photo in self.photos if photo.fault is not None))

    def _figures(self, reading: Reading) -> tuple[str, ...]:
        event, codes = reading.event, []
        if len(self.keyed or ()) != len(self.fields) or None in (self.keyed or ()):
            codes.append("reading.incomplete")
        taken = {*event.confirmed} & {*self.fields}
        if any(CANDIDATE in field for field in taken):
            codes.append("reading.confirmed")
        if any(CANDIDATE not in field for field in taken):
            codes.append("reading.taken_over")
        if event.relayed is not None and event.by == event.relayed:
            codes.append("reading.relayed")
        return tuple(codes)


def gather(record: Record, contest: Contest) -> tuple[Evidence, ...]:
    """The evidence on each block that the machine may decide and of which there is enough to judge.

    A party's page is decoded by itself until all vote pages can be read; from then on all are decoded together, with
    the data page where that can be read too. So what a block's pages say depends on the photos there are, and not on
    the order in which they came.
    """
    if record.determined:
        return ()
    speaking = record.pages
    joint = _joint(record, speaking)
    found = (
        _evidence(record, block, contest.blocks[block.name], speaking, joint)
        for block in record.blocks
        if block.state not in PEOPLE and block.name in contest.blocks
    )
    return tuple(evidence for evidence in found if evidence.ready)


def _evidence(
    record: Record, block: Block, fields: tuple[str, ...], speaking: Mapping[int, Photo], joint: Mapping[int, Photo]
) -> Evidence:
    photos = tuple(speaking[page] for page in block.pages if page in speaking)
    legible = len(photos) == len(block.pages) and all(photo.legible for photo in photos)
    if not legible:
        together: tuple[Photo, ...] = ()
    elif all(page in joint for page in block.pages):
        together = tuple(joint.values())
    else:
        together = photos
    again = max((photo.read_number for photo in record.photos if photo.looks > 1), default=0)
    return Evidence(block, fields, photos, together, record.reading(block.name), again)


def _joint(record: Record, speaking: Mapping[int, Photo]) -> dict[int, Photo]:
    """Page → photo, of the pages that are decoded together."""
    votes = {page for block in record.blocks if block.name != ADM for page in block.pages}
    data = {page for block in record.blocks if block.name == ADM for page in block.pages}
    legible = {page for page, photo in speaking.items() if photo.legible}
    if not votes <= legible:
        return {}
    pages = votes | data if data <= legible else votes
    return {page: speaking[page] for page in sorted(pages)}
