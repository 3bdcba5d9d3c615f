"""Every contest at the desk: ballots of parties and candidates, a queue by weight, what is unusual, policies."""

from pathlib import Path
from re import findall

import pytest
from review_scene import AT, KEYED, PICTURE, Desk, at_the_desk, held

from election.contest import CONTEST_TYPES
from election.event import BlockCorrected, PolicyAdopted
from election.policy import DEFAULT, PRESETS
from review.waiting import SHOWN
from storage.settings import Settings

pytestmark = pytest.mark.servers

ALL = tuple(CONTEST_TYPES)


async def party_held(desk: Desk, name: str = "partai_2") -> tuple[int, ...]:
    """A party's page on which officer and machine differ; the officer's figures."""
    fields = desk.contest.blocks[name]
    keyed = (*(3,) * (len(fields) - 1), 3 * (len(fields) - 1))
    sha = await desk.storage.renditions.put(PICTURE)
    await held(desk, name, keyed, (4, *keyed[1:]), ("E404",), sha)
    return keyed


def test_two_people_correct_a_party_s_page(storage_settings: Settings, tmp_path: Path) -> None:
    async def play(desk: Desk) -> None:
        keyed = await party_held(desk)
        party = desk.contest.choices[1].name
        await desk.sign_in("a")
        html = await desk.list()
        assert party in html and f"/pdpr/{desk.tps}#partai_2" in html
        html = await desk.page()
        candidates = desk.contest.choices[1].candidates
        assert candidates and all(f"{one.number}. {one.name}" in html for one in candidates)
        assert "Semua halaman" in html
        form = dict(zip(desk.contest.blocks["partai_2"], keyed, strict=True))
        on = await desk.journal.decided(desk.tps, "partai_2")
        where = f"/pdpr/{desk.tps}/partai_2"
        status, html = await desk.post(f"{where}/propose", on=on, reason="misread", **form | {"partai_2": 1})
        assert status == 409 and "E303" in html
        status, _ = await desk.post(f"{where}/propose", on=on, reason="misread", **form)
        assert status == 200
        await desk.sign_in("b")
        status, _ = await desk.post(f"{where}/confirm", proposal=await desk.journal.size())
        assert status == 200
        event = await desk.last()
        assert isinstance(event, BlockCorrected)
        assert (event.block, event.figures, event.accounts) == ("partai_2", keyed, ("a", "b"))

    at_the_desk(storage_settings, tmp_path, play, key="pdpr", contests=("pdpr",))


def test_every_contest_has_its_pages(storage_settings: Settings, tmp_path: Path) -> None:
    async def play(desk: Desk) -> None:
        await desk.sign_in("a")
        _, html = await desk.get("/")
        assert all(f"/{key}/held" in html for key in ALL)
        for key in ALL:
            for path in (
                f"/{key}/held", f"/{key}/{desk.tps}", f"/{key}/area/0", f"/{key}/area/{desk.area(4)}",
                f"/{key}/area/0/plenary", f"/{key}/area/{desk.area(4)}/plenary", f"/{key}/policy", f"/{key}/unusual",
            ):  # fmt: skip
                status, html = await desk.get(path)
                assert status == 200, (path, html[-600:])
                assert CONTEST_TYPES[key].name_id in html
            _, html = await desk.get(f"/{key}/{desk.tps}")
            assert all(choice.name in html for choice in desk.bundle.ballot(key, 0).choices)
        status, html = await desk.get("/control")
        assert status == 200 and len(findall(r"/area/0\"", html)) == len(ALL)

    at_the_desk(storage_settings, tmp_path, play, contests=ALL)


def test_what_weighs_most_is_first_and_the_list_has_an_end(storage_settings: Settings, tmp_path: Path) -> None:
    async def play(desk: Desk) -> None:
        tree = desk.bundle.tree
        codes = [tree.tps_kode(row) for row in range(1, tree.n_tps)]
        votes = [(code, "suara", [*KEYED[:5], n], AT) for n, code in enumerate(codes, start=220)]
        office = [(code, "administrasi", [999] * 22, AT) for code in codes]
        await desk.storage.pool.executemany(
            "insert into published.block (contest, tps, block, state, number, decision, figures, reasons, at)"
            " values ('ppwp', $1, $2, 'held', 6, 6, $3, '{}', $4)", [*votes, *office],
        )  # fmt: skip
        await desk.sign_in("a")
        html = await desk.list()
        rows = findall(r"/ppwp/(\d+)#(\w+)", html)
        assert rows == [(code, "suara") for code in codes[::-1]] + [(desk.tps, "suara")] + [
            (code, "administrasi") for code in codes
        ]
        assert len(rows) <= SHOWN
        here = [code for code in codes if code.startswith(desk.area(4))]
        _, html = await desk.get(f"/ppwp/held?area={desk.area(4)}")
        assert {code for code, _ in findall(r"/ppwp/(\d+)#(\w+)", html)} == {desk.tps, *here}
        assert f"{2 * len(here) + 1} blok" in html

    at_the_desk(storage_settings, tmp_path, play)


def test_two_people_adopt_a_policy(storage_settings: Settings, tmp_path: Path) -> None:
    async def play(desk: Desk) -> None:
        await desk.sign_in("a")
        _, html = await desk.get("/ppwp/policy")
        assert DEFAULT in html and "dari berkas pemilihan" in html
        status, _ = await desk.post("/ppwp/policy", on=0, name="two-people-3")
        assert status == 200
        proposal = await desk.journal.size()
        await desk.sign_in("b")
        _, html = await desk.get("/ppwp/policy")
        assert "Setuju: Berlakukan kebijakan two-people-3" in html
        status, html = await desk.answer(proposal)
        assert status == 200
        event = await desk.last()
        assert isinstance(event, PolicyAdopted)
        assert event.table == {str(one): str(two) for one, two in PRESETS["two-people-3"].table.items()}
        assert event.accounts == ("a", "b")
        _, html = await desk.get("/ppwp/policy")
        assert f"<b>two-people-3</b>, no. {proposal + 1}" in html
        table = event.table | {"differ": "count"}
        status, html = await desk.post("/ppwp/policy", on=proposal + 1, name="our-own", **table)
        assert status == 409 and "kertas yang menentukan" in html
        await desk.sign_in("k")
        status, html = await desk.post("/ppwp/policy", on=proposal + 1, name=DEFAULT)
        assert status == 409 and 'role="alert"' in html

    at_the_desk(storage_settings, tmp_path, play, people={"k": ("kpu_kabkota", 2)})


def test_what_is_unusual_is_listed_in_the_screens_own_words(storage_settings: Settings, tmp_path: Path) -> None:
    async def play(desk: Desk) -> None:
        await desk.sign_in("a")
        _, html = await desk.get("/ppwp/unusual")
        assert "Tidak ada yang tidak biasa" in html
        await desk.storage.pool.executemany(
            "insert into published.unusual values ('ppwp', $1, $2, 6, $3, $4)",
            [
                (desk.tps, code, AT, f'{{"id": "{code} foto <sama>", "en": "the same photo"}}')
                for code in ("W508", "W511")
            ],
        )
        _, html = await desk.get("/ppwp/unusual")
        assert f"/ppwp/{desk.tps}" in html and "W508 foto &lt;sama&gt;" in html and "the same photo" in html
        _, html = await desk.get("/ppwp/unusual?code=W511")
        assert "W511 foto" in html and "W508 foto" not in html
        html = await desk.page()
        assert "W511 foto" in html and "W508 foto" in html

    at_the_desk(storage_settings, tmp_path, play)
