"""What each rule that can hold a part of a form asks, in a citizen's words; a record's own figures are `sums`'s."""

from election import reasons
from election.words import Words

ASKED: dict[str, Words] = {
    "E101": ("Pemilih dalam DPT: laki-laki + perempuan = jumlah", "Voters on the DPT: men + women = total"),
    "E102": ("Pengguna dari DPT: laki-laki + perempuan = jumlah", "Voted, on the DPT: men + women = total"),
    "E103": ("Pengguna dari DPTb: laki-laki + perempuan = jumlah", "Voted, on the DPTb: men + women = total"),
    "E104": ("Pengguna dari DPK: laki-laki + perempuan = jumlah", "Voted, on the DPK: men + women = total"),
    "E105": ("Seluruh pengguna: laki-laki + perempuan = jumlah", "All who voted: men + women = total"),
    "E106": ("Seluruh pengguna = DPT + DPTb + DPK", "All who voted = DPT + DPTb + DPK"),
    "E107": ("Pengguna dari DPT tidak lebih dari pemilih dalam DPT", "No more voted on the DPT than are on it"),
    "E108": (
        "Pengguna disabilitas: laki-laki + perempuan = jumlah, dan tidak lebih dari seluruh pengguna",
        "Voters with disabilities: men + women = total, and no more than all who voted",
    ),
    "E109": ("DPT di formulir = DPT resmi TPS itu", "The DPT on the form = the station's official DPT"),
    "E201": (
        "Surat suara diterima = digunakan + rusak + tidak digunakan",
        "Ballots received = used + spoiled + not used",
    ),
    "E202": ("Surat suara digunakan = seluruh pengguna", "Ballots used = all who voted"),
    "E301": ("Suara sah = jumlah suara semua pasangan calon", "Valid votes = the sum of all pairs' votes"),
    "E302": ("Suara sah = jumlah suara semua calon", "Valid votes = the sum of all candidates' votes"),
    "E303": (
        "Jumlah partai = suara partai + suara calonnya",
        "A party's total = its own votes + its candidates' votes",
    ),
    "E304": ("Suara sah = jumlah suara semua partai", "Valid votes = the sum of all parties' votes"),
    "E305": ("Suara seluruhnya = sah + tidak sah", "All votes = valid + invalid"),
    "E306": ("Suara seluruhnya = surat suara digunakan", "All votes = ballots used"),
    "E307": ("Suara seluruhnya = seluruh pengguna", "All votes = all who voted"),
    "E401": ("Angka = angka yang ditulis dengan huruf", "The figure = the figure in words"),
}
"""Rules as equations in words."""


def why(code: str) -> Words:
    """Why something is held or was decided: what the rule asks that does not hold, or the reason's own words."""
    if code not in ASKED:
        return reasons.reason(code)
    asked = ASKED[code]
    return f"Tidak cocok: {asked[0][0].lower()}{asked[0][1:]}", f"Does not hold: {asked[1]}"
