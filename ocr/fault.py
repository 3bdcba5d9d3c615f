"""Why a photo cannot be read, each with a code for the journal and advice for the person who took it."""

from typing import ClassVar

from election.errors import Rejected, Unavailable


class ScanFault(Rejected):
    """A photo that gives no scores. The photo itself is kept."""


class NotAnImage(ScanFault):
    """The bytes are no JPEG, no PNG and no HEIC."""

    code = "scan.not_an_image"
    advice: ClassVar[dict[str, str]] = {
        "id": "Berkas ini bukan foto JPEG, PNG, atau HEIC. Kirim foto dari kamera.",
        "en": "This file is no JPEG, PNG or HEIC photo. Send a photo from the camera.",
    }


class TooLarge(ScanFault):
    """More bytes or pixels than anyone needs to photograph a form."""

    code = "scan.too_large"
    advice: ClassVar[dict[str, str]] = {
        "id": "Foto terlalu besar ({what}). Batasnya 8 MB dan 25 megapiksel.",
        "en": "The photo is too large ({what}). The limits are 8 MB and 25 megapixels.",
    }


class DamagedImage(ScanFault):
    """An image that breaks off or cannot be decoded."""

    code = "scan.damaged"
    advice: ClassVar[dict[str, str]] = {
        "id": "Foto rusak atau terpotong saat dikirim. Kirim ulang.",
        "en": "The photo is damaged or was cut off on its way. Send it again.",
    }


class Unsupported(ScanFault):
    """A rare variety of JPEG or HEIC that no phone's camera writes, and that we do not decode."""

    code = "scan.unsupported"
    advice: ClassVar[dict[str, str]] = {
        "id": "Jenis foto ini ({what}) tidak didukung. Foto ulang dengan kamera ponsel, atau simpan sebagai JPEG.",
        "en": "This variety of photo ({what}) is not supported. Take it with a phone's camera, or save it as JPEG.",
    }


class TooSmall(ScanFault):
    """A picture in which no form could be read."""

    code = "scan.too_small"
    advice: ClassVar[dict[str, str]] = {
        "id": "Gambar terlalu kecil ({what}). Kirim foto asli dari kamera, bukan gambar kecilnya.",
        "en": "The picture is too small ({what}). Send the camera's own photo, not a thumbnail of it.",
    }


class TooSlow(ScanFault):
    """Decoding took longer than any camera's photo does, and was stopped."""

    code = "scan.too_slow"
    advice: ClassVar[dict[str, str]] = {
        "id": "Foto ini tidak selesai dibuka dalam waktu yang wajar. Foto ulang dengan kamera ponsel.",
        "en": "This photo could not be opened in reasonable time. Take it again with a phone's camera.",
    }


class Undecodable(ScanFault):
    """The decoder died of this photo, twice; nothing else was lost."""

    code = "scan.undecodable"
    advice: ClassVar[dict[str, str]] = {
        "id": "Foto ini tidak dapat dibuka dengan aman. Foto ulang dengan kamera ponsel.",
        "en": "This photo cannot be opened safely. Take it again with a phone's camera.",
    }


class NoPage(ScanFault):
    """Neither a page tag nor corner marks nor the layout of a page was found."""

    code = "scan.no_page"
    advice: ClassVar[dict[str, str]] = {
        "id": "Halaman formulir tidak ditemukan. Foto ulang seluruh halaman dengan keempat sudut dan kode kotak "
        "hitam-putihnya terlihat jelas.",
        "en": "No page of the form was found. Photograph the whole page again, with its four corners and its black and "
        "white code clearly in view.",
    }


class WrongForm(ScanFault):
    """A page, but of no page of the form that was asked for. `which` says of which, as far as its tag does."""

    code = "scan.wrong_form"
    advice: ClassVar[dict[str, str]] = {
        "id": "Halaman ini dari formulir lain: {which_id}. Kirim pada pemilihan yang benar.",
        "en": "This page belongs to another form: {which}. Send it under the right contest.",
    }


class PageUnknown(ScanFault):
    """A page was found that looks like several of the form's, and its tag cannot be read."""

    code = "scan.page_unknown"
    advice: ClassVar[dict[str, str]] = {
        "id": "Kode halaman tertutup, sehingga tidak jelas ini halaman berapa. Foto ulang dengan kode kotak "
        "hitam-putihnya terlihat.",
        "en": "The page's code is covered, so that it is not clear which page this is. Photograph it again with the "
        "black and white code in view.",
    }


class CornerMissing(ScanFault):
    """Too few of the corner marks are in the picture. `which` names them."""

    code = "scan.corner_missing"
    advice: ClassVar[dict[str, str]] = {
        "id": "Tanda sudut tidak terlihat: {which_id}. Foto ulang sehingga keempat sudut masuk.",
        "en": "Corner marks cannot be seen: {which}. Photograph again with all four corners in the picture.",
    }


class Blurred(ScanFault):
    """The page was found, but strokes of a pen cannot be told apart in it."""

    code = "scan.blurred"
    advice: ClassVar[dict[str, str]] = {
        "id": "Foto terlalu buram atau terlalu kecil untuk dibaca. Dekatkan kamera dan tahan diam.",
        "en": "The photo is too blurred or too small to be read. Hold the camera closer and still.",
    }


class Unreadable(ScanFault):
    """Reading this photo failed again and again on our side."""

    code = "scan.unreadable"
    advice: ClassVar[dict[str, str]] = {
        "id": "Mesin gagal membaca foto ini; validator akan melihatnya.",
        "en": "The machine failed to read this photo; a validator will look at it.",
    }


class DecoderAway(Unavailable):
    """The process that decodes photos could not be started. This says nothing about any photo."""

    code = "decoder.away"
    advice: ClassVar[dict[str, str]] = {
        "id": "Pembuka foto tidak dapat dijalankan ({reason}). Coba lagi nanti.",
        "en": "The process that opens photos could not be started ({reason}). Try again later.",
    }
