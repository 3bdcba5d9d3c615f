"""`suara policy`: what it prints, what it refuses, and an adoption on the server's machine."""

import json
from pathlib import Path

import pytest

from election import bundle as bundles
from election.policy import DEFAULT, PRESETS, table_of
from election.policy.document import markdown
from storage.settings import Settings
from suara.cli import main


def test_the_catalogue_is_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "show"]) == 0
    assert capsys.readouterr().out == markdown()


def test_a_table_is_shown_by_its_name_and_as_facts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "show", DEFAULT]) == 0
    assert "no_photo" in capsys.readouterr().out
    assert main(["policy", "show", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert {one["name"]: one["table"] for one in facts} == {name: table_of(name) for name in PRESETS}


def test_a_difference_is_said_and_is_the_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "diff", DEFAULT, DEFAULT]) == 0
    assert main(["policy", "diff", DEFAULT, "candidates-confirmed-3"]) == 1
    out = capsys.readouterr().out
    assert "confirmed: hold -> count_marked" in out
    assert main(["policy", "diff", DEFAULT]) == 2


def test_what_is_none_is_misuse(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "show", "two-readings-0"]) == 2
    assert "two-people-3" in capsys.readouterr().err
    assert main(["policy", "adopt", DEFAULT]) == 2


@pytest.mark.servers
def test_an_adoption_is_in_force_from_its_number_on(
    storage_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", str(storage_settings.database_url))
    monkeypatch.setenv("REDIS_URL", str(storage_settings.redis_url))
    bundles.make(tmp_path / "bundle", seed=3, size="kelurahan")
    where = ["--contest", "ppwp", "--data", str(tmp_path)]

    def facts(*args: str) -> dict[str, object]:
        assert main(["policy", *args, *where, "--json"]) == 0
        answer = json.loads(capsys.readouterr().out)
        return answer[0] if isinstance(answer, list) else answer

    assert (facts("show")["name"], facts("show")["number"]) == (DEFAULT, 0)
    number = facts("adopt", "two-people-3")["number"]
    assert (facts("show")["name"], facts("show")["number"]) == ("two-people-3", number)
    assert main(["policy", "diff", "two-people-3", *where]) == 0

    unlawful = tmp_path / "table.json"
    unlawful.write_text(json.dumps(table_of(DEFAULT) | {"differ": "count_marked"}))
    assert main(["policy", "adopt", "our-own-1", "--table", str(unlawful), *where]) == 2
    assert "principles 5 and 6" in capsys.readouterr().err
    unlawful.write_text("{")
    assert main(["policy", "adopt", "our-own-1", "--table", str(unlawful), *where]) == 2
    unlawful.write_text(json.dumps(table_of(DEFAULT) | {"relayed": "hold"}))
    assert main(["policy", "adopt", "our-own-1", "--table", str(unlawful), *where]) == 0
    capsys.readouterr()
    assert facts("show")["table"] == table_of(DEFAULT) | {"relayed": "hold"}
