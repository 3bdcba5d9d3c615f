"""Addresses of the site's own files that may be kept for ever: they change when the file does.

The file itself lies under its plain name, so that any file server finds it; the question mark and what follows is for
caches alone.
"""

from functools import cache
from hashlib import sha256
from pathlib import Path

STATIC = Path(__file__).parent.parent / "web" / "site" / "static"

DIGITS = 10


@cache
def static(name: str) -> str:
    """`static/site.css?v=3f0c…`, below the site's root. Raises FileNotFoundError for a file that the site lacks."""
    digest = sha256((STATIC / name).read_bytes()).hexdigest()[:DIGITS]
    return f"static/{name}?v={digest}"
