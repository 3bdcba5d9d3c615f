"""What is ruled on a whole record or on an area above it: versions, confirmations, determinations, disputes."""

from msgspec.structs import replace

from election.block import MOVES, BlockState
from election.event import AreaConfirmed, DisputeMoved, DisputeOpened, ResultDetermined, VersionOpened
from election.record.shape import Block, Dispute, Earlier, Opened, Record, Step


def version_opened(record: Record, number: int, event: VersionOpened) -> Record:
    """The record begins anew; what stood is kept as an earlier version. Only the very next version can be opened."""
    standing = record.opened.number if record.opened else 0
    if (event.version, event.replaces) != (record.version + 1, standing):
        return record
    stood = tuple(
        replace(block, state=BlockState.SUPERSEDED, stood=block.state, number=number, proposal=None)
        for block in record.blocks
    )
    step = Step(
        number, event.at, "version_opened", state=BlockState.AWAITED, reasons=(event.ground,), roles=event.roles,
        version=event.version,
    )  # fmt: skip
    return replace(
        record,
        blocks=tuple(Block(block.name, block.pages, number=number, at=event.at, decision=number) for block in stood),
        photos=(),
        readings=(),
        history=(*record.history, step),
        version=event.version,
        opened=Opened(number, event.at, event.ground, event.order, event.document, event.roles, event.dispute),
        earlier=(*record.earlier, Earlier(record.version, record.opened, stood, record.photos, record.readings)),
        determined=0,
    )


def area_confirmed(record: Record, number: int, event: AreaConfirmed) -> Record:
    """A plenary's D.Hasil has the same sums: what counts is final."""
    final = _final(record, number, event)
    step = Step(
        number, event.at, "area_confirmed", state=BlockState.FINAL, version=record.version, area=event.tps
    )  # fmt: skip
    return record.put(final, step) if final else record


def result_determined(record: Record, number: int, event: ResultDetermined) -> Record:
    """The result is closed: what counts is final, and until a new version opens nothing can be decided."""
    step = Step(
        number, event.at, "result_determined", state=BlockState.FINAL, roles=event.roles, version=record.version,
        area=event.tps,
    )  # fmt: skip
    closed = record.put(_final(record, number, event), step)
    blocks = tuple(replace(block, proposal=None) for block in closed.blocks)
    return replace(closed, determined=number, blocks=blocks)


def _final(record: Record, number: int, event: AreaConfirmed | ResultDetermined) -> list[Block]:
    moves = MOVES[str(event.__struct_config__.tag)]
    return [
        replace(block, state=BlockState.FINAL, number=number, at=event.at)
        for block in record.blocks
        if (block.state, BlockState.FINAL) in moves
    ]


def dispute_opened(record: Record, number: int, event: DisputeOpened) -> Record:
    """One more dispute of the record, a block of it or an area above."""
    case = Dispute(
        number, event.at, event.tps, event.block, event.forum, event.cause, event.reference, event.documents
    )  # fmt: skip
    step = _line(record, number, event, event.block, (event.forum, event.cause))
    return replace(record, cases=(*record.cases, case), history=(*record.history, step))


def dispute_moved(record: Record, number: int, event: DisputeMoved) -> Record:
    """A dispute's status from now on."""
    case = next((case for case in record.cases if case.number == event.dispute), None)
    if case is None or (case.kode, case.moved) != (event.tps, event.replaces):
        return record
    after = replace(
        case,
        status=event.status,
        follow_up=event.follow_up,
        documents=(*case.documents, *event.documents),
        moved=number,
    )
    cases = tuple(after if one is case else one for one in record.cases)
    reasons = (event.status,) if event.follow_up is None else (event.status, event.follow_up)
    step = _line(record, number, event, case.block, reasons)
    return replace(record, cases=cases, history=(*record.history, step))


def _line(
    record: Record, number: int, event: DisputeOpened | DisputeMoved, block: str | None, reasons: tuple[str, ...]
) -> Step:
    area = None if event.tps == record.tps else event.tps
    return Step(
        number, event.at, str(event.__struct_config__.tag), block=block, reasons=reasons, roles=(event.role,),
        version=record.version, area=area,
    )  # fmt: skip
