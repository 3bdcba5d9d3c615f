"""What the machine decides about a record: pure, from its events and its pages' scores to drafts of decisions.

A block counts when the pixels alone say the officer's figures, surely enough, and its own error rules hold; otherwise
it is held, with every reason. Rules between blocks only mark. Fetching scores and appending decisions is `judge`'s.
"""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import asdict, replace

from election.contest import Contest
from election.decode import BlockReading
from election.event import BlockCounted, BlockHeld, Figures, canonical, leaf
from election.record import PEOPLE, Block, BlockState, Photo, Reading, Record
from election.rules import RULES, Limits, judge_record
from election.rules.readings import Source
from recap.policy import Policy
from storage.draft import Draft

INCOMPLETE = "reading.incomplete"
"""The officer left a figure of the block blank."""

CONFIRMED = "reading.confirmed"
"""The officer took figures of the block over from the machine's reading: that is one reading, not two."""

UNCERTAIN = "read.uncertain"
"""The machine has no reading of the block's pages that it is sure enough of."""

DISAGREE = "E404"


class Evidence(Struct, frozen=True):
    """All that a decision on one block rests on."""

    block: Block
    photos: tuple[Photo, ...]  # the one that speaks for each page, in the order of the pages
    reading: Reading

    @property
    def faults(self) -> tuple[str, ...]:
        """Why pages could not be read, each reason once."""
        return tuple(dict.fromkeys(photo.fault for photo in self.photos if photo.fault is not None))

    @property
    def models(self) -> tuple[str, ...]:
        """Which models read the pages, each once."""
        return tuple(dict.fromkeys(photo.read.model for photo in self.photos if photo.read is not None))

    @property
    def keyed(self) -> Figures:
        """The officer's figures."""
        return self.reading.event.figures[self.block.name]

    @property
    def confirmed(self) -> frozenset[str]:
        """Fields in which the officer only repeats what the machine read."""
        return frozenset(self.reading.event.confirmed)

    @property
    def scans(self) -> tuple[int, ...]:
        """Numbers of the photos."""
        return tuple(photo.number for photo in self.photos)

    @property
    def numbers(self) -> tuple[int, ...]:
        """The journal's numbers of everything looked at."""
        looked = (number for photo in self.photos for number in (photo.number, photo.read_number))
        return (*looked, self.reading.number)


class Place(Struct, frozen=True):
    """Which record this is, and what is known of its TPS beforehand."""

    journal: str
    tps: str
    contest: Contest
    dpt: tuple[int, int]  # men, women; -1 unknown
    limits: Limits


Decoded = Mapping[str, BlockReading]
"""Block → what the machine reads on its pages; a block whose pages cannot speak is missing."""


def due(record: Record, policy: Policy) -> tuple[Evidence, ...]:
    """The blocks on which the machine has all it needs to decide: an officer's reading, and a look at every page.

    Blocks that people have decided are never due, nor those whose last decision rests on the very same evidence.
    """
    found = (_evidence(record, block) for block in record.blocks if block.state not in PEOPLE)
    return tuple(evidence for evidence in found if evidence is not None and not _settled(evidence, policy))


def _evidence(record: Record, block: Block) -> Evidence | None:
    reading = record.reading(block.name)
    if reading is None:
        return None
    photos = [photo for photo in map(record.page, block.pages) if photo is not None and photo.read is not None]
    complete = photos and len(photos) == len(block.pages)
    return Evidence(block, tuple(photos), reading) if complete else None


def _settled(evidence: Evidence, policy: Policy) -> bool:
    """Photos that were looked at once are evidence that their numbers name; of two looks the decision may know one."""
    block = evidence.block
    same = (block.scans, block.reading, block.policy) == (evidence.scans, evidence.reading.number, policy.name)
    return bool(block.decision) and same and all(photo.looks == 1 for photo in evidence.photos)


def adjudicate(record: Record, decoded: Decoded, place: Place, policy: Policy, at: str) -> tuple[Draft, ...]:
    """The decisions that the evidence calls for and that do not stand already, ready for the journal.

    `at` is their time. The same version and evidence give the same key and digest, whenever and wherever judged.
    """
    drafts = []
    for evidence in due(record, policy):
        read, beside = decoded.get(evidence.block.name), _beside(record, evidence, place.contest)
        decision = _decide(evidence, read, _judge(evidence, beside, read, place, policy), place, policy, at)
        if not _stands(evidence.block, decision):
            drafts.append(_draft(place.journal, decision, evidence, beside))
    return tuple(drafts)


