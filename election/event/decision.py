"""Decisions on blocks, the machine's and people's, and the proposals that go before people's."""

from typing import ClassVar

from election.event.base import Event, Figures, Ruling


class Decision(Ruling, frozen=True, kw_only=True):
    """What counts for one block from now on. `replaces` is the number of the decision before, 0 for none."""

    block: str
    figures: Figures | None

    @property
    def subject(self) -> str:
        """The block."""
        return self.block


class BlockCounted(Decision, frozen=True, kw_only=True, tag="block_counted"):
    """Officer and machine agree and the block's error rules hold: its figures count."""

    SPARSE: ClassVar[frozenset[str]] = frozenset({"upto"})

    scans: tuple[int, ...]  # numbers of the scan_received events read
    reading: int  # number of the reading_submitted; 0 where the policy counts without one
    salt: str | None  # opens that reading's commitment for this block
    policy: str
    warnings: tuple[str, ...] = ()
    upto: int | None = None  # number of the last event of the record that the machine had seen


class BlockHeld(Decision, frozen=True, kw_only=True, tag="block_held"):
    """A person must decide. `figures` are the officer's as keyed, shown marked and not counted."""

    SPARSE: ClassVar[frozenset[str]] = frozenset({"upto"})

    scans: tuple[int, ...]
    reading: int  # 0 where there is none
    salt: str | None
    read: Figures | None  # the machine's reading, where it has one
    reasons: tuple[str, ...]  # rule codes and fault codes
    policy: str
    warnings: tuple[str, ...] = ()
    upto: int | None = None  # as in BlockCounted


class CorrectionProposed(Event, frozen=True, kw_only=True, tag="correction_proposed"):
    """One validator says what the block's figures should be. Nothing counts until a second agrees."""

    PRIVATE: ClassVar[frozenset[str]] = frozenset({"account"})

    block: str
    on: int  # number of the decision this would replace
    figures: Figures
    reason: str  # a code of `REASONS`
    role: str
    account: str


class CorrectionDeclined(Event, frozen=True, kw_only=True, tag="correction_declined"):
    """A second validator disagrees with a proposal; the block stays held."""

    PRIVATE: ClassVar[frozenset[str]] = frozenset({"account"})

    block: str
    proposal: int
    reason: str
    role: str
    account: str


class BlockCorrected(Decision, frozen=True, kw_only=True, tag="block_corrected"):
    """Two people decided. These figures count, and the machine does not overtake them."""

    PRIVATE: ClassVar[frozenset[str]] = frozenset({"accounts"})

    proposal: int
    reason: str
    roles: tuple[str, ...]
    accounts: tuple[str, ...]


REASONS: dict[str, dict[str, str]] = {
    "misread": {"id": "Mesin salah membaca", "en": "The machine misread the form"},
    "mistyped": {"id": "Petugas salah ketik", "en": "The officer mistyped"},
    "both_differ": {"id": "Keduanya berbeda dari formulir", "en": "Both differ from the form"},
    "paper_contradicts": {
        "id": "Formulir memang tertulis begitu",
        "en": "The form itself says so, though its sums do not agree",
    },
    "not_legible": {"id": "Tidak terbaca dengan pasti", "en": "It cannot be read with certainty"},
}
"""Why a person corrected a block, or declined a proposal."""
