"""What reason codes and roles are called, wherever a person reads them.

Texts of rules live with the rules, and `rules.telling` fills in a record's figures; reasons that validators give live
with the events they are written in.
"""

from election.event import CAUSES, DESPITE, FOLLOW_UPS, FORUMS, GROUNDS, REASONS, STATUSES, WITHDRAWALS
from election.words import Words

CODES: dict[str, Words] = {
    "scan.no_page": ("Halaman formulir tidak ditemukan dalam foto", "No page of the form was found in the photo"),
    "scan.blurred": ("Foto terlalu buram atau terlalu kecil untuk dibaca", "The photo is too blurred or small to read"),
    "scan.not_an_image": ("Berkas yang dikirim bukan foto", "What was sent is not a photo"),
    "scan.too_large": ("Foto terlalu besar", "The photo is too large"),
    "scan.damaged": ("Foto rusak atau terpotong saat dikirim", "The photo is damaged or was cut off on its way"),
    "scan.unsupported": ("Jenis foto tidak didukung", "This variety of photo is not supported"),
    "scan.too_small": ("Gambar terlalu kecil untuk dibaca", "The picture is too small to read"),
    "scan.too_slow": ("Foto tidak selesai dibuka dalam waktu wajar", "The photo could not be opened in due time"),
    "scan.undecodable": ("Foto tidak dapat dibuka dengan aman", "The photo cannot be opened safely"),
    "scan.page_unknown": ("Nomor halaman tidak terlihat dalam foto", "Which page this is cannot be seen in the photo"),
    "scan.wrong_form": ("Foto menunjukkan formulir lain", "The photo shows another form"),
    "scan.corner_missing": ("Sudut halaman tidak terlihat dalam foto", "A corner of the page cannot be seen"),
    "scan.unreadable": ("Mesin gagal membaca foto ini", "The machine failed to read this photo"),
    "E403": ("Foto menunjukkan halaman lain dari yang dikirimkan", "The photo shows another page than it was sent as"),
    "version.other": (
        "Dikirim untuk versi lain; yang dihitung hanya versi sekarang",
        "It was sent for another version of the record; only the present one counts",
    ),
    "reading.incomplete": ("Petugas mengosongkan sebagian angka", "The officer left some figures blank"),
    "reading.missing": ("Belum ada angka dari petugas", "There are no officer's figures yet"),
    "photo.missing": ("Foto suatu halaman belum ada", "A page has no photo yet"),
    "reading.relayed": (
        "Angka disampaikan tanpa tanda tangan petugas sendiri",
        "The figures were relayed without the officer's own signature",
    ),
    "reading.confirmed": (
        "Suara calon disetujui dari bacaan mesin, jadi belum ada dua bacaan yang berdiri sendiri",
        "Candidates' votes were confirmed from the machine's reading, so that there are not two independent ones",
    ),
    "reading.taken_over": (
        "Angka diambil dari bacaan mesin, jadi belum ada dua bacaan yang berdiri sendiri",
        "Figures were taken over from the machine's reading, so that there are not two independent ones",
    ),
    "policy.by_people": (
        "Kebijakan menyerahkan setiap blok kepada dua orang",
        "The policy leaves every block to two people",
    ),
    "read.uncertain": ("Mesin tidak cukup yakin akan bacaannya", "The machine is not sure enough of its reading"),
    "number.void": (
        "Ada kotak angka yang dicoret, berisi beberapa angka, atau tidak berupa angka",
        "A box holds a struck-out figure, several figures, or none",
    ),
    "number.left_aligned": (
        "Ada angka yang ditulis rata kiri, sehingga nilainya perlu dipastikan",
        "A number is written to the left of its boxes, so that its value must be made sure of",
    ),
    "number.empty": ("Ada angka yang tidak diisi pada formulir", "A number is left empty on the form"),
    "number.malformed": ("Isi kotak tidak membentuk satu angka", "What the boxes hold is not one number"),
    "E402": (
        "Angka berbeda dari bulatan atau turus di halaman itu",
        "A figure differs from the bubbles or the tally marks of its page",
    ),
    "E404": ("Angka petugas berbeda dari bacaan mesin", "The officer's figures differ from the machine's reading"),
}
"""Reason codes that are no rule, or whose rule's text needs figures. A code without words is shown as the code."""

SAID = {**REASONS, **WITHDRAWALS, **GROUNDS, **DESPITE, **FORUMS, **CAUSES, **STATUSES, **FOLLOW_UPS}
"""Codes that people chose from a list."""

ROLES: dict[str, Words] = {
    "kpps": ("petugas KPPS", "an officer of the polling station"),
    "pps": ("panitia kelurahan (PPS)", "the committee of the village (PPS)"),
    "ppk": ("panitia kecamatan (PPK)", "the committee of the district (PPK)"),
    "kpu_kabkota": ("KPU kabupaten/kota", "the regency's commission"),
    "kpu_provinsi": ("KPU provinsi", "the provincial commission"),
    "kpu_ri": ("KPU RI", "the national commission"),
    "helpdesk": ("layanan bantuan KPU", "the commission's helpdesk"),
    "server": ("operator server", "the server's operator"),
}
"""Who decided, by role; never by name."""


def reason(code: str) -> Words:
    """What a reason code means in general; the rule's own title where it is a rule, the code where it is unknown."""
    if code in SAID:
        return SAID[code]["id"], SAID[code]["en"]
    if code in CODES:
        return CODES[code]
    return f"Aturan {code} tidak terpenuhi", f"Rule {code} does not hold"


def role(name: str) -> Words:
    """What a role is called; its own name where nobody has written words for it."""
    return ROLES.get(name, (name, name))
