"""A workbench over an invented election of several contests, people of every role, and records that wait for them."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from re import search
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from aiohttp import FormData
from aiohttp.test_utils import TestClient, TestServer

from election import bundle as bundles
from election.bundle import Bundle
from election.event import BlockHeld, PageRead, ReadingSubmitted, ScanReceived
from election.form import of as form_of
from review import accounts
from review.app import Workbench
from review.house import COOKIE
from storage.draft import Draft, Outcome
from storage.opened import Storage, open_storage
from storage.settings import Settings

AT = "2024-02-14T08:00:00.000Z"
KEYED, READ = (90, 110, 10, 210, 3, 213), (90, 160, 10, 210, 3, 213)
PICTURE = b"\xff\xd8\xff\xe0 a picture"
PDF = b"%PDF-1.7 invented"
SHOTS = os.environ.get("SUARA_SHOTS")
"""A folder for screenshots, where somebody wants to look at them."""


def clock() -> datetime:
    return datetime(2024, 2, 14, 9, tzinfo=UTC)


class Desk:
    """A workbench with one held record, and people who can sign in."""

    def __init__(
        self, client: TestClient[Any, Any], storage: Storage, bundle: Bundle, passwords: dict[str, str], key: str
    ) -> None:
        self.client, self.storage, self.bundle, self.passwords, self.key = client, storage, bundle, passwords, key
        self.people, self.token = storage.settings.data_dir / "accounts.json", ""
        self.tps = bundle.tree.tps_kode(0)
        self.journal = storage.journal(key)

    @property
    def contest(self) -> Any:
        return self.bundle.ballot(self.key, self.bundle.tree.tps_index(self.tps))

    def area(self, tingkat: int) -> str:
        """The code of the area of this level above the TPS."""
        return self.bundle.tree.kode(self.bundle.tree.path(self.bundle.tree.tps_index(self.tps))[tingkat])

    async def sign_in(self, name: str) -> None:
        """As the door does it, without its slow hash; the browser's tests use the door itself."""
        known = accounts.load(self.people)
        session = known.session(known.accounts[name], accounts.clock_seconds())
        self.token = known.form_token(session)
        self.client.session.cookie_jar.clear()
        self.client.session.cookie_jar.update_cookies({COOKIE: session}, self.client.make_url("/"))

    async def get(self, path: str) -> tuple[int, str]:
        answer = await self.client.get(path)
        return answer.status, await answer.text()

    async def page(self) -> str:
        return (await self.get(f"/{self.key}/{self.tps}"))[1]

    async def list(self) -> str:
        return (await self.get(f"/{self.key}/held"))[1]

    async def post(self, path: str, token: str | None = None, **fields: object) -> tuple[int, str]:
        """Sends a form with the page's token; bytes go as PDF files."""
        form = FormData()
        form.add_field("token", self.token if token is None else token)
        for name, value in {"id": uuid4(), **fields}.items():
            if isinstance(value, bytes):
                form.add_field(name, value, filename=f"{name}.pdf", content_type="application/pdf")
            else:
                form.add_field(name, str(value))
        answer = await self.client.post(path, data=form)
        return answer.status, await answer.text()

    async def act(self, action: str, **fields: object) -> tuple[int, str]:
        html = await self.page()
        said = {name: hidden(html, name) for name in ("token", "id", "on", "proposal")}
        form = {name: str(value) for name, value in {**said, **fields}.items() if value is not None}
        answer = await self.client.post(f"/{self.key}/{self.tps}/suara/{action}", data=form)
        return answer.status, await answer.text()

    async def propose(self, *figures: int, reason: str = "misread", **more: object) -> tuple[int, str]:
        names = self.contest.blocks["suara"]
        return await self.act("propose", **dict(zip(names, figures, strict=True)), reason=reason, **more)

    async def answer(self, proposal: int, answer: str = "confirm") -> tuple[int, str]:
        """Answers a proposed ruling."""
        return await self.post(f"/{self.key}/ruling/{proposal}/{answer}")

    async def last(self) -> Any:
        return (await self.journal.read(await self.journal.size() - 1))[-1].event

    async def add(self, event: Any, expect: int | None = None) -> int:
        return await one(self.journal, event, expect)


