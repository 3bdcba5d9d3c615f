"""The one thing that EXIF tells us: how the camera was held. All else in it is about people and stays unread."""

import struct

UPRIGHT = 1
_ORIENTATION, _SHORT = 0x0112, 3
_ENTRY = 12
_MAX_ENTRIES = 512


def orientation(tiff: bytes) -> int:
    """The orientation in an EXIF block (from its TIFF header on), 1 to 8; 1 where it says none or is broken."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None or len(tiff) < 10:
        return UPRIGHT
    (at,) = struct.unpack(order + "I", tiff[4:8])
    (count,) = struct.unpack(order + "H", tiff[at : at + 2]) if at + 2 <= len(tiff) else (0,)
    entries = tiff[at + 2 : at + 2 + _ENTRY * min(count, _MAX_ENTRIES)]
    for tag, kind, _, value in struct.iter_unpack(order + "HHIH2x", entries[: len(entries) // _ENTRY * _ENTRY]):
        if tag == _ORIENTATION:
            return value if kind == _SHORT and 1 <= value <= 8 else UPRIGHT
    return UPRIGHT
