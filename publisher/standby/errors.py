"""What can be wrong with the standby, each with what an operator does about it."""

from typing import ClassVar

from election.errors import Unavailable


class NotFollowable(Unavailable):
    """The primary keeps too little in its log for anyone to follow it."""

    code = "standby.not_followable"
    advice: ClassVar[dict[str, str]] = {
        "id": "PostgreSQL utama berjalan dengan wal_level={level}. Setel wal_level=logical, lalu jalankan ulang.",
        "en": "The primary runs with wal_level={level}. Set wal_level=logical and restart it.",
    }


class NotPrepared(Unavailable):
    """The primary has no publication, or its role may not read it."""

    code = "standby.not_prepared"
    advice: ClassVar[dict[str, str]] = {
        "id": "PostgreSQL utama belum disiapkan: {reason}. Sebagai superuser: suara standby prepare | psql",
        "en": "The primary is not prepared: {reason}. As a superuser run: suara standby prepare | psql",
    }


class Rebuilding(Unavailable):
    """Another process is building the next copy."""

    code = "standby.rebuilding"
    advice: ClassVar[dict[str, str]] = {
        "id": "Salinan baru sedang dibangun oleh proses lain. Lihat: suara standby status",
        "en": "Another process is building a new copy. Look at: suara standby status",
    }


class NotCopied(Unavailable):
    """The new copy did not become whole in time."""

    code = "standby.not_copied"
    advice: ClassVar[dict[str, str]] = {
        "id": "Salinan baru belum lengkap setelah {seconds} detik ({ready} dari {tables} tabel). Yang lama dipakai.",
        "en": "The new copy was not whole after {seconds} s ({ready} of {tables} tables). The old one goes on serving.",
    }


class NoCopy(Unavailable):
    """There is no copy yet."""

    code = "standby.no_copy"
    advice: ClassVar[dict[str, str]] = {
        "id": "Salinan publik belum ada. Jalankan: suara standby --data DIR",
        "en": "There is no public copy yet. Run: suara standby --data DIR",
    }
