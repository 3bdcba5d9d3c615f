"""What the documents of earlier elections hold."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from publisher.earlier.basis import Basis


class Then(Struct, frozen=True):
    """What an area was called then."""

    key: str
    nama: str


class Election(Struct, frozen=True):
    """An area's figures in one earlier election."""

    election: str
    date: str
    basis: Basis
    how: str | None
    then: Then | None
    choices: Mapping[str, str]
    sources: Mapping[str, Mapping[str, int]]


class Earlier(Struct, frozen=True):
    """`v1/{contest}/earlier/{kode}.json`."""

    v: Literal[1]
    contest: str
    level: str
    kode: str
    nama: str
    elections: list[Election]
