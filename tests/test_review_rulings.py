"""Rulings at the desk: two people through one mechanism, whatever they rule; and what the journal refuses, in words."""

from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from review_scene import AT, PDF, Desk, at_the_desk

from election.event import (
    GROUNDS,
    WITHDRAWALS,
    BlockWithdrawn,
    ResultDetermined,
    RulingDeclined,
    RulingProposed,
    VersionOpened,
)
from review.rulings import _public, _signed, proposed
from storage.errors import JournalUnavailable
from storage.journal import Appended, Draft, Entry
from storage.settings import Settings

SHA = sha256(PDF).hexdigest()
PSU = {"ground": "psu", "order": "12/PY.02/1234/2024, 18 Februari 2024", "document": PDF}


async def reopened(desk: Desk, **fields: object) -> tuple[int, str]:
    return await desk.post(f"/{desk.key}/{desk.tps}/version", **{**PSU, **fields})


@pytest.mark.servers
def test_two_people_open_a_new_version(storage_settings: Settings, tmp_path: Path) -> None:
    async def play(desk: Desk) -> None:
        await desk.sign_in("a")
        status, html = await reopened(desk)
        assert status == 200 and "menunggu orang kedua" in html
        proposal = await desk.journal.size()
        event = await desk.last()
        assert isinstance(event, RulingProposed)
        assert PDF not in (await desk.journal.entry(proposal)).leaf
        await desk.sign_in("b")
        html = await desk.page()
        assert "Buka versi 2: Pemungutan Suara Ulang" in html
        assert html.index('class="paper"') < html.index("Buka versi 2: Pemungutan"), "the evidence first"
        status, html = await desk.answer(proposal)
        assert status == 200 and "versi 2" in html
        event = await desk.last()
        assert isinstance(event, VersionOpened)
        assert (event.version, event.ground, event.order, event.document) == (2, "psu", PSU["order"], SHA)
        assert (event.roles, event.accounts, event.replaces) == (("kpu_ri", "kpu_ri"), ("a", "b"), 0)
        assert "Versi 1 (diganti)" in html and "Versi 2 dibuka: Pemungutan Suara Ulang" in html
        assert await desk.storage.artefacts.get(SHA) == PDF
        answer = await desk.client.get(f"/ppwp/document/{desk.tps}/{SHA}")
        assert await answer.read() == PDF

    at_the_desk(storage_settings, tmp_path, play)


@pytest.mark.servers
def test_nobody_rules_alone_and_a_second_click_is_the_same_ruling(storage_settings: Settings, tmp_path: Path) -> None:
    async def play(desk: Desk) -> None:
        await desk.sign_in("a")
        form = uuid4()
        await reopened(desk, id=form)
        proposal = await desk.journal.size()
        await reopened(desk, id=form)
        assert await desk.journal.size() == proposal
        status, html = await desk.answer(proposal)
        assert status == 409 and "orang lain" in html
        await desk.sign_in("b")
        for _ in range(2):  # the answer to the first may have been lost on its way
            status, _ = await desk.answer(proposal)
            assert status == 200
        assert await desk.journal.size() == proposal + 1
        status, html = await desk.answer(proposal, "decline")
        assert status == 409 and "Tidak ada usulan" in html

    at_the_desk(storage_settings, tmp_path, play)


@pytest.mark.servers
def test_a_proposal_can_be_taken_back_or_declined_and_then_is_closed(
    storage_settings: Settings, tmp_path: Path
) -> None:
    async def play(desk: Desk) -> None:
        for who in ("a", "b"):
            await desk.sign_in("a")
            await reopened(desk)
            proposal = await desk.journal.size()
            await desk.sign_in(who)
            assert "Keputusan yang menunggu" in await desk.list()
            status, _ = await desk.answer(proposal, "decline")
            assert status == 200
            assert isinstance(await desk.last(), RulingDeclined)
            assert "Keputusan yang menunggu" not in await desk.list()
            await desk.sign_in("b")
            status, _ = await desk.answer(proposal)
            assert status == 409

    at_the_desk(storage_settings, tmp_path, play)


