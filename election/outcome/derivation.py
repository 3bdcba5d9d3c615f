"""How a result was reached, step by step: the law, the exact numbers, and a sentence in Indonesian and English.

Results of every other module here carry their steps. What a step says of a law stands beside the rule it applies.
"""

from collections.abc import Iterable

from msgspec import Struct


class Step(Struct, frozen=True):
    """One step of a derivation. `numbers` are the exact integers that the sentences name."""

    law: str
    text_id: str
    text_en: str
    numbers: dict[str, int]
    about: str = ""  # the dapil, area or party it speaks of; "" = the whole contest

    def text(self, language: str) -> str:
        """The sentence; `language` is `id` or `en`."""
        return self.text_id if language == "id" else self.text_en


def step(law: str, text_id: str, text_en: str, about: str = "", **facts: int | str) -> Step:
    """A step whose sentences have `{gaps}` for `facts`; integers are grouped as each language writes them."""
    numbers = {name: fact for name, fact in facts.items() if isinstance(fact, int)}
    english = {name: grouped(fact) for name, fact in facts.items()}
    indonesian = {name: grouped(fact, ".") for name, fact in facts.items()}
    return Step(law, text_id.format_map(indonesian), text_en.format_map(english), numbers, about)


def grouped(fact: int | str, mark: str = ",") -> str:
    """164227475 as 164,227,475, or with another mark; words stay as they are."""
    return f"{fact:,}".replace(",", mark) if isinstance(fact, int) else fact


def listed(names: Iterable[str]) -> str:
    """Names in a row, or a dash where there is none."""
    return ", ".join(names) or "–"
