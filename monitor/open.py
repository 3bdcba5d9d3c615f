"""What a watcher has found and not yet found gone: told once when it opens, once when it is no more."""

from collections.abc import Iterable

from monitor.finding import Finding

STAYS = ("log.entry_unreadable", "log.figures_malformed", "log.unknown_tps")
"""Once said, they stay; so does what a stream said."""

LOG = "log"
"""What a finding about the log is about; others are about a document, by its path."""


class Open:
    """Findings that stand, by code, place and field."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str, str], Finding] = {}

    @property
    def all(self) -> tuple[Finding, ...]:
        """What is not as it should be, as far as was looked."""
        return tuple(self._open.values())

    def turn(self, found: list[Finding], seen: Iterable[str]) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
        """Takes up what a round `found` when it looked at the subjects `seen`. Answers what is new, what is over."""
        opened = tuple(one for one in found if _key(one) not in self._open)
        self._open |= {_key(one): one for one in opened}
        still, looked = {_key(one) for one in found}, set(seen)
        gone = [key for key, one in self._open.items() if key not in still and subject(one.where, one.code) in looked]
        return opened, tuple(self._open.pop(key) for key in gone)


def subject(where: str, code: str = "document") -> str:
    """What a finding is about: the log, or a document by its path."""
    if code in STAYS or code.startswith("stream."):
        return where
    return LOG if code.startswith(("log.", "reference.")) else where.partition(" ")[0]


def _key(one: Finding) -> tuple[str, str, str]:
    return one.code, one.where, one.field
