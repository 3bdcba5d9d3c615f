"""The review desk, over HTTP, on a real journal: one proposes, another confirms, nobody alone, nothing overtaken."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from re import findall, search
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from election import bundle as bundles
from election import form as forms
from election import reasons
from election.event import BlockCorrected, BlockHeld, CorrectionProposed, PageRead, ReadingSubmitted, ScanReceived
from election.record import layout
from review import accounts
from review.app import Workbench
from review.decisions import Desk as Decisions
from review.errors import Overtaken
from storage.draft import Draft, Outcome
from storage.opened import Storage, open_storage
from storage.settings import Settings

pytestmark = pytest.mark.servers

AT = "2024-02-14T08:00:00.000Z"
KEYED, READ = (90, 110, 10, 210, 3, 213), (90, 160, 10, 210, 3, 213)
PICTURE = b"\xff\xd8\xff\xe0 a picture"


def clock() -> datetime:
    return datetime(2024, 2, 14, 9, tzinfo=UTC)


class Desk:
    """A workbench with one held record, and people who can sign in."""

    def __init__(self, client: TestClient[Any, Any], storage: Storage, tps: str, passwords: dict[str, str]) -> None:
        self.client, self.storage, self.tps, self.passwords = client, storage, tps, passwords
        self.journal = storage.journal("ppwp")

    async def sign_in(self, name: str) -> None:
        self.client.session.cookie_jar.clear()
        answer = await self.client.post("/masuk", data={"name": name, "password": self.passwords[name]})
        assert answer.status == 200 and "Menunggu keputusan" in await answer.text()

    async def page(self) -> str:
        answer = await self.client.get(f"/ppwp/{self.tps}")
        return await answer.text()

    async def list(self) -> str:
        answer = await self.client.get("/ppwp/held")
        return await answer.text()

    async def act(self, action: str, **fields: object) -> tuple[int, str]:
        html = await self.page()
        hidden = {name: _hidden(html, name) for name in ("token", "id", "on", "proposal")}
        form = {name: str(value) for name, value in {**hidden, **fields}.items() if value is not None}
        answer = await self.client.post(f"/ppwp/{self.tps}/suara/{action}", data=form)
        return answer.status, await answer.text()

    async def propose(self, *figures: int, reason: str = "misread", **more: object) -> tuple[int, str]:
        names = ("paslon_1", "paslon_2", "paslon_3", "suara_sah", "suara_tidak_sah", "suara_total")
        return await self.act("propose", **dict(zip(names, figures, strict=True)), reason=reason, **more)

    async def last(self) -> object:
        return (await self.journal.of_record(self.tps))[-1].event


def _hidden(html: str, name: str) -> str | None:
    found = search(rf'name="{name}" value="([^"]*)"', html)
    return found.group(1) if found else None


def at_the_desk(settings: Settings, tmp_path: Path, play: Callable[[Desk], Awaitable[None]]) -> None:
    async def run() -> None:
        bundles.make(tmp_path / "bundle", seed=3, kabupaten=1, tps=40)
        bundle = bundles.load(tmp_path / "bundle")
        tps = bundle.tree.tps_kode(0)
        elsewhere = bundle.tree.kode(bundle.tree.path(bundle.tree.n_tps - 1)[4])
        areas = {"a": "0", "b": "0", "far": elsewhere}
        passwords = accounts.passwords(areas)
        accounts.create(tmp_path / "accounts.json", areas, passwords, "kpu_kabkota")
        async with await open_storage(settings) as storage:
            await hold(storage, tps)
            app = Workbench(bundle, storage, tmp_path / "accounts.json", clock).application()
            async with TestClient(TestServer(app)) as client:
                await play(Desk(client, storage, tps, passwords))

    asyncio.run(run())


async def hold(storage: Storage, tps: str) -> None:
    """A record whose vote block officer and machine read differently."""
    sha = await storage.renditions.put(PICTURE)
    journal = storage.journal("ppwp")
    scans = [await _one(journal, ScanReceived(tps=tps, at=AT, page=p, sha256="0" * 64, size=9)) for p in (2, 3)]
    for scan, page in zip(scans, (2, 3), strict=True):
        await _one(journal, PageRead(
            tps=tps, at=AT, scan=scan, page=page, fault=None, quality=900, scores=None, rendition=sha,
            model="0" * 64, program="test",
        ))  # fmt: skip
    reading = await _one(journal, ReadingSubmitted(
        tps=tps, at=AT, commitments={"suara": "0" * 64}, salts={"suara": "0" * 32}, figures={"suara": KEYED},
    ))  # fmt: skip
    held = await _one(journal, BlockHeld(
        tps=tps, at=AT, block="suara", replaces=0, figures=KEYED, scans=tuple(scans), reading=reading,
        salt="0" * 32, read=READ, reasons=("E404",), policy="test",
    ))  # fmt: skip
    await storage.pool.execute(
        "insert into published.block values ('ppwp', $1, 'suara', 'held', $2, $2, $3, $4, $5, $6, $7)",
        tps, held, KEYED, READ, ["E404"], [], AT,
    )  # fmt: skip


async def _one(journal: Any, event: Any, expect: int | None = None) -> int:
    [done] = await journal.append(Draft(event=event, expect=expect))
    assert done.outcome is Outcome.APPENDED
    return int(done.number)


def test_two_people_correct_a_block(storage_settings: Settings, tmp_path: Path) -> None:
    async def play(desk: Desk) -> None:
        await desk.sign_in("a")
        html = await desk.page()
        assert "petugas menulis 110, mesin membaca 160" in html
        status, html = await desk.propose(*KEYED)
        assert status == 200 and "menunggu orang kedua" in html, html[html.find("alert") :][:400]
        assert isinstance(await desk.last(), CorrectionProposed)
        await desk.sign_in("b")
        status, html = await desk.act("confirm")
        assert status == 200 and "diverifikasi" in html.lower()
        event = await desk.last()
        assert isinstance(event, BlockCorrected)
        assert (event.figures, event.accounts, event.reason) == (KEYED, ("a", "b"), "misread")

    at_the_desk(storage_settings, tmp_path, play)


def test_nobody_confirms_their_own_proposal(storage_settings: Settings, tmp_path: Path) -> None:
    async def play(desk: Desk) -> None:
        await desk.sign_in("a")
        await desk.propose(*KEYED)
        status, html = await desk.act("confirm")
        assert status == 409 and "orang lain" in html
        assert isinstance(await desk.last(), CorrectionProposed)

    at_the_desk(storage_settings, tmp_path, play)


@pytest.mark.parametrize("fault", ["scan.no_page", "scan.damaged", "scan.not_an_image", "scan.too_large", "E403"])
def test_a_photo_that_could_not_be_read_says_why_before_anyone_has_keyed_figures(
    storage_settings: Settings, tmp_path: Path, fault: str
) -> None:
    async def play(desk: Desk) -> None:
        desk.tps = desk.tps[:-1] + "2"
        scan = await _one(desk.journal, ScanReceived(tps=desk.tps, at=AT, page=2, sha256="0" * 64, size=9))
        await _one(desk.journal, PageRead(
            tps=desk.tps, at=AT, scan=scan, page=None, fault=fault, quality=0, scores=None, rendition=None,
            model="0" * 64, program="test",
        ))  # fmt: skip
        await desk.sign_in("a")
        html = await desk.page()
        said = reasons.reason(fault)[0]
        assert f"Foto halaman 2 dibaca mesin: {said}" in html
        assert said in html.partition("Riwayat")[0], "the block itself says why, not its history alone"

    at_the_desk(storage_settings, tmp_path, play)


def test_a_second_click_is_the_same_proposal(storage_settings: Settings, tmp_path: Path) -> None:
    async def play(desk: Desk) -> None:
        await desk.sign_in("a")
        sent = _hidden(await desk.page(), "id")
        await desk.propose(*KEYED, id=sent)
        size = await desk.journal.size()
        await desk.propose(*KEYED, id=sent)
        assert await desk.journal.size() == size

    at_the_desk(storage_settings, tmp_path, play)


def test_a_declined_proposal_leaves_the_block_held(storage_settings: Settings, tmp_path: Path) -> None:
    async def play(desk: Desk) -> None:
        await desk.sign_in("a")
        await desk.propose(*KEYED)
        await desk.sign_in("b")
        status, html = await desk.act("decline", reason="not_legible")
        assert status == 200 and "Ditahan" in html
        assert await desk.journal.decided(desk.tps, "suara") == 6

    at_the_desk(storage_settings, tmp_path, play)


def test_a_correction_that_was_overtaken_changes_nothing(storage_settings: Settings, tmp_path: Path) -> None:
    async def play(desk: Desk) -> None:
        await desk.sign_in("a")
        await desk.propose(*KEYED)
        decision = await desk.journal.decided(desk.tps, "suara")
        newer = BlockHeld(
            tps=desk.tps, at=AT, block="suara", replaces=decision, figures=KEYED, scans=(1, 2), reading=5,
            salt="0" * 32, read=None, reasons=("read.uncertain",), policy="test",
        )  # fmt: skip
        await desk.sign_in("b")
        html = await desk.page()
        number = await _one(desk.journal, newer, expect=decision)
        form = {"token": _hidden(html, "token"), "proposal": _hidden(html, "proposal")}
        answer = await desk.client.post(f"/ppwp/{desk.tps}/suara/confirm", data=form)
        assert answer.status == 409
        assert await desk.journal.decided(desk.tps, "suara") == number

    at_the_desk(storage_settings, tmp_path, play)


def test_a_second_click_on_agree_is_the_same_decision(storage_settings: Settings, tmp_path: Path) -> None:
    """The answer to the first may have been lost on its way: the second says what has become of it."""

    async def play(desk: Desk) -> None:
        await desk.sign_in("a")
        await desk.propose(*KEYED)
        await desk.sign_in("b")
        html = await desk.page()
        form = {"token": _hidden(html, "token"), "proposal": _hidden(html, "proposal")}
        for _ in range(2):
            answer = await desk.client.post(f"/ppwp/{desk.tps}/suara/confirm", data=form)
            assert answer.status == 200
        assert await desk.journal.size() == await desk.journal.decided(desk.tps, "suara") == 8

    at_the_desk(storage_settings, tmp_path, play)


def test_a_proposal_on_a_block_that_counts_is_in_the_list_of_the_second_person(
    storage_settings: Settings, tmp_path: Path
) -> None:
    async def play(desk: Desk) -> None:
        await desk.sign_in("a")
        await desk.propose(*KEYED)
        await desk.sign_in("b")
        await desk.act("confirm")
        decision = await desk.journal.decided(desk.tps, "suara")
        await desk.storage.pool.execute(
            "update published.block set state = 'verified', decision = $1, number = $1", decision
        )
        assert f"/ppwp/{desk.tps}" not in await desk.list()
        await desk.propose(*READ[:3], 260, 3, 263, reason="misread")
        assert f"/ppwp/{desk.tps}" in await desk.list()
        page = await desk.page()
        assert 'data-first="2"' in page
        assert page.count("class=differs") == 3, "what the proposal would change"
        await desk.sign_in("a")
        html = await desk.list()
        assert f"/ppwp/{desk.tps}" in html
        assert "menunggu orang kedua" in html
        assert "Diverifikasi" in html, "what stands meanwhile"
        _, html = await desk.act("decline", reason="misread")
        assert "tidak berubah" in html
        assert f"/ppwp/{desk.tps}" not in await desk.list()

    at_the_desk(storage_settings, tmp_path, play)


def test_who_disagrees_says_why(storage_settings: Settings, tmp_path: Path) -> None:
    """The reason is public: none is put into anyone's mouth."""

    async def play(desk: Desk) -> None:
        await desk.sign_in("a")
        await desk.propose(*KEYED)
        await desk.sign_in("b")
        html = await desk.page()
        assert 'name="reason" value=' not in html
        status, _ = await desk.act("decline")
        assert status == 409
        assert isinstance(await desk.last(), CorrectionProposed)

    at_the_desk(storage_settings, tmp_path, play)


