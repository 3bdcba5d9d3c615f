"""What storage refuses or cannot do now. How that travels to a person is the caller's choice."""

from typing import ClassVar

from election.errors import Damaged, Rejected, Unavailable


class ServerMissing(Unavailable):
    """A program that the embedded default needs is not on this machine."""

    code = "storage.server_missing"
    advice: ClassVar[dict[str, str]] = {
        "id": "Program {program} tidak ditemukan. Pasang dengan: pip install 'suara[engine]'",
        "en": "The program {program} was not found. Install it with: pip install 'suara[engine]'",
    }


class ServerFailed(Unavailable):
    """An embedded server did not start, or did not answer in time."""

    code = "storage.server_failed"
    advice: ClassVar[dict[str, str]] = {
        "id": "{program} tidak dapat dijalankan: {reason}",
        "en": "{program} did not start: {reason}",
    }


class ServerInUse(Unavailable):
    """Another process runs the server of this data folder."""

    code = "storage.in_use"
    advice: ClassVar[dict[str, str]] = {
        "id": "Folder {folder} sedang dipakai proses lain. Hentikan dulu proses itu.",
        "en": "The folder {folder} is in use by another process. Stop that one first.",
    }


class MigrationChanged(Damaged):
    """A migration that this database has already run reads differently now."""

    code = "storage.migration_changed"
    advice: ClassVar[dict[str, str]] = {
        "id": "Migrasi {name} berubah setelah dijalankan. Pulihkan berkas aslinya dan tulis migrasi baru.",
        "en": "Migration {name} has changed since it ran here. Restore the file and write a new migration instead.",
    }


class UnknownKind(Rejected):
    """A writer offered an event that no reader would know."""

    code = "journal.unknown_kind"
    advice: ClassVar[dict[str, str]] = {
        "id": "Jenis kejadian {kind} tidak dikenal jurnal.",
        "en": "The journal does not know the kind of event {kind}.",
    }


class NotADecision(Rejected):
    """`expect` was given for an event that decides nothing."""

    code = "journal.not_a_decision"
    advice: ClassVar[dict[str, str]] = {
        "id": "Kejadian {kind} bukan keputusan, jadi tidak ada versi yang bisa dibandingkan.",
        "en": "The event {kind} is not a decision, so there is no version to compare with.",
    }


class ReplacesDiffers(Rejected):
    """A decision says in public that it replaces another version than the one it was compared with."""

    code = "journal.replaces_differs"
    advice: ClassVar[dict[str, str]] = {
        "id": "Keputusan menyebut menggantikan nomor {replaces}, tetapi dibandingkan dengan nomor {expect}.",
        "en": "The decision says it replaces number {replaces} but is compared with number {expect}.",
    }


class RecordDetermined(Rejected):
    """A decision on a record whose result is determined: only a new version on a legal ground can follow."""

    code = "record.determined"
    advice: ClassVar[dict[str, str]] = {
        "id": "Hasil wilayah {area} ditetapkan (SK {number}). Hanya versi baru dengan dasar hukum dapat menyusul.",
        "en": "The result of area {area} is determined (SK {number}). Only a new version on a legal ground can follow.",
    }


class RulingRefused(Rejected):
    """What stands on the record or area does not allow this ruling."""

    code = "record.not_allowed"
    advice: ClassVar[dict[str, str]] = {
        "id": "Keadaan catatan ini tidak mengizinkannya (nomor {number}). Muat ulang dan periksa lagi.",
        "en": "The state of this record does not allow it (number {number}). Load it again and check.",
    }


class JournalUnavailable(Unavailable):
    """The database did not confirm in time. Whether the event was kept is unknown: send it again with its key."""

    code = "journal.unavailable"
    advice: ClassVar[dict[str, str]] = {
        "id": "Jurnal belum dapat memastikan penyimpanan. Kirim lagi dengan kunci yang sama.",
        "en": "The journal could not confirm in time. Send it again under the same id.",
    }


class JournalBusy(Unavailable):
    """More drafts wait than the writer may hold in memory."""

    code = "journal.busy"
    advice: ClassVar[dict[str, str]] = {
        "id": "Antrean jurnal penuh ({waiting}). Coba lagi sebentar.",
        "en": "The journal's queue is full ({waiting}). Try again shortly.",
    }


class JournalDamaged(Damaged):
    """Numbers that must follow each other do not."""

    code = "journal.damaged"
    advice: ClassVar[dict[str, str]] = {
        "id": "Jurnal {journal}: setelah nomor {after} ditemukan nomor {found}. Jalankan: suara doctor",
        "en": "Journal {journal}: number {found} follows number {after}. Run: suara doctor",
    }


class ScanMissing(Unavailable):
    """No bytes are kept under this hash here (yet)."""

    code = "scan.missing"
    advice: ClassVar[dict[str, str]] = {
        "id": "Foto {sha256} tidak ada di penyimpanan ini.",
        "en": "Nothing is kept here under the hash {sha256}.",
    }


class ScanDamaged(Damaged):
    """The bytes kept under a hash are others than it names."""

    code = "scan.damaged"
    advice: ClassVar[dict[str, str]] = {
        "id": "Isi penyimpanan untuk {sha256} rusak (sekarang {found}). Pulihkan dari salinan.",
        "en": "What is kept under {sha256} is damaged (it now hashes to {found}). Restore it from a copy.",
    }


class LogFileMissing(Unavailable):
    """A tile that the published head needs is not where the log's files are."""

    code = "log.file_missing"
    advice: ClassVar[dict[str, str]] = {
        "id": "Berkas log {path} tidak ada. Jalankan: suara publish (berkas ditulis ulang dari jurnal).",
        "en": "The log's file {path} is not there. Run: suara publish (it is written again from the journal).",
    }
