"""Photos of a table of truth, each read by the template that fits it, for a ballot as long as the table tells."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from election import form as forms
from election.form import Form
from election.scores import PageScores
from election.scores import decode as scores_of
from ocr.evaluate.ballots import PAIRS, ballot, templates
from ocr.evaluate.columns import fields_of, parties_of
from ocr.evaluate.fault import UnknownTemplate
from ocr.evaluate.truth import Sheet, Truth
from ocr.reader import PageReader

OTHER_PAGE: Final = "E403"


class Read(NamedTuple):
    """A sheet after reading: the form that fits, and its scores."""

    sheet: Sheet
    form: Form
    page: int | None
    fault: str | None
    quality: int
    scores: PageScores | None


class Finder:
    """Reads sheets by the first template that fits; the one that fitted the last sheet of its kind is tried first."""

    def __init__(self, reader: PageReader, table: Truth) -> None:
        self._reader, self._table = reader, table
        self._fitted: dict[tuple[str, str], str] = {}

    def read(self, sheet: Sheet) -> Read:
        """The sheet by the template that fits; with the likeliest one's fault where none does."""
        kind = sheet.contest, sheet.template
        names = sorted(templates(*kind), key=lambda name: name != self._fitted.get(kind))
        if not names:
            contest, template = (word or "?" for word in kind)
            raise UnknownTemplate(row=sheet.row, contest=contest, template=template, known=", ".join(forms.names()))
        data, tried = sheet.image.read_bytes(), []
        for name in names:
            tried.append(self._tried(data, sheet, self._form(name, sheet)))
            if tried[-1].scores is not None:
                self._fitted[kind] = name
                return tried[-1]
        return tried[0]

    def _form(self, template: str, sheet: Sheet) -> Form:
        """For a ballot as long as the record's columns tell, or else those of its contest."""
        contest = forms.SHELF.template(template).contest
        sheets = self._table.sheets
        own = _sizes(one for one in sheets if one.record == sheet.record)
        most, parties = own if any(own) else _sizes(one for one in sheets if one.contest == sheet.contest)
        return forms.load(template, ballot(contest, template, most or PAIRS, parties or most))

    def _tried(self, data: bytes, sheet: Sheet, form: Form) -> Read:
        found = self._reader.read(data, form, sheet.page)
        fault = found.fault or (OTHER_PAGE if sheet.page not in (None, found.page) else None)
        scores = scores_of(found.scores) if found.scores else None
        return Read(sheet, form, found.page, fault, found.quality, scores)


def _sizes(sheets: Iterable[Sheet]) -> tuple[int, dict[int, int]]:
    """How many choices the columns that these sheets fill speak of; and of how many candidates of which party."""
    columns = list(dict.fromkeys(column for sheet in sheets for column in sheet.cells))
    names = fields_of(columns, [f"{word}_{n}" for word in ("paslon", "calon") for n in range(1, 100)])
    return max((int(name.rpartition("_")[2]) for name in names.values()), default=0), parties_of(columns)
