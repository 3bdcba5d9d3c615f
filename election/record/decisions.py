"""What is decided on one block: the machine's decisions, people's corrections and withdrawals, and their proposals.

A decision that names another than the one that stands changes nothing. One that names it and makes a move that
`election.block.MOVES` does not have takes its number, as the journal's head would, and changes nothing else.
"""

from typing import Any

from msgspec.structs import replace

from election.block import MOVES, BlockState
from election.event import (
    BlockCorrected,
    BlockCounted,
    BlockHeld,
    BlockWithdrawn,
    CorrectionDeclined,
    CorrectionProposed,
    Decision,
)
from election.record.shape import Block, Proposal, Record, Step


def decided(record: Record, number: int, event: Decision) -> Record:
    """The block's state and figures from now on."""
    block = record.find(event.block)
    if block is None or event.replaces != block.decision:
        return record
    told = _told(block, event)
    kind = str(event.__struct_config__.tag)
    if record.determined or (block.state, told["state"]) not in MOVES[kind]:
        return record.put([replace(block, decision=number)], None)
    after = replace(block, number=number, at=event.at, decision=number, proposal=None, **told)
    roles = event.roles if isinstance(event, BlockCorrected | BlockWithdrawn) else ()
    step = Step(
        number, event.at, kind, block=block.name, state=after.state, figures=event.figures, reasons=after.reasons,
        roles=roles, version=record.version,
    )  # fmt: skip
    return record.put([after], step)


def _told(block: Block, event: Decision) -> dict[str, Any]:
    """What the decision says of the block, as the block's fields."""
    match event:
        case BlockHeld():
            held: dict[str, Any] = {"state": BlockState.HELD, "read": event.read, "reasons": event.reasons}
            return {"figures": event.figures, **held, **_rests_on(event)}
        case BlockCounted():
            counted: dict[str, Any] = {"state": BlockState.COUNTED, "read": event.figures, "reasons": ()}
            return {"figures": event.figures, **counted, **_rests_on(event)}
        case BlockCorrected():
            return {
                "figures": event.figures, "state": BlockState.VERIFIED, "reasons": (event.reason,), "warnings": (),
            }  # fmt: skip
        case BlockWithdrawn():
            return {"state": BlockState.WITHDRAWN, "reasons": (event.reason,)}
    raise TypeError(f"no decision that a block knows: {type(event).__name__}")


def _rests_on(event: BlockCounted | BlockHeld) -> dict[str, Any]:
    return {
        "warnings": event.warnings,
        "scans": event.scans,
        "reading": event.reading,
        "policy": event.policy,
        "upto": event.upto or 0,
    }


def proposed(record: Record, number: int, event: CorrectionProposed) -> Record:
    """A correction waits for a second person; on a determined record none can."""
    block = record.find(event.block)
    if block is None or event.on != block.decision or record.determined:
        return record
    proposal = Proposal(number, event.on, event.figures, event.reason, event.role, event.account, event.at)
    step = _line(record, number, event, block)
    return record.put([replace(block, number=number, at=event.at, proposal=proposal)], step)


def declined(record: Record, number: int, event: CorrectionDeclined) -> Record:
    """A proposal waits no longer."""
    block = record.find(event.block)
    if block is None or block.proposal is None or block.proposal.number != event.proposal:
        return record
    step = _line(record, number, event, block)
    return record.put([replace(block, number=number, at=event.at, proposal=None)], step)


def _line(record: Record, number: int, event: CorrectionProposed | CorrectionDeclined, block: Block) -> Step:
    figures = event.figures if isinstance(event, CorrectionProposed) else None
    return Step(
        number, event.at, str(event.__struct_config__.tag), block=block.name, state=block.state, figures=figures,
        reasons=(event.reason,), roles=(event.role,), version=record.version,
    )  # fmt: skip