@pytest.mark.servers
def test_of_two_proposals_for_the_same_version_only_one_holds(storage_settings: Settings, tmp_path: Path) -> None:
    async def play(desk: Desk) -> None:
        await desk.sign_in("a")
        await reopened(desk)
        await reopened(desk, ground="hitung_ulang")
        second = await desk.journal.size()
        await desk.sign_in("b")
        assert (await desk.answer(second - 1))[0] == 200
        status, html = await desk.answer(second)
        assert status == 409 and "keputusan lain" in html
        assert await desk.journal.size() == second + 1

    at_the_desk(storage_settings, tmp_path, play)


@pytest.mark.servers
def test_a_block_is_withdrawn_with_a_reason_and_can_come_back(storage_settings: Settings, tmp_path: Path) -> None:
    async def play(desk: Desk) -> None:
        await desk.sign_in("a")
        on = await desk.journal.decided(desk.tps, "suara")
        status, html = await desk.post(f"/ppwp/{desk.tps}/suara/withdraw", on=on, reason="because")
        assert status == 409 and "Pilih satu alasan" in html
        status, _ = await desk.post(f"/ppwp/{desk.tps}/suara/withdraw", on=on, reason="wrong_record")
        assert status == 200
        proposal = await desk.journal.size()
        await desk.sign_in("b")
        status, html = await desk.answer(proposal)
        assert status == 200 and "Ditarik" in html and "Formulir milik TPS lain" in html
        event = await desk.last()
        assert isinstance(event, BlockWithdrawn)
        assert (event.block, event.reason, event.replaces, event.figures) == ("suara", "wrong_record", on, None)
        status, html = await desk.propose(90, 110, 10, 210, 3, 213)
        assert status == 200, "a correction can bring it back"
        status, html = await desk.post(f"/ppwp/{desk.tps}/administrasi/withdraw", on=0, reason="ordered")
        assert status == 409 and "belum siap diputuskan" in html

    at_the_desk(storage_settings, tmp_path, play)


@pytest.mark.servers
def test_after_a_determination_nothing_is_offered_and_the_journal_refuses(
    storage_settings: Settings, tmp_path: Path
) -> None:
    async def play(desk: Desk) -> None:
        await desk.sign_in("a")
        before = await desk.page()
        on = await desk.journal.decided(desk.tps, "suara")
        await desk.post(f"/ppwp/{desk.tps}/suara/withdraw", on=on, reason="ordered")
        withdrawal = await desk.journal.size()
        await desk.add(ResultDetermined(
            tps=desk.area(2), at=AT, replaces=0, number="360/2024", date="2024-03-20", sk=SHA, ba=SHA, upto=withdrawal,
            totals=(), roles=("kpu_kabkota",) * 2, accounts=("x", "y"),
        ))  # fmt: skip
        html = await desk.page()
        assert "SK 360/2024" in html and 'name="paslon_1"' not in html and "Tarik blok ini" not in html
        assert "Buka versi 2" in html
        await desk.sign_in("b")
        size = await desk.journal.size()
        for status, html in (
            await desk.answer(withdrawal),
            await desk.post(f"/ppwp/{desk.tps}/suara/withdraw", on=on, reason="ordered"),
            await desk.propose(90, 110, 10, 210, 3, 213, on=on),
        ):
            assert status == 409 and "ditetapkan (SK 360/2024)" in html and "Hanya versi baru" in html
        assert await desk.journal.size() == size
        assert 'name="paslon_1"' in before

    at_the_desk(storage_settings, tmp_path, play)


