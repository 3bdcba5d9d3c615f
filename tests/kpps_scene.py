"""The officer's app in a browser: a real door with the app behind it, enrolment, a bad line between, drawn photos."""

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import cv2
import numpy as np
from aiohttp import ClientSession, web

from accounts.app import CODES, Service
from accounts.make import make
from accounts.register import Actor
from election import bundle as bundles
from election import form
from election.bundle import Bundle
from election.clock import system_clock
from election.event import Event
from identity.account import Account
from ingest.app import make_runner, open_door
from paper import specimen
from publisher.log.growth import Growth
from publisher.log.head import Heads
from publisher.log.service import policy_text
from publisher.log.witnesses import Witnesses
from storage.draft import Draft
from storage.keys import load_or_make
from storage.opened import Storage, open_storage
from storage.settings import Settings
from tlog.note import Algorithm, Signer
from tlog.policy import Policy

LOG = Signer("example.invalid/ppwp", Algorithm.ED25519, bytes(range(32)))


@dataclass
class Weather:
    """What a line does to what passes: bytes a second both ways, seconds before anything moves, share that is cut."""

    rate: float | None = None
    delay: float = 0.0
    cut: float = 0.0
    down: bool = False
    random: Random = field(default_factory=lambda: Random(4))
    carried: float = 3000.0  # bytes that pass before a cut, on average
    life: float = 300.0  # seconds after which any connection ends
    cuts: int = 0


