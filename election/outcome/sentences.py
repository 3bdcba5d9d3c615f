"""One sentence for every answer about what can still change, in Indonesian and English: for site, app and terminal.

The catalogue is `SENTENCES`; gaps are filled with names of choices and places that the caller knows, and numbers as
each language writes them. Nothing is computed here.
"""

from collections.abc import Mapping

from msgspec import Struct

from election.outcome.derivation import grouped
from election.outcome.materiality import Answer, Outlook, Question, Standing

Names = Mapping[str, str]
"""Id of a choice, or code of a place → its name; what is missing stands as it is."""


class Sentence(Struct, frozen=True):
    """The same in both languages."""

    id: str
    en: str


SENTENCES: dict[tuple[Question, str], Sentence] = {
    (Question.MAJORITY, "settled_yes"): Sentence(
        "Pasti: {about} meraih lebih dari setengah suara sah, apa pun isi TPS yang belum dihitung.",
        "Settled: {about} has more than half of the valid votes, whatever the TPS not counted yet hold.",
    ),
    (Question.MAJORITY, "settled_no"): Sentence(
        "Pasti: tidak ada pasangan yang meraih lebih dari setengah suara sah.",
        "Settled: no pair has more than half of the valid votes.",
    ),
    (Question.MAJORITY, "open"): Sentence(
        "Belum pasti: {fewest} TPS bisa mengubah siapa yang meraih lebih dari setengah suara sah.",
        "Open: {fewest} TPS could change who has more than half of the valid votes.",
    ),
    (Question.SPREAD, "settled_yes"): Sentence(
        "Pasti: {about} meraih seperlima di sedikitnya {asked} provinsi ({for} sudah pasti).",
        "Settled: {about} has a fifth in at least {asked} provinces ({for} are certain).",
    ),
    (Question.SPREAD, "settled_no"): Sentence(
        "Pasti: {about} tidak meraih seperlima di {asked} provinsi ({against} sudah tertutup).",
        "Settled: {about} does not have a fifth in {asked} provinces ({against} are out of reach).",
    ),
    (Question.SPREAD, "open"): Sentence(
        "Belum pasti: {fewest} TPS bisa mengubah sebaran {about}: {for} provinsi pasti, {open} terbuka, perlu {asked}.",
        "Open: {fewest} TPS could change the spread of {about} ({for} provinces certain, {open} open, {asked} needed).",
    ),
    (Question.ELECTED, "settled_yes"): Sentence(
        "Pasti: {now} terpilih, apa pun isi TPS yang belum dihitung.",
        "Settled: {now} is elected, whatever the TPS not counted yet hold.",
    ),
    (Question.ELECTED, "settled_no"): Sentence(
        "Pasti: tidak ada yang terpilih pada putaran ini.", "Settled: nobody is elected in this round."
    ),
    (Question.ELECTED, "open"): Sentence(
        "Belum pasti: {fewest} TPS bisa mengubah apakah ada putaran kedua.",
        "Open: {fewest} TPS could change whether there is a second round.",
    ),
    (Question.RUNOFF, "settled_yes"): Sentence(
        "Pasti: jika ada putaran kedua, pesertanya {now}.", "Settled: if there is a second round, {now} run in it."
    ),
    (Question.RUNOFF, "open"): Sentence(
        "Belum pasti: {fewest} TPS bisa mengubah peserta putaran kedua ({holder} atau {rival}).",
        "Open: {fewest} TPS could change who would run in a second round ({holder} or {rival}).",
    ),
    (Question.THRESHOLD, "settled_yes"): Sentence(
        "Pasti: {about} melewati ambang batas.", "Settled: {about} passes the threshold."
    ),
    (Question.THRESHOLD, "settled_no"): Sentence(
        "Pasti: {about} tidak melewati ambang batas.", "Settled: {about} does not pass the threshold."
    ),
    (Question.THRESHOLD, "open"): Sentence(
        "Belum pasti: {fewest} TPS bisa mengubah apakah {about} melewati ambang batas.",
        "Open: {fewest} TPS could change whether {about} passes the threshold.",
    ),
    (Question.SEATS, "settled_yes"): Sentence(
        "Pasti: pembagian kursi {place} tidak bisa berubah lagi.",
        "Settled: the seats of {place} cannot change any more.",
    ),
    (Question.SEATS, "settled_no"): Sentence(
        "Pasti: tidak ada kursi yang terbagi di {place}.", "Settled: no seat is allotted in {place}."
    ),
    (Question.SEATS, "open"): Sentence(
        "Belum pasti: {fewest} TPS bisa mengubah kursi terakhir {place} ({holder}; terdekat {rival}).",
        "Open: {fewest} TPS could change the last seat of {place} ({holder}; closest {rival}).",
    ),
    (Question.WINNERS, "settled_yes"): Sentence(
        "Pasti: {now} terpilih di {place}, apa pun isi TPS yang belum dihitung.",
        "Settled: {now} elected in {place}, whatever the TPS not counted yet hold.",
    ),
    (Question.WINNERS, "open"): Sentence(
        "Belum pasti: {fewest} TPS bisa mengubah siapa yang terpilih di {place} ({holder} atau {rival}).",
        "Open: {fewest} TPS could change who is elected in {place} ({holder} or {rival}).",
    ),
}
"""Question and how sure → the sentence. `settled_yes`: somebody has it; `settled_no`: nobody has."""

