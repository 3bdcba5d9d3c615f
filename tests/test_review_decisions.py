"""Figures of a block at the review desk: one proposes, another confirms, nobody alone, nothing overtaken."""

import asyncio
from pathlib import Path
from re import findall
from typing import Any

import pytest
from review_scene import AT, KEYED, PICTURE, READ, Desk, at_the_desk, clock, hidden, one

from election import reasons
from election.event import BlockCorrected, BlockHeld, CorrectionProposed, PageRead, ScanReceived
from review import accounts
from review.decisions import Desk as Decisions
from review.errors import Overtaken
from review.pen import Pen
from review.subject import record_at
from storage.settings import Settings

pytestmark = pytest.mark.servers


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


def test_a_photo_that_could_not_be_read_says_why_before_anyone_has_keyed_figures(
    storage_settings: Settings, tmp_path: Path
) -> None:
    faults = ("scan.no_page", "scan.damaged", "scan.not_an_image", "scan.too_large", "E403")

    async def play(desk: Desk) -> None:
        await desk.sign_in("a")
        for row, fault in enumerate(faults, start=1):
            desk.tps = desk.bundle.tree.tps_kode(row)
            scan = await one(desk.journal, ScanReceived(tps=desk.tps, at=AT, page=2, sha256="0" * 64, size=9))
            await one(desk.journal, PageRead(
                tps=desk.tps, at=AT, scan=scan, page=None, fault=fault, quality=0, scores=None, rendition=None,
                model="0" * 64, program="test",
            ))  # fmt: skip
            html = await desk.page()
            said = reasons.reason(fault)[0]
            assert f"Foto halaman 2 dibaca mesin: {said}" in html
            assert said in html.partition("Riwayat")[0], "the block itself says why, not its history alone"

    at_the_desk(storage_settings, tmp_path, play)


def test_a_second_click_is_the_same_proposal(storage_settings: Settings, tmp_path: Path) -> None:
    async def play(desk: Desk) -> None:
        await desk.sign_in("a")
        sent = hidden(await desk.page(), "id")
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
        number = await one(desk.journal, newer, expect=decision)
        form = {"token": hidden(html, "token"), "proposal": hidden(html, "proposal")}
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
        form = {"token": hidden(html, "token"), "proposal": hidden(html, "proposal")}
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
        reasons_here = (await desk.page()).partition('id="r-suara"')[2].partition("</select>")[0]
        offered = set(findall(r'<option value="(\w+)"', reasons_here))
        for reason in offered:
            status, html = await desk.propose(*KEYED, reason=reason)
            assert status == 200, html
        assert {"misread", "mistyped", "both_differ", "paper_contradicts"} == offered

    at_the_desk(storage_settings, tmp_path, play)


def test_what_cannot_be_right_is_refused_with_a_reason(storage_settings: Settings, tmp_path: Path) -> None:
    wrong = (
        ((90, 110, 10, 211, 3, 214), "misread", "E301"),
        ((90, 110, 10, 210, 3, 213), "because", "Pilih satu alasan"),
        ((90, 110, 10, 210, 3, 1213), "misread", "0–999"),
        ((90, 110, -10, 210, 3, 213), "misread", "0–999"),
    )

    async def play(desk: Desk) -> None:
        await desk.sign_in("a")
        for figures, reason, words in wrong:
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
        answer = await desk.client.post("/masuk", data={"name": "a", "password": desk.passwords["a"]})
        assert answer.status == 200 and "Menunggu keputusan" in await answer.text()
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
    accounts.create(tmp_path / "accounts.json", {"a": ("kpu_ri", "0")}, {"a": "secret"})
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
        people = {name: accounts.Account(name, "kpu_ri", "0", "") for name in ("b", "c")}
        looked, go = asyncio.Barrier(2), Decisions._open

        async def together(self: Decisions, *of: Any) -> Any:
            found = await go(self, *of)
            await looked.wait()
            return found

        at = record_at(desk.bundle, "ppwp", desk.tps)
        desk_of = {name: Decisions(Pen(desk.journal, clock), at) for name in people}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Decisions, "_open", together)
            answers = await asyncio.gather(
                desk_of["b"].confirm(people["b"], "suara", proposal),
                desk_of["c"].decline(people["c"], "suara", proposal, "not_legible"),
                return_exceptions=True,
            )
        assert sorted(type(answer) for answer in answers if isinstance(answer, Exception)) == [Overtaken]
        assert await desk.journal.size() == proposal + 1

    at_the_desk(storage_settings, tmp_path, play)
