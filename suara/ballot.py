"""Which form a command is about: a contest or a template, with the ballot of a TPS or an invented one."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from msgspec.structs import replace

from election.errors import Rejected
from suara.numbers import from_zero

if TYPE_CHECKING:
    from election.contest import Contest
    from election.form import Form

DEFAULT_SEED = 1


class HalfNamed(Rejected):
    """A ballot is a bundle and a TPS; one was given without the other."""

    code: ClassVar[str] = "ballot.half_named"
    advice: ClassVar[dict[str, str]] = {
        "id": "Surat suara disebut dengan --bundle dan --tps bersama-sama; tanpa keduanya dibuat dari --seed.",
        "en": "A ballot is named by --bundle and --tps together; without both one is invented from --seed.",
    }


class NotHeld(Rejected):
    """The TPS does not vote in that contest."""

    code: ClassVar[str] = "ballot.not_held"
    advice: ClassVar[dict[str, str]] = {
        "id": "TPS {tps} tidak memilih {contest}; yang dipilih di sana: {held}.",
        "en": "TPS {tps} does not vote in {contest}; it votes in: {held}.",
    }


class NoTemplate(Rejected):
    """The bundle names no form for a contest."""

    code: ClassVar[str] = "ballot.no_form"
    advice: ClassVar[dict[str, str]] = {
        "id": "Data acuan tidak menyebut formulir untuk {contest}. Sebutkan templatnya: {templates}.",
        "en": "The bundle names no form for {contest}. Give the template instead: {templates}.",
    }


class Paper(NamedTuple):
    """A ballot and the form that it gives."""

    contest: "Contest"
    form: "Form"


def add_options(parser: argparse.ArgumentParser) -> None:
    """CONTEST, and where its ballot comes from."""
    parser.add_argument("contest", metavar="CONTEST", help="key of a contest (pdpr) or name of a template")
    parser.add_argument("--bundle", type=Path, metavar="B", help="take the ballot from this bundle")
    parser.add_argument("--tps", metavar="KODE", help="the TPS whose ballot it is, with --bundle")
    parser.add_argument(
        "--seed",
        type=from_zero,
        default=DEFAULT_SEED,
        metavar="N",
        help="what is invented follows from it: without --bundle the ballot, too (default: %(default)s)",
    )


def paper(args: argparse.Namespace) -> Paper:
    """The ballot and form that the options name.

    Raises form.UnknownForm, HalfNamed, NotHeld, NoTemplate, form.BallotMismatch, and what reading a bundle raises.
    """
    from election import form
    from election.contest import CONTEST_TYPES

    named = args.contest if args.contest in form.names() else ""
    if not named and args.contest not in CONTEST_TYPES:
        raise form.UnknownForm(name=args.contest, known=", ".join((*CONTEST_TYPES, *form.names())))
    key = form.SHELF.template(named).contest if named else args.contest
    contest = _contest(args, key)
    if not (named or contest.form):
        known = [name for name in form.names() if form.SHELF.template(name).contest == key]
        raise NoTemplate(contest=key, templates=", ".join(known))
    contest = replace(contest, form=named or contest.form)
    if args.bundle is None:
        contest = _trimmed(contest, form.load(contest.form, contest))
    return Paper(contest, form.of(contest))


def _contest(args: argparse.Namespace, key: str) -> "Contest":
    from election import bundle

    if (args.bundle is None) != (args.tps is None):
        raise HalfNamed()
    if args.bundle is None:
        return bundle.invented_ballot(key, args.seed)
    loaded = bundle.load(args.bundle)
    loaded.contest(key)
    tps = loaded.tree.tps_index(args.tps)
    if not loaded.holds(key, tps):
        held = ", ".join(other for other in loaded.contests if loaded.holds(other, tps))
        raise NotHeld(tps=args.tps, contest=key, held=held)
    return loaded.ballot(key, tps)


def _trimmed(contest: "Contest", one: "Form") -> "Contest":
    """An invented ballot gives way to a form printed for fewer choices (2019 had two pairs)."""
    printed = {field.name for field in one.fields}
    pairs = zip(contest.choices, contest.choice_fields, strict=True)
    return replace(contest, choices=tuple(choice for choice, field in pairs if field in printed))
