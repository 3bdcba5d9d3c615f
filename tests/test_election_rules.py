"""The rule catalogue against RULES as plain Python reads them: one record at a time, with None for a blank."""

import re
from collections.abc import Callable
from fractions import Fraction
from math import ceil
from pathlib import Path

import numpy as np
import pytest
from ballots import ballot
from hypothesis import given, settings
from hypothesis import strategies as st

from election.contest import ADM, CONTEST_TYPES, SUARA, Choice, Contest
from election.event import Figures
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

Record = dict[str, int | None]

PPWP = Contest("ppwp", tuple(Choice(f"10002{4 + n}", n, "") for n in (1, 2, 3)))
PDPD = Contest("pdpd", tuple(Choice(str(n), n, "") for n in range(1, 6)))
PDPR = Contest("pdpr", tuple(Choice(str(n), n, "") for n in (1, 2)))
PKWKP = Contest("pkwkp", (Choice("1", 1, ""), Choice("2", 2, "kolom kosong")))
PARTY_FIELDS = tuple(f"partai_{n}_{part}" for n in (1, 2) for part in ("suara_partai", "calon_1", "calon_2"))

GOOD: dict[str, Figures] = {
    SUARA: (20, 144, 20, 184, 2, 186),
    ADM: (118, 115, 233, 89, 95, 184, 2, 0, 2, 0, 0, 0, 91, 95, 186, 238, 186, 0, 52, 1, 0, 1),
}
"""A record that breaks no rule."""


def fields_of(contest: Contest) -> tuple[str, ...]:
    return contest.fields + (PARTY_FIELDS if contest.key == "pdpr" else ())


def tallies(contest: Contest, records: list[Record]) -> Tallies:
    cells = {f: [ABSENT if r[f] is None else r[f] for r in records] for f in fields_of(contest)}
    return Tallies({field: np.array(column, np.int32) for field, column in cells.items()}, len(records))


def changed(**figures: int | None) -> dict[str, Figures]:
    """The good record with some figures replaced."""
    return {
        block: tuple(figures.get(field, old) for field, old in zip(PPWP.blocks[block], GOOD[block], strict=True))
        for block in GOOD
    }


# -- an independent reading of the rules ------------------------------------------------------------------------------

Check = Callable[[Record, Contest], bool | None]


def plain(*fields: str) -> Callable[[Callable[..., bool]], Check]:
    """A check on named figures: None where one is blank."""

    def wrap(test: Callable[..., bool]) -> Check:
        def check(r: Record, _: Contest) -> bool | None:
            figures = [r.get(field) for field in fields]
            return None if None in figures else bool(test(*figures))

        return check

    return wrap


def anyhow(*checks: Check) -> Check:
    """Broken where one is broken; judged where one is judged."""

    def check(r: Record, c: Contest) -> bool | None:
        seen = [answer for answer in (one(r, c) for one in checks) if answer is not None]
        return any(seen) if seen else None

    return check


def sums(row: str) -> Check:
    return plain(f"{row}_j", f"{row}_l", f"{row}_p")(lambda j, l, p: j != l + p)  # noqa: E741


def votes(test: Callable[[list[int], int, int], bool | None], need_total: bool = False) -> Check:
    def check(r: Record, c: Contest) -> bool | None:
        figures = [r[field] for field in c.choice_fields] + [r["suara_sah"] if need_total else 0]
        if any(figure is None for figure in figures):
            return None
        whole = [figure for figure in figures if figure is not None]
        return test(whole[:-1], sum(whole[:-1]), whole[-1])

    return check


def party(n: int) -> Check:
    parts = (f"partai_{n}", f"partai_{n}_suara_partai", f"partai_{n}_calon_1", f"partai_{n}_calon_2")
    return plain(*parts)(lambda total, own, a, b: total != own + a + b)


def law(c: Contest) -> tuple[Fraction, int]:
    return (Fraction(25, 1000), 600) if c.key.startswith("pkw") else (Fraction(20, 1000), 300)


def with_law(*fields: str) -> Callable[[Callable[..., bool]], Check]:
    def wrap(test: Callable[..., bool]) -> Check:
        return lambda r, c: plain(*fields)(lambda *figures: test(*law(c), *figures))(r, c)

    return wrap


def follows(r: Record, c: Contest) -> bool | None:
    if r["surat_suara_digunakan"] is not None:
        return None
    return plain("suara_total", "pengguna_total_j")(lambda a, b: a != b)(r, c)


ORACLE: dict[str, Check] = {
    "E101": sums("pemilih_dpt"),
    "E102": sums("pengguna_dpt"),
    "E103": sums("pengguna_dptb"),
    "E104": sums("pengguna_non_dpt"),
    "E105": sums("pengguna_total"),
    "E106": anyhow(
        *(
            plain(f"pengguna_total_{x}", f"pengguna_dpt_{x}", f"pengguna_dptb_{x}", f"pengguna_non_dpt_{x}")(
                lambda t, a, b, c: t != a + b + c
            )
            for x in "lpj"
        )
    ),
    "E107": anyhow(*(plain(f"pengguna_dpt_{x}", f"pemilih_dpt_{x}")(lambda a, b: a > b) for x in "lpj")),
    "E108": anyhow(
        sums("pengguna_disabilitas"),
        *(plain(f"pengguna_disabilitas_{x}", f"pengguna_total_{x}")(lambda a, b: a > b) for x in "lpj"),
    ),
    "E201": plain(
        "surat_suara_diterima",
        "surat_suara_digunakan",
        "surat_suara_dikembalikan",
        "surat_suara_tidak_digunakan",
    )(lambda a, b, c, d: a != b + c + d),
    "E202": plain("surat_suara_digunakan", "pengguna_total_j")(lambda a, b: a != b),
    "E301": votes(lambda _, total, sah: total != sah, need_total=True),
    "E302": votes(lambda _, total, sah: total != sah, need_total=True),
    "E303": anyhow(party(1), party(2)),
    "E304": votes(lambda _, total, sah: total != sah, need_total=True),
    "E305": plain("suara_total", "suara_sah", "suara_tidak_sah")(lambda t, a, b: t != a + b),
    "E306": plain("suara_total", "surat_suara_digunakan")(lambda a, b: a != b),
    "E307": follows,
    "W501": with_law("surat_suara_diterima", "pemilih_dpt_j")(lambda r, _, a, d: a != d + ceil(r * d)),
    "W502": plain("suara_total", "surat_suara_diterima")(lambda a, b: a > b),
    "W503": with_law("pemilih_dpt_j")(lambda _, most, d: d > most),
    "W504": with_law("suara_total", "pemilih_dpt_j")(lambda r, _, t, d: t > ceil((1 + r) * d)),
    "W505": votes(lambda _, total, __: total == 0),
    "W506": votes(lambda each, _, sah: None if sah == 0 or max(each) > sah else max(each) == sah, need_total=True),
    "W511": plain("suara_tidak_sah", "suara_total")(lambda bad, t: t > 0 and Fraction(bad, t) >= Fraction(1, 10)),
}
"""Code → whether a record breaks it; None where it is not judged."""

WHERE = {"E301": {"ppwp", "pkwkp"}, "E302": {"pdpd"}, "E303": {"pdpr"}, "E304": {"pdpr"}}


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
