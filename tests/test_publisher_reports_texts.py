"""Codes, notes and limits of reports, by property; and the public description of the room against the room itself."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st
from openapi_spec_validator import validate
from reports_scene import NOWHERE

from election import report as outside
from election.errors import SuaraError
from election.report import ReportState
from publisher.front import app
from publisher.reports import PATHS, SCHEMAS, code
from publisher.reports import errors as refusals
from publisher.reports.desk import Settings, room
from publisher.reports.errors import NoSuchReport, NoteTooLong, TooMany
from publisher.reports.limits import Gate, Limits
from publisher.reports.report import NOTE, note

uuids = st.uuids()
figures = st.none() | st.integers(0, 999)


@given(uuids, st.integers(0, 999), st.data())
def test_a_code_survives_being_read_aloud(form: UUID, value: int, data: st.DataObject) -> None:
    one = code.of(form, "ppwp", "3201010001001", 1, "paslon_1", value)
    assert len(one) == code.LENGTH
    assert code.parse(code.shown(one)) == one
    heard = "".join(
        data.draw(st.sampled_from([letter, letter.lower(), *{"0": "Oo", "1": "IiLl"}.get(letter, "")]))
        for letter in one
    )
    spaced = "".join(letter + data.draw(st.sampled_from(["", " ", "-", "."])) for letter in heard)
    assert code.parse(spaced) == one


@given(uuids, uuids, st.integers(0, 999), st.integers(0, 999))
def test_a_code_is_the_forms_and_what_it_says(one: UUID, other: UUID, value: int, changed: int) -> None:
    assert (code.of(one, value) == code.of(other, changed)) == ((one, value) == (other, changed))


@given(st.text(max_size=40))
def test_no_text_is_taken_for_a_code_that_it_is_not(text: str) -> None:
    try:
        found = code.parse(text)
    except NoSuchReport:
        return
    assert set(found) <= set(code.ALPHABET)
    assert code.parse(found) == found


@given(st.text(max_size=400))
def test_a_note_has_no_markup_no_controls_and_is_short_and_the_same_when_noted_again(text: str) -> None:
    try:
        found = note(text)
    except NoteTooLong:
        assert len(text) > NOTE
        return
    if found is None:
        return
    assert len(found) <= NOTE
    assert not set("<>\n\r\t\0") & set(found)
    assert found == found.strip()
    assert note(found) == found


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("lihat <script>alert(1)</script> kotak", "lihat alert(1) kotak"),
        ("hubungi 0812-3456-7890 ya", "hubungi … ya"),
        ("NIK 3201 0101 0190 0001", "NIK …"),
        ("tulis ke saya@contoh.id.", "tulis ke …"),
        ("angka 110, bukan 117; jumlah 213", "angka 110, bukan 117; jumlah 213"),
        ("  ", None),
    ],
)
def test_a_note_keeps_figures_and_drops_what_leads_to_a_person(written: str, kept: str | None) -> None:
    assert note(written) == kept


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 7200)), max_size=60))
def test_nobody_gets_more_than_their_limit_in_an_hour_of_the_clock(asked: list[tuple[int, int, int]]) -> None:
    limits = Limits(address=3, tps=4, everybody=6)
    gate = Gate(limits, lambda size: b"k" * size)
    begin = datetime(2029, 2, 14, 23, 0, tzinfo=UTC)
    passed: list[tuple[int, int, int]] = []
    for address, tps, second in sorted(asked, key=lambda one: one[2]):
        hour = second // 3600
        same = [one for one in passed if one[2] == hour]
        fits = (
            sum(one[0] == address for one in same) < limits.address
            and sum(one[1] == tps for one in same) < limits.tps
            and len(same) < limits.everybody
        )
        try:
            gate.admit(f"10.0.0.{address}", f"tps{tps}", begin + timedelta(seconds=second))
        except TooMany as error:
            assert not fits
            assert 1 <= int(str(error.facts["minutes"])) <= 60
        else:
            assert fits
            passed.append((address, tps, hour))


def test_the_key_of_addresses_is_drawn_anew_with_every_day() -> None:
    drawn: list[int] = []

    def draw(size: int) -> bytes:
        drawn.append(size)
        return bytes([len(drawn)]) * size

    gate = Gate(Limits(), draw)
    for hours in (0, 1, 23, 24, 25, 48):
        gate.admit("10.0.0.1", "x", datetime(2029, 2, 14, tzinfo=UTC) + timedelta(hours=hours))
    assert drawn == [32, 32, 32]


@given(st.integers(0, 999), figures, figures, st.sets(st.sampled_from(["seen", "closed"])), st.booleans())
def test_a_report_is_corrected_exactly_when_its_figure_began_to_count(
    value: int, now: int | None, stood: int | None, steps: set[str], current: bool
) -> None:
    found = outside.state(value, now, stood, steps, current=current)
    assert (found is ReportState.SUPERSEDED) == (not current)
    assert (found is ReportState.CORRECTED) == (current and now == value != stood)
    if found is ReportState.UNCHANGED:
        assert "closed" in steps
    assert set(outside.STATES) == set(ReportState)


def test_the_description_is_openapi_and_names_every_refusal(tmp_path: Path) -> None:
    problem = {"type": "object", "properties": {"code": {"type": "string"}}}
    document = {
        "openapi": "3.1.0", "info": {"title": "x", "version": "1"}, "paths": PATHS,
        "components": {"schemas": {**SCHEMAS, "Problem": problem}},
    }  # fmt: skip
    validate(document)
    raised = {
        one.code for one in vars(refusals).values()
        if isinstance(one, type) and issubclass(one, SuaraError) and one.__module__ == refusals.__name__
    }  # fmt: skip
    assert {error.code for error in refusals.LISTED} == raised
    assert all(reason in PATHS["/report"]["post"]["responses"]["default"]["description"] for reason in raised)

    async def addresses() -> set[tuple[str, str]]:
        settings = Settings(public=tmp_path, url=NOWHERE)
        made = room(settings, lambda: None, lambda: datetime.now(UTC))  # type: ignore[arg-type, return-value]
        async with TestClient(TestServer(app(tmp_path, [made]))) as client:
            assert (await client.get("/report/AAAAA-00000")).status in {404, 503}
        return {(route.path, route.method.lower()) for route in made.routes}  # type: ignore[attr-defined]

    described = {(path, method) for path, methods in PATHS.items() for method in methods}
    assert described <= asyncio.run(addresses())
