"""From the parts of a photo to grey pixels, in whatever process this runs in. Where that is safe is for `process`."""

import cv2
import numpy as np
import pi_heif

from ocr.fault import DamagedImage
from ocr.guard.header import inspect
from ocr.guard.photo import Gray, Kind

pi_heif.options.DECODE_THREADS = 1
pi_heif.options.THUMBNAILS = pi_heif.options.DEPTH_IMAGES = pi_heif.options.AUX_IMAGES = False

_ROTATIONS = {3: cv2.ROTATE_180, 6: cv2.ROTATE_90_CLOCKWISE, 8: cv2.ROTATE_90_COUNTERCLOCKWISE}
_MIRRORS = {2: 1, 4: 0}


def gray(data: bytes) -> Gray:
    """Decode a photo to grey in this process, uint8[height, width]: for photos of our own. Others go through `Guard`.

    Raises NotAnImage, TooLarge, TooSmall, Unsupported, or DamagedImage.
    """
    photo = inspect(data)
    return decode(photo.kind, photo.head + b"".join(data[part] for part in photo.parts), photo.turn, photo.shape)


def decode(kind: Kind, parts: bytes | memoryview, turn: int, shape: tuple[int, int]) -> Gray:
    """Decode `parts` to grey, turned by the EXIF orientation `turn`, uint8[height, width].

    Raises DamagedImage where there are no pixels, or the picture has not the `shape` that the header promised.
    """
    try:
        if kind == "heic":
            upright = _heic(bytes(parts))
        else:
            upright = _turned(cv2.imdecode(np.frombuffer(parts, np.uint8), _STORED), turn)
    except Exception:  # the libraries have ten names for it, from SyntaxError to IndexError
        raise DamagedImage() from None
    if upright.shape != shape or upright.dtype != np.uint8:
        raise DamagedImage()
    return np.ascontiguousarray(upright)


_STORED = cv2.IMREAD_GRAYSCALE | cv2.IMREAD_IGNORE_ORIENTATION


def _heic(data: bytes) -> Gray:
    """libheif turns and crops by itself."""
    picture = pi_heif.open_heif(data)
    colours = np.asarray(picture[picture.primary_index])
    if colours.ndim == 2:
        return colours.copy()  # which is the file's own memory
    return np.asarray(cv2.cvtColor(colours, cv2.COLOR_RGB2GRAY if colours.shape[2] == 3 else cv2.COLOR_RGBA2GRAY))


def _turned(stored: Gray | None, turn: int) -> Gray:
    if stored is None:
        raise DamagedImage()
    if turn in _ROTATIONS:
        return np.asarray(cv2.rotate(stored, _ROTATIONS[turn]))
    if turn in _MIRRORS:
        return np.asarray(cv2.flip(stored, _MIRRORS[turn]))
    if turn == 5:
        return np.asarray(cv2.transpose(stored))
    if turn == 7:
        return np.asarray(cv2.rotate(cv2.transpose(stored), cv2.ROTATE_180))
    return stored
