"""Which documents lie compressed beside themselves, and how: those that many people read while they change.

Written ahead: the pages and documents of nation, provinsi, kabupaten and dapil, lists, reference, the site's own files.
The million others are read by few and written again before most are read at all; whoever serves them compresses what
is asked for. The rule looks at the path alone, so that a document never stops having its companion. Measured on 397
documents of an evening: level 3 leaves 21.6 % at 105 MB/s, level 6 19.4 % at 63, level 1 23.2 % at 121.
"""

import gzip
import re

SUFFIX = ".gz"
LEVEL = 3

RULE = "1"
"""Changes when the rule does: companions made under another one are swept away."""

KODE = r"(?:0|[0-9A-Z]{2}|[0-9A-Z]{4})"
_AHEAD = re.compile(
    rf"[a-z0-9-]+\.html|[a-z]+/(?:{KODE}|koreksi)\.html|[a-z]+/(?:dapil|waktu|ditahan)/[0-9A-Z]+\.html"
    rf"|v1/[a-z]+/(?:{KODE}|reference)\.json|v1/[a-z]+/(?:dapil|history)/[0-9A-Z]+\.json"
    r"|(?:pemilu|pilkada)/hhcw/[a-z]+(?:/[0-9A-Z]{2}(?:/[0-9A-Z]{4})?)?\.json"
    r"|pemilu/hhcd/.+\.json|(?:pemilu|pilkada)/(?:caleg|paslon)/.+\.json|pemilu/[a-z]+\.json"
    rf"|wilayah/(?:pemilu|pilkada)/[a-z]+/{KODE}\.json|(?:static|cari)/.+\.(?:css|js|svg|json)"
)

KINDS = (".html", ".json", ".css", ".js", ".svg", ".txt", ".atom")
"""What gains at all from being compressed; pictures do not."""


def ahead(path: str) -> bool:
    """Whether the document at `path` has a companion."""
    return _AHEAD.fullmatch(path) is not None


def squeeze(data: bytes, level: int = LEVEL) -> bytes:
    """`data` as gzip (RFC 1952), the same bytes for the same data: no time and no name within."""
    return gzip.compress(data, level, mtime=0)
