"""Which tables the open data of a contest have, what rows and columns each, and under which address. Pure.

Wide tables have the fields that mean the same on every ballot. What only one ballot has (DPD candidates, pairs of a
province, the candidates of a party) is long, a row a figure: 150 million cells of the DPR would otherwise be columns
that are empty in all dapil but one. Files that would be unwieldy are parted by province.
"""

from enum import StrEnum

from msgspec import Struct

from election.bundle.printed import Printed
from election.codes import KELURAHAN, LEVELS, TPS_LEVEL
from election.contest import Contest, Kind
from election.words import Words
from publisher.datasets.columns import (
    AT,
    BALLOT,
    BLOCK,
    DAPIL,
    FIELD,
    INDUK,
    KODE,
    NAMA,
    NUMBER,
    STATES,
    VERSION,
    Column,
    Type,
    count,
    figure,
)

NOTHING: Words = ("tidak ada", "none")


class Pace(StrEnum):
    """How often a table is made again."""

    QUICK = "quick"
    SLOW = "slow"


class Table(Struct, frozen=True):
    """One table: `path` below `data/{contest}/`, without its suffix. `parted`: a file a province, its code last."""

    path: str
    title: Words
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    pace: Pace = Pace.QUICK
    parted: bool = False

    @property
    def names(self) -> list[str]:
        """Names of its columns."""
        return [column.name for column in self.columns]


PROGRESS = (
    count("tps", "TPS", "Semua TPS", "All TPS"),
    count("tps_counted", "TPS", "TPS yang suaranya masuk jumlah", "TPS whose votes are in the totals"),
    count("tps_held", "TPS", "TPS yang suaranya ditahan", "TPS whose votes are held"),
    count("tps_waiting", "TPS", "TPS yang belum diputuskan", "TPS that nobody has decided yet"),
    count(
        "adm_counted", "TPS", "TPS yang data pemilihnya masuk jumlah", "TPS whose voters and ballots are in the totals"
    ),
    count("adm_held", "TPS", "TPS yang data pemilihnya ditahan", "TPS whose voters and ballots are held"),
    count("final", "TPS", "TPS yang suaranya final", "TPS whose votes are final"),
    count("reopened", "TPS", "TPS yang catatannya diganti versi baru", "TPS whose record has a later version"),
)


def _state(prefix: str, indonesian: str, english: str) -> tuple[Column, ...]:
    apart = ("; kode dipisah spasi", "; codes with spaces between")
    why = (f"Alasan {indonesian} ditahan{apart[0]}", f"Why {english} are held{apart[1]}")
    unusual = (f"Yang tidak biasa pada {indonesian}{apart[0]}", f"What is unusual about {english}{apart[1]}")
    return (
        Column(f"{prefix}state", Type.TEXT, (f"Keadaan {indonesian}", f"State of {english}"), values=STATES),
        Column(f"{prefix}reasons", Type.TEXT, why, null=NOTHING),
        Column(f"{prefix}warnings", Type.TEXT, unusual, null=NOTHING),
    )


RECORD = (
    NUMBER,
    VERSION,
    *_state("", "suara", "the votes"),
    *_state("adm_", "data pemilih", "voters and ballots"),
    count("pages", "halaman", "Halaman formulir yang fotonya ada", "Pages of the form of which a photo is in"),
)
VOTES = (KODE, BALLOT, FIELD, Column("value", Type.COUNT, ("Suara", "Votes"), "suara"))
MAYBE_VOTES = (*VOTES[:3], Column("value", Type.COUNT, ("Suara", "Votes"), "suara", ("tidak terbaca", "not given")))
CHOICES = (
    BALLOT,
    FIELD,
    Column("id", Type.CODE, ("Kunci pilihan dalam data publik", "The choice's key in the public data")),
    count("nomor_urut", "", "Nomor urut", "Number on the ballot"),
    Column("nama", Type.TEXT, ("Nama", "Name")),
    Column(
        "partai", Type.CODE, ("Kunci partai calon", "Key of a candidate's party"), null=("bukan calon partai", "none")
    ),
)
_OTHERS = ("tidak ada", "there is none")
HELD = (
    KODE,
    BLOCK,
    FIELD,
    NUMBER,
    count("officer", "", "Angka petugas; tidak masuk jumlah", "The officer's figure; it is in no total", _OTHERS),
    count("machine", "", "Angka yang dibaca mesin", "The figure that the machine read", _OTHERS),
)
CORRECTIONS = (
    KODE,
    BLOCK,
    FIELD,
    Column(
        "version",
        Type.COUNT,
        ("Versi catatan yang berakhir", "Version of the record that ended"),
        null=("koreksi, bukan versi", "a correction, no version"),
    ),
    NUMBER,
    AT,
    Column(
        "kind",
        Type.TEXT,
        ("Peristiwa: koreksi, atau versi baru", "What happened: a correction, or a new version"),
        values=("block_corrected", "version_opened"),
    ),
    Column("reason", Type.TEXT, ("Kode alasan atau dasar", "Code of the reason or ground")),
    Column("order_ref", Type.TEXT, ("Nomor dan tanggal keputusan", "Number and date of the order"), null=_OTHERS),
    count("before", "", "Angka sebelumnya", "The figure before", _OTHERS),
    count("after", "", "Angka sesudahnya", "The figure after", ("versi baru belum diputuskan", "of a new version")),
)
PAGES = (
    KODE,
    count("page", "", "Halaman formulir", "Page of the form"),
    NUMBER,
    AT,
    Column("state", Type.TEXT, ("Keadaan halaman", "State of the page"), values=("received", "read")),
    Column("fault", Type.TEXT, ("Mengapa foto tak terbaca", "Why the photo cannot be read"), null=NOTHING),
    count("quality", "per mil", "Mutu foto, 0–1000", "Quality of the photo, 0–1000", ("belum dibaca", "not read yet")),
    Column("sha256", Type.HASH, ("SHA-256 foto asli", "SHA-256 of the photo as it came")),
    Column(
        "rendition",
        Type.HASH,
        ("SHA-256 gambar tersamar di scans/{rendition}.jpg", "SHA-256 of the masked picture at scans/{rendition}.jpg"),
        null=("belum ada", "there is none yet"),
    ),
)
SPLIT = LEVELS[1:KELURAHAN]
"""Levels whose long figures are one file: those below are parted by province."""


