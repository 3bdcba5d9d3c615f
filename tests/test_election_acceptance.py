"""Which readings are sure enough to count."""

import msgspec
import pytest

from election import acceptance
from election.acceptance import NEVER, Acceptance, Measured
from ocr.digits import default

ENTRY = Acceptance("m", 1e-5, {"suara": 0.9, "partai": 0.99}, {"suara": Measured(10, 9, 0, 0.28)})


def test_the_shipped_model_has_thresholds_for_every_kind_of_block() -> None:
    found = acceptance.of(default().sha256)
    assert found is not None
    assert set(found.thresholds) == set(acceptance.KINDS)
    assert all(0.5 < threshold <= 1 for threshold in found.thresholds.values())


def test_a_model_that_nobody_measured_accepts_nothing() -> None:
    assert acceptance.of("0" * 64) is None


def test_every_party_s_page_has_the_threshold_of_parties_and_an_unmeasured_kind_is_never_reached() -> None:
    assert ENTRY.threshold("partai_17") == 0.99
    assert ENTRY.threshold("suara") == 0.9
    assert ENTRY.threshold("administrasi") == NEVER > 1


def test_a_new_choice_replaces_its_model_s_old_one_and_no_other() -> None:
    other = msgspec.structs.replace(ENTRY, model="n")
    newer = msgspec.structs.replace(ENTRY, risk=1e-6)
    assert acceptance.parse(acceptance.render((ENTRY, other), newer)) == (other, newer)


def test_a_file_with_unknown_words_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        acceptance.parse(b'[{"model": "m", "risk": 0.1, "thresholds": {}, "measure": {}}]')


def test_a_threshold_that_others_could_outweigh_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        acceptance.parse(acceptance.render((), Acceptance("m", 0.5, {"suara": 0.5})))
