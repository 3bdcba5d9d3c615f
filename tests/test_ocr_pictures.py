"""What a page shows, cut out: nothing is mixed up between its fields, and fast ways give what slow ones do."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from election import form
from election.scores import CLASSES, FieldScores
from ocr.digits import normalised
from ocr.pictures import Pictures

FORM = form.load("c_hasil_ppwp_2024")


def test_each_field_gets_its_own_scores() -> None:
    rng = np.random.default_rng(1)
    for page in FORM.pages:
        boxes = sum(len(field.boxes) for field in page.fields)
        sums = sum(2 * tally.rows for tally in page.tallies)
        likelihoods = rng.normal(-5, 3, (boxes + sums, len(CLASSES)))
        bubbles = {field.name: rng.normal(0, 3, (3, 10)) for field in page.fields if field.bubbles}
        pictures = Pictures(FORM.name, page.number, page.fields, page.tallies, np.zeros((0, 32, 32), np.uint8), bubbles)
        seen = pictures.scored(likelihoods)
        assert list(seen.fields) == [field.name for field in page.fields]
        tallies = {t.field: boxes + sum(2 * one.rows for one in page.tallies[:k]) for k, t in enumerate(page.tallies)}
        for k, field in enumerate(page.fields):
            at = tallies.get(field.name)
            rows = None if at is None else likelihoods[at : at + 10].reshape(5, 2, -1)
            expected = FieldScores.of(likelihoods[3 * k : 3 * k + 3], bubbles.get(field.name), rows)
            assert seen.fields[field.name] == expected


@settings(deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 255), st.integers(1, 200))
def test_counted_greys_are_normalised_as_sorted_ones(seed: int, middle: int, spread: int) -> None:
    rng = np.random.default_rng(seed)
    pictures = rng.normal(middle, spread, (5, 32, 32)).clip(0, 255).astype(np.uint8)
    assert np.array_equal(normalised(pictures), normalised(pictures.astype(np.float32)))
