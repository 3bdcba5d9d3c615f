"""What every record of one ballot shows alike: names of blocks and fields, and where each number stands on the paper.

Worked out once a ballot. Where numbers stand is a small shared file for each page of a form, named by its hash, so that
no page of a TPS repeats it; the site's program outlines boxes and cuts crops by it.
"""

from hashlib import sha256

import msgspec
from markupsafe import Markup, escape
from msgspec import Struct

from election import form as forms
from election import words as names
from election.contest import Contest, Kind
from election.form import Form, Page, Rect
from publisher.folder import Folder


class Sheet(Struct, frozen=True):
    """One ballot's form."""

    contest: Contest
    blocks: dict[str, names.Words]
    heads: dict[str, str]  # field → the beginning of its row, up to its figures
    words: dict[str, names.Words]
    geometry: tuple[tuple[str, bytes], ...]  # path and content, page after page
    steps: dict[tuple[str, int | None, str | None], Markup] = {}  # (kind, page, block) → what `history` says of each

    @property
    def parties(self) -> bool:
        """Whether its pages are parties with candidates."""
        return self.contest.type.kind is Kind.PARTIES


class Sheets:
    """The sheets of all ballots, as they are met. Ballots are the bundle's own objects, a few thousand at most."""

    def __init__(self) -> None:
        self._known: dict[int, Sheet] = {}
        self._written: set[tuple[str, str]] = set()

    def of(self, contest: Contest) -> Sheet:
        """The sheet of a ballot."""
        found = self._known.get(id(contest))
        if found is None:
            found = self._known[id(contest)] = sheet(contest)  # keeps the ballot, and so its id
        return found

    def places(self, folder: Folder, of: Sheet) -> list[str]:
        """Paths of the files that say where numbers stand, page after page; written where they are not there yet."""
        for path, document in of.geometry:
            if (str(folder.root), path) not in self._written:
                folder.write(path, document)
                self._written.add((str(folder.root), path))
        return [path for path, _ in of.geometry]


def sheet(contest: Contest) -> Sheet:
    """What all records of a ballot show alike."""
    words = {field: names.field(contest, field) for field in contest.fields}
    return Sheet(
        contest=contest,
        blocks={name: names.block(contest, name) for name in contest.blocks},
        heads={field: _head(field, said) for field, said in words.items()},
        words=words,
        geometry=tuple(_geometry(form, page) for form in (forms.of(contest),) for page in form.pages),
    )


def both(said: names.Words) -> Markup:
    """Indonesian with English beside it, where they differ."""
    if said[0] == said[1]:
        return escape(said[0])
    return Markup('{} <span class="en" lang="en">{}</span>').format(*said)


def _head(field: str, said: names.Words) -> str:
    return f' data-f="{field}"><th scope="row">{both(said)}</th>'


def _geometry(form: Form, page: Page) -> tuple[str, bytes]:
    """The file of a page: what its picture shows, and the rectangle of each number's boxes, in mm."""
    document = {
        "frame": _rounded(forms.shown(form.page_size_mm)),
        "fields": {field.name: _rounded(_around(field.boxes)) for field in page.fields},
    }
    data = msgspec.json.encode(document)
    return f"static/form-{form.contest}-{page.number}.{sha256(data).hexdigest()[:10]}.json", data


def _around(rects: tuple[Rect, ...]) -> Rect:
    x0, y0, x1, y1 = zip(*rects, strict=True)
    return Rect(min(x0), min(y0), max(x1), max(y1))


def _rounded(rect: Rect) -> tuple[float, ...]:
    return tuple(round(edge, 1) for edge in rect)