class Town:
    """A door, an accounts desk and a line to them, in a thread of their own."""

    def __init__(self, folder: Path, settings: Settings, contests: tuple[str, ...] = ("ppwp",)) -> None:
        self.bundle = bundles.make(folder / "bundle", seed=11, kabupaten=1, tps=2, contests=contests)
        self.settings = settings
        self.weather = Weather()
        self.storage: Storage
        self.base = ""
        self.codes: dict[str, str] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._stack = AsyncExitStack()
        self._connections: set[asyncio.Task[None]] = set()

    def __enter__(self) -> "Town":
        self._thread.start()
        self.run(self._open())
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self._stack.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def run(self, what: Coroutine[Any, Any, Any]) -> Any:
        """Something asynchronous, from the test's own thread."""
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(60)

    async def _open(self) -> None:
        self.storage = await self._stack.enter_async_context(await open_storage(self.settings))
        service = Service(self.bundle, self.storage, system_clock)
        secret = load_or_make(self.settings.data_dir / "keys", CODES).seed
        codes = self.settings.data_dir / "codes.csv"
        await make(self.bundle, self.storage, codes, secret, system_clock)
        self.codes = dict(line.split(",") for line in codes.read_text().splitlines()[1:])
        self.register = service.register
        desk_port = await self._serve(web.AppRunner(service.application()))
        accounts = f"http://127.0.0.1:{desk_port}"
        opened = open_door(self.bundle, self.storage, clock=system_clock, accounts=accounts)
        door = await self._stack.enter_async_context(opened)
        self._door_port = await self._serve(make_runner(door))
        line = await asyncio.start_server(self._line, "127.0.0.1", 0)
        self._stack.push_async_callback(self._close, line)
        self.base = f"http://127.0.0.1:{line.sockets[0].getsockname()[1]}"

    def turn(self, weather: Weather) -> None:
        """Other weather, also for those who were connected."""
        self.weather = weather
        self.run(self._drop())

    async def _drop(self) -> None:
        for connection in list(self._connections):
            connection.cancel()

    async def _close(self, line: asyncio.Server) -> None:
        line.close()
        await self._drop()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _serve(self, runner: Any) -> int:
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return runner.addresses[0][1]

    async def _line(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        """One connection between phone and door, as the weather has it."""
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            if not self.weather.down:
                await self._through(near, back)
        except (OSError, TimeoutError):
            pass
        except asyncio.CancelledError:
            pass  # aiohttp's streams would tell the log
        finally:
            self._connections.discard(task)
            back.transport.abort()

    async def _through(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        weather, room = self.weather, None
        if weather.random.random() < weather.cut:
            weather.cuts += 1
            room = int(weather.random.expovariate(1 / weather.carried))
        far, out = await asyncio.open_connection("127.0.0.1", self._door_port)
        try:
            async with asyncio.timeout(weather.life), asyncio.TaskGroup() as both:
                here = both.create_task(self._carry(near, out, room))
                there = both.create_task(self._carry(far, back, None))
                for task, other in ((here, there), (there, here)):
                    task.add_done_callback(lambda _, other=other: other.cancel())
        finally:
            out.transport.abort()

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, room: int | None) -> None:
        """Bytes one way until the other end has had enough, or `room` bytes have passed."""
        weather, carried = self.weather, 0
        await asyncio.sleep(weather.delay)
        while data := await source.read(2048 if weather.rate else 65536):
            if weather.rate:
                await asyncio.sleep(len(data) / weather.rate)
            carried += len(data)
            if room is not None and carried > room:
                return
            sink.write(data)
            await sink.drain()
        await asyncio.sleep(0.2)

    @property
    def tps(self) -> str:
        """The TPS whose officers are played."""
        return self.bundle.tree.tps_kode(0)

    @property
    def account(self) -> str:
        """Its first officer."""
        return f"kpps-{self.tps}-1"

    def reissued(self, account: str) -> str:
        """A new code from those who help; the device before is revoked."""
        return self.run(self.register.reissue(Account.parse(account), Actor()))

    def append(self, *events: Event) -> None:
        """What readers and recapitulation would write."""
        self.run(self.storage.journal("ppwp").append(*[Draft(event=event) for event in events]))

    def publish(self) -> None:
        """Lets the public log reach everything that came in."""
        self.run(self._publish())

    async def _publish(self) -> None:
        policy = policy_text([LOG], "quorum none\n")
        await asyncio.to_thread(self.storage.publish_policy, policy)
        heads = Heads(self.settings.data_dir / "heads" / "ppwp", LOG)
        async with ClientSession() as session:
            witnesses = Witnesses(session, Policy.parse(policy))
            journal, log = self.storage.journal("ppwp"), self.storage.log("ppwp")
            await Growth(journal, log, heads, witnesses, lambda: True).step()

    def events(self, contest: str = "ppwp") -> list:
        """Everything in a journal."""

        async def read() -> list:
            return [entry.event for entry in await self.storage.journal(contest).read(0)]

        return self.run(read())


@cache
def photo(page: int) -> bytes:
    """A drawn photo of a page of the president's form."""
    drawn = form.load("c_hasil_ppwp_2024")
    return specimen.sample(drawn, page, np.random.default_rng([11, page]), 0.1).jpeg


def figures(bundle: Bundle) -> dict[str, int]:
    """Figures of a ppwp record whose sums all hold."""
    dpt_l, dpt_p = int(bundle.dpt_l[0]), int(bundle.dpt_p[0])
    men, women = dpt_l - 9, dpt_p - 4
    rows = {"pemilih_dpt": (dpt_l, dpt_p), "pengguna_dpt": (men - 3, women - 1), "pengguna_dptb": (2, 0),
            "pengguna_non_dpt": (1, 1), "pengguna_total": (men, women), "pengguna_disabilitas": (1, 2)}  # fmt: skip
    split = {f"{row}_{x}": n for row, (a, b) in rows.items() for x, n in (("l", a), ("p", b), ("j", a + b))}
    used = men + women
    ballots = {"surat_suara_diterima": used + 20, "surat_suara_digunakan": used, "surat_suara_dikembalikan": 3,
               "surat_suara_tidak_digunakan": 17}  # fmt: skip
    votes = {"paslon_1": used - 60, "paslon_2": 30, "paslon_3": 25}
    return {**split, **ballots, **votes, "suara_sah": used - 5, "suara_tidak_sah": 5, "suara_total": used}


def video(path: Path, jpeg: bytes) -> Path:
    """A short film of a photo, for chromium's `--use-file-for-fake-video-capture` (MJPEG)."""
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    height, width = picture.shape[:2]
    scale = 1600 / max(height, width)
    small = cv2.resize(
        picture, (round(width * scale) // 2 * 2, round(height * scale) // 2 * 2), interpolation=cv2.INTER_AREA
    )
    _, frame = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 92])
    path.write_bytes(frame.tobytes() * 3)
    return path
