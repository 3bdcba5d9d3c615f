"""A file of per-TPS records counted without any server: what `suara tally` does, given paths and a bundle.

`columns` tells which column is which figure, `reading` takes the file apart, `count` judges and sums, `tables` writes,
`compare` holds the sums against someone else's.
"""

from recap.tally.columns import SOURCES, Named, NoFigures, NoKey, UnknownSource, recognise
from recap.tally.compare import Compared, Difference, compare
from recap.tally.count import Count, Policy, count, whole
from recap.tally.reading import FileUnreadable, Records, Refusal, read

__all__ = [
    "SOURCES",
    "Compared",
    "Count",
    "Difference",
    "FileUnreadable",
    "Named",
    "NoFigures",
    "NoKey",
    "Policy",
    "Records",
    "Refusal",
    "UnknownSource",
    "compare",
    "count",
    "read",
    "recognise",
    "whole",
]
