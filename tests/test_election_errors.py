"""Errors keep their code and their facts, wherever they are carried."""

import pickle

from election.region import UnknownTps


def test_an_error_survives_a_process_boundary() -> None:
    error = pickle.loads(pickle.dumps(UnknownTps(kode="123")))
    assert (type(error), error.code, error.facts) == (UnknownTps, UnknownTps.code, {"kode": "123"})
    assert "123" in error.text("id") and "123" in error.text("en")
