"""Whom to trust (C2SP tlog-policy): the logs, the witnesses, and how many of them make a head one to rely on."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tlog.note import Algorithm, NoteError, Opened, Verifier, open_note

NONE = "none"
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f]")


class PolicyError(ValueError):
    """A policy that says nothing clear. The message names the line."""


@dataclass(frozen=True)
class Group:
    """Witnesses a head where at least `threshold` of `members` (witnesses or earlier groups) do."""

    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True)
class Policy:
    """Logs and witnesses with their addresses ("" where none is given); `quorum` names a witness, a group or none."""

    logs: tuple[tuple[Verifier, str], ...]
    witnesses: Mapping[str, tuple[Verifier, str]]
    groups: Mapping[str, Group]
    quorum: str

    @classmethod
    def parse(cls, text: str) -> "Policy":
        """The policy of a file. Raises PolicyError."""
        return _Reader(text).policy()

    @property
    def log_keys(self) -> tuple[Verifier, ...]:
        """Keys of the logs; a key's name is its log's origin."""
        return tuple(key for key, _ in self.logs)

    @property
    def witness_keys(self) -> tuple[Verifier, ...]:
        """Keys of the witnesses."""
        return tuple(key for key, _ in self.witnesses.values())

    def open(self, note: str) -> Opened:
        """The head's note, where a log of this policy signed it. Raises NoteError. Says nothing of the quorum."""
        opened = open_note(note, (*self.log_keys, *self.witness_keys))
        logs = {(key.name, key.key_id) for key in self.log_keys}
        if not any((found.name, found.key_id) in logs for found in opened.verified):
            raise NoteError("no log of this policy signed this")
        return opened

    def satisfied(self, opened: Opened) -> bool:
        """Whether enough witnesses signed."""
        signed = {(found.name, found.key_id) for found in opened.verified}
        return self._witnessed(self.quorum, signed)

    def _witnessed(self, name: str, signed: set[tuple[str, bytes]]) -> bool:
        if name == NONE:
            return True
        if name in self.witnesses:
            key = self.witnesses[name][0]
            return (key.name, key.key_id) in signed
        group = self.groups[name]
        return sum(self._witnessed(member, signed) for member in group.members) >= group.threshold


class _Reader:
    """Reads a policy line by line; a name must stand before it is used."""

    def __init__(self, text: str) -> None:
        if _FORBIDDEN.search(text):
            raise PolicyError("the policy has control characters")
        self._logs: list[tuple[Verifier, str]] = []
        self._witnesses: dict[str, tuple[Verifier, str]] = {}
        self._groups: dict[str, Group] = {}
        self._used: set[str] = set()
        self._quorum: str | None = None
        for number, line in enumerate(text.split("\n"), 1):
            words = re.split("[ \t]+", line.strip(" \t"))
            if words != [""] and not words[0].startswith("#"):
                self._line(number, words)

    def policy(self) -> Policy:
        if self._quorum is None:
            raise PolicyError("the policy has no quorum line")
        return Policy(tuple(self._logs), self._witnesses, self._groups, self._quorum)

    def _line(self, number: int, words: list[str]) -> None:
        try:
            match words:
                case ["log", key, *url] if len(url) < 2:
                    self._logs.append((self._fresh(key, Algorithm.ED25519, self._logs), "".join(url)))
                case ["witness", name, key, *url] if len(url) < 2:
                    known = self._witnesses.values()
                    self._witnesses[self._new(name)] = (self._fresh(key, Algorithm.COSIGNATURE, known), "".join(url))
                case ["group", name, threshold, *members] if members:
                    self._groups[self._new(name)] = self._group(threshold, members)
                case ["quorum", name] if self._quorum is None and (name == NONE or self._known(name)):
                    self._quorum = name
                case _:
                    raise PolicyError("it is none that a policy has there")
        except (PolicyError, NoteError) as error:
            raise PolicyError(f"line {number}: {error}") from None

    def _group(self, threshold: str, members: list[str]) -> Group:
        for member in members:
            if not self._known(member) or member in self._used:
                raise PolicyError(f"{member} is not known here, or a member already")
            self._used.add(member)
        count = {"any": 1, "all": len(members)}.get(threshold)
        if count is None and threshold.isascii() and threshold.isdigit():
            count = int(threshold)
        if count is None or not 1 <= count <= len(members):
            raise PolicyError("the threshold is any, all, or a number of members")
        return Group(count, tuple(members))

    def _known(self, name: str) -> bool:
        return name in self._witnesses or name in self._groups

    def _new(self, name: str) -> str:
        if name == NONE or self._known(name):
            raise PolicyError(f"{name} stands twice, or is no name")
        return name

    @staticmethod
    def _fresh(text: str, algorithm: Algorithm, known: Iterable[tuple[Verifier, str]]) -> Verifier:
        key = Verifier.parse(text)
        if key.algorithm is not algorithm:
            raise PolicyError("the key signs something else")
        if any(key.public == other.public for other, _ in known):
            raise PolicyError("the key stands twice")
        return key
