"""What an outsider's check finds that is not as it should be: a code, where, and words for people."""

from msgspec import Struct

TEXTS: dict[str, tuple[str, str]] = {
    "log.absent": ("log tidak ada di alamat ini", "there is no log at this address"),
    "log.unsigned": ("kepala log tidak ditandatangani oleh log itu", "the log's head is not signed by that log"),
    "log.unwitnessed": (
        "saksi yang menandatangani kepala log kurang dari kuorum",
        "fewer witnesses have signed the head than the policy asks for",
    ),
    "log.shrunk": ("log lebih pendek daripada yang pernah dilihat", "the log is shorter than it was seen before"),
    "log.forked": (
        "log tidak melanjutkan kepala yang pernah dilihat",
        "the log does not go on from the head that was seen before",
    ),
    "log.missing": ("berkas log tidak ada", "a file of the log is missing"),
    "log.malformed": ("berkas log tidak berbentuk semestinya", "a file of the log is not well formed"),
    "log.entry_unreadable": ("catatan log tidak dapat dibaca", "an entry of the log cannot be read"),
    "log.figures_malformed": (
        "banyaknya angka dalam catatan log berbeda dari formulirnya",
        "an entry of the log has more or fewer figures than its form",
    ),
    "log.unknown_tps": (
        "catatan log tentang TPS atau wilayah yang tidak ada dalam daftar TPS",
        "an entry of the log is about a TPS or area that the list of TPS leaves out",
    ),
    "log.tile_differs": ("ubin hash berbeda dari catatannya", "a tile of hashes differs from its entries"),
    "log.root_differs": (
        "akar yang dihitung dari semua catatan berbeda dari kepala log",
        "the root over all entries differs from the head's",
    ),
    "log.stalled": ("kepala log tidak bertambah", "the log's head does not move"),
    "stream.differs": ("aliran berbeda dari catatan log", "the stream differs from the log's entries"),
    "stream.gap": ("aliran melewatkan catatan log", "the stream leaves out entries of the log"),
    "document.absent": ("dokumen tidak ada", "a document is missing"),
    "document.malformed": ("dokumen tidak berbentuk semestinya", "a document is not well formed"),
    "document.differs": (
        "angka yang diterbitkan berbeda dari catatan log",
        "a published figure differs from the log's entries",
    ),
    "document.stale": (
        "dokumen belum memuat catatan log yang sudah lama ada",
        "a document leaves out entries of the log that the cursor says are in it",
    ),
    "document.ahead": ("dokumen mendahului kepala log", "a document is ahead of the log's head"),
    "document.stalled": (
        "dokumen tidak lagi mengikuti catatan log",
        "the documents no longer follow the log's entries",
    ),
    "document.went_back": ("dokumen mundur ke potongan sebelumnya", "a document went back to an earlier cut"),
    "document.unknown_tps": ("TPS tidak dikenal", "a TPS that the reference does not know"),
    "reference.absent": ("daftar TPS (reference.json) tidak ada", "the list of TPS (reference.json) is missing"),
    "reference.malformed": (
        "daftar TPS (reference.json) tidak dapat dipakai",
        "the list of TPS (reference.json) cannot be used",
    ),
    "reference.changed": (
        "daftar TPS (reference.json) berbeda dari yang pertama kali dilihat",
        "the list of TPS (reference.json) is another than the one that was seen first",
    ),
    "policy.changed": (
        "kebijakan (log/policy) berbeda dari yang pertama kali dilihat",
        "the policy (log/policy) is another than the one that was seen first",
    ),
    "scan.absent": ("gambar pindaian tidak ada", "a scan's picture is missing"),
    "scan.differs": (
        "SHA-256 gambar pindaian berbeda dari catatan log",
        "a scan's SHA-256 differs from the log's entry",
    ),
    "standby.differs": (
        "basis data cadangan berbeda dari catatan log",
        "the standby database differs from the log's entries",
    ),
    "standby.absent": ("basis data cadangan tidak menjawab", "the standby database does not answer as it should"),
    "receipt.invalid": ("tanda terima tidak membuktikan apa pun", "the receipt proves nothing"),
    "receipt.not_in_log": (
        "yang dikuitansikan tidak ada pada nomor itu di log",
        "what the receipt promises is not at that number of the log",
    ),
}
"""Code → Indonesian and English."""


class Finding(Struct, frozen=True):
    """One thing that is not as it should be. `log` is its origin, `where` a file, a place or an entry's number."""

    code: str
    log: str
    where: str = ""
    field: str = ""  # of a document, whose value differs
    ours: int | float | str | None = None  # what the log comes to
    theirs: int | float | str | None = None  # what is published

    @property
    def id(self) -> str:
        """In Indonesian."""
        return TEXTS[self.code][0]

    @property
    def en(self) -> str:
        """In English."""
        return TEXTS[self.code][1]
