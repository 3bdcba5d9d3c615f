"""Why the intake could not keep something. All of these mean: it is not acknowledged, send it again."""

from typing import ClassVar

from election.errors import Unavailable
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


LISTED = (DiskFull, WriteFailed, StoreAway, JournalBusy, JournalUnavailable)
"""Every way in which the intake may have to say no."""
