"""What the workbench refuses, with a reason code and words for the validator."""

from typing import ClassVar

from election.errors import Rejected


class SignInFailed(Rejected):
    """Name and password do not belong together."""

    code = "review.sign_in_failed"
    advice: ClassVar[dict[str, str]] = {
        "id": "Nama atau kata sandi salah. Periksa lagi.",
        "en": "Name or password is wrong. Check them again.",
    }


class OutsideArea(Rejected):
    """The record lies outside the validator's area."""

    code = "review.outside_area"
    advice: ClassVar[dict[str, str]] = {
        "id": "TPS {tps} di luar wilayah Anda ({area}).",
        "en": "TPS {tps} lies outside your area ({area}).",
    }


class NothingToDecide(Rejected):
    """The block has no decision yet that a person could replace."""

    code = "review.nothing_to_decide"
    advice: ClassVar[dict[str, str]] = {
        "id": "Blok {block} belum siap diputuskan; tunggu sampai fotonya dibaca.",
        "en": "Block {block} is not ready for a decision; wait until its photos are read.",
    }


class NoSuchRecord(Rejected):
    """Nothing has come in for this record."""

    code = "review.no_record"
    advice: ClassVar[dict[str, str]] = {
        "id": "Belum ada data dari TPS {tps}.",
        "en": "Nothing has come in from TPS {tps}.",
    }


class BadFigure(Rejected):
    """A figure is missing or no whole number from 0 to 999."""

    code = "review.bad_figure"
    advice: ClassVar[dict[str, str]] = {
        "id": "Isian {field} harus bilangan bulat 0–999.",
        "en": "{field} must be a whole number from 0 to 999.",
    }


class SumsDiffer(Rejected):
    """The proposed figures break a rule of their own block, and the reason does not say that the paper does too."""

    code = "review.sums_differ"
    advice: ClassVar[dict[str, str]] = {
        "id": "Angka ini melanggar {rules}. Bila formulir memang tertulis begitu, pilih alasan itu.",
        "en": "These figures break {rules}. If the form itself says so, choose that reason.",
    }


class UnknownReason(Rejected):
    """A reason that is not on the list."""

    code = "review.unknown_reason"
    advice: ClassVar[dict[str, str]] = {"id": "Pilih satu alasan.", "en": "Choose one reason."}


class Overtaken(Rejected):
    """Someone or something decided in the meantime; what was proposed no longer applies."""

    code = "review.overtaken"
    advice: ClassVar[dict[str, str]] = {
        "id": "Sementara itu ada keputusan lain. Lihat lagi sebelum memutuskan.",
        "en": "Another decision came in the meantime. Look again before you decide.",
    }


class SamePerson(Rejected):
    """The one who proposed may not confirm."""

    code = "review.same_person"
    advice: ClassVar[dict[str, str]] = {
        "id": "Usulan Anda harus disetujui orang lain.",
        "en": "Another person must confirm what you proposed.",
    }


class NoProposal(Rejected):
    """There is no open proposal to confirm or decline."""

    code = "review.no_proposal"
    advice: ClassVar[dict[str, str]] = {
        "id": "Tidak ada usulan yang menunggu di blok ini.",
        "en": "No proposal is waiting on this block.",
    }


class ProposalWaits(Rejected):
    """Another person's proposal waits on this block; decide on that one first."""

    code = "review.proposal_waits"
    advice: ClassVar[dict[str, str]] = {
        "id": "Sudah ada usulan orang lain. Setujui atau tolak usulan itu dahulu.",
        "en": "Someone else's proposal waits. Agree or disagree with it first.",
    }


class SessionEnded(Rejected):
    """The session is over, or the form was not ours."""

    code = "review.session_ended"
    advice: ClassVar[dict[str, str]] = {
        "id": "Sesi berakhir. Masuk lagi; tidak ada yang tersimpan.",
        "en": "The session has ended. Sign in again; nothing was saved.",
    }


class NotHeld(Rejected):
    """The contest is not held there."""

    code = "review.not_held"
    advice: ClassVar[dict[str, str]] = {
        "id": "Pemilihan {contest} tidak diadakan di {kode}.",
        "en": "Contest {contest} is not held in {kode}.",
    }


class NotYourDuty(Rejected):
    """The account's role may not do this, or not about this area."""

    code = "review.not_your_duty"
    advice: ClassVar[dict[str, str]] = {
        "id": "{duty} di {kode} bukan wewenang akun Anda.",
        "en": "Your account may not do this in {kode}.",
    }


class Closed(Rejected):
    """The result is determined: no decision can follow but a new version on a legal ground."""

    code = "record.determined"
    advice: ClassVar[dict[str, str]] = {
        "id": "Hasil ini sudah ditetapkan dan ditutup. Yang dapat mengikuti hanya versi baru atas dasar hukum.",
        "en": "This result is determined and closed. Only a new version on a legal ground can follow.",
    }


class BadText(Rejected):
    """A text is missing, too long, or holds letters that the public log does not take."""

    code = "review.bad_text"
    advice: ClassVar[dict[str, str]] = {
        "id": "Isian {field} wajib, paling banyak {limit} huruf tanpa tanda khusus (ASCII).",
        "en": "{field} is needed, with at most {limit} plain letters (ASCII).",
    }


class BadDate(Rejected):
    """A date that is none."""

    code = "review.bad_date"
    advice: ClassVar[dict[str, str]] = {
        "id": "Tanggal {field} harus berbentuk TTTT-BB-HH, misalnya 2024-03-20.",
        "en": "The date of {field} must read YYYY-MM-DD, such as 2024-03-20.",
    }


class BadDocument(Rejected):
    """A document is missing, too large, or no PDF."""

    code = "review.bad_document"
    advice: ClassVar[dict[str, str]] = {
        "id": "Dokumen {field} wajib berupa PDF, paling besar {limit} MB.",
        "en": "The document {field} must be a PDF of at most {limit} MB.",
    }


class StillOpen(Rejected):
    """Something under the area is open, and nobody has said why the result is determined all the same."""

    code = "review.still_open"
    advice: ClassVar[dict[str, str]] = {
        "id": "Masih ada yang terbuka di wilayah ini: {what}. Selesaikan dahulu, atau pilih alasan menetapkan juga.",
        "en": "Something in this area is still open: {what}. Settle it first, or choose why to determine it anyway.",
    }


class NothingCounted(Rejected):
    """There are no totals to determine yet."""

    code = "review.nothing_counted"
    advice: ClassVar[dict[str, str]] = {
        "id": "Belum ada hasil yang dapat ditetapkan di {kode}.",
        "en": "There is no result to determine in {kode} yet.",
    }
