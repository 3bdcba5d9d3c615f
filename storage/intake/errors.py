"""Why the intake could not keep something, or find it. Nothing of this is acknowledged; trying again may help."""

from typing import ClassVar

from election.errors import Damaged, Unavailable
from storage.errors import JournalBusy, JournalUnavailable


class DiskFull(Unavailable):
    """There is no room for another photo, less what is left free for the database."""

    code = "intake.disk_full"
    advice: ClassVar[dict[str, str]] = {
        "id": "Penyimpanan foto di server penuh. Foto Anda tetap di ponsel dan akan dikirim lagi.",
        "en": "The server has no room for photos. Yours stays on the phone and is sent again.",
    }


class WriteFailed(Unavailable):
    """The disk did not take a photo."""

    code = "intake.write_failed"
    advice: ClassVar[dict[str, str]] = {
        "id": "Foto tidak dapat ditulis ke penyimpanan. Foto Anda tetap di ponsel dan akan dikirim lagi.",
        "en": "The photo could not be written to storage. It stays on the phone and is sent again.",
    }


class StoreAway(Unavailable):
    """The object store did not take a photo in time."""

    code = "intake.store_away"
    advice: ClassVar[dict[str, str]] = {
        "id": "Penyimpanan objek tidak terjangkau. Foto Anda tetap di ponsel dan akan dikirim lagi.",
        "en": "The object store cannot be reached. The photo stays on the phone and is sent again.",
    }


class IndexAway(Unavailable):
    """Where photos lie cannot be asked just now."""

    code = "intake.index_away"
    advice: ClassVar[dict[str, str]] = {
        "id": "Indeks foto sedang tidak dapat dibaca. Coba lagi sebentar lagi.",
        "en": "The index of photos cannot be read at the moment. Try again shortly.",
    }


class PackDamaged(Damaged):
    """A closed pack does not hold all that was put into it."""

    code = "intake.pack_damaged"
    advice: ClassVar[dict[str, str]] = {
        "id": "Berkas foto {pack} rusak pada bita {at}. Berkas itu dibiarkan; pulihkan dari salinan.",
        "en": "The pack {pack} is damaged at byte {at}. It is left as it is; restore it from a copy.",
    }


LISTED = (DiskFull, WriteFailed, StoreAway, JournalBusy, JournalUnavailable)
"""Every way in which the intake may have to say no to a sender."""
