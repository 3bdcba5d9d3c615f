"""What can be wrong with the truth that reading is measured against, each with advice."""

from typing import ClassVar

from election.errors import Rejected


class TruthFault(Rejected):
    """Nothing can be measured against what was given."""


class NotReadable(TruthFault):
    """The file is not there, or not of the kind that was asked for."""

    code: ClassVar[str] = "eval.not_readable"
    advice: ClassVar[dict[str, str]] = {
        "id": "{file} tidak dapat dibaca ({why}). Perlu: {needed}.",
        "en": "{file} cannot be read ({why}). Needed: {needed}.",
    }


class ColumnMissing(TruthFault):
    """A column without which nothing can be measured."""

    code: ClassVar[str] = "eval.column_missing"
    advice: ClassVar[dict[str, str]] = {
        "id": "{file} tidak punya kolom {column}; kolomnya: {columns}.",
        "en": "{file} has no column {column}; its columns: {columns}.",
    }


class NothingKnown(TruthFault):
    """Labels, images or fields, none of which could be used."""

    code: ClassVar[str] = "eval.nothing_known"
    advice: ClassVar[dict[str, str]] = {
        "id": "Tidak ada yang dapat diukur di {file}: {why}.",
        "en": "Nothing in {file} can be measured: {why}.",
    }


class UnknownTemplate(TruthFault):
    """A contest that has no form, or a name that is neither template, model nor contest."""

    code: ClassVar[str] = "eval.unknown_template"
    advice: ClassVar[dict[str, str]] = {
        "id": "Baris {row}: tidak ada formulir untuk pemilihan {contest}, templat {template}. Yang ada: {known}.",
        "en": "Row {row}: there is no form for contest {contest}, template {template}. Known: {known}.",
    }


class BallotUnknown(TruthFault):
    """A bundle without the TPS whose ballot is meant, or a TPS without the bundle that has it."""

    code: ClassVar[str] = "eval.ballot_unknown"
    advice: ClassVar[dict[str, str]] = {
        "id": "Surat suara ditentukan oleh --bundle dan --tps bersama-sama; beri keduanya atau tidak sama sekali.",
        "en": "A ballot is told by --bundle and --tps together; give both of them or neither.",
    }
