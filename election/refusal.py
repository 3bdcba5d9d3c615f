"""What a refusal says over HTTP: the body of RFC 9457, with the reason code and the advice in both languages.

Which status and title an error has, and the address that lists its kind, is said by the role that answers.
"""

from typing import ClassVar, Self

from msgspec import Struct

from election.errors import SuaraError

CONTENT_TYPE = "application/problem+json"


class Problem(Struct, frozen=True):
    """RFC 9457, with the reason code and the advice in Indonesian."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    petunjuk: str

    @classmethod
    def of(cls, error: SuaraError, status: int, title: str, kind: str) -> Self:
        """The body for `error`; `kind` is the URI that names its kind of problem."""
        return cls(kind, title, status, error.code, error.text("en"), error.text("id"))


class Unexpected(SuaraError):
    """A mistake of ours."""

    code = "server.unexpected"
    advice: ClassVar[dict[str, str]] = {
        "id": "Terjadi kesalahan di pihak kami. Coba lagi; catatan ada di log.",
        "en": "Something went wrong on our side. Try again; the log has it.",
    }
