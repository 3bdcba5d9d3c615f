"""What tus answers look like, and the state of an upload that every one of them first looks at."""

import time

from ingest.ask import Answer, Ask
from ingest.door import Door
from ingest.errors import Encoded, WrongType
from ingest.tus.errors import MetadataMalformed, UploadExpired, UploadUnknown
from ingest.tus.finish import finish_partial, kept
from ingest.tus.headers import BODY_TYPE, VERSION, checksum, http_date, written
from ingest.tus.partial import Partial
from ingest.tus.promise import Promise, uuid
from ingest.tus.receive import Inlet, receive, receive_checked
from ingest.tus.upload import State
from ingest.tus.uploads import Hold

ADDRESS = "/v1/uploads"
HEADERS = (("Tus-Resumable", VERSION),)
"""With every answer but that to OPTIONS."""

_SCHEMES = ("http", "https")
NO_STORE = ("Cache-Control", "no-store")


def name_of(ask: Ask) -> str:
    """The upload's id in the path. Raises UploadUnknown: what is no UUID was never begun."""
    try:
        return uuid("id", ask.params["id"])
    except MetadataMalformed:
        raise UploadUnknown() from None


def check_body(ask: Ask) -> None:
    """Whether the bytes of this request are a piece of a photo, as they are. Raises WrongType, Encoded."""
    if ask.content_type != BODY_TYPE:
        raise WrongType(given=ascii(ask.content_type[:64])[1:-1], wanted=BODY_TYPE)
    if ask.headers.get("Content-Encoding", "identity") != "identity":
        raise Encoded()


async def present(door: Door, hold: Hold) -> Partial | None:
    """What lies on the disk of an upload, None where nothing does. Raises UploadExpired.

    A whole one is handed to intake before anybody is told of it: the process that received its last byte was killed,
    or intake was away.
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


async def kept_or_unknown(door: Door, name: str) -> Promise:
    """What intake has under this id. Raises UploadUnknown."""
    promised = await kept(door, name)
    if promised is None:
        raise UploadUnknown()
    return promised


async def take_body(ask: Ask, hold: Hold, partial: Partial, skip: int = 0) -> None:
    """The body of this request, less `skip` bytes, behind what is there; on the disk when this returns."""
    inlet, check = Inlet(partial, skip), checksum(ask.headers)
    if check is None:
        await receive(ask, hold, inlet)
    else:
        await receive_checked(ask, hold, inlet, check, partial.head.promise.length)
    await inlet.settle()


def unfinished(door: Door, partial: Partial, status: int, *more: tuple[str, str]) -> Answer:
    """How far an upload is, and until when it waits for the next byte."""
    expires = http_date(door.uploads.expires(partial.head.promise.id))
    return Answer(status, headers=(*more, ("Upload-Offset", str(partial.offset)), ("Upload-Expires", expires)))


def place(ask: Ask, promised: Promise) -> tuple[str, str]:
    """Where the upload is: an absolute address, since aiotus cannot follow another.

    Scheme and host are what the sender called, so its own words decide where it is sent to, and nobody else's.
    """
    host, scheme = ask.headers.get("Host"), ask.headers.get("X-Forwarded-Proto")
    base = f"{scheme if scheme in _SCHEMES else _SCHEMES[0]}://{host}" if host else ""
    return "Location", f"{base}{ADDRESS}/{promised.id}"


def created(ask: Ask, promised: Promise, receipt: bytes = b"") -> Answer:
    """A POST that leaves nothing to be sent."""
    headers = (place(ask, promised), ("Upload-Offset", str(promised.length)), NO_STORE)
    return Answer(201, receipt, headers, "application/json" if receipt else None)


def complete(promised: Promise) -> Answer:
    """HEAD of a photo that is kept: every byte is here, and the metadata are what the journal remembers of them."""
    pairs = {
        "id": promised.id,
        "contest": promised.contest,
        "tps": promised.tps,
        "page": str(promised.page),
        "sha256": promised.sha256,
    }
    length = str(promised.length)
    headers = (("Upload-Offset", length), ("Upload-Length", length), ("Upload-Metadata", written(pairs)), NO_STORE)
    return Answer(200, headers=headers)
