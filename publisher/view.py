"""What the public may see of one record, drawn from the fold of its journal. Roles, never accounts; nothing unopened.

Both `v1` and `site` tell of a record through this view, so that page and document cannot differ.
"""

from collections.abc import Mapping

from msgspec import Struct

from election.block import COUNTING, BlockState
from election.event import Figures
from election.record import Block, Dispute, Earlier, Opened, Photo, Record, Step

MACHINE = ("block_counted", "block_held")
"""Decisions that open what the officer keyed."""


DISPUTES = ("dispute_opened", "dispute_moved")


class Change(Struct, frozen=True):
    """One figure that a decision changed."""

    field: str
    old: int | None
    new: int | None


class Line(Struct, frozen=True):
    """One line of the history: the step, and what it changed of the figures that stood before."""

    step: Step
    changes: tuple[Change, ...] = ()


class BlockView(Struct, frozen=True):
    """One block, with the three figures of each field: what the officer keyed, the machine read, what counts."""

    name: str
    fields: tuple[str, ...]
    pages: tuple[int, ...]  # of the form, that carry its fields
    state: BlockState
    number: int
    at: str
    decision: int
    officer: Figures | None
    machine: Figures | None
    counted: Figures | None  # None unless the block counts
    reasons: tuple[str, ...]
    warnings: tuple[str, ...]
    proposed: tuple[Change, ...] = ()  # by a first person, waiting for a second

    @property
    def counts(self) -> bool:
        """Whether its figures are in the totals."""
        return self.state in COUNTING

    @property
    def shown(self) -> Figures | None:
        """The figures to show where there is room for one: what counts, else what the officer keyed."""
        return self.counted if self.counted is not None else self.officer


class VersionView(Struct, frozen=True):
    """A version of the record that no longer counts, as it stood when `ended` began the next one."""

    version: int
    opened: Opened | None  # None: the first
    ended: Opened
    blocks: tuple[Block, ...]


class PageView(Struct, frozen=True):
    """One page of the form and the photo that speaks for it."""

    page: int
    photo: Photo | None

    @property
    def rendition(self) -> str | None:
        """SHA-256 of the masked picture; None until there is one."""
        read = self.photo.read if self.photo else None
        return read.rendition if read else None


class RecordView(Struct, frozen=True):
    """One record as the public sees it."""

    tps: str
    number: int
    blocks: tuple[BlockView, ...]
    pages: tuple[PageView, ...]
    history: tuple[Line, ...]
    version: int = 1
    opened: Opened | None = None  # how this version began; None: the first
    versions: tuple[VersionView, ...] = ()  # those before, oldest first
    determined: int = 0  # number of the determination that closes it, 0 where it is open
    disputes: tuple[Dispute, ...] = ()  # of this record itself; those of areas stand with the areas

    def block(self, name: str) -> BlockView | None:
        """The block of that name."""
        return next((block for block in self.blocks if block.name == name), None)

    @property
    def counted(self) -> dict[str, Figures]:
        """Block → figures, of the blocks that count."""
        return {block.name: block.counted for block in self.blocks if block.counted is not None}

    @property
    def keyed(self) -> dict[str, Figures]:
        """Block → the officer's figures, as far as a decision has opened them."""
        return {block.name: block.officer for block in self.blocks if block.officer is not None}


def view(
    tps: str,
    record: Record,
    fields: Mapping[str, tuple[str, ...]],
    pages: int,
    marks: Mapping[str, tuple[str, ...]] | None = None,
) -> RecordView:
    """The public's view of `record`. `fields` is `Contest.blocks`, `pages` how many the form has.

    `marks` (block → codes) is what is unusual about the figures as they stand; a decision knows only its own block.
    """
    marks = marks or {}
    photos = record.pages
    now = tuple(step for step in record.history if step.version == record.version)
    return RecordView(
        tps=tps,
        number=record.number,
        blocks=tuple(_block(block, fields[block.name], now, marks.get(block.name)) for block in record.blocks),
        pages=tuple(PageView(page, photos.get(page)) for page in range(1, pages + 1)),
        history=_history(record, fields),
        version=record.version,
        opened=record.opened,
        versions=_versions(record),
        determined=record.determined,
        disputes=tuple(case for case in record.cases if case.kode == tps),
    )


def _versions(record: Record) -> tuple[VersionView, ...]:
    began = [*(one.opened for one in record.earlier[1:]), record.opened]
    return tuple(_version(one, ended) for one, ended in zip(record.earlier, began, strict=False) if ended is not None)


def _version(one: Earlier, ended: Opened) -> VersionView:
    return VersionView(one.version, one.opened, ended, one.blocks)


def _block(
    block: Block, fields: tuple[str, ...], history: tuple[Step, ...], marks: tuple[str, ...] | None
) -> BlockView:
    proposal = block.proposal
    return BlockView(
        name=block.name,
        fields=fields,
        pages=block.pages,
        state=block.state,
        number=block.number,
        at=block.at,
        decision=block.decision,
        officer=_keyed(block.name, history),
        machine=block.read,
        counted=block.figures if block.counts else None,
        reasons=block.reasons,
        warnings=block.warnings if marks is None else marks,
        proposed=changes(fields, block.figures, proposal.figures) if proposal else (),
    )


def _keyed(block: str, history: tuple[Step, ...]) -> Figures | None:
    """The officer's figures, as the latest decision of the machine opened them."""
    opened = (step.figures for step in reversed(history) if step.block == block and step.kind in MACHINE)
    return next(opened, None)


def _history(record: Record, fields: Mapping[str, tuple[str, ...]]) -> tuple[Line, ...]:
    """Every step, with what it changed against the decision before; of a proposal, what it would change."""
    standing: dict[str, Figures | None] = {}
    lines = []
    for step in record.history:
        if step.area is not None and step.kind in DISPUTES:
            continue  # it stands with the area, whose document changes with it
        if step.kind == "version_opened":
            standing.clear()
        before = standing.get(step.block or "")
        compared = step.block is not None and before is not None and step.figures is not None
        found = changes(fields[step.block or ""], before, step.figures) if compared else ()
        lines.append(Line(step, found))
        if step.block is not None and step.figures is not None and step.kind != "correction_proposed":
            standing[step.block] = step.figures
    return tuple(lines)


def changes(fields: tuple[str, ...], old: Figures | None, new: Figures | None) -> tuple[Change, ...]:
    """The fields whose figures differ."""
    before, after = old or (None,) * len(fields), new or (None,) * len(fields)
    return tuple(Change(f, a, b) for f, a, b in zip(fields, before, after, strict=True) if a != b)
