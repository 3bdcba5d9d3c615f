"""The phone's eye in headless chromium: the worker that the app ships, asked from Python.

What it says is for `web/kpps/src/vision`; that it says so is for tests and benchmarks, which draw the photos.
"""

import base64
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from msgspec import Struct
from playwright.sync_api import Route, sync_playwright

from election.form import Form, Page

CHROMIUM: Final = "/usr/bin/chromium"
ASSETS: Final = Path(__file__).parent.parent / "web" / "kpps" / "dist" / "assets"
_FLAGS: Final = ("--no-sandbox", "--disable-background-networking")
_HOST: Final = "https://eye.test"
_SIDE: Final = 640

_START: Final = """async (pages) => {
  const eye = new Worker('/eye.js', {type: 'module'});
  const waiting = new Map();
  let last = 0;
  eye.onmessage = ({data}) => { waiting.get(data.number)(data); waiting.delete(data.number); };
  window.ask = (question, moved = []) => new Promise((resolve) => {
    waiting.set(++last, resolve);
    eye.postMessage({...question, number: last}, moved);
  });
  window.photo = async () => (await fetch('/photo')).blob();
  await ask({kind: 'pages', pages});
}"""

_KNOW: Final = "(pages) => ask({kind: 'pages', pages})"

_LOOK: Final = """async ([side, expected]) => {
  const whole = await createImageBitmap(await photo());
  const scale = Math.min(1, side / Math.max(whole.width, whole.height));
  const [resizeWidth, resizeHeight] = [whole.width, whole.height].map((length) => Math.round(length * scale));
  const frame = await createImageBitmap(whole, {resizeWidth, resizeHeight, resizeQuality: 'medium'});
  const since = performance.now();
  const {value, error} = await ask({kind: 'look', frame, expected}, [frame]);
  return {value, error, ms: performance.now() - since};
}"""

_PREPARE: Final = """async (expected) => {
  const file = await photo();
  const since = performance.now();
  const {value, error} = await ask({kind: 'prepare', photo: file, expected});
  const ms = performance.now() - since;
  if (error !== undefined) return {error, ms};
  const bytes = new Uint8Array(await value.jpeg.arrayBuffer());
  let text = '';
  for (let k = 0; k < bytes.length; k += 32768) text += String.fromCharCode(...bytes.subarray(k, k + 32768));
  return {value: {...value, jpeg: btoa(text)}, ms};
}"""

Answer = dict[str, Any]


class NotAPhoto(Exception):
    """The browser cannot decode it."""


class Sight(Struct, frozen=True):
    """What the eye saw (`types.ts`), and how long that took."""

    seen: Answer
    ms: float

    @property
    def code(self) -> str:
        """The verdict."""
        return str(self.seen["verdict"]["code"])

    @property
    def page(self) -> tuple[str, int] | None:
        """Contest and number of the page that was found."""
        return (self.seen["contest"], self.seen["page"]) if self.seen["found"] else None

    @property
    def corners(self) -> npt.NDArray[np.float64] | None:
        """The paper's corners in pixels, float64[4, 2], clockwise from the top left of the upright page."""
        return np.array(self.seen["corners"]) if self.seen["corners"] else None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture."""
        return self.seen["width"], self.seen["height"]


class Prepared(Struct, frozen=True):
    """A photo as it would be sent."""

    jpeg: bytes
    sha256: str
    size: tuple[int, int]
    sight: Sight


class Eye:
    """A browser with one worker in it: `with Eye(page_tags(form)) as eye`."""

    def __init__(self, pages: Sequence[Answer], worker: Path | None = None) -> None:
        self._pages = list(pages)
        self._worker = worker or shipped()
        self._photo = b""

    def __enter__(self) -> "Eye":
        self._playwright = sync_playwright().start()
        self._browser = self._playwright.chromium.launch(executable_path=CHROMIUM, args=list(_FLAGS))
        self._page = self._browser.new_page()
        self._page.route("**/*", self._serve)
        self._page.goto(f"{_HOST}/")
        self._page.evaluate(_START, self._pages)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._browser.close()
        self._playwright.stop()

    def know(self, pages: Sequence[Answer]) -> None:
        """From now on it knows these pages, and no others."""
        self._page.evaluate(_KNOW, list(pages))

    def look(self, photo: bytes, expected: tuple[str, int] | None = None, side: int = _SIDE) -> Sight:
        """A photo as a frame of the camera, at most `side` px long."""
        self._photo = photo
        answer = self._page.evaluate(_LOOK, [side, _expected(expected)])
        return Sight(_value(answer), answer["ms"])

    def prepare(self, photo: bytes, expected: tuple[str, int] | None = None) -> Prepared:
        """A photo made ready to be sent. Raises NotAPhoto."""
        self._photo = photo
        answer = self._page.evaluate(_PREPARE, _expected(expected))
        made = _value(answer)
        sight = Sight(made["sight"], answer["ms"])
        return Prepared(base64.b64decode(made["jpeg"]), made["sha256"], (made["width"], made["height"]), sight)

    def _serve(self, route: Route) -> None:
        path = route.request.url.removeprefix(_HOST)
        if path == "/photo":
            route.fulfill(body=self._photo, content_type="image/jpeg")
        elif path == "/eye.js":
            route.fulfill(body=self._worker.read_bytes(), content_type="text/javascript")
        else:
            route.fulfill(body="<!doctype html>", content_type="text/html")


def available() -> bool:
    """Whether chromium is installed here."""
    return shutil.which(CHROMIUM) is not None


def shipped() -> Path:
    """The worker among the app's built assets."""
    (worker,) = ASSETS.glob("eye.worker-*.js")
    return worker


def page_tags(forms: Iterable[Form]) -> list[Answer]:
    """Pages as the eye must know them (`PageTag` in `types.ts`)."""
    return [_page_tag(form, page) for form in forms for page in form.pages]


def _page_tag(form: Form, page: Page) -> Answer:
    return {
        "contest": form.contest,
        "page": page.number,
        "id": page.tag_id,
        "size": form.page_size_mm,
        "tags": [{"rect": tag.rect, "turn": tag.turn} for tag in page.tags],
        "marks": [{"corner": mark.corner, "squares": mark.squares} for mark in page.marks],
        "boxes": [box for field in page.fields for box in field.boxes],
    }


def _expected(page: tuple[str, int] | None) -> Answer | None:
    return {"contest": page[0], "page": page[1]} if page else None


def _value(answer: Answer) -> Answer:
    if answer.get("error") == "scan.not_an_image":
        raise NotAPhoto
    if answer.get("error") is not None:
        raise RuntimeError(answer["error"])
    return dict(answer["value"])
