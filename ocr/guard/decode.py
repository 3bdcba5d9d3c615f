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
    upright = np.empty(photo.shape, np.uint8)
    decode(photo.kind, photo.head + b"".join(data[part] for part in photo.parts), photo.turn, upright)
    return upright


def decode(kind: Kind, parts: bytes | memoryview, turn: int, upright: Gray) -> None:
    """Decode `parts` and write the picture, turned by the EXIF orientation `turn`, into `upright`.

    `upright` has the shape that the header promised. Raises DamagedImage where the pixels are others, or none.
    """
    try:
        if kind == "heic":
            _heic(bytes(parts), upright)
        else:
            _turned(cv2.imdecode(np.frombuffer(parts, np.uint8), _STORED), turn, upright)
    except Exception:  # the libraries have ten names for it, from SyntaxError to IndexError
        raise DamagedImage() from None


_STORED = cv2.IMREAD_GRAYSCALE | cv2.IMREAD_IGNORE_ORIENTATION


def _heic(data: bytes, upright: Gray) -> None:
    """libheif turns and crops by itself."""
    picture = pi_heif.open_heif(data)
    colours = np.asarray(picture[picture.primary_index])
    if colours.shape[:2] != upright.shape or colours.dtype != np.uint8:
        raise DamagedImage()
    if colours.ndim == 2:
        np.copyto(upright, colours)
    else:
        cv2.cvtColor(colours, cv2.COLOR_RGB2GRAY if colours.shape[2] == 3 else cv2.COLOR_RGBA2GRAY, dst=upright)


def _turned(stored: Gray | None, turn: int, upright: Gray) -> None:
    height, width = upright.shape
    if stored is None or stored.shape != ((width, height) if turn > 4 else (height, width)):
        raise DamagedImage()
    if turn in _ROTATIONS:
        cv2.rotate(stored, _ROTATIONS[turn], dst=upright)
    elif turn in _MIRRORS:
        cv2.flip(stored, _MIRRORS[turn], dst=upright)
    elif turn == 5:
        cv2.transpose(stored, dst=upright)
    elif turn == 7:
        cv2.rotate(cv2.transpose(stored), cv2.ROTATE_180, dst=upright)
    else:
        np.copyto(upright, stored)