@pytest.mark.servers
def test_a_version_needs_ground_order_and_document(storage_settings: Settings, tmp_path: Path) -> None:
    wrong: tuple[tuple[dict[str, object], str], ...] = (
        ({"ground": "mood"}, "Pilih satu alasan"),
        ({"order": ""}, "Nomor dan tanggal putusan"),
        ({"order": "Putusan №1"}, "ASCII"),
        ({"document": b"GIF89a"}, "PDF"),
        ({"document": ""}, "PDF"),
    )

    async def play(desk: Desk) -> None:
        await desk.sign_in("a")
        size = await desk.journal.size()
        for fields, words in wrong:
            status, html = await reopened(desk, **fields)
            assert status == 409 and words in html
        assert await desk.journal.size() == size

    at_the_desk(storage_settings, tmp_path, play)


@pytest.mark.servers
def test_a_document_that_is_too_large_is_refused_in_words(
    storage_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("review.house.LARGEST", 1000)

    async def play(desk: Desk) -> None:
        await desk.sign_in("a")
        size = await desk.journal.size()
        status, html = await reopened(desk, document=PDF + b"0" * 4000)
        assert status == 409 and "PDF" in html and 'role="alert"' in html
        assert await desk.journal.size() == size

    at_the_desk(storage_settings, tmp_path, play)


@pytest.mark.servers
def test_a_lost_answer_of_the_database_is_asked_for_again(storage_settings: Settings, tmp_path: Path) -> None:
    """Kept and not told: the second try, under the same key, finds what the first has done."""

    async def play(desk: Desk) -> None:
        append, calls = desk.journal.append, 0

        async def lost(*drafts: Draft) -> list[Appended]:
            nonlocal calls
            calls += 1
            done = await append(*drafts)
            if calls == 1:
                raise JournalUnavailable
            return done

        await desk.sign_in("a")
        size = await desk.journal.size()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(desk.journal, "append", lost)
            status, _ = await reopened(desk)
        assert status == 200 and calls == 2
        assert await desk.journal.size() == size + 1

    at_the_desk(storage_settings, tmp_path, play)


@pytest.mark.servers
def test_a_committee_looks_and_records_disputes_but_rules_on_nothing(
    storage_settings: Settings, tmp_path: Path
) -> None:
    async def play(desk: Desk) -> None:
        await desk.sign_in("p")
        html = await desk.page()
        assert 'name="paslon_1"' not in html and "Buka versi" not in html and "Catat sengketa" in html
        size = await desk.journal.size()
        status, html = await reopened(desk)
        assert status == 409 and "bukan wewenang" in html
        status, html = await desk.post(f"/ppwp/{desk.tps}/suara/propose", reason="misread")
        assert status == 409
        assert await desk.journal.size() == size
        status, _ = await desk.get("/ppwp/area/0")
        assert status == 409

    at_the_desk(storage_settings, tmp_path, play, people={"p": ("ppk", 3)})


@given(
    ground=st.sampled_from(sorted(GROUNDS)),
    order=st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=80),
    version=st.integers(2, 9),
    dispute=st.integers(0, 9),
    reason=st.sampled_from(sorted(WITHDRAWALS)),
    replaces=st.integers(0, 10**9),
)
def test_what_was_proposed_is_what_becomes_of_it(
    ground: str, order: str, version: int, dispute: int, reason: str, replaces: int
) -> None:
    """The ruling that both carry is the proposed one to the byte, but for when and by whom."""
    for ruling in (
        VersionOpened(
            tps="4101012001001", at="", replaces=replaces, version=version, ground=ground, order=order, document=SHA,
            roles=(), accounts=(), dispute=dispute,
        ),
        BlockWithdrawn(
            tps="4101012001001", at="", replaces=replaces, block="partai_3", figures=None, reason=reason, roles=(),
            accounts=(),
        ),
    ):  # fmt: skip
        event = RulingProposed(tps=ruling.tps, at=AT, proposes=_public(ruling), role="kpu_ri", account="a")
        found = proposed(Entry(number=7, event=event, leaf=b"", kind="ruling_proposed"))
        assert found is not None and (found.number, found.account) == (7, "a")
        assert found.ruling == ruling
        signed = _signed(found.ruling, AT, ("kpu_ri", "kpu_provinsi"), ("a", "b"))
        assert _public(signed) == event.proposes
