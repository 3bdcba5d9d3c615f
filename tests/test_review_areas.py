"""Areas at the desk: how far they are, disputes, and a determination that says what it closes and what is open."""

import asyncio
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from review_scene import AT, KEYED, PDF, Desk, at_the_desk

from election.event import DisputeMoved, DisputeOpened, ResultDetermined, RulingProposed
from review import disputes
from review.areas import Part, ordered
from storage.journal import Entry
from storage.settings import Settings

pytestmark = pytest.mark.servers

SHA = sha256(PDF).hexdigest()
SK = {"number": "360/2024", "date": "2024-03-20", "sk": PDF, "ba": PDF + b" minutes"}


async def published(
    desk: Desk, kode: str, *, waiting: int = 0, held: int = 0, valid: int = 210, number: int = 6
) -> None:
    """What recap would publish of an area: KEYED of one TPS and nothing else."""
    figures = dict(zip(desk.contest.blocks["suara"], (*KEYED[:3], valid, *KEYED[4:]), strict=True))
    totals = [figures.get(field, 0) for field in desk.contest.fields]
    tree = desk.bundle.tree
    area = tree.area_index(kode)
    tps = int(tree.tps_counts()[area])
    await desk.storage.pool.execute(
        "insert into published.cut (contest, number, at, totals) values ($1, $2, $3, $2)"
        " on conflict (contest) do update set number = excluded.number, totals = excluded.totals",
        desk.key, number, AT,
    )  # fmt: skip
    await desk.storage.pool.execute(
        "insert into published.area (contest, kode, tingkat, number, tps, tps_counted, tps_held, tps_waiting,"
        " adm_counted, adm_held, totals, held, residuals, final) values"
        " ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, $9, $9, $10, 1)"
        " on conflict (contest, kode) do update set totals = excluded.totals, tps_waiting = excluded.tps_waiting",
        desk.key, kode, tree.tingkat(area), number, tps, tps - waiting - held, held, waiting, totals, [0, 7, 1],
    )  # fmt: skip


def test_a_determination_closes_what_both_people_saw(storage_settings: Settings, tmp_path: Path) -> None:
    async def play(desk: Desk) -> None:
        kode = desk.area(2)
        await published(desk, kode)
        await desk.sign_in("k")
        _, html = await desk.get(f"/ppwp/area/{kode}")
        assert "tetapkan hasil" in html and "210" in html and "Masih terbuka" not in html
        status, html = await desk.post(f"/ppwp/area/{kode}/determine", **SK)
        assert status == 200 and "menunggu orang kedua" in html
        proposal = await desk.journal.size()
        event = await desk.last()
        assert isinstance(event, RulingProposed)
        said = msgspec.json.decode(event.proposes)
        assert (said["upto"], said["replaces"], said["sk"]) == (6, 0, SHA) and "despite" not in said
        await desk.sign_in("l")
        _, html = await desk.get(f"/ppwp/area/{kode}")
        assert "Tetapkan hasil" in html and "360/2024, 2024-03-20" in html
        status, html = await desk.answer(proposal)
        assert status == 200 and "Ditetapkan" in html
        event = await desk.last()
        assert isinstance(event, ResultDetermined)
        assert (event.number, event.date, event.accounts) == ("360/2024", "2024-03-20", ("k", "l"))
        assert dict(zip(desk.bundle.printed("ppwp").common, event.totals, strict=True))["suara_sah"] == 210
        assert "SK 360/2024" in await desk.page()

    at_the_desk(storage_settings, tmp_path, play, people={"k": ("kpu_kabkota", 2), "l": ("kpu_kabkota", 2)})


def test_a_determination_that_was_overtaken_by_other_totals_is_refused(
    storage_settings: Settings, tmp_path: Path
) -> None:
    async def play(desk: Desk) -> None:
        await published(desk, "0")
        await desk.sign_in("a")
        await desk.post("/ppwp/area/0/determine", **SK)
        proposal = await desk.journal.size()
        await published(desk, "0", valid=211, number=7)
        await desk.sign_in("b")
        status, html = await desk.answer(proposal)
        assert status == 409 and "keputusan lain" in html
        assert await desk.journal.size() == proposal

    at_the_desk(storage_settings, tmp_path, play)


def test_what_is_open_is_named_and_needs_a_reason(storage_settings: Settings, tmp_path: Path) -> None:
    async def play(desk: Desk) -> None:
        await published(desk, "0", waiting=5, held=1)
        await desk.sign_in("a")
        size = await desk.journal.size()
        status, html = await desk.post("/ppwp/area/0/determine", **SK)
        assert status == 409 and "5 TPS belum masuk; 1 blok suara ditahan" in html
        assert await desk.journal.size() == size
        status, _ = await desk.post("/ppwp/area/0/determine", **SK, despite="deadline")
        assert status == 200
        proposal = await desk.journal.size()
        await desk.sign_in("b")
        _, html = await desk.get("/ppwp/area/0")
        assert "Batas waktu penetapan" in html
        await desk.answer(proposal)
        event = await desk.last()
        assert isinstance(event, ResultDetermined) and event.despite == "deadline"

    at_the_desk(storage_settings, tmp_path, play)


