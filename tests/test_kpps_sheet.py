"""What a phone is told of its TPS: every number of every form, and sums that judge as the catalogue does."""

import tempfile
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ingest_scene import Opener, opened_door  # noqa: F401

from election import form
from election.bundle import Bundle, make
from election.contest import CONTEST_TYPES, Contest
from election.rules import RULES, Severity, judge_record
from ingest.sheet import Terms, checks, contest_sheet, sheet_of

EVERY = tuple(CONTEST_TYPES)


@cache
def nation() -> Bundle:
    """One TPS that votes in all seven contests."""
    with tempfile.TemporaryDirectory() as folder:
        return make(folder, seed=5, kabupaten=1, tps=2, contests=EVERY)


def ballot(key: str) -> Contest:
    return nation().ballot(key, 0)


@pytest.mark.parametrize("key", EVERY)
def test_every_field_of_the_form_is_there_once_in_the_order_of_the_paper(key: str) -> None:
    sheet = contest_sheet(ballot(key), "keyed")
    assert [field.name for page in sheet.pages for field in page.fields] == [
        field.name for page in form.of(ballot(key)).pages for field in page.fields if field.name in ballot(key).fields
    ]
    assert {field.name for page in sheet.pages for field in page.fields} == set(ballot(key).fields)


def told(key: str, figures: dict[str, int]) -> set[str]:
    """Codes that a phone would speak of, by the sheet's sums alone."""

    def total(terms: Terms) -> int:
        return sum(times * figures[name] for name, times in terms)

    found = checks(ballot(key))
    return {
        check.code
        for check in found
        if (
            total(check.left) != total(check.right) if check.relation == "=" else total(check.left) > total(check.right)
        )
    }


@pytest.mark.parametrize("key", EVERY)
@settings(max_examples=30)
@given(data=st.data())
def test_a_phone_speaks_of_exactly_what_the_catalogue_finds(key: str, data: st.DataObject) -> None:
    contest = ballot(key)
    small = st.integers(0, 3)  # so that sums hold often
    figures = {name: data.draw(small) for name in (*contest.fields, "dpt_l", "dpt_p")}
    blocks = {block: tuple(figures[field] for field in fields) for block, fields in contest.blocks.items()}
    verdict = judge_record(contest, blocks, dpt=(figures["dpt_l"], figures["dpt_p"]))
    broken = {*verdict["between"], *(code for codes in verdict["errors"].values() for code in codes)}
    assert told(key, figures) == {code for code in broken if RULES[code].severity is Severity.ERROR}


def test_texts_keep_only_the_gaps_that_a_phone_fills() -> None:
    for key in EVERY:
        for check in checks(ballot(key)):
            for text in (check.id, check.en):
                assert "{" not in text.replace("{left}", "").replace("{right}", "").replace("{difference}", "")


def test_a_sheet_names_its_place_and_its_voters() -> None:
    bundle = nation()
    sheet = sheet_of(bundle, bundle.tree.tps_kode(0))
    assert sheet.dpt == {"dpt_l": int(bundle.dpt_l[0]), "dpt_p": int(bundle.dpt_p[0])}
    assert len(sheet.place) == 4
    assert [contest.key for contest in sheet.contests] == list(bundle.contests)
    assert all(contest.candidates == "keyed" for contest in sheet.contests)


@pytest.mark.servers
def test_anyone_may_ask_the_door_for_it(door: Opener) -> None:
    import asyncio

    async def play() -> None:
        async with door() as scene:
            async with scene.client.get(f"/v1/tps/{scene.tps}/sheet") as answer:
                assert (await answer.json())["tps"] == scene.tps
                tag = answer.headers["ETag"]
            async with scene.client.get(f"/v1/tps/{scene.tps}/sheet", headers={"If-None-Match": tag}) as again:
                assert again.status == 304
            status, told = await scene.get("/v1/settings")
            assert (status, told["election"], told["practice"]) == (200, scene.bundle.name, True)
            status, problem = await scene.get("/v1/tps/0000000000000/sheet")
            assert (status, problem["code"]) == (422, "tps.unknown")

    asyncio.run(play())