def hidden(html: str, name: str) -> str | None:
    found = search(rf'name="{name}" value="([^"]*)"', html)
    return found.group(1) if found else None


def at_the_desk(
    settings: Settings, tmp_path: Path, play: Callable[[Desk], Awaitable[None]], key: str = "ppwp",
    contests: tuple[str, ...] = ("ppwp",), people: dict[str, tuple[str, int]] | None = None,
) -> None:  # fmt: skip
    """Plays a story. `people`: name → role and the level of their area above the first TPS; a and b: the nation's."""

    async def run() -> None:
        bundle = invented(contests)
        passwords = people_of(bundle, tmp_path / "accounts.json", people or {})
        async with await open_storage(settings) as storage:
            app = Workbench(bundle, storage, tmp_path / "accounts.json", clock).application()
            async with TestClient(TestServer(app)) as client:
                desk = Desk(client, storage, bundle, passwords, key)
                if key == "ppwp":
                    await hold(desk)
                await play(desk)

    asyncio.run(run())


@cache
def invented(contests: tuple[str, ...]) -> Bundle:
    """A small election; the same for every test."""
    with TemporaryDirectory() as folder:
        return bundles.make(folder, seed=3, kabupaten=2, kecamatan=3, tps=40, contests=contests)


def people_of(bundle: Bundle, path: Path, people: dict[str, tuple[str, int]]) -> dict[str, str]:
    """Accounts for the nation's a and b, one of a district elsewhere, and `people`; name → password."""
    tree = bundle.tree
    elsewhere = tree.kode(tree.path(tree.n_tps - 1)[3])
    seats = {"a": ("kpu_ri", "0"), "b": ("kpu_ri", "0"), "far": ("ppk", elsewhere)}
    seats |= {name: (role, tree.kode(tree.path(0)[tingkat])) for name, (role, tingkat) in people.items()}
    passwords = accounts.passwords(seats)
    accounts.create(path, seats, passwords)
    return passwords


async def hold(desk: Desk) -> None:
    """A record whose vote block officer and machine read differently."""
    sha = await desk.storage.renditions.put(PICTURE)
    await held(desk, "suara", KEYED, READ, ("E404",), sha)


async def held(
    desk: Desk, block: str, keyed: tuple[int, ...], read: tuple[int, ...], reasons: tuple[str, ...], rendition: str,
    *, publish: bool = True,
) -> int:  # fmt: skip
    """A block whose photos were read, and which people must decide; also in what is published."""
    form, tps, journal = form_of(desk.contest), desk.tps, desk.journal
    pages = [page.number for page in form.pages if any(field.block == block for field in page.fields)]
    if block == "suara" and desk.key == "ppwp":
        pages = [2, 3]
    scans = [await one(journal, ScanReceived(tps=tps, at=AT, page=p, sha256="0" * 64, size=9)) for p in pages]
    for scan, page in zip(scans, pages, strict=True):
        await one(journal, PageRead(
            tps=tps, at=AT, scan=scan, page=page, fault=None, quality=900, scores=None, rendition=rendition,
            model="0" * 64, program="test",
        ))  # fmt: skip
    reading = await one(journal, ReadingSubmitted(
        tps=tps, at=AT, commitments={block: "0" * 64}, salts={block: "0" * 32}, figures={block: keyed},
    ))  # fmt: skip
    number = await one(journal, BlockHeld(
        tps=tps, at=AT, block=block, replaces=0, figures=keyed, scans=tuple(scans), reading=reading,
        salt="0" * 32, read=read, reasons=reasons, policy="test",
    ))  # fmt: skip
    if not publish:
        return number
    await desk.storage.pool.execute(
        "insert into published.block (contest, tps, block, state, number, decision, figures, read, reasons, warnings,"
        " at) values ($1, $2, $3, 'held', $4, $4, $5, $6, $7, '{}', $8)",
        desk.key, tps, block, number, keyed, read, list(reasons), AT,
    )  # fmt: skip
    return number


async def one(journal: Any, event: Any, expect: int | None = None) -> int:
    [done] = await journal.append(Draft(event=event, expect=expect))
    assert done.outcome is Outcome.APPENDED, done
    return int(done.number)
