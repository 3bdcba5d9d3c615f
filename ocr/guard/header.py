"""Which kind of photo bytes are, by content, and what every kind has to keep. Names and declared types say nothing."""

from collections.abc import Callable

from ocr.fault import DamagedImage, NotAnImage, TooLarge, TooSmall
from ocr.guard import heic, jpeg, png
from ocr.guard.photo import MAX_BYTES, MAX_PIXELS, MAX_SIDE, MIN_SIDE, Photo


def inspect(data: bytes) -> Photo:
    """What the header says, once it keeps all limits. Decodes nothing; the time it takes is bounded by the limits.

    Raises NotAnImage, TooLarge, TooSmall, Unsupported, DamagedImage.
    """
    if len(data) > MAX_BYTES:
        raise TooLarge(what=f"{len(data)} B")
    photo = _reader(data)(data)
    if photo.width * photo.height > MAX_PIXELS or max(photo.width, photo.height) > MAX_SIDE:
        raise TooLarge(what=f"{photo.width}×{photo.height}")
    if not photo.width * photo.height:
        raise DamagedImage()
    if min(photo.width, photo.height) < MIN_SIDE:
        raise TooSmall(what=f"{photo.width}×{photo.height}")
    return photo


def dimensions(data: bytes) -> tuple[int, int]:
    """Width and height of the upright picture, as the header states them. Raises as `inspect` does."""
    height, width = inspect(data).shape
    return width, height


def _reader(data: bytes) -> Callable[[bytes], Photo]:
    if data.startswith(jpeg.MAGIC):
        return jpeg.read
    if data.startswith(png.MAGIC):
        return png.read
    if heic.is_heic(data):
        return heic.read
    raise NotAnImage()
