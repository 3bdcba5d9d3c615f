"""By what a publisher knows that everything must be written anew."""

import hashlib
from pathlib import Path

import msgspec

import election
from election.bundle import Bundle
from publisher.site import SHARED, TEMPLATES


def edition(bundle: Bundle, key: str, base_url: str) -> str:
    """Changes when everything must be written anew: other program, rules, words, bundle, address, or another boot.

    The boot is part of it because nothing is synced: what was written last before a power cut may be gone.
    """
    boot = Path("/proc/sys/kernel/random/boot_id")
    parts = [
        msgspec.json.encode(bundle.manifest),
        str((bundle.tree.n_areas, bundle.tree.n_tps)).encode(),
        key.encode(),
        base_url.encode(),
        boot.read_bytes() if boot.exists() else b"",
        *_files(Path(__file__).parent, "*.py"),
        *_files(Path(election.__file__).parent, "*.py"),
        *(
            path.read_bytes()
            for home in (TEMPLATES.parent, SHARED)
            for path in sorted(home.rglob("*"))
            if path.is_file()
        ),
    ]
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def _files(home: Path, names: str) -> list[bytes]:
    return [path.read_bytes() for path in sorted(home.rglob(names)) if path.is_file()]
