"""The public documents of 2024, key for key: what programs written for them read when the host is changed.

Pure functions from figures to JSON values; paths are in `places`. Three shapes: pairs and candidates (`pairs`), parties
(`parties`), Pilkada (`local`); `shapes` says which contest has which. What these documents have no words for (states,
reasons, versions, what a total leaves out) is told by `v1`.
"""

from publisher.sirekap.figures import ADMINISTRASI, IMAGES, REGULER, STRAY, Json, Votes, again, persen, votes_of
from publisher.sirekap.lists import children, choices
from publisher.sirekap.shapes import Shape, shape

__all__ = [
    "ADMINISTRASI", "IMAGES", "REGULER", "STRAY", "Json", "Shape", "Votes", "again", "children", "choices", "persen",
    "shape", "votes_of",
]  # fmt: skip
