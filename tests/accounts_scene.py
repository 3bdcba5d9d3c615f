"""A running accounts service over an invented town, and browsers that sign in at its desk."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import msgspec
import pytest
from aiohttp import ClientSession, CookieJar, web
from identity_scene import Watch

from accounts import make as making
from accounts.app import CODES, Service
from election import bundle as bundles
from election.bundle import Bundle
from identity.device import Device
from loadtest.phone import Phone, Request, codes
from storage import keys
from storage.journal import UMUM
from storage.opened import Storage, open_storage
from storage.settings import Settings

TOWN = {"provinsi": 1, "kabupaten": 2, "kecamatan": 3, "kelurahan": 4, "tps": 10}
PASSWORD = "empat kata yang panjang"


@pytest.fixture(name="town", scope="module")
def invented_town(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return bundles.make(tmp_path_factory.mktemp("bundle"), **TOWN)


class House:
    """A running accounts service with its accounts made."""

    def __init__(self, bundle: Bundle, storage: Storage, service: Service, base: str, watch: Watch) -> None:
        self.bundle, self.storage, self.service, self.base, self.watch = bundle, storage, service, base, watch
        self.codes = codes(storage.settings.data_dir / "codes.csv")
        self.tps = bundle.tree.tps_kode(0)

    def phone(self, account: str) -> Phone:
        return Phone(account, Device.make(), clock=self.watch.seconds)

    async def enrol(self, phone: Phone, code: str) -> tuple[int, str]:
        """Status, and the code of a refusal."""
        return await self.ask(phone.enrolment(code), phone)

    async def ask(self, request: Request, phone: Phone | None = None) -> tuple[int, str]:
        async with (
            ClientSession() as session,
            session.request(
                request.method, self.base + request.path, headers=request.headers, data=request.body
            ) as answer,
        ):
            body = await answer.read()
        if phone is not None and phone.enrolled(answer.status, body):
            return answer.status, ""
        return answer.status, str(msgspec.json.decode(body)["code"])

    async def events(self) -> list[tuple[str, bytes]]:
        return [(entry.kind, entry.leaf) for entry in await self.storage.journal(UMUM).read(0)]

    @asynccontextmanager
    async def desk(self, name: str) -> AsyncIterator["Visitor"]:
        """A browser that has activated this account, or signs in where it has."""
        async with ClientSession(self.base, cookie_jar=CookieJar(unsafe=True)) as session:
            form = {"name": name, "code": self.codes[name], "password": PASSWORD}
            async with session.post("/aktifkan", data=form, allow_redirects=False) as answer:
                assert answer.status == 303, await answer.text()
            yield Visitor(session)


class Visitor:
    """A browser at the desk."""

    def __init__(self, session: ClientSession) -> None:
        self._session, self.token = session, ""

    async def get(self, path: str) -> tuple[int, str]:
        async with self._session.get(path) as answer:
            text = await answer.text()
        if found := re.search(r'name="token" value="(\w+)"', text):
            self.token = found[1]
        return answer.status, text

    async def post(self, path: str, token: str | None = None) -> tuple[int, str]:
        data = {"token": self.token if token is None else token}
        async with self._session.post(path, data=data, allow_redirects=False) as answer:
            return answer.status, await answer.text()


@pytest.fixture(name="lived")
def lived_house(town: Bundle, storage_settings: Settings) -> Callable[[Callable[[House], Awaitable[None]]], None]:
    """Runs a story in a house of its own."""

    async def run(story: Callable[[House], Awaitable[None]]) -> None:
        watch = Watch()
        async with await open_storage(storage_settings) as storage:
            secret = keys.load_or_make(storage_settings.data_dir / "keys", CODES).seed
            await making.make(town, storage, storage_settings.data_dir / "codes.csv", secret, watch)
            service = Service(town, storage, watch)
            runner = web.AppRunner(service.application())
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            try:
                await story(House(town, storage, service, f"http://127.0.0.1:{runner.addresses[0][1]}", watch))
            finally:
                await runner.cleanup()

    return lambda story: asyncio.run(run(story))


Lived = Callable[[Callable[[House], Awaitable[None]]], None]
