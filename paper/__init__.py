"""A form as paper: drawn, filled in by an invented hand, photographed. Reading it is `ocr`'s work."""

from .specimen import Specimen, sample

__all__ = ["Specimen", "sample"]
