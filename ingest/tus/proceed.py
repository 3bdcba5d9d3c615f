"""What is done about an upload that was begun: `HEAD`, `PATCH` and `DELETE` at its address, and `OPTIONS` at any."""

from identity.access import Action
from identity.errors import TokenScope
from ingest.ask import Answer, Ask
from ingest.door import Door
from ingest.tus import upload as life
from ingest.tus.answers import NO_STORE, check_body, complete, kept_or_unknown, name_of, present, take_body, unfinished
from ingest.tus.errors import AlreadyKept
from ingest.tus.finish import finish_partial
from ingest.tus.headers import EXTENSIONS, VERSION, check_version, number
from ingest.tus.receive import Inlet
from ingest.tus.upload import State, Upload


async def options(door: Door, _ask: Ask) -> Answer:
    """What is spoken here. Says no Tus-Resumable, and asks for none."""
    spoken = (
        ("Tus-Version", VERSION),
        ("Tus-Extension", EXTENSIONS),
        ("Tus-Max-Size", str(door.limits.scan)),
        ("Tus-Checksum-Algorithm", "sha1,sha256"),
    )
    return Answer(204, headers=spoken)


async def head(door: Door, ask: Ask) -> Answer:
    """How much is here, and on the disk; whoever was still sending is sent away."""
    check_version(ask.headers)
    name = name_of(ask)
    await _admit(door, ask, name)
    async with door.uploads.hold(name) as hold:
        partial = await present(door, hold)
        if partial is None:
            return complete(await kept_or_unknown(door, name))
        await Inlet(partial).settle()
        length, said = str(partial.head.promise.length), partial.head.metadata
        return unfinished(door, partial, 200, ("Upload-Length", length), ("Upload-Metadata", said), NO_STORE)


async def patch(door: Door, ask: Ask) -> Answer:
    """The next bytes: 204 with the new offset, which is on the disk. With the last one the photo is kept."""
    check_version(ask.headers)
    name = name_of(ask)
    check_body(ask)
    offset = number(ask.headers, "Upload-Offset")
    await _admit(door, ask, name)
    async with door.uploads.hold(name) as hold:
        partial = await present(door, hold)
        if partial is None:
            promised = await kept_or_unknown(door, name)
            life.resume(Upload(promised, promised.length, kept=True), offset, ask.length)
            return Answer(204, headers=(("Upload-Offset", str(promised.length)),))
        life.resume(partial.upload, offset, ask.length)
        await take_body(ask, hold, partial)
        if partial.upload.state is State.WHOLE:
            await finish_partial(door, partial)
            return Answer(204, headers=(("Upload-Offset", str(partial.offset)),))
        return unfinished(door, partial, 204)


async def delete(door: Door, ask: Ask) -> Answer:
    """Its sender gives an unfinished upload up. A kept photo stays."""
    check_version(ask.headers)
    name = name_of(ask)
    await _admit(door, ask, name)
    async with door.uploads.hold(name) as hold:
        partial = await present(door, hold)
        if partial is None:
            await kept_or_unknown(door, name)
            raise AlreadyKept()
        life.end(partial.upload)
        hold.drop()
        return Answer(204)


async def _admit(door: Door, ask: Ask, name: str) -> None:
    """Lets on the device that began the upload, or a relay of its TPS. Raises UploadUnknown, Denied."""
    begun = door.uploads.folder.head(name)
    if begun is None:
        door.gate.bearer(ask)
        await door.uploads.shown(name)
        begun = door.uploads.folder.head(name)
    promised = begun.promise if begun is not None else await kept_or_unknown(door, name)
    sender = await door.gate.admit(ask, Action.SEND, promised.tps)
    if begun is not None and sender.relayed is None and sender.key != begun.sender.key:
        raise TokenScope(account=sender.account, tps=promised.tps)
