"""`POST /v1/uploads`: a photo is promised; with all its bytes in the same request it is kept, too."""

from msgspec.structs import replace

from identity.access import Action
from identity.message import Tag
from ingest.ask import Answer, Ask, Body
from ingest.door import Door
from ingest.errors import CutOff, HeaderMissing
from ingest.tus import upload as life
from ingest.tus.answers import check_body, created, place, present, take_body, unfinished
from ingest.tus.errors import BeyondLength, MetadataMissing, UploadExpired
from ingest.tus.finish import finish, finish_partial, kept, replaced
from ingest.tus.headers import check_version, checksum, metadata, upload_length
from ingest.tus.partial import Head, Partial
from ingest.tus.promise import Promise, promise
from ingest.tus.receive import PATIENCE, Inlet, receive
from ingest.tus.upload import State, Upload
from ingest.tus.uploads import Hold


async def post(door: Door, ask: Ask) -> Answer:
    """201 with the receipt where every byte came, 201 with the offset where some are missing.

    The same promise again is the same upload, and of a body that is sent again what is here already is passed over: a
    sender who knows nothing but POST gets through, too.
    """
    check_version(ask.headers)
    head = await _promised(door, ask)
    bytes_come = _has_body(ask, head.promise)
    async with door.uploads.hold(head.promise.id) as hold:
        partial = await _same(door, hold, head)
        if not bytes_come:
            return await _only_promised(door, ask, hold, head, partial)
        if partial is None:
            return await _with_upload(door, ask, hold, head)
        await take_body(ask, hold, partial, skip=partial.offset)
        return await _answer(door, ask, partial)


async def _promised(door: Door, ask: Ask) -> Head:
    """What is promised, and by whom. Everything that can be refused before the first byte is refused here."""
    length = upload_length(ask.headers, door.limits.scan)
    text = ask.headers.get("Upload-Metadata")
    if text is None:
        raise HeaderMissing(header="Upload-Metadata")
    pairs = metadata(text)
    promised = promise(pairs, length)
    door.page_at(promised.contest, promised.tps, promised.page)
    sender = await door.gate.admit(ask, Action.SEND, promised.tps, Tag.SCAN)
    if "id" not in pairs and sender.account != (sender.relay or sender.account):
        raise MetadataMissing(key="id")  # what an officer signed is single by its id alone: a relay keeps old ones
    await replaced(door, promised)
    return Head(promised, text, sender)


def _has_body(ask: Ask, promised: Promise) -> bool:
    """Whether bytes come along (creation-with-upload). Raises WrongType where they come as something else."""
    if not ask.length and ask.headers.get("transfer-encoding") is None:
        return False
    check_body(ask)
    if ask.length is not None and ask.length > promised.length:
        raise BeyondLength(length=promised.length)
    return True


async def _same(door: Door, hold: Hold, head: Head) -> Partial | None:
    """What is there of this very upload. Raises Conflict where the id stands for another photo.

    One that another device of the TPS began counts for nothing: the first signature must be that of who goes on. Nor
    does one that has expired.
    """
    try:
        partial = await present(door, hold)
    except UploadExpired:
        hold.drop()
        return None
    if partial is None:
        return None
    life.create(partial.upload, head.promise)
    if partial.head.sender.key == head.sender.key:
        return partial
    hold.drop()
    return None


async def _only_promised(door: Door, ask: Ask, hold: Hold, head: Head, partial: Partial | None) -> Answer:
    promised = head.promise
    if partial is None:
        before = await kept(door, promised.id)
        if before is not None:
            # the journal remembers neither: what they said stands in the event
            life.create(Upload(before), replace(promised, replaces=None, verdict=None))
            return created(ask, promised)
        partial = await door.uploads.begin(hold, head)
    return await _answer(door, ask, partial)


async def _with_upload(door: Door, ask: Ask, hold: Hold, head: Head) -> Answer:
    """The first bytes of an upload. A quick sender's never lie in a file of their own."""
    body = await _quickly(ask, head.promise)
    if body is not None and body.whole and len(body.data) == head.promise.length:
        return created(ask, head.promise, await finish(door, head, body.data, body.sha256))
    inlet = Inlet(await door.uploads.begin(hold, head))
    if body is not None:
        await inlet.take(body.data)
        await inlet.spill()
    del body  # what follows may take minutes, for thousands at once
    await receive(ask, hold, inlet)
    await inlet.settle()
    return await _answer(door, ask, inlet.partial)


async def _quickly(ask: Ask, promised: Promise) -> Body | None:
    """What comes while nothing touches the disk; None where the line was cut: `chunks` still has what came before."""
    check = checksum(ask.headers)
    if check is not None:
        body = await ask.whole(promised.length)
        check.check(body.data)
        return body
    try:
        return await ask.gather(promised.length, PATIENCE)
    except CutOff:
        return None


async def _answer(door: Door, ask: Ask, partial: Partial) -> Answer:
    """The answer to a POST whose bytes lie on the disk."""
    promised = partial.head.promise
    if partial.upload.state is State.WHOLE:
        return created(ask, promised, await finish_partial(door, partial))
    return unfinished(door, partial, 201, place(ask, promised))
