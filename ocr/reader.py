"""Reading photos: decode once, find the page, score its boxes and bubbles, and make the picture the public may see.

What the scores mean as numbers is for `election.decode`; jobs, stores and the journal are for `worker`.
"""

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Protocol

import cv2
import numpy as np
from msgspec import Struct

from election.errors import Rejected
from election.form import Form
from election.scores import encode
from ocr import guard, pictures
from ocr.digits import Digits, default
from ocr.guard import Gray
from ocr.likeness import likeness
from ocr.outline import Outlined, by_hand, exact
from ocr.pictures import Pictures
from ocr.register import register
from ocr.rendition import masked

Clocked = Callable[[str, float], None]


class Decoder(Protocol):
    """Makes grey pixels of a photo's bytes: `ocr.guard` in this process, or a `Guard` in a process of its own."""

    def gray(self, data: bytes) -> Gray:
        """uint8[height, width]. Raises `election.errors.Rejected` for bytes that are no photo."""


class Request(Struct, frozen=True):
    """A photo to read: its bytes, the form it should show, and the page that its sender says it is."""

    data: bytes
    form: Form
    page: int | None = None
    outlined: Outlined | None = None  # where a person says that the page lies


class PageReading(Struct, frozen=True):
    """What a photo gave. `page` None: no page was found, and then neither scores nor rendition.

    A fault and a rendition: a person has said where the page lies, and the machine cannot read it all the same.
    """

    page: int | None
    fault: str | None
    quality: int
    scores: bytes | None = None
    rendition: bytes | None = None
    likeness: str | None = None


class _Seen(Struct, frozen=True):
    """A page that was found and cut out, waiting for the network."""

    pictures: Pictures
    quality: int
    likeness: str | None
    rendition: bytes


class PageReader:
    """Reads photos with one model. Not for several threads at once. `clock` times the stages, in seconds."""

    def __init__(
        self, decoder: Decoder = guard, digits: Digits | None = None, clock: Callable[[], float] = perf_counter
    ) -> None:
        cv2.setNumThreads(1)
        self._decoder = decoder
        self._clock = clock
        self._digits = digits or default()

    @property
    def model_sha256(self) -> str:
        """SHA-256 of the model's file, hex."""
        return self._digits.sha256

    def read(self, data: bytes, form: Form, page: int | None = None, timed: Clocked | None = None) -> PageReading:
        """Read a photo of a page of `form`; `page` is what its sender says, for forms that do not say it themselves.

        Never raises for what the bytes hold: the fault says what is wrong. `timed` is called with the name and the
        seconds of each stage.
        """
        return self.read_many([Request(data, form, page)], timed)[0]

    def read_many(self, requests: Sequence[Request], timed: Clocked | None = None) -> list[PageReading]:
        """Read photos, the boxes of all of them in one run of the network; each as `read` alone would."""
        watch = _Watch(self._clock, timed)
        seen = [self._see(request, watch) for request in requests]
        found = [one.pictures for one in seen if isinstance(one, _Seen)]
        scores = iter(self._scores(found, watch))
        return [
            PageReading(one.pictures.page, None, one.quality, next(scores), one.rendition, one.likeness)
            if isinstance(one, _Seen)
            else one
            for one in seen
        ]

    def _see(self, request: Request, watch: "_Watch") -> _Seen | PageReading:
        """All that needs the photo's pixels, so that only one photo is in memory at a time."""
        marked = None
        try:
            photo = self._decoder.gray(request.data)
            watch.lap("decode")
            if request.outlined is None:
                found = register(photo, request.form, request.page)
            else:
                marked = by_hand(photo, request.form, request.outlined)
                found = exact(photo, marked)
            watch.lap("register")
        except Rejected as fault:
            if marked is None:
                return PageReading(None, fault.code, 0)
            rendition = masked(photo, marked, request.form.page_size_mm)
            return PageReading(marked.page.number, fault.code, 0, rendition=rendition)
        where = pictures.shifts(photo, found)
        watch.lap("align")
        seen = pictures.cut(photo, found, request.form.name, where)
        watch.lap("boxes and bubbles")
        alike = likeness(seen.boxes)
        watch.lap("likeness")
        rendition = masked(photo, found, request.form.page_size_mm)
        watch.lap("rendition")
        return _Seen(seen, found.quality, alike, rendition)

    def _scores(self, pages: list[Pictures], watch: "_Watch") -> list[bytes]:
        """The score artefact of each page."""
        if not pages:
            return []
        likelihoods = self._digits.read(np.concatenate([page.boxes for page in pages]))
        parts = np.split(likelihoods, np.cumsum([len(page.boxes) for page in pages])[:-1])
        scores = [encode(page.scored(part)) for page, part in zip(pages, parts, strict=True)]
        watch.lap("digits")
        return scores


class _Watch:
    """Tells how long each stage took."""

    def __init__(self, clock: Callable[[], float], timed: Clocked | None) -> None:
        self._clock, self._timed, self._since = clock, timed, clock()

    def lap(self, stage: str) -> None:
        now = self._clock()
        if self._timed:
            self._timed(stage, now - self._since)
        self._since = now
