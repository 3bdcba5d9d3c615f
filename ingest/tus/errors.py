"""What can be wrong with an upload in pieces. Listed with everything else that the door says in `ingest.errors`."""

from typing import ClassVar

from election.errors import SuaraError, Unavailable
from ingest.refusal import Refusal


class WrongVersion(Refusal):
    """Another tus than 1.0.0, or none named. The answer says in `Tus-Version` what is spoken here."""

    code, status, title = "upload.version", 412, "Version not spoken"
    headers: ClassVar[tuple[tuple[str, str], ...]] = (("Tus-Version", "1.0.0"),)
    advice: ClassVar[dict[str, str]] = {
        "id": "Kirim tajuk Tus-Resumable: 1.0.0.",
        "en": "Send the header Tus-Resumable: 1.0.0.",
    }


class ExtensionUnknown(Refusal):
    """A header of a tus extension that this door does not speak; leaving it unheard would keep another file."""

    code, status, title = "upload.extension", 400, "Extension not spoken"
    advice: ClassVar[dict[str, str]] = {
        "id": "{header} tidak dikenal di sini. Kirim tiap foto utuh dengan Upload-Length.",
        "en": "{header} is not spoken here. Send every photo as one upload with its Upload-Length.",
    }


class MetadataMissing(Refusal):
    """`Upload-Metadata` leaves out what says where the photo belongs."""

    code, status, title = "upload.metadata_missing", 400, "Metadata missing"
    advice: ClassVar[dict[str, str]] = {
        "id": "Tambahkan {key} pada Upload-Metadata.",
        "en": "Add {key} to Upload-Metadata.",
    }


class MetadataMalformed(Refusal):
    """A value in `Upload-Metadata` that cannot be one."""

    code, status, title = "upload.metadata_malformed", 400, "Metadata malformed"
    advice: ClassVar[dict[str, str]] = {
        "id": "{key} pada Upload-Metadata tidak dapat dibaca; bentuknya: {shape}.",
        "en": "{key} in Upload-Metadata cannot be read; its shape is: {shape}.",
    }


class ReplacesUnknown(Refusal):
    """The photo that this one is to replace was never received for that page."""

    code, title = "upload.replaces_unknown", "Nothing to replace"
    advice: ClassVar[dict[str, str]] = {
        "id": "Foto yang hendak diganti belum pernah diterima untuk halaman ini. Kirim tanpa replaces.",
        "en": "The photo to be replaced was never received for this page. Send without replaces.",
    }


class UploadUnknown(Refusal):
    """No such upload: never begun, ended by its sender, or swept away."""

    code, status, title = "upload.unknown", 404, "No such upload"
    advice: ClassVar[dict[str, str]] = {
        "id": "Kiriman ini tidak ada. Mulai lagi dengan POST.",
        "en": "There is no such upload. Begin again with POST.",
    }


class UploadExpired(Refusal):
    """The upload was left unfinished for too long."""

    code, status, title = "upload.expired", 410, "Upload expired"
    advice: ClassVar[dict[str, str]] = {
        "id": "Kiriman ini terlalu lama tidak dilanjutkan. Mulai lagi dengan POST.",
        "en": "The upload was left unfinished for too long. Begin again with POST.",
    }


class OffsetDiffers(Refusal):
    """The piece does not begin where the last one ended. Nothing was changed."""

    code, status, title = "upload.offset_differs", 409, "Offset differs"
    advice: ClassVar[dict[str, str]] = {
        "id": "Sudah ada {offset} bita, bukan {sent}. Tanyakan dengan HEAD, lalu lanjutkan dari sana.",
        "en": "{offset} bytes are here, not {sent}. Ask with HEAD and go on from there.",
    }


