"""What the machine decides about a record: pure, from its events and its pages' readings to drafts of decisions.

The situation of a block's evidence is named by codes; the policy's table says what to do in it; error rules of the
block's own bar it from counting, whatever the table says. Rules between blocks only mark. Fetching scores and appending
decisions is `judge`'s.
"""

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import asdict, replace

from election.block import BlockState
from election.contest import ADM, SUARA, Contest
from election.decode import BlockReading
from election.event import BlockCounted, BlockHeld, Figures, canonical, leaf
from election.policy import BARS, COUNTING, Action
from election.record import Block, Record
from election.rules import RULES, Limits, judge_record
from election.rules.judge import Verdict
from election.rules.readings import Source
from election.rules.rule import BETWEEN
from recap.beside import Word, figures, looked_at, words
from recap.evidence import Evidence, gather
from recap.policy import Policy
from storage.draft import Draft

UNCERTAIN = "read.uncertain"
"""The machine has no reading of the block's pages that it is sure enough of."""

DISAGREE = "E404"

BY_PEOPLE = "policy.by_people"
"""Nothing speaks against the block: the policy leaves it to people."""

SECOND = frozenset({"E401", "E402"})
"""Rules that hold a second reading of the same page against the first."""


class Place(Struct, frozen=True):
    """Which record this is, and what is known of its TPS beforehand."""

    journal: str
    tps: str
    contest: Contest
    dpt: tuple[int, int]  # men, women; -1 unknown
    limits: Limits


Decoded = Mapping[str, BlockReading | None]
"""Block → what the machine reads on its pages, None where their scores are lost; of the blocks that `asks` names."""


class Finding(Struct, frozen=True):
    """What the block's own pages and figures say."""

    codes: tuple[str, ...]  # that name the situation
    figures: Figures | None  # the officer's; without these the machine's, where they are sure enough
    read: Figures | None = None  # the machine's
    second: tuple[str, ...] = ()  # of `SECOND`, where nothing was decoded anew


def due(record: Record, contest: Contest, policy: Policy) -> tuple[Evidence, ...]:
    """The blocks of which something is new since the machine decided: evidence, another block's word, or the policy.

    Blocks that people have decided are never due.
    """
    said = words(record, contest)
    return tuple(evidence for evidence in gather(record, contest) if _new(evidence, said, contest, policy))


def _new(evidence: Evidence, said: Mapping[str, Word], contest: Contest, policy: Policy) -> bool:
    beside = (said[name].number for name in looked_at(evidence.block.name, contest) if name in said)
    return not evidence.unchanged or max((policy.since, *beside)) > evidence.block.upto


def asks(evidence: Evidence, policy: Policy) -> bool:
    """Whether its pages must be decoded: they can be read, and the decision that stands does not tell what they say."""
    if not evidence.together or _told(evidence, policy):
        return False
    idle = policy.action(evidence.codes) is Action.WAIT and not evidence.standing
    return not idle


def _told(evidence: Evidence, policy: Policy) -> bool:
    """Whether the decision that stands tells what the pages say: it was made with all of them, and by the thresholds
    that hold. Another release's hold too, until an adoption: two releases at work must not overturn each other.

    A decision that counts figures of which the machine was not sure does not tell what it read.
    """
    block = evidence.block
    if not evidence.unchanged or (block.upto < policy.since and not block.policy.endswith(policy.thresholds)):
        return False
    return block.state is BlockState.HELD or not any(map(_is_doubt, block.warnings))


def adjudicate(
    record: Record, evidence: Iterable[Evidence], decoded: Decoded, place: Place, policy: Policy, at: str
) -> tuple[Draft, ...]:
    """The decisions that the evidence calls for and that do not stand already, ready for the journal.

    `evidence` is what is `due`, `at` the decisions' time. The same version and evidence give the same key and digest,
    whenever and wherever judged.
    """
    found = {one.block.name: (one, _finding(one, decoded, policy)) for one in evidence}
    calling = {name: one for name, one in found.items() if _calls(*one, policy)}
    if not calling:
        return ()
    said = words(record, place.contest)
    verdict = _verdict(place, figures(said), {name: decoded.get(name) for name in calling})
    sitting = _Sitting(place, policy, said, verdict, at, max(record.number, policy.since))
    drafts = (_drafted(*one, sitting) for one in calling.values())
    return tuple(draft for draft in drafts if draft is not None)


class _Sitting(NamedTuple):
    """What is the same for every block of a record that is judged at one time."""

    place: Place
    policy: Policy
    said: Mapping[str, Word]
    verdict: Verdict
    at: str
    upto: int


def _calls(evidence: Evidence, finding: Finding, policy: Policy) -> bool:
    """Whether there is anything to decide; a block that waits and was never decided just waits on."""
    return evidence.standing or policy.action(finding.codes) is not Action.WAIT


