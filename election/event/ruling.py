"""What people rule about a record or an area: versions, withdrawals, D.Hasil, determinations, disputes, policies.

An event about an area has the area's code in `tps`. What each ruling does to a block is `election.record`'s; how a
D.Hasil is held against our sums is `recap`'s. Codes and their words: `GROUNDS`, `WITHDRAWALS`, `FORUMS` and so on.
"""

from typing import ClassVar

from election.event.base import Event, Figures, Ruling
from election.event.decision import Decision

WHOLE = "*"
"""The subject of a ruling on every block of a record at once."""

CONFIRMED, DETERMINED = "confirmed", "determined"
"""Subjects of rulings that close what stands in an area."""

WIDE = frozenset({WHOLE, CONFIRMED, DETERMINED})
"""Subjects whose rulings bear on decisions on other subjects, below them."""


class VersionOpened(Ruling, frozen=True, kw_only=True, tag="version_opened"):
    """The record begins anew on a legal ground; what was before stays readable and counts no more.

    Evidence says which version it belongs to. `replaces` is the number of the version_opened before, 0 for the first.
    """

    PRIVATE: ClassVar[frozenset[str]] = frozenset({"accounts"})

    version: int  # 2 for the first one opened
    ground: str  # a code of `GROUNDS`
    order: str  # number and date of the decision that orders it
    document: str | None  # SHA-256 of that decision, hex
    roles: tuple[str, ...]
    accounts: tuple[str, ...]
    dispute: int = 0  # number of the dispute_opened that it follows from

    @property
    def subject(self) -> str:
        """The whole record."""
        return WHOLE


class BlockWithdrawn(Decision, frozen=True, kw_only=True, tag="block_withdrawn"):
    """Two people take a block out of the totals, with a reason. It stays readable; a correction can follow."""

    PRIVATE: ClassVar[frozenset[str]] = frozenset({"accounts"})

    reason: str  # a code of `WITHDRAWALS`
    roles: tuple[str, ...]
    accounts: tuple[str, ...]


class RecapEntered(Ruling, frozen=True, kw_only=True, tag="recap_entered"):
    """A column of a D.Hasil. `tps` is the area whose plenary wrote it; `of` the area, or TPS, that the column is
    about: one level below, or the area itself for the document's own total."""

    PRIVATE: ClassVar[frozenset[str]] = frozenset({"account"})

    of: str
    figures: dict[str, Figures]  # block -> sums, in the order of the contest's fields there
    document: str | None  # SHA-256 of the scanned D.Hasil, hex
    source: str  # `entered` or `file`
    role: str
    account: str

    @property
    def subject(self) -> str:
        """That column of the document."""
        return f"recap:{self.of}"


class AreaConfirmed(Ruling, frozen=True, kw_only=True, tag="area_confirmed"):
    """The D.Hasil of an area equals our sums on every field: its counting blocks are final."""

    entered: int  # number of the recap_entered with the area's total
    upto: int  # number of the last event in the sums that were compared
    policy: str  # name of the comparing program's rules

    @property
    def subject(self) -> str:
        """Whether the area is confirmed."""
        return CONFIRMED


class ResultDetermined(Ruling, frozen=True, kw_only=True, tag="result_determined"):
    """Penetapan: a result is closed by a signed decision. After it only a new version of a record can follow."""

    PRIVATE: ClassVar[frozenset[str]] = frozenset({"accounts"})
    SPARSE: ClassVar[frozenset[str]] = frozenset({"despite"})

    number: str  # of the SK
    date: str  # of the SK, YYYY-MM-DD
    sk: str  # SHA-256 of the SK, hex
    ba: str  # SHA-256 of the berita acara, hex
    upto: int  # number of the last event in `totals`
    totals: tuple[int, ...]  # of the area, in the order of the contest's common fields
    roles: tuple[str, ...]
    accounts: tuple[str, ...]
    despite: str | None = None  # a code of `DESPITE`, where something in the area was still open

    @property
    def subject(self) -> str:
        """The area's determination."""
        return DETERMINED


class DisputeOpened(Event, frozen=True, kw_only=True, tag="dispute_opened"):
    """Somebody disputes a result (sengketa): a record's, a block's or an area's."""

    PRIVATE: ClassVar[frozenset[str]] = frozenset({"account"})

    forum: str  # a code of `FORUMS`
    cause: str  # a code of `CAUSES`
    reference: str  # the forum's own number of the case
    documents: tuple[str, ...]  # SHA-256 of each, hex
    role: str
    account: str
    block: str | None = None


class DisputeMoved(Ruling, frozen=True, kw_only=True, tag="dispute_moved"):
    """A dispute has a new status; upheld, it may be followed by a new version that names it."""

    PRIVATE: ClassVar[frozenset[str]] = frozenset({"account"})

    dispute: int  # number of the dispute_opened
    status: str  # a code of `STATUSES`
    documents: tuple[str, ...]
    follow_up: str | None  # a code of `FOLLOW_UPS`
    role: str
    account: str

    @property
    def subject(self) -> str:
        """That dispute."""
        return f"dispute:{self.dispute}"


