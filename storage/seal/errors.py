"""Why an original cannot be sealed, or not be opened here."""

from typing import ClassVar

from election.errors import Rejected, Unavailable


class NoCustodian(Unavailable):
    """Nobody was named whose key outlives this machine's."""

    code = "scan.no_custodian"
    advice: ClassVar[dict[str, str]] = {
        "id": "Kunci kustodian belum ada. Buat dengan: suara scans custodian --out kustodian.key",
        "en": "There is no custodian's key yet. Make one: suara scans custodian --out custodian.key",
    }


class ScanShut(Rejected):
    """The original is here, sealed, and this installation has no key to it any more."""

    code = "scan.shut"
    advice: ClassVar[dict[str, str]] = {
        "id": "Foto asli {sha256} tersegel; kunci operasi sudah dimusnahkan menurut aturan retensi. Hanya kustodian "
        "yang dapat membukanya.",
        "en": "The original {sha256} is sealed and the operating key was destroyed, as retention has it. Only the "
        "custodian can open it.",
    }


class SealFailed(Unavailable):
    """What was sealed does not open to what it should. The clear bytes stay."""

    code = "scan.seal_failed"
    advice: ClassVar[dict[str, str]] = {
        "id": "Salinan tersegel dari {sha256} tidak terbuka dengan benar. Foto aslinya tidak dihapus.",
        "en": "The sealed copy of {sha256} does not open to it. The clear original was not removed.",
    }


class NotDue(Rejected):
    """Retention does not allow it yet, or somebody must say so first."""

    code = "scan.not_due"
    advice: ClassVar[dict[str, str]] = {
        "id": "{rule} untuk {contest} belum boleh: {why}",
        "en": "{rule} of {contest} is not due: {why}",
    }
