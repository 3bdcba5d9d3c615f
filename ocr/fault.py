"""Why a photo cannot be read, each with a code for the journal and advice for the person who took it."""

from typing import ClassVar

from election.errors import Rejected


class ScanFault(Rejected):
    """A photo that gives no scores. The photo itself is kept."""


class NotAnImage(ScanFault):
    """The bytes are no JPEG and no PNG."""

    code = "scan.not_an_image"
    advice: ClassVar[dict[str, str]] = {
        "id": "Berkas ini bukan foto JPEG atau PNG. Kirim foto dari kamera.",
        "en": "This file is neither a JPEG nor a PNG photo. Send a photo from the camera.",
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


class NoPage(ScanFault):
    """No page tag was found."""

    code = "scan.no_page"
    advice: ClassVar[dict[str, str]] = {
        "id": "Kode kotak hitam-putih di kanan atas halaman tidak terlihat. Foto ulang seluruh halaman dengan jelas.",
        "en": "The black and white code at the top right of the page cannot be seen. Photograph the whole page again.",
    }


class WrongForm(ScanFault):
    """A page tag, but of no page of the form that was asked for."""

    code = "scan.wrong_form"
    advice: ClassVar[dict[str, str]] = {
        "id": "Halaman ini dari formulir lain (kode {tag}).",
        "en": "This page belongs to another form (tag {tag}).",
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
