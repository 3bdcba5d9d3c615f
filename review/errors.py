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
    """The record or area lies outside the account's area."""

    code = "review.outside_area"
    advice: ClassVar[dict[str, str]] = {
        "id": "{kode} di luar wilayah Anda ({area}).",
        "en": "{kode} lies outside your area ({area}).",
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


class NothingToOutline(Rejected):
    """The page's photo needs no outline, or nobody could see a page in it."""

    code = "review.nothing_to_outline"
    advice: ClassVar[dict[str, str]] = {
        "id": "Foto halaman {page} tidak perlu atau tidak dapat ditandai.",
        "en": "The photo of page {page} needs no outline, or cannot have one.",
    }


class BadOutline(Rejected):
    """Four points that are no page seen from its front."""

    code = "review.bad_outline"
    advice: ClassVar[dict[str, str]] = {
        "id": "Keempat sudut harus mengelilingi kertas searah jarum jam, mulai dari kiri atas formulir.",
        "en": "The four corners must go round the paper clockwise, from the top left of the form as it is printed.",
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
        "en": "{duty_en} in {kode} is not for your account to do.",
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


class BadSum(Rejected):
    """A figure of a D.Hasil is no whole number."""

    code = "review.bad_sum"
    advice: ClassVar[dict[str, str]] = {
        "id": "Isian {field} harus bilangan bulat, paling banyak sembilan angka.",
        "en": "{field} must be a whole number of at most nine digits.",
    }


class NoSuchColumn(Rejected):
    """The document has no column about that place."""

    code = "review.no_column"
    advice: ClassVar[dict[str, str]] = {
        "id": "D.Hasil {kode} tidak punya kolom {of}.",
        "en": "The D.Hasil of {kode} has no column {of}.",
    }


class NothingEntered(Rejected):
    """A column of a D.Hasil without a single figure."""

    code = "review.nothing_entered"
    advice: ClassVar[dict[str, str]] = {
        "id": "Belum ada satu angka pun yang diisi.",
        "en": "Not a single figure was entered.",
    }


class DocumentDiffers(Rejected):
    """The column breaks its own sums, and nobody said that the paper does too."""

    code = "review.document_differs"
    advice: ClassVar[dict[str, str]] = {
        "id": "{what} Periksa ketikan; bila dokumennya memang tertulis begitu, centang pernyataan itu.",
        "en": "{what_en} Check what was typed; if the document itself says so, tick the box that says it.",
    }


class NoSuchDispute(Rejected):
    """No dispute of this record or area has that number."""

    code = "review.no_dispute"
    advice: ClassVar[dict[str, str]] = {
        "id": "Tidak ada sengketa nomor {number} di sini.",
        "en": "There is no dispute number {number} here.",
    }


class NoSuchReport(Rejected):
    """No report from outside has that number in this contest."""

    code = "review.no_report"
    advice: ClassVar[dict[str, str]] = {
        "id": "Tidak ada laporan nomor {number} dalam pemilihan ini.",
        "en": "There is no report number {number} in this contest.",
    }


class NoSuchDocument(Rejected):
    """No event about this record or area names that document."""

    code = "review.no_document"
    advice: ClassVar[dict[str, str]] = {
        "id": "Dokumen {sha} tidak disebut dalam keputusan di sini.",
        "en": "No ruling here names document {sha}.",
    }
