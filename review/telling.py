"""Rulings in words: what is proposed, what it will do, and the facts that both people answer for."""

from msgspec import Struct

from election import words
from election.contest import SUARA_TOTALS
from election.event import DESPITE, GROUNDS, WITHDRAWALS, BlockWithdrawn, PolicyAdopted, ResultDetermined, VersionOpened
from election.policy import Action, Situation
from election.policy.presets import ACTIONS, WORDS
from election.words import Words, number
from review.rulings import TwoPeople
from review.subject import AreaAt, RecordAt


class Told(Struct, frozen=True):
    """A ruling as a page shows it."""

    title: Words
    effect: Words
    facts: list[tuple[Words, str]]
    documents: list[tuple[str, str]]  # what it is called, SHA-256


def told(ruling: TwoPeople, at: RecordAt | AreaAt) -> Told:
    """A ruling about this record or area, in words."""
    if isinstance(ruling, VersionOpened):
        return _version(ruling)
    if isinstance(ruling, BlockWithdrawn):
        return _withdrawal(ruling, words.block(at.contest, ruling.block))
    if isinstance(ruling, ResultDetermined):
        return _determination(ruling, at)
    return _policy(ruling)


def _version(ruling: VersionOpened) -> Told:
    ground = GROUNDS[ruling.ground]
    before = ruling.version - 1
    facts: list[tuple[Words, str]] = [
        (("Dasar", "Ground"), f"{ground['id']} ({ground['law']})"),
        (("Putusan", "Decision"), ruling.order),
    ]
    if ruling.dispute:
        facts.append((("Sengketa", "Dispute"), f"no. {ruling.dispute}"))
    return Told(
        (f"Buka versi {ruling.version}: {ground['id']}", f"Open version {ruling.version}: {ground['en']}"),
        (
            f"Semua angka versi {before} keluar dari jumlah; versi {before} tetap dapat dibaca.",
            f"All figures of version {before} leave the totals; version {before} stays readable.",
        ),
        facts,
        [("Putusan", ruling.document)] if ruling.document else [],
    )


def _withdrawal(ruling: BlockWithdrawn, block: Words) -> Told:
    reason = WITHDRAWALS[ruling.reason]
    return Told(
        (f"Tarik blok {block[0]}: {reason['id']}", f"Withdraw the block {block[1]}: {reason['en']}"),
        (
            "Angkanya keluar dari jumlah dan tetap dapat dibaca; koreksi masih dapat menyusul.",
            "Its figures leave the totals and stay readable; a correction can still follow.",
        ),
        [],
        [],
    )


def _determination(ruling: ResultDetermined, at: RecordAt | AreaAt) -> Told:
    facts: list[tuple[Words, str]] = [
        (("Nomor dan tanggal SK", "Number and date of the SK"), f"{ruling.number}, {ruling.date}"),
        (("Jumlah sampai kejadian no.", "Totals up to event no."), number(ruling.upto)),
    ]
    if ruling.despite is not None:
        facts.append((("Ditetapkan walau masih terbuka karena", "Although still open because"), why(ruling.despite)))
    common = at.common if isinstance(at, AreaAt) else ()
    facts += [
        (words.field(at.contest, field), number(total))
        for field, total in zip(common, ruling.totals, strict=False)
        if field in at.contest.fields and (field in at.contest.choice_fields or field in SUARA_TOTALS)
    ]
    return Told(
        (f"Tetapkan hasil {at.name}", f"Determine the result of {at.name}"),
        (
            "Setelah ini tidak ada koreksi atau penarikan lagi di wilayah ini; hanya versi baru atas dasar hukum.",
            "After this no correction or withdrawal can follow in this area; only a new version on a legal ground.",
        ),
        facts,
        [("SK", ruling.sk), ("Berita acara", ruling.ba)],
    )


def _policy(ruling: PolicyAdopted) -> Told:
    rows = [(WORDS[one], ACTIONS[Action(ruling.table[one])][0]) for one in reversed(Situation)]
    return Told(
        (f"Berlakukan kebijakan {ruling.name}", f"Adopt the policy {ruling.name}"),
        (
            "Mesin memutuskan ulang semua yang diputuskan mesin; yang diputuskan orang tidak berubah.",
            "The machine decides again whatever the machine decided; what people decided does not change.",
        ),
        rows,
        [],
    )


def why(code: str) -> str:
    """Why a result was determined while something was open."""
    return DESPITE[code]["id"]
