"""The rule catalogue against RULES as plain Python reads them (`rules_reference`)."""

import re
from fractions import Fraction
from math import ceil
from pathlib import Path

import numpy as np
import pytest
from ballots import ballot
from hypothesis import given, settings
from hypothesis import strategies as st
from rules_reference import (
    GOOD,
    ORACLE,
    PDPD,
    PDPR,
    PKWKP,
    PPWP,
    WHERE,
    Record,
    changed,
    fields_of,
    tallies,
)

from election.contest import ADM, CONTEST_TYPES, SUARA, Choice, Contest
from election.rules import (
    IDENTITIES,
    RULES,
    Limits,
    catalogue,
    coefficients,
    identities,
    judge,
    judge_record,
    residuals,
)
from election.rules.document import markdown
from election.rules.telling import tell
from election.tally import ABSENT, Tallies


def figures_of(contest: Contest) -> st.SearchStrategy[Record]:
    """Small figures, so that sums often agree, and some blanks."""
    cell = st.one_of(st.integers(0, 6), st.integers(0, 6), st.integers(0, 999), st.none())
    return st.fixed_dictionaries(dict.fromkeys(fields_of(contest), cell))


@pytest.mark.parametrize("contest", [PPWP, PDPD, PDPR, PKWKP], ids=lambda c: c.key)
@given(data=st.data())
@settings(deadline=None, max_examples=60)
def test_every_rule_says_what_a_plain_reading_says(contest: Contest, data: st.DataObject) -> None:
    records = data.draw(st.lists(figures_of(contest), min_size=1, max_size=12))
    findings = judge(contest, tallies(contest, records))
    for code, check in ORACLE.items():
        if contest.key not in WHERE.get(code, {contest.key}):
            assert not findings.judged(code).any()
            continue
        expected = [check(record, contest) for record in records]
        assert findings.broken(code).tolist() == [answer is True for answer in expected], code
        if code != "W511":  # without any ballot W511 is not judged, and a plain reading answers False
            assert findings.judged(code).tolist() == [answer is not None for answer in expected], code


@given(data=st.data())
@settings(deadline=None, max_examples=40)
def test_one_record_alone_is_judged_as_among_many(data: st.DataObject) -> None:
    records = data.draw(st.lists(figures_of(PPWP), min_size=1, max_size=6))
    findings = judge(PPWP, tallies(PPWP, records))
    for row, record in enumerate(records):
        by_block = {block: tuple(record[field] for field in fields) for block, fields in PPWP.blocks.items()}
        alone = judge_record(PPWP, by_block)
        told = [*alone["errors"][SUARA], *alone["errors"][ADM], *alone["between"], *alone["warnings"]]
        assert sorted(told) == sorted(code for code in findings.lines if findings.broken(code)[row])
        assert bool(alone["errors"][SUARA]) == findings.breaks_block(SUARA)[row]
        assert bool(alone["errors"][ADM]) == findings.breaks_block(ADM)[row]


# -- the catalogue ----------------------------------------------------------------------------------------------------


def test_the_catalogue_is_whole() -> None:
    errors = [*range(101, 110), 201, 202, *range(301, 308), *range(401, 405), *range(601, 606)]
    assert [rule.code for rule in catalogue()] == [*(f"E{n}" for n in errors), *(f"W{n}" for n in range(501, 513))]
    waiting = {rule.code for rule in catalogue() if rule.function is None}
    assert waiting == {"E403", "W508"}
    assert all(RULES[code].needs for code in waiting)
    assert all(rule.law and rule.definition and rule.text_id and rule.text_en for rule in catalogue())


def test_the_document_is_what_the_rules_say() -> None:
    assert (Path(__file__).parents[1] / "docs" / "rules.md").read_text() == markdown()


def test_every_text_can_be_told() -> None:
    gaps = {"left", "right", "difference", "part_id", "part_en", "field"}
    for rule in catalogue():
        for text in (rule.text_id, rule.text_en):
            assert set(re.findall(r"{(\w+)}", text)) <= gaps, rule.code


def test_a_good_record_breaks_nothing() -> None:
    assert judge_record(PPWP, GOOD, (118, 115)) == {"errors": {SUARA: [], ADM: []}, "between": [], "warnings": []}


@pytest.mark.parametrize(
    ("figures", "errors", "between", "warnings"),
    [
        ({"paslon_1": 617}, {SUARA: ["E301"], ADM: []}, [], []),
        ({"suara_total": 187}, {SUARA: ["E305"], ADM: []}, ["E306"], []),
        ({"surat_suara_digunakan": 185}, {SUARA: [], ADM: ["E201", "E202"]}, ["E306"], []),
        ({"surat_suara_digunakan": None, "pengguna_total_j": 190}, {SUARA: [], ADM: ["E105", "E106"]}, ["E307"], []),
        ({"pengguna_total_j": 190}, {SUARA: [], ADM: ["E105", "E106", "E202"]}, [], []),
        ({"pemilih_dpt_l": 17, "pemilih_dpt_j": 132}, {SUARA: [], ADM: ["E107"]}, [], ["W501", "W504"]),
        ({"pengguna_disabilitas_l": 4, "pengguna_disabilitas_j": 1}, {SUARA: [], ADM: ["E108"]}, [], []),
    ],
)
def test_a_slip_is_found_where_it_is(
    figures: dict[str, int | None], errors: dict[str, list[str]], between: list[str], warnings: list[str]
) -> None:
    assert judge_record(PPWP, changed(**figures)) == {"errors": errors, "between": between, "warnings": warnings}