class BeyondLength(Refusal):
    """More bytes than the upload was said to have."""

    code, status, title = "upload.beyond_length", 413, "Longer than promised"
    advice: ClassVar[dict[str, str]] = {
        "id": "Isi melewati {length} bita yang dijanjikan Upload-Length.",
        "en": "The body goes beyond the {length} bytes that Upload-Length promised.",
    }


class ChecksumUnknown(Refusal):
    """`Upload-Checksum` by an algorithm that is not offered."""

    code, status, title = "upload.checksum_unknown", 400, "Algorithm not offered"
    advice: ClassVar[dict[str, str]] = {
        "id": "Upload-Checksum harus sha1 atau sha256, lalu spasi, lalu base64.",
        "en": "Upload-Checksum must be sha1 or sha256, a space, and base64.",
    }


class ChecksumDiffers(Refusal):
    """The piece is not what `Upload-Checksum` says. Nothing of it was kept."""

    code, status, title = "upload.checksum_differs", 460, "Checksum differs"
    advice: ClassVar[dict[str, str]] = {
        "id": "Potongan rusak di jalan. Kirim lagi dari offset yang sama.",
        "en": "The piece was damaged on its way. Send it again from the same offset.",
    }


class PhotoDiffers(Refusal):
    """The whole photo has another SHA-256 than its metadata promised. The upload is gone."""

    code, title = "upload.hash_differs", "Hash differs"
    advice: ClassVar[dict[str, str]] = {
        "id": "Foto yang tiba ber-SHA-256 {found}, bukan {sent}. Kirim lagi dari awal.",
        "en": "The photo that arrived has SHA-256 {found}, not {sent}. Send it again from the beginning.",
    }


class AlreadyKept(Refusal):
    """A photo that was received cannot be taken back; another one may replace it."""

    code, status, title = "upload.kept", 400, "Already received"
    advice: ClassVar[dict[str, str]] = {
        "id": "Foto ini sudah diterima dan tidak dapat ditarik. Kirim foto baru dengan replaces.",
        "en": "This photo was received and cannot be taken back. Send a new one with replaces.",
    }


class TakenOver(Refusal):
    """A newer request took the upload from this one. What had arrived is kept."""

    code, status, title = "upload.taken_over", 409, "Taken over"
    advice: ClassVar[dict[str, str]] = {
        "id": "Permintaan yang lebih baru melanjutkan kiriman ini. Tanyakan dengan HEAD.",
        "en": "A newer request went on with this upload. Ask with HEAD.",
    }


class StillHeld(Unavailable):
    """Another request is just finishing this upload."""

    code: ClassVar[str] = "upload.held"
    status: ClassVar[int] = 503
    title: ClassVar[str] = "Still held"
    advice: ClassVar[dict[str, str]] = {
        "id": "Kiriman ini sedang diselesaikan. Tanyakan lagi sebentar lagi.",
        "en": "This upload is just being finished. Ask again in a moment.",
    }


class NoRoom(Unavailable):
    """The disk takes no more pieces. What was acknowledged is there."""

    code: ClassVar[str] = "upload.no_room"
    status: ClassVar[int] = 507
    title: ClassVar[str] = "No room"
    headers: ClassVar[tuple[tuple[str, str], ...]] = (("Retry-After", "10"),)
    advice: ClassVar[dict[str, str]] = {
        "id": "Penyimpanan penuh. Lanjutkan sebentar lagi; yang sudah diterima tidak hilang.",
        "en": "The disk is full. Go on in a moment; what was acknowledged is not lost.",
    }


LISTED: tuple[type[SuaraError], ...] = (
    WrongVersion,
    ExtensionUnknown,
    MetadataMissing,
    MetadataMalformed,
    ReplacesUnknown,
    UploadUnknown,
    UploadExpired,
    OffsetDiffers,
    BeyondLength,
    ChecksumUnknown,
    ChecksumDiffers,
    PhotoDiffers,
    AlreadyKept,
    TakenOver,
    StillHeld,
    NoRoom,
)
"""In the order in which an upload meets them."""
