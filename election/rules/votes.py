"""The rules of the votes (sections IV and V), a function each; its docstring is the rule."""

import re
from collections.abc import Iterator

from election.contest import SUARA
from election.rules.rule import CANDIDATES, PAIRS, PARTIES, PARTY, Line, Sheet, rule
from election.tally import Column, total

LAW = "UU 7/2017; form C.HASIL sections IV and V"
VALID_ID = "Suara sah tertulis {left}, padahal jumlah perolehan suara {right} (selisih {difference}). "
VALID_EN = "Valid votes: the form says {left}, the votes add up to {right} (difference {difference}). "


def _valid_votes(s: Sheet) -> Iterator[Line]:
    if s.votes:
        yield Line(s["suara_sah"], total(s.votes))


@rule(
    "E301",
    block=SUARA,
    contests=PAIRS,
    law=LAW,
    text_id=VALID_ID + "Periksa angka tiap pasangan calon (kolom kosong ikut dihitung) dan bagian V.A.",
    text_en=VALID_EN + "Look at each pair's figure (the empty column counts as one) and at section V.A.",
)
def pairs_make_the_valid_votes(s: Sheet) -> Iterator[Line]:
    """suara_sah = Σ votes; the empty column is a choice"""
    return _valid_votes(s)


@rule(
    "E302",
    block=SUARA,
    contests=CANDIDATES,
    law=LAW,
    text_id=VALID_ID + "Periksa angka tiap calon dan bagian V.A.",
    text_en=VALID_EN + "Look at each candidate's figure and at section V.A.",
)
def candidates_make_the_valid_votes(s: Sheet) -> Iterator[Line]:
    """suara_sah = Σ votes"""
    return _valid_votes(s)


@rule(
    "E303",
    block=PARTY,
    contests=PARTIES,
    law=LAW,
    text_id="{field}: jumlah tertulis {left}, padahal suara partai + suara calon = {right} (selisih {difference}). "
    "Periksa halaman partai itu.",
    text_en="{field}: the form says {left} in all, but the party's own votes and its candidates' make {right} "
    "(difference {difference}). Look at that party's page.",
)
def party_totals_add_up(s: Sheet) -> Iterator[Line]:
    """partai_n = partai_n_suara_partai + Σ partai_n_calon_m, for each party n"""
    for party in s.contest.choice_fields:
        parts = party_parts(s, party)
        if parts:
            yield Line(s[party], total(parts), part=party, block=party)


@rule(
    "E304",
    block=SUARA,
    contests=PARTIES,
    law=LAW,
    text_id=VALID_ID + "Periksa jumlah tiap partai dan bagian V.A.",
    text_en=VALID_EN + "Look at each party's total and at section V.A.",
)
def parties_make_the_valid_votes(s: Sheet) -> Iterator[Line]:
    """suara_sah = Σ partai_n"""
    return _valid_votes(s)


@rule(
    "E305",
    block=SUARA,
    law=LAW,
    text_id="Suara sah + tidak sah tertulis {left}, padahal dihitung {right} (selisih {difference}). Periksa bagian V.",
    text_en="Valid + invalid: the form says {left}, adding up gives {right} (difference {difference}). "
    "Look at section V.",
)
def valid_and_invalid_make_all(s: Sheet) -> Iterator[Line]:
    """suara_total = suara_sah + suara_tidak_sah"""
    yield Line(s["suara_total"], s["suara_sah"] + s["suara_tidak_sah"])


def party_parts(s: Sheet, party: str) -> list[Column]:
    """The party's own votes and those of its candidates: of the ballot, or where it names none, of the tallies.

    Of the tallies all that look like candidates are taken, so that a blank cell leaves the party unjudged.
    """
    if s.contest.listed:
        return [s[field] for field in s.contest.blocks[party] if field != party]
    own = f"{party}_suara_partai"
    candidate = re.compile(rf"{party}_calon_\d+")
    fields = [field for field in s.tallies.columns if field == own or candidate.fullmatch(field)]
    return [s[field] for field in fields] if own in fields else []
