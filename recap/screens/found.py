"""What a screen says of one record."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from election.rules import RULES, Findings
from election.rules.telling import told

SAID: Final = 4
"""Sentences about one code of one record."""


class Found(Struct, frozen=True):
    """One code found on the record of a TPS row. `detail`: `id` and `en`, in words, and facts by name."""

    row: int
    code: str
    detail: dict[str, Any]

    @property
    def json(self) -> str:
        """The detail, the same bytes for the same facts."""
        return msgspec.json.encode(self.detail, order="deterministic").decode()

    @property
    def plain(self) -> Any:  # noqa: ANN401 — JSON
        """The detail as whoever reads it gets it."""
        return msgspec.json.decode(self.json)


def found(row: int, code: str, sentences: Sequence[tuple[str, str]] = (), **facts: object) -> Found:
    """With these sentences, Indonesian and English, as far as a person will read; without any, the catalogue's."""
    rule = RULES[code]
    some = list(sentences)[:SAID] or [(rule.text_id, rule.text_en)]
    return Found(row, code, {"id": " ".join(one for one, _ in some), "en": " ".join(one for _, one in some), **facts})


def broken(findings: Findings, code: str, at: int) -> list[tuple[str, str]]:
    """The sentences of a code that the record in place `at` of the findings breaks."""
    return [(one.id, one.en) for one in told(findings, at) if one.code == code]
