"""tus 1.0.0 at `/v1/uploads`: one function a method. docs/tus.md says how each answers, and where others differ.

The rules of an upload's life are `upload`'s, its file `partial`'s, its bytes `receive`'s, its end `finish`'s.
"""

import time

import msgspec

from ingest.ask import Answer, Ask
from ingest.door import Door
from ingest.errors import HeaderMissing, WrongType
from ingest.tus import upload as life
from ingest.tus.errors import AlreadyKept, BeyondLength, UploadExpired, UploadUnknown
from ingest.tus.finish import finish, finish_partial, kept, replaced
from ingest.tus.headers import (
    BODY_TYPE,
    EXTENSIONS,
    VERSION,
    check_version,
    checksum,
    http_date,
    metadata,
    number,
    upload_length,
    written,
)
from ingest.tus.partial import Head, Partial
from ingest.tus.promise import Promise, promise, uuid
from ingest.tus.receive import PATIENCE, Inlet, receive, receive_checked
from ingest.tus.upload import State, Upload
from ingest.tus.uploads import Hold

ADDRESS = "/v1/uploads"
HEADERS = (("Tus-Resumable", VERSION),)
"""With every answer but that to OPTIONS."""

_NO_STORE = ("Cache-Control", "no-store")


async def options(door: Door, _ask: Ask) -> Answer:
    """`OPTIONS`: what is spoken here. Says no Tus-Resumable, and asks for none."""
    spoken = (
        ("Tus-Version", VERSION),
        ("Tus-Extension", EXTENSIONS),
        ("Tus-Max-Size", str(door.limits.scan)),
        ("Tus-Checksum-Algorithm", "sha1,sha256"),
    )
    return Answer(204, headers=spoken)


async def post(door: Door, ask: Ask) -> Answer:
    """`POST /v1/uploads`: a photo is promised; with all its bytes in the same request it is kept, too.

    201 with the receipt where it is, 201 with the offset where bytes are still missing. The same promise again is the
    same upload: bytes that are here already are passed over.
    """
    check_version(ask.headers)
    head = _promised(door, ask)
    door.page_at(head.promise.contest, head.promise.tps, head.promise.page)
    if door.gate is not None:
        sender = await door.gate.admit(ask, "send", head.promise.tps, "suara-scan")
        head = msgspec.structs.replace(head, sender=msgspec.Raw(msgspec.json.encode(sender)))
    await replaced(door, head.promise)
    async with door.uploads.hold(head.promise.id) as hold:
        if _has_body(ask):
            return await _create_with_upload(door, ask, head, hold)
        return await _create(door, head, hold)


async def head(door: Door, ask: Ask) -> Answer:
    """`HEAD /v1/uploads/{id}`: how much is here, on the disk; who was still sending it is sent away."""
    check_version(ask.headers)
    name = uuid("id", ask.params["id"])
    await _admit(door, ask, name)
    async with door.uploads.hold(name) as hold:
        partial = await _present(door, hold)
        if partial is None:
            return _told(await _kept(door, name))
        await Inlet(partial).settle()
        return _offset(door, partial, 200, ("Upload-Length", str(partial.head.promise.length)), _NO_STORE,
                       ("Upload-Metadata", partial.head.metadata))  # fmt: skip


async def patch(door: Door, ask: Ask) -> Answer:
    """`PATCH /v1/uploads/{id}`: the next bytes. 204 with the new offset, which is on the disk; the last one is kept."""
    check_version(ask.headers)
    name = uuid("id", ask.params["id"])
    if ask.content_type != BODY_TYPE:
        raise WrongType(given=ascii(ask.content_type[:64])[1:-1], wanted=BODY_TYPE)
    offset = number(ask.headers, "Upload-Offset")
    await _admit(door, ask, name)
    async with door.uploads.hold(name) as hold:
        partial = await _present(door, hold)
        if partial is None:
            promised = await _kept(door, name)
            life.resume(Upload(promised, promised.length, kept=True), offset, ask.length)
            return Answer(204, headers=(("Upload-Offset", str(promised.length)),))
        life.resume(partial.upload, offset, ask.length)
        await _receive(ask, hold, partial)
        if partial.upload.state is State.WHOLE:
            await finish_partial(door, partial)
            return Answer(204, headers=(("Upload-Offset", str(partial.offset)),))
        return _offset(door, partial, 204)


async def delete(door: Door, ask: Ask) -> Answer:
    """`DELETE /v1/uploads/{id}`: its sender gives an unfinished upload up. A kept photo stays."""
    check_version(ask.headers)
    name = uuid("id", ask.params["id"])
    await _admit(door, ask, name)
    async with door.uploads.hold(name) as hold:
        partial = await _present(door, hold)
        if partial is None:
            await _kept(door, name)
            raise AlreadyKept()
        life.end(partial.upload)
        partial.remove()
        return Answer(204)


