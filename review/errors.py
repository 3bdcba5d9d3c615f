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
