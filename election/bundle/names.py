"""Names of places that do not exist but could: Indonesian sounds, put together by chance.

Among the 91,000 names of an invented nation about four in a thousand happen to be those of a real place.
"""

import numpy as np

ONSETS = (*"bbddggjkkkklllmmmmnnnpprrrrsssstttttw", "c", "h", "ng", "ny", "")
"""Each as often as it should come; the empty one begins words only."""

VOWELS = (*"aaaaaiiiuuueo",)
FINAL_CODAS = (*[""] * 9, "n", "n", "ng", "ng", "r", "r", "k", "s", "h", "l", "t")

NASAL_BEFORE = dict.fromkeys("bp", "m") | dict.fromkeys("tdsjc", "n") | dict.fromkeys("kg", "ng")
"""The nasal that Indonesian puts before a consonant, as in tumbuh, pantai, bangku."""

NASAL_SHARE = 0.22
SHORT_SHARE = 0.8
"""Words of three syllables; the others have four."""

SUFFIXES = ("BARU", "TIMUR", "BARAT", "UTARA", "SELATAN", "TENGAH", "INDAH", "JAYA", "HILIR", "HULU")

AVOIDED = ("ANJING", "ASU", "BABI", "JANC", "KONT", "MEME", "NGENT", "NGOCO", "PELAC", "PEPE", "PUKI", "TAI", "TETE")
"""Sounds that no place would be called by."""


def invent(rng: np.random.Generator, n: int, suffixed: float = 0.0) -> list[str]:
    """`n` distinct names in capitals; a share `suffixed` of them in two words."""
    names: dict[str, None] = {}
    while len(names) < n:
        drawn = _draw(rng, n - len(names), suffixed)
        names.update(dict.fromkeys(name for name in drawn if not any(sound in name for sound in AVOIDED)))
    return list(names)


def _draw(rng: np.random.Generator, n: int, suffixed: float) -> list[str]:
    onsets = rng.integers(len(ONSETS), size=(n, 4)).tolist()
    vowels = rng.integers(len(VOWELS), size=(n, 4)).tolist()
    nasal = (rng.random((n, 4)) < NASAL_SHARE).tolist()
    final = rng.integers(len(FINAL_CODAS), size=n).tolist()
    length = np.where(rng.random(n) < SHORT_SHARE, 3, 4).tolist()
    suffix = np.where(rng.random(n) < suffixed, rng.integers(len(SUFFIXES), size=n), -1).tolist()
    return [
        _word(onsets[i][: length[i]], vowels[i], nasal[i], FINAL_CODAS[final[i]])
        + (f" {SUFFIXES[suffix[i]]}" if suffix[i] >= 0 else "")
        for i in range(n)
    ]


def _word(onsets: list[int], vowels: list[int], nasal: list[bool], final: str) -> str:
    word = ""
    for i, onset in enumerate(onsets):
        begin = ONSETS[onset]
        if i and not begin:
            begin = "r"  # two vowels in a row would read as one syllable
        if i and nasal[i]:
            word += NASAL_BEFORE.get(begin, "")
        word += begin + VOWELS[vowels[i]]
    return (word + final).upper()
