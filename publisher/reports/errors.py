"""What is refused about a report, with a reason code, and words for whoever sent it."""

from typing import ClassVar

from election.errors import Rejected, SuaraError, Unavailable


class NoSuchPlace(Rejected):
    """There is no such record on the site."""

    code = "report.no_place"
    status = 404
    advice: ClassVar[dict[str, str]] = {
        "id": "Tidak ada TPS {tps} dalam pemilihan {contest}. Buka halaman TPS-nya, lalu laporkan dari sana.",
        "en": "There is no TPS {tps} in contest {contest}. Open its page and report from there.",
    }


class NothingYet(Rejected):
    """Nothing is shown of this figure that a report could differ from."""

    code = "report.nothing_yet"
    status = 409
    advice: ClassVar[dict[str, str]] = {
        "id": "Belum ada angka yang ditampilkan untuk isian ini, jadi belum ada yang dapat dibandingkan.",
        "en": "No figure is shown for this field yet, so there is nothing to compare with.",
    }


class NoSuchField(Rejected):
    """The form has no such number."""

    code = "report.no_field"
    status = 422
    advice: ClassVar[dict[str, str]] = {
        "id": "Pilih isian formulir yang angkanya berbeda.",
        "en": "Choose the field whose figure differs.",
    }


class BadValue(Rejected):
    """What was seen is no whole number from 0 to 999."""

    code = "report.bad_value"
    status = 422
    advice: ClassVar[dict[str, str]] = {
        "id": "Tulis angka yang Anda lihat di formulir: bilangan bulat 0 sampai 999.",
        "en": "Write the figure that you see on the form: a whole number from 0 to 999.",
    }


class NoDifference(Rejected):
    """The figure that counts is the reported one."""

    code = "report.no_difference"
    status = 409
    advice: ClassVar[dict[str, str]] = {
        "id": "Angka yang dihitung sudah {value}; tidak ada perbedaan yang perlu dilaporkan.",
        "en": "The figure that counts is {value} already; there is no difference to report.",
    }


class NoteTooLong(Rejected):
    """The note is longer than a reviewer reads."""

    code = "report.note_too_long"
    status = 422
    advice: ClassVar[dict[str, str]] = {
        "id": "Catatan paling panjang {limit} huruf.",
        "en": "A note has at most {limit} characters.",
    }


class BadForm(Rejected):
    """A form that our page did not make."""

    code = "report.bad_form"
    status = 422
    advice: ClassVar[dict[str, str]] = {
        "id": "Isian tidak lengkap. Periksa lagi dan kirim sekali lagi.",
        "en": "Something is missing from the form. Look again and send it once more.",
    }


class Trapped(Rejected):
    """A field that people do not see was filled in."""

    code = "report.trap"
    status = 422
    advice: ClassVar[dict[str, str]] = {
        "id": "Kosongkan isian Situs web; itu jebakan untuk program.",
        "en": "Leave the field Web site empty; it is a trap for programs.",
    }


class FromElsewhere(Rejected):
    """Another site's page made the browser send this."""

    code = "report.from_elsewhere"
    status = 403
    advice: ClassVar[dict[str, str]] = {
        "id": "Laporan hanya diterima dari halaman situs ini. Kirim sekali lagi dari formulir di bawah.",
        "en": "Reports are taken from pages of this site only. Send it again from the form below.",
    }


class TooLarge(Rejected):
    """More bytes than a report has."""

    code = "report.too_large"
    status = 413
    advice: ClassVar[dict[str, str]] = {
        "id": "Laporan paling besar {limit} bita.",
        "en": "A report has at most {limit} bytes.",
    }


class TooSlow(Rejected):
    """A report that has begun, and does not come to its end."""

    code = "report.too_slow"
    status = 408
    advice: ClassVar[dict[str, str]] = {
        "id": "Laporan tidak sampai seluruhnya. Kirim sekali lagi.",
        "en": "The report did not come whole. Send it once more.",
    }


class WrongType(Rejected):
    """Neither a form nor JSON."""

    code = "report.wrong_type"
    status = 415
    advice: ClassVar[dict[str, str]] = {
        "id": "Kirim sebagai formulir atau sebagai application/json.",
        "en": "Send a form, or application/json.",
    }


class TooMany(Rejected):
    """This address, TPS or site had enough for an hour."""

    code = "report.too_many"
    status = 429
    advice: ClassVar[dict[str, str]] = {
        "id": "Terlalu banyak laporan dalam satu jam. Coba lagi dalam {minutes} menit; isian Anda tetap ada di bawah.",
        "en": "Too many reports within an hour. Try again in {minutes} minutes; what you typed is kept below.",
    }


class NoSuchReport(Rejected):
    """No report has that code."""

    code = "report.unknown"
    status = 404
    advice: ClassVar[dict[str, str]] = {
        "id": "Tidak ada laporan dengan kode {reference}. Periksa huruf dan angkanya.",
        "en": "No report has the code {reference}. Check its letters and digits.",
    }


class ReportsAway(Unavailable):
    """Reports cannot be kept or looked up now."""

    code = "report.away"
    advice: ClassVar[dict[str, str]] = {
        "id": "Laporan belum dapat disimpan sekarang. Isian Anda tetap ada di bawah; kirim lagi beberapa menit lagi.",
        "en": "Reports cannot be kept just now. What you typed is still below; send it again in some minutes.",
    }


LISTED: tuple[type[SuaraError], ...] = (
    NoSuchPlace, NoSuchReport, NothingYet, NoDifference, NoSuchField, BadValue, NoteTooLong, BadForm, Trapped,
    FromElsewhere, TooLarge, TooSlow, WrongType, TooMany, ReportsAway,
)  # fmt: skip
"""Every refusal there is."""
