"""From bytes that anyone may have sent to grey pixels, or a named reason why not.

What the bytes are is told by their content, and limits are read from the header before anything is decoded; both in
Python, which a header cannot break. Only what pixels are made of is handed to the decoder, which runs in a process
that can do nothing else (`Guard`). EXIF orientation is honoured; every coordinate elsewhere refers to the pixels that
come out of here. Finding the page in them is the work of `register`.
"""

from ocr.guard.decode import gray
from ocr.guard.header import dimensions, inspect
from ocr.guard.photo import MAX_BYTES, MAX_PIXELS, MIN_SIDE, Gray, Photo
from ocr.guard.process import Guard, Limits

__all__ = [
    "MAX_BYTES",
    "MAX_PIXELS",
    "MIN_SIDE",
    "Gray",
    "Guard",
    "Limits",
    "Photo",
    "dimensions",
    "gray",
    "inspect",
]