def test_a_determination_needs_number_date_and_documents(storage_settings: Settings, tmp_path: Path) -> None:
    async def play(desk: Desk) -> None:
        await published(desk, "0")
        await desk.sign_in("a")
        size = await desk.journal.size()
        for fields in ({"date": "20-03-2024"}, {"date": "2024-02-30"}, {"sk": b"<html>"}, {"ba": ""}, {"number": " "}):
            status, html = await desk.post("/ppwp/area/0/determine", **{**SK, **fields})
            assert status == 409 and 'role="alert"' in html, fields
        status, html = await desk.post(f"/ppwp/area/{desk.area(2)}/determine", **SK)
        assert status == 409 and "bukan wewenang" in html, "each level closes its own result"
        assert await desk.journal.size() == size

    at_the_desk(storage_settings, tmp_path, play)


def test_one_person_records_a_dispute_and_moves_it(storage_settings: Settings, tmp_path: Path) -> None:
    async def play(desk: Desk) -> None:
        await desk.sign_in("p")
        case = {"forum": "bawaslu", "cause": "figures_differ", "reference": "001/LP/2024", "document": PDF}
        status, html = await desk.post(f"/ppwp/dispute/{desk.tps}", **case)
        assert status == 200 and "001/LP/2024" in html and "Terdaftar" in html
        number = await desk.journal.size()
        event = await desk.last()
        assert isinstance(event, DisputeOpened) and (event.role, event.documents) == ("ppk", (SHA,))
        move = f"/ppwp/dispute/{desk.tps}/{number}"
        status, html = await desk.post(move, on=0, status="upheld", follow_up="revote")
        assert status == 200 and "Dikabulkan" in html and "Pemungutan suara ulang" in html
        status, _ = await desk.post(move, on=0, status="cleared")
        assert status == 409, "somebody moved it meanwhile"
        _, html = await desk.get(f"/ppwp/area/{desk.area(3)}")
        assert "001/LP/2024" in html and "TPS 001" in html
        await desk.post(f"/ppwp/dispute/{desk.area(3)}", **{**case, "reference": "002/LP/2024"})
        assert "002/LP/2024" in await desk.page(), "a dispute about the area bears on its records"
        status, html = await desk.post("/ppwp/dispute/0", **case)
        assert status == 409 and "di luar wilayah" in html

    at_the_desk(storage_settings, tmp_path, play, people={"p": ("ppk", 3)})


def test_a_dispute_is_one_however_often_its_form_arrives(storage_settings: Settings, tmp_path: Path) -> None:
    async def play(desk: Desk) -> None:
        await desk.sign_in("a")
        form = "0b5c2c0e-5a4f-4b3e-9a55-5b7f4b1f0001"
        case = {"forum": "mk", "cause": "procedure", "reference": "1-01/PHPU", "id": form}
        answers = await asyncio.gather(*(desk.post(f"/ppwp/dispute/{desk.tps}", **case) for _ in range(3)))
        assert {status for status, _ in answers} == {200}
        assert len(await desk.journal.of_kinds({"dispute_opened"})) == 1

    at_the_desk(storage_settings, tmp_path, play)


def test_an_area_shows_its_parts_with_progress_documents_and_residuals(
    storage_settings: Settings, tmp_path: Path
) -> None:
    async def play(desk: Desk) -> None:
        for kode in (desk.area(2), desk.area(3)):
            await published(desk, kode, held=1)
        await desk.storage.pool.execute(
            "insert into published.plenary (contest, kode, number, columns, entered, differing, stands)"
            " values ('ppwp', $1, 6, 3, 3, 2, false)", desk.area(3),
        )  # fmt: skip
        await desk.sign_in("a")
        for by in ("urutan", "selisih", "menunggu", "x"):
            status, html = await desk.get(f"/ppwp/area/{desk.area(2)}?urut={by}")
            assert status == 200 and "2 selisih" in html and "1 ditahan" in html
        status, html = await desk.get(f"/ppwp/area/{desk.area(4)}")
        assert status == 200 and f"/ppwp/{desk.tps}" in html and "Ditahan" in html
        status, html = await desk.get("/control")
        assert status == 200 and "foto/menit" in html.lower() and "D.Hasil" not in html
        for path in ("/ppwp/area/99", "/pdpr/area/0", "/xx/held", "/ppwp/4101012001999"):
            status, html = await desk.get(path)
            assert status == 409 and 'role="alert"' in html, path

    at_the_desk(storage_settings, tmp_path, play)


def test_parts_are_ordered_by_what_needs_people() -> None:
    a, b, c = (Part(name, name, 9, 1, held, 0, 0, residual, ("", ""), differs) for name, held, residual, differs in
               (("a", 0, 5, False), ("b", 2, 1, True), ("c", 1, 9, False)))  # fmt: skip
    assert ordered([a, b, c], "selisih") == [b, c, a]
    assert ordered([a, b, c], "menunggu") == [b, c, a]
    assert ordered([a, b, c], "anything else") == [a, b, c]


def test_disputes_fold_the_same_in_any_order_and_however_often() -> None:
    opened = DisputeOpened(
        tps="41", at=AT, forum="mk", cause="other", reference="1", documents=(), role="kpu_ri", account="a"
    )
    first = DisputeMoved(
        tps="41", at=AT, dispute=1, replaces=0, status="heard", documents=(), follow_up=None, role="kpu_ri", account="a"
    )
    stale = msgspec.structs.replace(first, status="cleared")
    last = msgspec.structs.replace(first, replaces=2, status="upheld", follow_up="recount")
    entries = [Entry(n, e, b"", "") for n, e in enumerate((opened, first, stale, last), start=1)]
    [case] = disputes.fold([*entries[::-1], *entries])
    assert (case.status, case.follow_up, case.moved, case.open) == ("upheld", "recount", 4, False)
