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
    "log.tile_differs": ("ubin hash berbeda dari catatannya", "a tile of hashes differs from its entries"),
    "log.root_differs": (
        "akar yang dihitung dari semua catatan berbeda dari kepala log",
        "the root over all entries differs from the head's",
    ),
}
"""Code → Indonesian and English."""


class Finding(Struct, frozen=True):
    """One thing that is not as it should be. `log` is its origin, `where` a file or an entry's number."""

    code: str
    log: str
    where: str = ""

    @property
    def id(self) -> str:
        """In Indonesian."""
        return TEXTS[self.code][0]

    @property
    def en(self) -> str:
        """In English."""
        return TEXTS[self.code][1]
