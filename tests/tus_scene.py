"""Uploads in pieces for tests: a photo, what is said of it, and requests over a real connection."""

import asyncio
import base64
import contextlib
import random
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple
from uuid import uuid4

from ingest_scene import Scene

PIECE = {"Content-Type": "application/offset+octet-stream"}


class Reply(NamedTuple):
    """What the door said."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def offset(self) -> int:
        """Upload-Offset."""
        return int(self.headers["upload-offset"])

    @property
    def code(self) -> str:
        """The reason code of a refusal."""
        import json

        return str(json.loads(self.body)["code"])


def photo(size: int, seed: int = 0) -> bytes:
    """Bytes that begin like a JPEG."""
    return b"\xff\xd8\xff\xe0" + random.Random(seed).randbytes(size - 4)


def metadata(**pairs: str) -> str:
    """`Upload-Metadata`; an empty value leaves the key out."""
    return ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in pairs.items() if v)


@dataclass
class Sent:
    """One photo and how it is announced; `changed` replaces metadata."""

    scene: Scene
    photo: bytes
    page: int = 2
    id: str = field(default_factory=lambda: str(uuid4()))
    changed: dict[str, str] = field(default_factory=dict)
    account: str | None = None

    @property
    def path(self) -> str:
        """Where it lies once it was created."""
        return f"/v1/uploads/{self.id}"

    @property
    def announced(self) -> dict[str, str]:
        """Headers of a POST."""
        pairs = {
            "id": self.id, "contest": "ppwp", "tps": self.scene.tps, "page": str(self.page),
            "sha256": sha256(self.photo).hexdigest(), "filetype": "image/jpeg",
        }  # fmt: skip
        return {"Upload-Length": str(len(self.photo)), "Upload-Metadata": metadata(**(pairs | self.changed))}

    async def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Reply:
        """Any request, with our version of tus; underscores in names of headers are dashes, "" leaves one out."""
        bearer = (await self.scene.phone(self.account)).bearer()
        said = {"Tus-Resumable": "1.0.0"} | bearer | {name.replace("_", "-"): value for name, value in headers.items()}
        said = {name: value for name, value in said.items() if value}
        async with self.scene.client.request(
            method, path, data=body, headers=said, skip_auto_headers=("Content-Type",)
        ) as response:
            lower = {name.lower(): value for name, value in response.headers.items()}
            return Reply(response.status, lower, await response.read())

    async def create(self, body: bytes | None = None, **headers: str) -> Reply:
        """POST, with bytes or without."""
        kind = PIECE if body is not None else {}
        said = self.announced | {name.replace("_", "-"): value for name, value in headers.items()}
        phone = await self.scene.phone(self.account)
        signed = phone.scan(int(said["Upload-Length"] or 0), said["Upload-Metadata"])
        proof = {name: signed[name] for name in ("signature", "signature-input")}
        return await self.ask("POST", "/v1/uploads", body, **(proof | kind | said))

    async def patch(self, offset: int, body: bytes, **headers: str) -> Reply:
        """PATCH."""
        return await self.ask("PATCH", self.path, body, **({"Upload-Offset": str(offset)} | PIECE | headers))

    async def head(self) -> Reply:
        """HEAD."""
        return await self.ask("HEAD", self.path)

    async def open_patch(self, offset: int, body: bytes, *, length: int | None = None) -> asyncio.StreamWriter:
        """A PATCH that has sent `body` and does not end."""
        return await self._open("PATCH", self.path, {"Upload-Offset": str(offset)}, body, length or len(self.photo))

    async def open_post(self, body: bytes) -> asyncio.StreamWriter:
        """A POST of the whole photo that has sent `body` and does not end."""
        said = self.announced
        phone = await self.scene.phone(self.account)
        return await self._open(
            "POST", "/v1/uploads", phone.scan(len(self.photo), said["Upload-Metadata"]), body, len(self.photo)
        )

    async def _open(
        self, method: str, path: str, headers: dict[str, str], body: bytes, length: int
    ) -> asyncio.StreamWriter:
        bearer = (await self.scene.phone(self.account)).bearer()
        said = bearer | {"Tus-Resumable": "1.0.0", "Content-Length": str(length)} | PIECE | headers
        head = f"{method} {path} HTTP/1.1\nHost: door\n" + "\n".join(f"{k}: {v}" for k, v in said.items())
        _, writer = await self.scene.line(head, body)
        return writer


async def eventually(found, seconds: float = 5.0):
    """What `found` answers once it answers something."""
    async with asyncio.timeout(seconds):
        while not (answer := await found()):  # noqa: ASYNC110 - what happens elsewhere sets no event here
            await asyncio.sleep(0.02)
        return answer


class Cutter:
    """A proxy that cuts connections after so many bytes of what is sent; `spans` says how many, each time."""

    def __init__(self, port: int, spans) -> None:
        self._to, self._spans = port, spans
        self.cuts = 0
        self.passed = 0

    async def __aenter__(self) -> "Cutter":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        left = next(self._spans, None)
        there, back = await asyncio.open_connection("127.0.0.1", self._to)
        answers = asyncio.create_task(self._pass(there, writer, None))
        cut = await self._pass(reader, back, left)
        if cut:
            self.cuts += 1
            writer.transport.abort()
            back.transport.abort()
        with contextlib.suppress(Exception):
            await answers
        writer.close()
        back.close()

    async def _pass(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, left: int | None) -> bool:
        """Passes bytes on; True once `left` of them have gone."""
        with contextlib.suppress(OSError):
            while data := await source.read(8192):
                data = data if left is None else data[:left]
                target.write(data)
                await target.drain()
                if left is not None:
                    self.passed += len(data)
                    left -= len(data)
                    if left <= 0:
                        await asyncio.sleep(0.01)  # the kernel hands the last bytes on before the line goes
                        return True
            if target.can_write_eof():
                target.write_eof()
        return False