def _promised(door: Door, ask: Ask) -> Head:
    length = upload_length(ask.headers, door.limits.scan)
    text = ask.headers.get("Upload-Metadata")
    if text is None:
        raise HeaderMissing(header="Upload-Metadata")
    return Head(promise(metadata(text), length), text)


def _has_body(ask: Ask) -> bool:
    """Whether bytes come with a POST (creation-with-upload). Raises WrongType where they come as something else."""
    if ask.length == 0:
        return False
    if ask.content_type != BODY_TYPE:
        raise WrongType(given=ascii(ask.content_type[:64])[1:-1], wanted=BODY_TYPE)
    return True


async def _create(door: Door, head: Head, hold: Hold) -> Answer:
    """Only the promise came."""
    promised = head.promise
    partial = await _present(door, hold)
    if partial is None:
        before = await kept(door, promised.id)
        if before is not None:
            life.create(Upload(before), _as_kept(promised))
            return _created(promised, promised.length)
        partial = await door.uploads.begin(hold, head)
    life.create(partial.upload, promised)
    return _offset(door, partial, 201, *_place(promised))


async def _create_with_upload(door: Door, ask: Ask, head: Head, hold: Hold) -> Answer:
    promised = head.promise
    if ask.length is not None and ask.length > promised.length:
        raise BeyondLength(length=promised.length)
    partial = await _present(door, hold)
    if partial is not None:
        life.create(partial.upload, promised)
        await _receive(ask, hold, partial, partial.offset)
        return await _answered(door, partial)
    check = checksum(ask.headers)
    body = await (ask.gather(promised.length, PATIENCE) if check is None else ask.whole(promised.length))
    if check is not None:
        check.check(body.data)
    if body.whole and len(body.data) == promised.length:
        return _created(promised, promised.length, await finish(door, head, body.data, body.sha256))
    partial = await door.uploads.begin(hold, head)
    inlet = Inlet(partial)
    await inlet.take(body.data)
    await receive(ask, hold, inlet)
    await inlet.settle()
    return await _answered(door, partial)


async def _answered(door: Door, partial: Partial) -> Answer:
    """The answer to a POST whose bytes lie on the disk."""
    promised = partial.head.promise
    if partial.upload.state is State.WHOLE:
        return _created(promised, promised.length, await finish_partial(door, partial))
    return _offset(door, partial, 201, *_place(promised))


async def _receive(ask: Ask, hold: Hold, partial: Partial, skip: int = 0) -> None:
    """The body of this request behind what is there, on the disk."""
    inlet, check = Inlet(partial, skip), checksum(ask.headers)
    if check is None:
        await receive(ask, hold, inlet)
    else:
        await receive_checked(ask, hold, inlet, check, partial.head.promise.length)
    await inlet.settle()


async def _admit(door: Door, ask: Ask, name: str) -> None:
    """Lets nobody on but who began the upload. Raises UploadUnknown, and what the gate raises."""
    head = door.uploads.folder.head(name)
    promised = head.promise if head is not None else await _kept(door, name)
    if door.gate is not None:
        await door.gate.admit(ask, "send", promised.tps, None)


async def _present(door: Door, hold: Hold) -> Partial | None:
    """What lies on the disk of an upload, unless it has expired. A whole one is handed to intake before it is shown:

    the process that received its last byte was killed, or intake was away.
    """
    partial = hold.partial
    if partial is None:
        return None
    if partial.upload.state is State.WHOLE:
        await finish_partial(door, partial)
        return None
    if door.uploads.expires(hold.name) < time.time():
        raise UploadExpired()
    return partial


async def _kept(door: Door, name: str) -> Promise:
    promised = await kept(door, name)
    if promised is None:
        raise UploadUnknown()
    return promised


def _as_kept(promised: Promise) -> Promise:
    """The promise as far as the journal remembers it by hash."""
    return msgspec.structs.replace(promised, replaces=None, verdict=None)


def _place(promised: Promise) -> tuple[tuple[str, str], ...]:
    return (("Location", f"{ADDRESS}/{promised.id}"),)


def _created(promised: Promise, offset: int, receipt: bytes = b"") -> Answer:
    headers = (*_place(promised), ("Upload-Offset", str(offset)), _NO_STORE)
    return Answer(201, receipt, headers, "application/json" if receipt else None)


def _offset(door: Door, partial: Partial, status: int, *more: tuple[str, str]) -> Answer:
    """The answer that says how far an unfinished upload is, and until when it waits."""
    expires = http_date(door.uploads.expires(partial.head.promise.id))
    return Answer(status, headers=(*more, ("Upload-Offset", str(partial.offset)), ("Upload-Expires", expires)))


def _told(promised: Promise) -> Answer:
    """HEAD of a photo that is kept: every byte is here."""
    pairs = {"id": promised.id, "contest": promised.contest, "tps": promised.tps, "page": str(promised.page),
             "sha256": promised.sha256}  # fmt: skip
    length = str(promised.length)
    headers = (("Upload-Offset", length), ("Upload-Length", length), ("Upload-Metadata", written(pairs)), _NO_STORE)
    return Answer(200, headers=headers)
