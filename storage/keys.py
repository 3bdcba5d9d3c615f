"""The installation's own keys: made once, kept in a folder that only it reads (`data/keys`, files of mode 0600).

Beside each private key lies its public half (`NAME.pub`), which is all that most machines of a data centre get. What
a key signs is its owner's business: `accounts` certificates, `tokens`, `receipts`, `log`.
"""

import secrets
from pathlib import Path

from storage import durable
from tlog.note import Algorithm, Signer, Verifier

ORIGIN = "suara"
"""What keys are named after where the installation has no name of its own."""


def load_or_make(folder: Path, name: str, origin: str = ORIGIN) -> Signer:
    """The key `name` of this installation, made where there is none. Processes that start together get the same.

    `origin` names a fresh key (`origin/name`). Raises NoteError where the file holds something else, OSError.
    """
    path = folder / name
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _put(path, Signer(f"{origin}/{name}", Algorithm.ED25519, secrets.token_bytes(32)).text, 0o600)
    signer = Signer.parse(path.read_text().strip())
    public = _public(folder, name)
    if not public.exists():
        _put(public, signer.verifier.text, 0o644)
    return signer


def load_public(folder: Path, name: str) -> Verifier:
    """The public half of `name`. On the machine that makes its keys itself, makes the key where there is none.

    Raises NoteError where the file holds something else, OSError.
    """
    path = _public(folder, name)
    if not path.exists():
        return load_or_make(folder, name).verifier
    return Verifier.parse(path.read_text().strip())


def _public(folder: Path, name: str) -> Path:
    return folder / f"{name}.pub"


def _put(path: Path, text: str, mode: int) -> None:
    """Writes a file whole, unless another process was first: then that one's stays."""
    durable.create(path, f"{text}\n".encode(), mode)