def test_every_reason_that_is_offered_is_taken(storage_settings: Settings, tmp_path: Path) -> None:
    async def play(desk: Desk) -> None:
        await desk.sign_in("a")
        offered = set(findall(r'<option value="(\w+)"', await desk.page()))
        for reason in offered:
            status, html = await desk.propose(*KEYED, reason=reason)
            assert status == 200, html
        assert {"misread", "mistyped", "both_differ", "paper_contradicts"} == offered

    at_the_desk(storage_settings, tmp_path, play)


@pytest.mark.parametrize(
    ("figures", "reason", "words"),
    [
        ((90, 110, 10, 211, 3, 214), "misread", "E301"),
        ((90, 110, 10, 210, 3, 213), "because", "Pilih satu alasan"),
        ((90, 110, 10, 210, 3, 1213), "misread", "0–999"),
        ((90, 110, -10, 210, 3, 213), "misread", "0–999"),
    ],
)
def test_what_cannot_be_right_is_refused_with_a_reason(
    storage_settings: Settings, tmp_path: Path, figures: tuple[int, ...], reason: str, words: str
) -> None:
    async def play(desk: Desk) -> None:
        await desk.sign_in("a")
        status, html = await desk.propose(*figures, reason=reason)
        assert status == 409 and words in html
        assert isinstance(await desk.last(), BlockHeld)

    at_the_desk(storage_settings, tmp_path, play)


