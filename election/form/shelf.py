"""The templates of a folder, by name: `NAME.json` each. Those of the program lie in `election/forms`."""

from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import msgspec
from msgspec import Struct

from election.contest import ADM, Contest
from election.errors import Rejected
from election.form.expansion import MOST_PAGES, BallotMismatch, BrokenTemplate, expand, repeats
from election.form.model import Form
from election.form.spec import Template

JSON = Any
"""What a JSON file may hold."""


class UnknownForm(Rejected):
    """No template of that name lies in the folder."""

    code: ClassVar[str] = "form.unknown"
    advice: ClassVar[dict[str, str]] = {
        "id": "Tidak ada templat formulir bernama {name}. Yang ada: {known}.",
        "en": "There is no form template called {name}. Known: {known}.",
    }


class Shelf(Struct, frozen=True):
    """A folder of templates."""

    folder: Path

    def names(self) -> tuple[str, ...]:
        """The templates there are."""
        return tuple(sorted(file.stem for file in self.folder.glob("*.json")))

    def template(self, name: str) -> Template:
        """A template as its file has it. Raises UnknownForm, BrokenTemplate."""
        if name not in self.names():
            raise UnknownForm(name=name, known=", ".join(self.names()))
        return _template(self.folder, name)

    def follows_ballot(self, name: str) -> bool:
        """Whether the form of a template depends on the ballot. Raises UnknownForm."""
        return repeats(self.template(name))

    def load(self, name: str, contest: Contest | None = None) -> Form:
        """The form of a template, for a ballot; a template without repeats needs none.

        Raises:
            UnknownForm: there is none of that name.
            BallotNeeded: the template repeats for a ballot, and no contest is given.
            BallotMismatch: the ballot does not fit.
            BrokenTemplate: the file is no template.
        """
        return _form(self.folder, name, contest if self.follows_ballot(name) else None)

    def of(self, contest: Contest) -> Form:
        """The form that the ballot of `contest` gives, which is exactly its fields.

        Raises:
            UnknownForm: `contest.form` is no template.
            BallotMismatch: the ballot and the template do not fit each other, or the ballot has no choice.
            BrokenTemplate: the file is no template.
        """
        return _of(self, contest)

    def tagged(self, tag: int) -> tuple[str, int] | None:
        """Contest and page that a tag's id stands for; None where it is none of ours."""
        for template in map(self.template, self.names()):
            page = tag - template.tags.base if template.tags else 0
            if 1 <= page <= (MOST_PAGES if repeats(template) else len(template.pages)):
                return template.contest, page
        return None


@lru_cache(maxsize=64)
def _template(folder: Path, name: str) -> Template:
    try:
        template = parse(msgspec.json.encode(_document(folder, name)))
    except (msgspec.MsgspecError, UnicodeDecodeError, FileNotFoundError) as error:
        raise BrokenTemplate(form=name, why=error) from error
    if template.name != name:
        raise BrokenTemplate(form=name, why=f"its name says {template.name}")
    return template


def _document(folder: Path, name: str, heirs: tuple[str, ...] = ()) -> JSON:
    """The file, upon the one that it is like."""
    if name in heirs:
        raise BrokenTemplate(form=name, why=f"it is like itself ({' → '.join((*heirs, name))})")
    document = msgspec.json.decode((folder / f"{name}.json").read_bytes(), type=dict[str, JSON])
    like = document.pop("like", None)
    return document if like is None else patched(_document(folder, str(like), (*heirs, name)), document)


def patched(target: JSON, patch: JSON) -> JSON:
    """A JSON merge patch applied (RFC 7396): objects are merged, null deletes, all else replaces."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = patched(merged.get(key), value)
    return merged


@lru_cache(maxsize=256)
def _form(folder: Path, name: str, contest: Contest | None) -> Form:
    return expand(_template(folder, name), contest)


@lru_cache(maxsize=256)
def _of(shelf: Shelf, contest: Contest) -> Form:
    form = shelf.load(contest.form, contest)
    _fit(form, contest)
    return form


def _fit(form: Form, contest: Contest) -> None:
    if form.contest != contest.key:
        raise BallotMismatch(form=form.name, contest=contest.key, what=f"it is a form of {form.contest}")
    if not contest.choices:
        raise BallotMismatch(form=form.name, contest=contest.key, what="it has no choices")
    blocks = {field: block for block, fields in contest.blocks.items() for field in fields}
    printed = {field.name: field.block for field in form.fields}
    lacking = [name for name in blocks if name not in printed]
    # The data page may ask for more than a record keeps (2019 has its own rows); a vote without a choice is an error.
    strange = [name for name, block in printed.items() if blocks.get(name) != block and block != ADM]
    if lacking or strange:
        what = f"the form lacks {_some(lacking)}" if lacking else f"the ballot lacks {_some(strange)}"
        raise BallotMismatch(form=form.name, contest=contest.key, what=what)


def _some(names: list[str]) -> str:
    """The first three, and how many more."""
    rest = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + rest


def parse(document: bytes) -> Template:
    """A template from the bytes of its file. Raises msgspec.ValidationError where they are none."""
    return msgspec.json.decode(document, type=Template)
