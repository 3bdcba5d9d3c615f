"""What can be wrong with what people send, as a small named hierarchy.

Every error has a reason `code` (the same in HTTP answers, journal and docs) and `advice` that tells a person,
in Indonesian and English, what to do next. How an error travels (problem+json, exit code) is the caller's choice.
"""

from functools import partial
from typing import ClassVar


class SuaraError(Exception):
    """Anything this project refuses on purpose."""

    code: ClassVar[str] = "error"
    advice: ClassVar[dict[str, str]] = {"id": "", "en": ""}

    def __init__(self, **facts: object) -> None:
        super().__init__(self.code)
        self.facts = facts

    def __reduce__(self) -> tuple[object, ...]:
        """An error keeps its facts on its way from a worker process."""
        return partial(type(self), **self.facts), ()

    def text(self, language: str) -> str:
        """The advice in `language` (`id` or `en`), with this error's facts filled in."""
        return self.advice[language].format_map(self.facts)

    def __str__(self) -> str:
        return f"{self.code}: {self.text('en')}"


class Rejected(SuaraError):
    """What was sent cannot be accepted as it is; the sender can mend it."""


class Unavailable(SuaraError):
    """What was sent may be fine; this machine cannot take it now. Send it again later."""


class Damaged(SuaraError):
    """Something kept here no longer is what its hash says. A person must look."""