def test_a_photo_of_another_tps_is_caught_by_its_roll() -> None:
    assert judge_record(PPWP, GOOD, (118, 116))["errors"][ADM] == ["E109"]
    assert judge_record(PPWP, GOOD, (118, -1))["errors"][ADM] == []
    assert judge_record(PPWP, GOOD, (117, -1))["errors"][ADM] == ["E109"]


def test_a_blank_block_leaves_its_rules_unjudged() -> None:
    assert judge_record(PPWP, {SUARA: GOOD[SUARA]}, (1, 1)) == judge_record(PPWP, GOOD, (118, 115))
    findings = judge(PPWP, Tallies({}, 3))
    assert findings.counts() == {}
    assert not findings.breaks_any().any()


def test_figures_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="6 fields"):
        judge_record(PPWP, {SUARA: (1, 2, 3)})


def test_the_machine_and_the_officer_are_held_against_each_other_block_by_block() -> None:
    machine = {SUARA: (20, 141, 20, 184, 2, None), ADM: GOOD[ADM]}
    assert judge_record(PPWP, GOOD, beside={"machine": machine})["errors"] == {SUARA: ["E404"], ADM: []}
    told = [t for t in tell(PPWP, GOOD, machine=machine) if t.code == "E404"]
    assert len(told) == 1
    assert "144" in told[0].id
    assert "141" in told[0].en


@pytest.mark.parametrize(
    ("source", "field", "code"),
    [
        ("words", "paslon_2", "E401"),
        ("bubbles", "paslon_2", "E402"),
        ("marks", "suara_sah", "E402"),
        ("copy", "suara_sah", "W509"),
        ("d_hasil", "pengguna_total_j", "W509"),
        ("pdpr", "pemilih_dpt_j", "W507"),
    ],
)
def test_a_second_reading_is_held_against_the_first(source: str, field: str, code: str) -> None:
    first = Tallies.of_records(PPWP, [GOOD, GOOD])
    second = Tallies({field: first.columns[field] + np.array([0, 1])})
    findings = judge(PPWP, first.beside(source, second))
    assert {c: findings.broken(c).tolist() for c in findings.counts() if findings.broken(c).any()} == {
        code: [False, True]
    }


def test_a_party_is_judged_only_where_all_its_parts_are_given() -> None:
    parts = {"partai_1": [6, 6, 6], "partai_1_calon_1": [2, 2, 2], "partai_1_calon_2": [3, 4, ABSENT]}
    columns = {field: np.array(figures) for field, figures in parts.items()}
    assert not judge(PDPR, Tallies(columns)).judged("E303").any(), "the party's own votes are not in the file"
    findings = judge(PDPR, Tallies(columns | {"partai_1_suara_partai": np.array([1, 1, 1])}))
    assert findings.judged("E303").tolist() == [True, True, False]
    assert findings.broken("E303").tolist() == [False, True, False]


LISTED = ballot("pdpr", 3, 2)


def test_a_party_s_page_is_a_block_of_its_own() -> None:
    figures = {block: (0,) * len(fields) for block, fields in LISTED.blocks.items()}
    figures |= {"partai_2": (3, 5, 7, 14), SUARA: (15, 1, 16)}
    found = judge_record(LISTED, figures)
    assert found["errors"] == {"partai_1": [], "partai_2": ["E303"], "partai_3": [], SUARA: ["E304"], ADM: []}
    told = [told for told in tell(LISTED, figures) if told.code == "E303"]
    assert [(told.block, "2. Pilihan 2 Samudra" in told.en) for told in told] == [("partai_2", True)]


def test_the_equalities_of_a_party_contest_are_those_of_its_pages() -> None:
    found = {(i.code, i.part): (i.block, dict(i.terms)) for i in identities(LISTED)}
    assert [part for code, part in found if code == "E303"] == ["partai_1", "partai_2", "partai_3"]
    own = ("partai_2_suara_partai", "partai_2_calon_1", "partai_2_calon_2")
    assert found["E303", "partai_2"] == ("partai_2", {"partai_2": 1} | dict.fromkeys(own, -1))
    parties = dict.fromkeys(("partai_1", "partai_2", "partai_3"), -1)
    assert found["E304", ""] == (SUARA, {"suara_sah": 1} | parties)
    assert found["E305", ""][0] == SUARA
    assert coefficients(LISTED).shape == (len(identities(LISTED)), len(LISTED.fields))


def test_parties_without_lists_have_totals_alone() -> None:
    assert not any(identity.code == "E303" for identity in identities(ballot("pdpr", 3)))
    figures = {"partai_1": (4,), "partai_2": (5,), "partai_3": (6,), SUARA: (15, 0, 15)}
    assert not any(judge_record(ballot("pdpr", 3), figures)["errors"].values())