def test_a_form_that_contradicts_itself_is_kept_as_written(storage_settings: Settings, tmp_path: Path) -> None:
    async def play(desk: Desk) -> None:
        await desk.sign_in("a")
        status, _ = await desk.propose(90, 110, 10, 211, 3, 214, reason="paper_contradicts")
        assert status == 200
        assert isinstance(await desk.last(), CorrectionProposed)

    at_the_desk(storage_settings, tmp_path, play)


def test_validators_stay_in_their_area_and_strangers_outside(storage_settings: Settings, tmp_path: Path) -> None:
    async def play(desk: Desk) -> None:
        answer = await desk.client.get(f"/ppwp/{desk.tps}")
        assert "Kata sandi" in await answer.text()
        answer = await desk.client.post("/masuk", data={"name": "a", "password": "wrong"})
        assert answer.status == 403
        await desk.sign_in("far")
        answer = await desk.client.get(f"/ppwp/{desk.tps}")
        assert answer.status == 409 and "di luar wilayah" in await answer.text()
        answer = await desk.client.get(f"/ppwp/scan/{desk.tps}/2")
        assert answer.status == 409

    at_the_desk(storage_settings, tmp_path, play)


def test_a_form_from_elsewhere_decides_nothing(storage_settings: Settings, tmp_path: Path) -> None:
    async def play(desk: Desk) -> None:
        await desk.sign_in("a")
        status, html = await desk.propose(*KEYED, token="0" * 64)
        assert "Kata sandi" in html and status == 200
        assert isinstance(await desk.last(), BlockHeld)

    at_the_desk(storage_settings, tmp_path, play)


