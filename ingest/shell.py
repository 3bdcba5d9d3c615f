"""The officer's app as files: `web/kpps/dist`, held in memory, folded beforehand, under a strict policy.

What the app does is `web/kpps`'s; what it asks for, the other handlers'.
"""

import mimetypes
from functools import cache
from hashlib import sha256
from pathlib import Path

from msgspec import Struct

from ingest.ask import Answer, Ask
from ingest.door import Door
from ingest.wire import NoSuchAddress

DIST = Path(__file__).parent.parent / "web" / "kpps" / "dist"

FOLDED = ((".br", "br"), (".gz", "gzip"))
"""Endings of the folded copies that a build leaves, and what HTTP calls them; the better first."""

TYPES = {".js": "text/javascript", ".webmanifest": "application/manifest+json", ".wasm": "application/wasm"}
"""Where machines differ in what they call a file, or know no name."""

FOREVER = "public, max-age=31536000, immutable"
"""For files that carry their hash in their name."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; "
    "worker-src 'self'; manifest-src 'self'; connect-src 'self'{accounts}; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Asset(Struct, frozen=True):
    """One file as it is sent: bytes by `Content-Encoding`, "" for the file itself."""

    bodies: dict[str, bytes]
    kind: str
    tag: str

    def best(self, accepted: str) -> tuple[str, bytes]:
        """The smallest form that the asker takes."""
        offered = {part.partition(";")[0].strip() for part in accepted.split(",") if not part.endswith("q=0")}
        coding = next((name for _, name in FOLDED if name in offered and name in self.bodies), "")
        return coding, self.bodies[coding]


@cache
def assets(folder: Path = DIST) -> dict[str, Asset]:
    """Path below `/` → file, read once. Empty where the app was not built."""
    endings = {ending for ending, _ in FOLDED}
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: _asset(path) for name, path in found.items() if path.suffix not in endings and name != "sources.json"}


def _asset(path: Path) -> Asset:
    copies = {name: path.with_name(path.name + ending) for ending, name in FOLDED}
    plain = path.read_bytes()
    bodies = {"": plain} | {name: copy.read_bytes() for name, copy in copies.items() if copy.exists()}
    kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    charset = "; charset=utf-8" if kind.startswith("text/") else ""
    return Asset(bodies, kind + charset, f'"{sha256(plain).hexdigest()[:32]}"')


async def get_shell(door: Door, ask: Ask) -> Answer:
    """`GET /` and the files of the app. Raises NoSuchAddress."""
    name = ask.path.removeprefix("/") or "index.html"
    asset = assets().get(name)
    if asset is None:
        raise NoSuchAddress()
    headers = [("ETag", asset.tag), ("Vary", "Accept-Encoding"), *_policy(name, door.accounts)]
    if asset.tag in (ask.headers.get("if-none-match") or ""):
        return Answer(304, b"", tuple(headers))
    coding, body = asset.best(ask.headers.get("accept-encoding") or "")
    if coding:
        headers.append(("Content-Encoding", coding))
    return Answer(200, body, tuple(headers), asset.kind)


def _policy(name: str, accounts: str | None) -> tuple[tuple[str, str], ...]:
    return (
        ("Cache-Control", FOREVER if name.startswith("assets/") else "no-cache"),
        ("Content-Security-Policy", POLICY.format(accounts=f" {accounts}" if accounts else "")),
        ("Permissions-Policy", "camera=(self), microphone=(), geolocation=()"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Referrer-Policy", "no-referrer"),
        ("X-Content-Type-Options", "nosniff"),
    )
