"""What somebody who is signed in could try at the desk: documents of others, numbers that no page of ours sends, a
determination over what is held."""

from hashlib import sha256
from pathlib import Path

import pytest
from review_scene import AT, PDF, PICTURE, Desk, at_the_desk
from test_review_plenary import enter, figures

from election.plenary import contest_of
from storage.settings import Settings

pytestmark = pytest.mark.servers

PEOPLE = {"p": ("ppk", 3), "k": ("kpu_kabkota", 2)}
CASE = {"forum": "pleno", "cause": "other"}
HUGE = "9" * 25


def test_a_hash_that_somebody_writes_into_a_text_opens_nothing(storage_settings: Settings, tmp_path: Path) -> None:
    """Hashes of photos are public; who may write a reference must not be able to read any photo by it."""

    async def play(desk: Desk) -> None:
        photo = await desk.storage.artefacts.put(PICTURE)
        await desk.sign_in("p")
        status, _ = await desk.post(f"/ppwp/dispute/{desk.tps}", **CASE, reference=photo, document=PDF)
        assert status == 200
        status, html = await desk.get(f"/ppwp/document/{desk.tps}/{photo}")
        assert status == 409 and "picture" not in html
        answer = await desk.client.get(f"/ppwp/document/{desk.tps}/{sha256(PDF).hexdigest()}")
        assert await answer.read() == PDF, "what came with the dispute itself can be read"

    at_the_desk(storage_settings, tmp_path, play, people=PEOPLE)


@pytest.mark.parametrize("on", [HUGE, "-1", "1_0", "٣", "", "x"])
def test_a_number_that_no_page_of_ours_sends_is_refused_in_words(
    storage_settings: Settings, tmp_path: Path, on: str
) -> None:
    async def play(desk: Desk) -> None:
        kode, column = desk.area(3), desk.area(4)
        await desk.sign_in("a")
        said = {**figures(desk, column), "on": on}
        tries = [
            await desk.post(f"/ppwp/area/{kode}/plenary/{column}", **said),
            await desk.post("/ppwp/policy", name="paper", on=on),
            await desk.post(f"/ppwp/{desk.tps}/suara/withdraw", reason="ordered", on=on),
            await desk.post(f"/ppwp/{desk.tps}/suara/confirm", proposal=on),
        ]
        size = await desk.journal.size()
        assert all(status < 500 for status, _ in tries), [status for status, _ in tries]
        assert await desk.journal.size() == size

    at_the_desk(storage_settings, tmp_path, play, people=PEOPLE)


@pytest.mark.parametrize("typed", ["1.5", "12.34", ".5", "5.", "1.2345", "-5", "1,5", HUGE, "1 000", "٣"])
def test_a_figure_is_whole_with_dots_only_between_thousands(
    storage_settings: Settings, tmp_path: Path, typed: str
) -> None:
    async def play(desk: Desk) -> None:
        column = desk.area(4)
        await desk.sign_in("p")
        size = await desk.journal.size()
        said = {**figures(desk, column), "surat_suara_dikembalikan": typed}
        status, _ = await enter(desk, column, said, as_printed="on")
        assert status == 409 and await desk.journal.size() == size

    at_the_desk(storage_settings, tmp_path, play, people=PEOPLE)


@pytest.mark.parametrize(
    "path",
    ["/ppwp/ruling/0/confirm", "/ppwp/ruling/999999999999999/confirm", "/ppwp/dispute/0/0", "/ppwp/dispute/é%00",
     "/ppwp/area/%00/determine", "/ppwp/é/version", "/%00/policy"],
)  # fmt: skip
def test_an_address_of_nothing_is_refused_in_words(storage_settings: Settings, tmp_path: Path, path: str) -> None:
    async def play(desk: Desk) -> None:
        await desk.sign_in("a")
        status, html = await desk.post(path, on=0, **CASE, reference="1")
        assert status in (404, 409)
        assert "journal.damaged" not in html, "nothing is wrong with the journal"

    at_the_desk(storage_settings, tmp_path, play, people=PEOPLE)


@pytest.mark.parametrize("of", ["x", "x%0d%0aSet-Cookie:a=b", "4101", "0"])
def test_figures_sent_for_a_column_that_the_document_lacks_enter_no_other(
    storage_settings: Settings, tmp_path: Path, of: str
) -> None:
    async def play(desk: Desk) -> None:
        await desk.sign_in("p")
        size = await desk.journal.size()
        status, _ = await enter(desk, of, figures(desk, desk.area(4)))
        assert status == 409 and await desk.journal.size() == size

    at_the_desk(storage_settings, tmp_path, play, people=PEOPLE)


def test_a_party_s_page_that_is_held_is_open_in_a_determination(storage_settings: Settings, tmp_path: Path) -> None:
    """The totals of all votes can be in while a party's are not: who signs is told."""

    async def play(desk: Desk) -> None:
        pool, n = desk.storage.pool, len(contest_of(desk.bundle, desk.key, 0).fields)
        await pool.execute("insert into published.cut (contest, number, at) values ('pdpr', 0, $1)", AT)
        await pool.execute(
            "insert into published.area (contest, kode, tingkat, number, tps, tps_counted, tps_held, tps_waiting,"
            " adm_counted, adm_held, totals, held, residuals) values"
            " ('pdpr', '0', 0, 0, 40, 40, 0, 0, 40, 0, $1, $1, $1)",
            [0] * n,
        )
        seal = {"number": "360", "date": "2029-03-20", "sk": PDF, "ba": PDF}
        await desk.sign_in("a")
        await pool.execute(
            "insert into published.block (contest, tps, block, state, number, decision, at)"
            " values ('pdpr', $1, 'partai_1', 'held', 1, 1, $2)", desk.tps, AT,
        )  # fmt: skip
        status, html = await desk.post("/pdpr/area/0/determine", **seal)
        assert status == 409 and "1 halaman partai ditahan" in html
        assert (await desk.post("/pdpr/area/0/determine", **seal, despite="deadline"))[0] == 200
        await pool.execute("update published.block set state = 'verified'")
        assert (await desk.post("/pdpr/area/0/determine", **seal))[0] == 200

    at_the_desk(storage_settings, tmp_path, play, key="pdpr", contests=("pdpr",))