def _finding(evidence: Evidence, decoded: Decoded, policy: Policy) -> Finding:
    keyed, codes = evidence.keyed, evidence.codes
    if not evidence.together:
        return Finding(codes, keyed)
    block = evidence.block
    if not asks(evidence, policy):
        before = (*block.reasons, *block.warnings)
        doubts = tuple(filter(_is_doubt, before))
        own = block.read if keyed is None and not doubts else keyed
        return Finding((*codes, *doubts), own, block.read, tuple(code for code in before if code in SECOND))
    read = decoded.get(block.name)
    doubts = tuple(_doubts(keyed, read, policy.threshold(block.name, evidence.models)))
    if read is None:
        return Finding((*codes, *doubts), keyed)
    return Finding((*codes, *doubts), read.figures if keyed is None and not doubts else keyed, read.figures)


def _is_doubt(code: str) -> bool:
    return code in {DISAGREE, UNCERTAIN} or code.startswith("number.")


def _doubts(keyed: Figures | None, read: BlockReading | None, threshold: float) -> Iterator[str]:
    """Why the pixels do not say the figures surely enough; nothing where they do."""
    if read is None:
        yield UNCERTAIN
        return
    yield from (f"number.{flag}" for flag in read.odd)
    if read.hypothesis is not None and read.hypothesis >= threshold:
        return
    if keyed is not None and len(keyed) == len(read.figures) and _differ(keyed, read.figures):
        yield DISAGREE
    if read.probability < threshold or None in read.figures:
        yield UNCERTAIN


def _differ(keyed: Figures, read: Figures) -> bool:
    pairs = zip(keyed, read, strict=True)
    return any(officer is not None and machine is not None and officer != machine for officer, machine in pairs)


def _verdict(place: Place, said: Mapping[str, Figures], decoded: Decoded) -> Verdict:
    """What the record breaks, with what bubbles and marks say of the blocks just decoded."""
    beside: dict[str, dict[str, Figures]] = {}
    reads = {name: read for name, read in decoded.items() if read is not None and name in said}
    if reads:
        beside[Source.BUBBLES] = {name: read.bubbles for name, read in reads.items()}
        beside[Source.MARKS] = {name: read.marks for name, read in reads.items()}
    return judge_record(place.contest, said, place.dpt, beside=beside, limits=place.limits)


def _drafted(evidence: Evidence, finding: Finding, sitting: _Sitting) -> Draft | None:
    """The decision on one block; None where it stands already."""
    place, said = sitting.place, sitting.said
    name = evidence.block.name
    if finding.figures is not None and evidence.reading is None:
        sitting = sitting._replace(verdict=_verdict(place, {**figures(said), name: finding.figures}, {}))
    decision = _decision(evidence, finding, sitting)
    if _stands(evidence.block, decision):
        return None
    beside = [said[other].number for other in looked_at(name, place.contest) if other in said]
    return _draft(place.journal, decision, [*evidence.numbers, *beside])


def _decision(evidence: Evidence, finding: Finding, sitting: _Sitting) -> BlockCounted | BlockHeld:
    policy, verdict = sitting.policy, sitting.verdict
    block, reading = evidence.block, evidence.reading
    whole = finding.figures is not None and len(finding.figures) == len(evidence.fields)
    errors = sorted({*verdict["errors"][block.name], *finding.second}) if whole else []
    counts = policy.action(finding.codes) in COUNTING and whole and not errors and BARS.isdisjoint(finding.codes)
    counted = BlockCounted(
        tps=sitting.place.tps,
        at=sitting.at,
        block=block.name,
        replaces=block.decision,
        figures=finding.figures,
        scans=evidence.scans,
        reading=0 if reading is None else reading.number,
        salt=None if reading is None else reading.event.salts[block.name],
        policy=policy.name,
        warnings=(*(finding.codes if counts else ()), *(_unusual(block.name, verdict) if whole else ())),
        upto=sitting.upto,
    )
    if counts:
        return counted
    reasons = (*finding.codes, *errors) or (BY_PEOPLE,)
    shown = finding.figures if reading is not None else None
    return BlockHeld(**{**asdict(counted), "figures": shown}, read=finding.read, reasons=reasons)


def _unusual(block: str, verdict: Verdict) -> tuple[str, ...]:
    """What marks the block: warnings of its own, and on votes and data page what stands between the two."""
    between = block in {SUARA, ADM}
    own = [code for code in verdict["warnings"] if RULES[code].block == block or (between and _between(code))]
    return (*(verdict["between"] if between else ()), *own)


def _between(code: str) -> bool:
    return RULES[code].block == BETWEEN


def _stands(block: Block, decision: BlockCounted | BlockHeld) -> bool:
    """Whether the block is decided so already; then nothing needs to be said again."""
    told = (block.figures, block.warnings)
    if isinstance(decision, BlockCounted):
        return block.state is BlockState.COUNTED and told == (decision.figures, decision.warnings)
    if block.state is not BlockState.HELD or told != (decision.figures, decision.warnings):
        return False
    return (block.read, block.reasons) == (decision.read, decision.reasons)


def _draft(journal: str, decision: BlockCounted | BlockHeld, looked: list[int]) -> Draft:
    """The key names the version decided on and all that was looked at; the digest, what was decided."""
    version = [journal, decision.tps, decision.block, decision.replaces, looked, decision.policy]
    return Draft(
        event=decision,
        key=sha256(canonical(version)).digest()[:16],
        digest=sha256(leaf(replace(decision, at="", upto=None))).digest(),
        expect=decision.replaces,
    )