def test_the_picture_is_the_masked_one(storage_settings: Settings, tmp_path: Path) -> None:
    async def play(desk: Desk) -> None:
        await desk.sign_in("a")
        answer = await desk.client.get(f"/ppwp/scan/{desk.tps}/2")
        assert await answer.read() == PICTURE
        assert answer.headers["X-Content-Type-Options"] == "nosniff"

    at_the_desk(storage_settings, tmp_path, play)


def test_a_session_cannot_be_forged_and_ends(tmp_path: Path) -> None:
    accounts.create(tmp_path / "accounts.json", {"a": "0"}, {"a": "secret"}, "kpu_kabkota")
    known = accounts.load(tmp_path / "accounts.json")
    token = known.session(known.accounts["a"], now=1000.0)
    assert known.holder(token, now=1001.0) is not None
    assert known.holder(token, now=1001.0 + accounts.SESSION_SECONDS) is None
    assert known.holder(token[:-1] + ("0" if token[-1] != "0" else "1"), now=1001.0) is None
    assert known.holder("a.99999999999.", now=1001.0) is None
    assert known.holder("a.99999999999.\u00e9", now=1001.0) is None


def test_agreeing_and_disagreeing_at_once_only_one_is_heard(storage_settings: Settings, tmp_path: Path) -> None:
    """Both have looked at the open proposal before either has answered."""

    async def play(desk: Desk) -> None:
        await desk.sign_in("a")
        await desk.propose(*KEYED)
        proposal = await desk.journal.size()
        people = {name: accounts.Account(name, "kpu_kabkota", "0", "") for name in ("b", "far")}
        looked, go = asyncio.Barrier(2), Decisions._open

        async def together(self: Decisions, *of: Any) -> Any:
            found = await go(self, *of)
            await looked.wait()
            return found

        desk_of = {name: Decisions(desk.journal, layout(forms.load("c_hasil_ppwp_2024")), clock) for name in people}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Decisions, "_open", together)
            answers = await asyncio.gather(
                desk_of["b"].confirm(people["b"], desk.tps, "suara", proposal),
                desk_of["far"].decline(people["far"], desk.tps, "suara", proposal, "not_legible"),
                return_exceptions=True,
            )
        assert sorted(type(answer) for answer in answers if isinstance(answer, Exception)) == [Overtaken]
        assert await desk.journal.size() == proposal + 1

    at_the_desk(storage_settings, tmp_path, play)
