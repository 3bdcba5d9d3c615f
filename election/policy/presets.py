"""Tables with a name of their own, from the strictest to the laxest, and why the default does what it does."""

from typing import Final

from msgspec import Struct

from election.policy.table import Action, Situation, Table, checked
from election.words import Words


class Preset(Struct, frozen=True):
    """A table that anyone may adopt by its name."""

    name: str
    table: Table
    about: Words


def _preset(name: str, about: Words, **table: str) -> Preset:
    return Preset(name, checked(table), about)


DEFAULT: Final = "two-readings-3"
CANDIDATES: Final = "candidates-confirmed-3"

_TWO_READINGS: Final = {
    "agree": "count",
    "relayed": "count_marked",
    "confirmed": "hold",
    "abstain": "hold",
    "differ": "hold",
    "faulty": "hold",
    "no_photo": "wait",
    "photo_only": "wait",
}

PRESETS: Final[dict[str, Preset]] = {
    preset.name: preset
    for preset in (
        _preset(
            "two-people-3",
            (
                "Mesin tidak menghitung apa pun: setiap blok diputuskan dua orang.",
                "The machine counts nothing: two people decide every block.",
            ),
            **{one: "wait" if action == "wait" else "hold" for one, action in _TWO_READINGS.items()},
        ),
        _preset(
            DEFAULT,
            (
                "Bawaan: dua bacaan yang berdiri sendiri, atau dua orang (asas 5).",
                "The default: two independent readings, or two people (principle 5).",
            ),
            **_TWO_READINGS,
        ),
        _preset(
            CANDIDATES,
            (
                "Seperti bawaan; suara calon boleh disetujui dari bacaan mesin, dan ditandai tidak berdiri sendiri.",
                "As the default; candidates' votes may be confirmed from the machine's reading, and are marked as not "
                "independent.",
            ),
            **{**_TWO_READINGS, "confirmed": "count_marked"},
        ),
        _preset(
            "show-marked-3",
            (
                "Longgar: menghitung apa yang ada, bertanda, kecuali dua bacaan berbeda. Melepas asas 5 demi cepat.",
                "Lax: counts what there is, marked, unless two readings differ. Gives up principle 5 for speed.",
            ),
            **dict.fromkeys(_TWO_READINGS, "count_marked") | {"agree": "count", "differ": "hold"},
        ),
    )
}

WHY: Final[dict[Situation, Words]] = {
    Situation.AGREE: (
        "Asas 5: dua bacaan yang berdiri sendiri sama, dan aturan blok terpenuhi.",
        "Principle 5: two independent readings are the same, and the block's rules hold.",
    ),
    Situation.RELAYED: (
        "Asas 5 dan 7: foto dan angka sama, tetapi angka disampaikan atas nama penyampai; itu harus tampak.",
        "Principles 5 and 7: photo and figures agree, but the figures came in the relay's own name; that must show.",
    ),
    Situation.CONFIRMED: (
        "Asas 5: angka yang disetujui dari bacaan mesin bukan bacaan kedua. Berkas pemilihan dapat memilih "
        f"`{CANDIDATES}`: total partai tetap diketik, dan E303 mengikat suara calon padanya.",
        "Principle 5: figures confirmed from the machine's reading are no second reading. A bundle may choose "
        f"`{CANDIDATES}`: the party's total is still keyed, and E303 ties the candidates' votes to it.",
    ),
    Situation.ABSTAIN: (
        "Asas 5: tanpa bacaan mesin yang cukup yakin hanya ada satu bacaan. Angka yang dicoret dan diparaf adalah "
        "pembetulan: orang yang melihatnya.",
        "Principle 5: without a machine's reading that is sure enough there is one reading. A struck figure with "
        "initials is a correction: a person looks.",
    ),
    Situation.DIFFER: (
        "Asas 5 dan 6: kertas yang menentukan; dua orang melihatnya. E404.",
        "Principles 5 and 6: the paper leads; two people look at it. E404.",
    ),
    Situation.FAULTY: (
        "Asas 6 dan 7: foto yang tidak terbaca tidak membuktikan apa pun; ditampilkan, ditandai, diputuskan orang.",
        "Principles 6 and 7: a photo that cannot be read proves nothing; shown, marked, decided by people.",
    ),
    Situation.NO_PHOTO: (
        "Asas 4: yang belum difoto belum disaksikan; fotonya masih dapat datang.",
        "Principle 4: what was not photographed is not witnessed; its photo may still come.",
    ),
    Situation.PHOTO_ONLY: (
        "Asas 5: bacaan mesin saja adalah satu bacaan; angka petugas masih dapat datang.",
        "Principle 5: the machine's reading alone is one reading; the officer's figures may still come.",
    ),
}
"""Why the default does what it does."""

WORDS: Final[dict[Situation, Words]] = {
    Situation.PHOTO_ONLY: (
        "Semua halaman sudah dilihat mesin, angka petugas tidak ada",
        "The machine has looked at every page; there are no officer's figures",
    ),
    Situation.NO_PHOTO: ("Ada angka petugas, foto halamannya belum", "An officer's figures, but a page has no photo"),
    Situation.FAULTY: ("Foto suatu halaman tidak dapat dibaca", "A page's photo cannot be read"),
    Situation.DIFFER: ("Petugas dan mesin membaca angka yang berbeda", "Officer and machine read different figures"),
    Situation.ABSTAIN: (
        "Mesin tidak cukup yakin, atau ada yang harus dilihat orang",
        "The machine is not sure enough, or a person must look",
    ),
    Situation.CONFIRMED: (
        "Sama, tetapi suara calon disetujui dari bacaan mesin: tidak berdiri sendiri",
        "The same, but candidates' votes were confirmed from the machine's reading: not independent",
    ),
    Situation.RELAYED: (
        "Sama, tetapi disampaikan tanpa tanda tangan petugas sendiri",
        "The same, but relayed without the officer's own signature",
    ),
    Situation.AGREE: ("Angka petugas dan bacaan mesin sama", "The officer's figures and the machine's reading agree"),
}
"""What each situation is called."""

ACTIONS: Final[dict[Action, Words]] = {
    Action.COUNT: (
        "dihitung, bila aturan blok terpenuhi; kalau tidak, ditahan",
        "counted where the block's rules hold; held where they do not",
    ),
    Action.COUNT_MARKED: (
        "dihitung bila aturan blok terpenuhi, dengan tanda yang ikut ke mana pun angkanya ditampilkan",
        "counted where the block's rules hold, with a mark that goes wherever the figures are shown",
    ),
    Action.HOLD: (
        "ditahan sampai dua orang memutuskan; ditampilkan bertanda, tidak dihitung",
        "held until two people decide; shown marked, not counted",
    ),
    Action.WAIT: (
        "menunggu bukti yang lebih baik; blok yang sudah diputuskan mesin menjadi ditahan",
        "waits for better evidence; a block that the machine has decided already becomes held",
    ),
}
"""What each action does."""