class _Beside(NamedTuple):
    """What another block says: the journal's number of the decision or reading that says it, and its figures."""

    number: int
    figures: Figures


def _judge(
    evidence: Evidence, others: Mapping[str, _Beside], read: BlockReading | None, place: Place, policy: Policy
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Why the block is held, and what is unusual about it. Codes in a fixed order, each once."""
    name, keyed = evidence.block.name, evidence.keyed
    if len(keyed) != len(place.contest.blocks[name]):
        return (INCOMPLETE,), ()
    figures = {**{block: other.figures for block, other in others.items()}, name: keyed}
    beside: dict[str, dict[str, Figures]] = {}
    if read is not None:
        beside = {Source.BUBBLES: {name: read.bubbles}, Source.MARKS: {name: read.marks}}
    verdict = judge_record(place.contest, figures, place.dpt, beside=beside, limits=place.limits)
    reasons = [
        *evidence.faults,
        *([INCOMPLETE] if None in keyed else []),
        *([CONFIRMED] if evidence.confirmed & {*place.contest.blocks[name]} else []),
        *(_doubts(keyed, read, policy.threshold(name, evidence.models)) if not evidence.faults else ()),
        *verdict["errors"][name],
    ]
    unusual = [code for code in verdict["warnings"] if RULES[code].block == name or RULES[code].block not in figures]
    return tuple(dict.fromkeys(reasons)), (*verdict["between"], *unusual)


def _beside(record: Record, evidence: Evidence, contest: Contest) -> dict[str, _Beside]:
    """The other blocks' figures: as decided, else as the officer keyed them; only whole ones can be compared."""
    others: dict[str, _Beside] = {}
    for block in record.blocks:
        if block.name == evidence.block.name:
            continue
        reading = record.reading(block.name)
        if block.figures is not None:
            others[block.name] = _Beside(block.decision, block.figures)
        elif reading is not None:
            others[block.name] = _Beside(reading.number, reading.event.figures[block.name])
    return {name: other for name, other in others.items() if len(other.figures) == len(contest.blocks[name])}


def _doubts(keyed: Figures, read: BlockReading | None, threshold: float) -> Iterator[str]:
    """Why the pixels do not say the officer's figures surely enough; nothing where they do."""
    if read is None:
        yield UNCERTAIN
        return
    yield from (f"number.{flag}" for flag in read.odd)
    if read.hypothesis is not None and read.hypothesis >= threshold:
        return
    pairs = list(zip(keyed, read.figures, strict=True))
    if any(officer is not None and machine is not None and officer != machine for officer, machine in pairs):
        yield DISAGREE
    if read.probability < threshold or any(machine is None for _, machine in pairs):
        yield UNCERTAIN


def _decide(
    evidence: Evidence,
    read: BlockReading | None,
    judged: tuple[tuple[str, ...], tuple[str, ...]],
    place: Place,
    policy: Policy,
    at: str,
) -> BlockCounted | BlockHeld:
    reasons, warnings = judged
    block, reading = evidence.block, evidence.reading
    counted = BlockCounted(
        tps=place.tps,
        at=at,
        block=block.name,
        replaces=block.decision,
        figures=evidence.keyed,
        scans=evidence.scans,
        reading=reading.number,
        salt=reading.event.salts[block.name],
        policy=policy.name,
        warnings=warnings,
    )
    if not reasons:
        return counted
    figures = None if read is None else tuple(read.figures)
    return BlockHeld(**asdict(counted), read=figures, reasons=reasons)


def _stands(block: Block, decision: BlockCounted | BlockHeld) -> bool:
    """Whether the block is decided so already; then nothing needs to be said again."""
    if isinstance(decision, BlockCounted):
        return block.state is BlockState.COUNTED and block.figures == decision.figures
    told = (block.figures, block.read, block.reasons)
    return block.state is BlockState.HELD and told == (decision.figures, decision.read, decision.reasons)


def _draft(
    journal: str, decision: BlockCounted | BlockHeld, evidence: Evidence, beside: Mapping[str, _Beside]
) -> Draft:
    """The key names the version decided on and all that was looked at; the digest, what was decided."""
    looked = [*evidence.numbers, *(other.number for other in beside.values())]
    version = [journal, decision.tps, decision.block, decision.replaces, looked, decision.policy]
    return Draft(
        event=decision,
        key=sha256(canonical(version)).digest()[:16],
        digest=sha256(leaf(replace(decision, at=""))).digest(),
        expect=decision.replaces,
    )
