"""Who can open sealed originals: the custodian of the installation always, the operating key of a contest for a time.

Keys are age X25519 identities in age's own text (`AGE-SECRET-KEY-1…`, `age1…`), so that `age -d -i FILE` opens what
we sealed. They lie in a folder that only its owner reads: `custodian.pub`, and `CONTEST.key` for each contest. The
custodian's private half need not be on the machine. What is sealed with them is `cabinet`'s.
"""

import re
from contextlib import suppress
from pathlib import Path

from pyrage.x25519 import Identity, Recipient

from storage import durable
from storage.seal.errors import NoCustodian

CUSTODIAN = "custodian"
"""The name of the key that outlives all others."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")


class Keys:
    """The keys in `folder`. Files are read when they are asked for: a key that is dropped counts no more at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def recipients(self, contest: str) -> list[Recipient]:
        """Whom an original of this contest is sealed to; makes the operating key where there is none.

        Raises NoCustodian: nothing is sealed that could be lost with one machine's key.
        """
        return [self.custodian(), self._operating(contest).to_public()]

    def custodian(self) -> Recipient:
        """The custodian's public key. Raises NoCustodian."""
        try:
            return Recipient.from_str(_lines(self._file(f"{CUSTODIAN}.pub"))[0])
        except (FileNotFoundError, IndexError):
            raise NoCustodian from None

    def identities(self, contest: str) -> list[Identity]:
        """What opens an original of this contest here; none once its operating key was dropped."""
        with suppress(FileNotFoundError):
            return [Identity.from_str(line) for line in _lines(self._file(f"{contest}.key"))]
        return []

    def name_custodian(self, public: str) -> None:
        """From now on originals are sealed to this public key. Raises ValueError where it is none."""
        recipient = str(_recipient(public))
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        durable.write(self._file(f"{CUSTODIAN}.pub"), f"{recipient}\n".encode(), 0o644)

    def make_custodian(self, private: Path) -> str:
        """A pair whose private half goes to the new file `private`, to be carried away; answers the public half.

        An installation that has a custodian keeps it: then the answer is that one's, and no file is written.
        """
        with suppress(NoCustodian):
            return str(self.custodian())
        made = Identity.generate()
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if durable.create(private, _text(made), 0o600):
            public = made.to_public()
        else:  # another process was first, or was killed between the two halves
            public = identity_in(private.read_text()).to_public()
        durable.create(self._file(f"{CUSTODIAN}.pub"), f"{public}\n".encode(), 0o644)
        return str(self.custodian())

    def drop(self, contest: str) -> bool:
        """Destroys the operating key of a contest; False where there was none. Only the custodian can open from now on.

        The file is overwritten before it goes, which helps on disks that write in place and nowhere else.
        """
        path, going = self._file(f"{contest}.key"), self._file(f".{contest}.going")
        found = path.exists()
        if found:
            path.replace(going)
            durable.sync_folder(self.folder)
        if going.exists():
            with going.open("r+b") as file:
                file.write(bytes(going.stat().st_size))
            durable.sync_file(going)
            going.unlink()
            durable.sync_folder(self.folder)
        return found

    def _operating(self, contest: str) -> Identity:
        path = self._file(f"{contest}.key")
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            durable.create(path, _text(Identity.generate()), 0o600)
        return self.identities(contest)[0]

    def _file(self, name: str) -> Path:
        stem = name.strip(".").partition(".")[0]
        if not _NAME.fullmatch(stem):
            raise ValueError(f"{stem!r} is no contest")
        return self.folder / name


def identity_in(text: str) -> Identity:
    """The first private key of a file in age's form. Raises ValueError where there is none."""
    for line in text.splitlines():
        if line.startswith("AGE-SECRET-KEY-1"):
            return Identity.from_str(line.strip())
    raise ValueError("no line begins with AGE-SECRET-KEY-1")


def _recipient(public: str) -> Recipient:
    try:
        return Recipient.from_str(public.strip())
    except Exception as error:
        raise ValueError(f"{public!r} is no age public key (age1…)") from error


def _text(identity: Identity) -> bytes:
    return f"# public key: {identity.to_public()}\n{identity}\n".encode()


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
