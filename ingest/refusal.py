"""What every refusal of the door has in common. The refusals themselves live in `ingest.errors`, `wire` and `tus`."""

from typing import ClassVar

from election.errors import Rejected


class Refusal(Rejected):
    """An upload, reading or question that the door turns away. `status` is the HTTP status it travels with."""

    status: ClassVar[int] = 422
    title: ClassVar[str] = "Refused"

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """What the answer says in its head besides, as 405 must name what is allowed."""
        return ()
