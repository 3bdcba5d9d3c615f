"""From which probability on a block's reading is sure enough to count, by the model that made its scores.

The thresholds lie in `acceptance.json`, one entry a model, chosen from a stated risk and with what they were measured
on; `suara ocr calibrate` writes them. A model that nobody has measured accepts nothing. How sure a reading is comes
from `decode`; what else a block needs in order to count is `recap`'s to ask.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from election.contest import ADM, SUARA

PARTAI: Final = "partai"
KINDS: Final = (SUARA, ADM, PARTAI)
"""Kinds of blocks; the pages of all parties are of one kind."""

RISK: Final = 5e-4
"""Of the blocks that the machine alone would accept, how many may be wrong, where nothing else is said. The officer's
own figures, which must be the same before a block counts, come on top of it."""


class Measured(Struct, frozen=True, forbid_unknown_fields=True):
    """What a threshold rests on: blocks of generated forms whose truth is known."""

    blocks: int
    accepted: int
    wrong: int  # accepted, and not what stands on the paper
    bound: float  # upper end of the one-sided 95 % Clopper-Pearson interval of wrong / accepted


Probable = Annotated[float, Meta(gt=0.5)]
"""More likely than all else together: below, figures could count though the pixels rather say others."""


class Acceptance(Struct, frozen=True, forbid_unknown_fields=True):
    """What is accepted of one model's readings. `risk`: the largest share of accepted blocks that may be wrong, by the
    calibrated probabilities of the readings themselves; `measured` says how far counting supports it."""

    model: str  # SHA-256 of the model's file, hex
    risk: float
    thresholds: Mapping[str, Probable]
    measured: Mapping[str, Measured] = {}

    def threshold(self, block: str) -> float:
        """The probability from which a block's reading is accepted; above 1 where its kind was never measured."""
        return self.thresholds.get(kind_of(block), NEVER)


NEVER: Final = 2.0
"""A probability that nothing reaches."""


def kind_of(block: str) -> str:
    """`partai_7` → `partai`; the other blocks are kinds by themselves."""
    return PARTAI if block.startswith(f"{PARTAI}_") else block


def of(model_sha256: str) -> Acceptance | None:
    """What is accepted of that model's readings; None for one that was never measured."""
    return next((entry for entry in entries() if entry.model == model_sha256), None)


@cache
def entries() -> tuple[Acceptance, ...]:
    """Every model there is a choice for, the newest last."""
    return parse(files(__package__).joinpath("acceptance.json").read_bytes())


def parse(document: bytes) -> tuple[Acceptance, ...]:
    """Entries from the file's bytes. Raises msgspec.ValidationError where they are none."""
    return msgspec.json.decode(document, type=tuple[Acceptance, ...])


def render(known: tuple[Acceptance, ...], entry: Acceptance) -> bytes:
    """The file's bytes with `entry` in place of the one of the same model, or as the newest."""
    others = [old for old in known if old.model != entry.model]
    return msgspec.json.format(msgspec.json.encode([*others, entry]), indent=1) + b"\n"