TIE = Sentence(
    "Suara sama untuk tempat terakhir di {place}; jumlah suara saja tidak menentukan.",
    "Level for the last place in {place}; totals alone do not decide.",
)
CANNOT_TELL = Sentence(
    "Belum dapat dipastikan untuk {place}: perhitungan batas tidak membuktikan pasti maupun terbuka.",
    "Cannot tell for {place}: the bounds prove neither settled nor open.",
)
DAPIL = {
    "settled": Sentence("Pasti: kursi di semua {n} dapil.", "Settled: the seats of all {n} dapil."),
    "open": Sentence(
        "Belum pasti: kursi di {open} dari {n} dapil{more_id}.", "Open: the seats of {open} of {n} dapil{more_en}."
    ),
}
"""Of an assembly: how many of its dapil."""
HURDLE = Sentence(
    "; {parties} partai masih bisa lolos atau gagal ambang batas",
    "; {parties} parties may still pass the threshold or not",
)
NO_SEATS = Sentence("Jumlah kursi belum diketahui.", "The number of seats is not known.")
ALL_IN = Sentence("Semua TPS sudah dihitung.", "All TPS are counted.")
LIKELY = Sentence(
    "Dengan batas wajar (DPT + cadangan) sudah pasti; batas itu bukan jaminan.",
    "Settled under the likely bound (DPT and reserve), which is no guarantee.",
)


def sentence(answer: Answer, names: Names) -> Sentence:
    """What an answer says."""
    template = _template(answer)
    return Sentence(
        template.id.format_map(_gaps(answer, names, ".")), template.en.format_map(_gaps(answer, names, ","))
    )


def headline(outlook: Outlook, names: Names) -> Sentence:
    """The one sentence at the top of a page: the first question that is not settled, else the last that is."""
    if outlook.dapil:
        return _of_dapil(outlook)
    if not outlook.answers:
        return ALL_IN if outlook.tps == 0 else NO_SEATS
    weighty = [a for a in outlook.answers if a.question in _WEIGHTY] or list(outlook.answers)
    open_ = [a for a in weighty if a.standing is not Standing.SETTLED]
    return sentence((open_ or weighty)[0], names)


def _of_dapil(outlook: Outlook) -> Sentence:
    n, settled = sum(outlook.dapil.values()), outlook.dapil.get("settled", 0)
    template = DAPIL["settled" if settled == n else "open"]
    parties = sum(answer.standing is not Standing.SETTLED for answer in outlook.of(Question.THRESHOLD))
    more = HURDLE if parties else Sentence("", "")
    facts = {
        "n": n,
        "open": n - settled,
        "more_id": more.id.format(parties=parties),
        "more_en": more.en.format(parties=parties),
    }
    return Sentence(template.id.format_map(facts), template.en.format_map(facts))


_WEIGHTY = frozenset({Question.ELECTED, Question.SEATS, Question.WINNERS, Question.THRESHOLD})
"""What people ask first; majority and spread are how it comes about."""


def _template(answer: Answer) -> Sentence:
    if answer.standing is Standing.CANNOT_TELL:
        return TIE if answer.tie else CANNOT_TELL
    word = answer.standing.value
    if answer.standing is Standing.SETTLED:
        word = "settled_yes" if answer.now else "settled_no"
    return SENTENCES[answer.question, word]


def _gaps(answer: Answer, names: Names, mark: str) -> dict[str, str]:
    counts = {word: grouped(len(answer.where.get(word, ())), mark) for word in ("for", "against", "open")}
    return counts | {
        "about": named(names, answer.about),
        "now": ", ".join(named(names, one) for one in answer.now),
        "place": named(names, answer.kode),
        "holder": named(names, answer.holder) or "–",
        "rival": named(names, answer.against) or "–",
        "asked": grouped(answer.asked, mark),
        "fewest": _fewest(answer, mark),
    }


def _fewest(answer: Answer, mark: str) -> str:
    lower, upper = answer.fewest.lower, answer.fewest.upper
    if lower is None:
        return "–"
    if upper is None:
        return f"≥ {grouped(lower, mark)}"
    return grouped(lower, mark) if lower == upper else f"{grouped(lower, mark)}–{grouped(upper, mark)}"


def named(names: Names, code: str) -> str:
    """The name of a choice or place, or the code itself."""
    return names.get(code, code)