# -- thresholds -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("contest", "thousandths"), [(PPWP, 20), (PKWKP, 25)])
def test_the_reserve_is_rounded_up_in_whole_numbers(contest: Contest, thousandths: int) -> None:
    dpt = np.arange(0, 1200, dtype=np.int32)
    owed = np.array([d + ceil(Fraction(thousandths * int(d), 1000)) for d in dpt], np.int32)
    for received, broken in ((owed, False), (owed + 1, True), (owed - 1, True)):
        given = received >= 0
        findings = judge(contest, Tallies({"pemilih_dpt_j": dpt, "surat_suara_diterima": received}))
        assert (findings.broken("W501")[given] == broken).all()
    for total, broken in ((owed, False), (owed + 1, True)):
        findings = judge(contest, Tallies({"pemilih_dpt_j": dpt, "suara_total": total}))
        assert (findings.broken("W504") == broken).all()


def test_limits_can_be_the_bundles_own() -> None:
    dpt = Tallies({"pemilih_dpt_j": np.array([300, 301, 500, 501])})
    assert judge(PPWP, dpt).broken("W503").tolist() == [False, True, True, True]
    assert judge(PPWP, dpt, limits=Limits(voters=500)).broken("W503").tolist() == [False, False, False, True]
    assert judge(PKWKP, dpt).broken("W503").tolist() == [False] * 4


def test_a_large_tps_is_remarked_on_and_never_held() -> None:
    """A real TPS of 2024 had 506 votes."""
    record = changed(
        paslon_1=120, paslon_2=300, paslon_3=80, suara_sah=500, suara_tidak_sah=6, suara_total=506,
        pemilih_dpt_l=250, pemilih_dpt_p=240, pemilih_dpt_j=490, pengguna_dpt_l=245, pengguna_dpt_p=235,
        pengguna_dpt_j=480, pengguna_dptb_l=10, pengguna_dptb_p=10, pengguna_dptb_j=20, pengguna_non_dpt_l=4,
        pengguna_non_dpt_p=2, pengguna_non_dpt_j=6, pengguna_total_l=259, pengguna_total_p=247, pengguna_total_j=506,
        surat_suara_diterima=506, surat_suara_digunakan=506, surat_suara_tidak_digunakan=0,
    )  # fmt: skip
    verdict = judge_record(PPWP, record)
    assert verdict["errors"] == {SUARA: [], ADM: []}
    assert verdict["between"] == []
    assert verdict["warnings"] == ["W501", "W503", "W504"]


def test_nothing_overflows() -> None:
    largest = np.full(2, 2**31 - 1, np.int32)
    findings = judge(PPWP, Tallies(dict.fromkeys(PPWP.fields, largest)))
    assert findings.residual("E301").tolist() == [-2 * (2**31 - 1)] * 2
    assert findings.residual("E106").tolist() == [-2 * (2**31 - 1)] * 2


# -- identities -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("contest", [PPWP, PDPD, PDPR, PKWKP], ids=lambda c: c.key)
@given(data=st.data())
@settings(deadline=None, max_examples=40)
def test_identities_are_the_rules_own_residuals(contest: Contest, data: st.DataObject) -> None:
    records = data.draw(st.lists(figures_of(contest), min_size=1, max_size=8))
    table = tallies(contest, records)
    r, judged = residuals(contest, table.matrix(contest.fields))
    findings = judge(contest, table)
    for column, identity in enumerate(identities(contest)):
        line = next(one for one in findings.lines[identity.code] if one.part == identity.part)
        assert r[:, column].tolist() == line.residual.tolist()
        assert judged[:, column].tolist() == line.judged.tolist()


@given(data=st.data())
@settings(deadline=None, max_examples=30)
def test_a_parents_residual_is_the_sum_of_its_childrens(data: st.DataObject) -> None:
    rows = data.draw(st.lists(figures_of(PPWP), min_size=1, max_size=8))
    table = tallies(PPWP, [{field: figure or 0 for field, figure in row.items()} for row in rows])
    figures = table.matrix(PPWP.fields)
    children, _ = residuals(PPWP, figures)
    parent, _ = residuals(PPWP, figures.sum(axis=0, keepdims=True))
    assert parent[0].tolist() == children.sum(axis=0).tolist()


def test_identities_are_those_of_the_catalogue() -> None:
    parts = [(i.code, i.part, i.block) for i in identities(PPWP)]
    assert parts == [
        *((code, "j", ADM) for code in ("E101", "E102", "E103", "E104", "E105")),
        *(("E106", x, ADM) for x in "lpj"),
        ("E108", "j", ADM), ("E201", "", ADM), ("E202", "", ADM),
        ("E301", "", SUARA), ("E305", "", SUARA), ("E306", "", "between"),
    ]  # fmt: skip
    assert set(IDENTITIES) == {
        i.code for key in CONTEST_TYPES for i in identities(Contest(key, (Choice("1", 1, ""), Choice("2", 2, ""))))
    }
    assert coefficients(PPWP).shape == (14, len(PPWP.fields))
    assert not coefficients(PPWP).flags.writeable