class PolicyAdopted(Ruling, frozen=True, kw_only=True, tag="policy_adopted"):
    """From here on the machine decides by these rules. `tps` is the nation's code.

    `table` gives each situation its action; what the words mean is `election.policy`'s.
    """

    PRIVATE: ClassVar[frozenset[str]] = frozenset({"accounts"})

    name: str
    table: dict[str, str]
    roles: tuple[str, ...]
    accounts: tuple[str, ...] = ()  # none where the server's operator does it

    @property
    def subject(self) -> str:
        """The contest's policy."""
        return "policy"


class RulingProposed(Event, frozen=True, kw_only=True, tag="ruling_proposed"):
    """One person puts a ruling forward; it holds once a second person has confirmed it."""

    PRIVATE: ClassVar[frozenset[str]] = frozenset({"account"})

    proposes: str  # the ruling's public fields as canonical JSON, without `at` and `roles`
    role: str
    account: str


class RulingDeclined(Event, frozen=True, kw_only=True, tag="ruling_declined"):
    """A second person disagrees with a proposed ruling, or its proposer takes it back."""

    PRIVATE: ClassVar[frozenset[str]] = frozenset({"account"})

    proposal: int
    role: str
    account: str


Codes = dict[str, dict[str, str]]
"""Code → words in Indonesian and English, and where known the law it rests on."""

GROUNDS: Codes = {
    "psu": {"id": "Pemungutan Suara Ulang", "en": "Vote held again", "law": "UU 7/2017 art. 372-373"},
    "psl": {"id": "Pemungutan Suara Lanjutan", "en": "Vote continued", "law": "UU 7/2017 art. 431 (unverified)"},
    "pss": {"id": "Pemungutan Suara Susulan", "en": "Vote held late", "law": "UU 7/2017 art. 432 (unverified)"},
    "hitung_ulang": {"id": "Penghitungan Suara Ulang", "en": "Recount", "law": "UU 7/2017 art. 374"},
    "hitung_susulan": {"id": "Penghitungan Suara Susulan", "en": "Late count", "law": "(unverified)"},
    "putusan": {"id": "Putusan pengadilan", "en": "Court order", "law": "UU 7/2017 art. 473-475 (unverified)"},
}
"""Why a record can begin anew; the words are those of `psu` in the public data where it has one."""

WITHDRAWALS: Codes = {
    "wrong_record": {"id": "Formulir milik TPS lain", "en": "The form is another TPS's"},
    "not_the_form": {"id": "Bukan formulir C.Hasil", "en": "It is no C.Hasil form"},
    "ordered": {"id": "Diperintahkan putusan", "en": "A ruling orders it"},
    "entered_by_mistake": {"id": "Terkirim karena keliru", "en": "It was sent by mistake"},
}
"""Why a block was taken out of the totals."""

DESPITE: Codes = {
    "deadline": {"id": "Batas waktu penetapan", "en": "The legal date of the result", "law": "UU 7/2017 art. 413"},
    "ordered": {"id": "Diperintahkan putusan", "en": "A ruling orders it"},
    "no_vote": {"id": "Tidak ada pemungutan suara di sana", "en": "No vote was held there"},
}
"""Why a result was determined while something in the area was still open."""

FORUMS: Codes = {
    "mk": {"id": "Mahkamah Konstitusi", "en": "Constitutional Court"},
    "bawaslu": {"id": "Bawaslu", "en": "Election supervisory agency"},
    "pleno": {"id": "Keberatan dalam pleno", "en": "Objection in the plenary"},
    "kpu": {"id": "Laporan kepada KPU", "en": "Report to the commission"},
}
"""Where a dispute is brought."""

CAUSES: Codes = {
    "figures_differ": {"id": "Angka berbeda dari salinan", "en": "Figures differ from a copy"},
    "sums_differ": {"id": "Penjumlahan berbeda", "en": "Sums differ"},
    "procedure": {"id": "Tata cara pemungutan atau penghitungan", "en": "Procedure of vote or count"},
    "voters": {"id": "Hak pilih dan daftar pemilih", "en": "Right to vote and voters' list"},
    "other": {"id": "Sebab lain", "en": "Another cause"},
}
"""What a dispute is about."""

STATUSES: Codes = {
    "registered": {"id": "Terdaftar", "en": "Registered"},
    "heard": {"id": "Sedang diperiksa", "en": "Being heard"},
    "cleared": {"id": "Tidak terbukti atau dicabut", "en": "Cleared or withdrawn"},
    "upheld": {"id": "Dikabulkan", "en": "Upheld"},
    "upheld_in_part": {"id": "Dikabulkan sebagian", "en": "Upheld in part"},
}
"""Where a dispute stands."""

FOLLOW_UPS: Codes = {
    "revote": {"id": "Pemungutan suara ulang", "en": "A vote held again"},
    "recount": {"id": "Penghitungan suara ulang", "en": "A recount"},
    "correction": {"id": "Koreksi angka", "en": "Figures corrected"},
    "none": {"id": "Tidak ada tindak lanjut", "en": "No follow-up"},
}
"""What follows from a dispute's end."""
