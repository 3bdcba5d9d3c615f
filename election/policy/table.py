"""Situations, actions, and which table no policy may have. Words for people: `words`; tables with a name: `presets`."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from hashlib import sha256
from typing import ClassVar, Final

from election.errors import Rejected
from election.event import canonical
from election.words import Words

VERSION: Final = 3
"""Of what the situations mean; part of every policy's name by hash."""


class Situation(StrEnum):
    """How the evidence on a block stands. The earlier one names it, where several could."""

    PHOTO_ONLY = "photo_only"  # every page was looked at, no officer's figures
    NO_PHOTO = "no_photo"  # an officer's figures, a page without a photo
    FAULTY = "faulty"  # a page's photo cannot speak for it
    DIFFER = "differ"  # officer and machine read different figures
    ABSTAIN = "abstain"  # the machine is not sure enough, or something must be looked at
    CONFIRMED = "confirmed"  # candidates' votes were taken over from the machine's reading
    RELAYED = "relayed"  # passed on in the relay's own name, without the officer's signature
    AGREE = "agree"  # two independent readings say the same


class Action(StrEnum):
    """What the machine does."""

    COUNT = "count"
    COUNT_MARKED = "count_marked"  # counts; the decision carries the situation's codes as marks
    HOLD = "hold"  # a person must decide
    WAIT = "wait"  # for better evidence; a block that the machine has decided already is held


Table = Mapping[Situation, Action]

COUNTING: Final = frozenset({Action.COUNT, Action.COUNT_MARKED})

_CODES: Final = {
    "reading.missing": Situation.PHOTO_ONLY,
    "photo.missing": Situation.NO_PHOTO,
    "E403": Situation.FAULTY,
    "E404": Situation.DIFFER,
    "read.uncertain": Situation.ABSTAIN,
    "reading.confirmed": Situation.CONFIRMED,
    "reading.relayed": Situation.RELAYED,
}
_PREFIXES: Final = {"scan": Situation.FAULTY, "number": Situation.ABSTAIN}

BARS: Final = frozenset({"reading.incomplete", "reading.taken_over"})
"""Codes with which no policy counts a block, besides every error rule of the block's own: figures are blank, or others
than candidates' were taken over from the machine, so that nobody read them a second time."""


def situation(codes: Iterable[str]) -> Situation:
    """The situation that codes of a decision (its reasons, or marks among its warnings) name; agreement where none."""
    named = {found for found in map(_of_code, codes) if found is not None}
    return next((one for one in Situation if one in named), Situation.AGREE)


def naming(codes: Iterable[str]) -> tuple[str, ...]:
    """Those of the codes that name a situation: among a decision's warnings, why what counts counts only marked."""
    return tuple(code for code in codes if _of_code(code) is not None)


def _of_code(code: str) -> Situation | None:
    return _CODES.get(code) or _PREFIXES.get(code.partition(".")[0])


_ONE_READING: Words = (
    "hanya ada satu bacaan; bila dihitung, itu harus tampak pada angkanya",
    "there is only one reading; where it counts, the figures must show it",
)
_UNLOOKED: Words = (
    "tidak ada yang bisa mencocokkannya dengan kertas; bila dihitung, itu harus tampak pada angkanya",
    "nobody can hold it against the paper; where it counts, the figures must show it",
)
_NOTHING_TO_COME: Words = (
    "semua bukti sudah ada, jadi blok ini akan menunggu tanpa ada orang yang diminta memutuskannya",
    "all evidence is there, so that the block would wait without anybody being asked to decide it",
)
_DIFFERENT: Words = (
    "dua bacaan berbeda; mesin tidak boleh memilih salah satunya, kertas yang menentukan (asas 5 dan 6)",
    "two readings differ; the machine may not choose between them, the paper leads (principles 5 and 6)",
)

REFUSED: Final[Mapping[tuple[Situation, Action], Words]] = {
    (Situation.DIFFER, Action.COUNT): _DIFFERENT,
    (Situation.DIFFER, Action.COUNT_MARKED): _DIFFERENT,
    **{(one, Action.COUNT): _ONE_READING for one in (Situation.PHOTO_ONLY, Situation.CONFIRMED, Situation.ABSTAIN)},
    **{(one, Action.COUNT): _UNLOOKED for one in (Situation.NO_PHOTO, Situation.FAULTY)},
    (Situation.AGREE, Action.COUNT_MARKED): (
        "tidak ada yang perlu ditandai bila dua bacaan sama",
        "there is nothing to mark where two readings agree",
    ),
    **{
        (one, Action.WAIT): _NOTHING_TO_COME
        for one in Situation
        if one not in {Situation.PHOTO_ONLY, Situation.NO_PHOTO, Situation.FAULTY}
    },
}
"""What no table may say, and why (Indonesian, English)."""


class PolicyIncomplete(Rejected):
    """The table lacks a situation, or has a word that is none."""

    code = "policy.table"
    advice: ClassVar[dict[str, str]] = {
        "id": "Tabel kebijakan harus memberi satu tindakan ({actions}) untuk tiap keadaan. Periksa: {what}.",
        "en": "A policy's table gives every situation one action ({actions}). Look at: {what}.",
    }


class PolicyRefused(Rejected):
    """The table does what no policy may."""

    code = "policy.refused"
    advice: ClassVar[dict[str, str]] = {
        "id": "Keadaan {situation} tidak boleh ditindak {action}: {why_id}.",
        "en": "Situation {situation} cannot have the action {action}: {why_en}.",
    }


class PolicyUnnamed(Rejected):
    """The name is none, or is a preset's with another table."""

    code = "policy.name"
    advice: ClassVar[dict[str, str]] = {
        "id": "Nama kebijakan {name} tidak dapat dipakai: huruf kecil, angka, dan tanda hubung, 3 sampai 40; "
        "nama bawaan hanya untuk tabelnya sendiri.",
        "en": "{name} cannot be a policy's name: 3 to 40 small letters, digits and hyphens; "
        "a preset's name is for its own table alone.",
    }


def checked(table: Mapping[str, str]) -> Table:
    """The table of these words. Raises PolicyIncomplete, PolicyRefused."""
    wrong = sorted({*Situation} ^ {*table}) or sorted({*table.values()} - {*Action})
    if wrong:
        raise PolicyIncomplete(actions=", ".join(Action), what=", ".join(map(str, wrong)))
    found = {one: Action(table[one]) for one in Situation}
    for pair in found.items():
        if pair in REFUSED:
            why_id, why_en = REFUSED[pair]
            raise PolicyRefused(situation=pair[0], action=pair[1], why_id=why_id, why_en=why_en)
    return found


def digest(table: Table) -> str:
    """Eight hex digits that stand for the table, and for what its situations mean."""
    said = {str(one): str(action) for one, action in table.items()}
    return sha256(canonical([VERSION, said])).hexdigest()[:8]