def tables(key: str, printed: Printed) -> tuple[Table, ...]:
    """Every table of a contest."""
    shared, dapil = printed.shared, bool(printed.dapil)
    # All records of a party contest are sixteen million blocks in a nation: once an hour is what they are worth.
    slow = Pace.SLOW if shared.type.kind is Kind.PARTIES else Pace.QUICK
    figures = tuple(figure(shared, name, null=False) for name in shared.fields)
    own = tuple(figure(shared, name, null=True) for name in shared.fields)
    found = [
        Table(
            level, (f"Tingkat {level}", f"Level {level}"), (KODE, NAMA, INDUK, NUMBER, *PROGRESS, *figures), ("kode",)
        )
        for level in LEVELS[:TPS_LEVEL]
    ]
    beside = (BALLOT, DAPIL) if dapil else (BALLOT,)
    found.append(Table("tps", ("TPS", "TPS"), (KODE, NAMA, INDUK, *beside, *RECORD, *own), ("kode",), slow))
    if dapil:
        seats = count("kursi", "kursi", "Kursi", "Seats", ("tidak diketahui", "not known"))
        columns = (KODE, NAMA, seats, NUMBER, *PROGRESS[:2], *figures)
        found.append(Table("dapil", ("Daerah pemilihan", "Electoral districts"), columns, ("kode",)))
    found.append(Table("choices", ("Surat suara dan pilihan", "Ballots and choices"), CHOICES, ("ballot", "field")))
    if alone(printed):
        found += _long(dapil)
    return (*found, *_beside(slow))


def alone(printed: Printed) -> bool:
    """Whether some ballot has fields that others do not share."""
    return any(set(ballot.fields) - set(printed.common) for ballot in printed.ballots)


def own_fields(ballot: Contest, printed: Printed) -> tuple[str, ...]:
    """The fields of a ballot that are not in the wide tables."""
    common = set(printed.common)
    return tuple(name for name in ballot.fields if name not in common)


def _long(dapil: bool) -> list[Table]:
    title = ("Suara pilihan yang tidak ada di semua surat suara", "Votes of choices that are not on every ballot")
    found = [
        Table(f"votes/{level}", title, VOTES, ("kode", "field"), Pace.SLOW)
        for level in (*SPLIT, *(("dapil",) if dapil else ()))
    ]
    found.append(Table("votes/kelurahan", title, VOTES, ("kode", "field"), Pace.SLOW, parted=True))
    return [*found, Table("votes/tps", title, MAYBE_VOTES, ("kode", "field"), Pace.SLOW, parted=True)]


def _beside(slow: Pace) -> tuple[Table, ...]:
    return (
        Table("held", ("Blok yang ditahan", "Blocks that are held"), HELD, ("kode", "block", "field"), slow),
        Table(
            "corrections", ("Koreksi dan versi", "Corrections and versions"), CORRECTIONS,
            ("kode", "block", "field", "number"),
        ),
        Table("pages", ("Foto dan hash", "Photos and hashes"), PAGES, ("kode", "page"), Pace.SLOW, parted=True),
    )  # fmt: skip
