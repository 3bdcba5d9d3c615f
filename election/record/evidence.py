"""What comes in for a record: photos, looks at them, officers' figures. It moves blocks that nobody has decided yet.

Evidence of another version than the record's own is a line of the history and moves nothing.
"""

from msgspec.structs import replace

from election.block import BlockState
from election.event import PageRead, ReadingSubmitted, ScanReceived
from election.record.shape import Block, Photo, Reading, Record, Step


def scan_received(record: Record, number: int, event: ScanReceived) -> Record:
    """A photo more."""
    version = event.version or 1
    step = Step(number, event.at, "scan_received", page=event.page, version=version)
    if version != record.version:
        return record.put((), step)
    photo = Photo(number, event.page, event.sha256, event.size, event.at)
    return _weighed(replace(record, photos=(*record.photos, photo)), step, _on(record, event.page))


def page_read(record: Record, number: int, event: PageRead) -> Record:
    """A look at a photo, be it of an earlier version."""
    earlier = tuple(replace(old, photos=_looked_at(old.photos, number, event)) for old in record.earlier)
    record = replace(record, photos=_looked_at(record.photos, number, event), earlier=earlier)
    sets = {record.version: record.photos, **{old.version: old.photos for old in earlier}}
    found = ((version, photo) for version, photos in sets.items() for photo in photos if photo.number == event.scan)
    version, photo = next(found, (record.version, None))
    page, fault = (photo.page, photo.fault) if photo else (event.page, event.fault)
    reasons = () if fault is None else (fault,)
    step = Step(number, event.at, "page_read", page=page, reasons=reasons, version=version)
    return _weighed(record, step, _on(record, page))


def reading_submitted(record: Record, number: int, event: ReadingSubmitted) -> Record:
    """An officer's figures more."""
    version = event.version or 1
    step = Step(number, event.at, "reading_submitted", version=version)
    if version != record.version:
        return record.put((), step)
    of = [block for block in record.blocks if block.name in event.figures]
    return _weighed(replace(record, readings=(*record.readings, Reading(number, event))), step, of)


def _looked_at(photos: tuple[Photo, ...], number: int, event: PageRead) -> tuple[Photo, ...]:
    if not any(photo.number == event.scan for photo in photos):
        return photos
    return tuple(
        replace(photo, read=event, read_number=number, looks=photo.looks + 1) if photo.number == event.scan else photo
        for photo in photos
    )


def _on(record: Record, page: int | None) -> list[Block]:
    return [block for block in record.blocks if page in block.pages]


def _weighed(record: Record, step: Step, blocks: list[Block]) -> Record:
    """New evidence moves those of its `blocks` that nobody has decided yet; others wait for the next decision."""
    weighed = ((block, _undecided(record, block)) for block in blocks if not block.decided)
    moved = [(block, state) for block, state in weighed if state is not block.state]
    return record.put([replace(block, state=state, number=step.number, at=step.at) for block, state in moved], step)


def _undecided(record: Record, block: Block) -> BlockState:
    photos = [record.page(page) for page in block.pages]
    if photos and all(photo is not None and photo.read is not None for photo in photos):
        return BlockState.READ
    if any(photos) or record.reading(block.name) is not None:
        return BlockState.RECEIVED
    return BlockState.AWAITED
