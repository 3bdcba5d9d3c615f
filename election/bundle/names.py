"""Names of places that do not exist but could: Indonesian sounds, put together by chance."""

import numpy as np

ONSETS = ("b", "d", "g", "j", "k", "l", "m", "n", "p", "r", "s", "t", "w", "ng", "ny", "c", "h", "")
VOWELS = ("a", "a", "a", "i", "u", "e", "o")
MIDDLE_CODAS = ("", "", "", "", "n", "m", "r", "ng")
FINAL_CODAS = ("", "", "", "n", "ng", "r", "k", "s", "h", "l")
SUFFIXES = ("BARU", "TIMUR", "BARAT", "UTARA", "SELATAN", "TENGAH", "INDAH", "JAYA", "HILIR", "HULU")


def invent(rng: np.random.Generator, n: int, suffixed: float = 0.0) -> list[str]:
    """`n` distinct names in capitals, three or four syllables; a share `suffixed` of them in two words."""
    names: dict[str, None] = {}
    while len(names) < n:
        missing = n - len(names)
        names.update(dict.fromkeys(_draw(rng, missing, suffixed)))
    return list(names)


def _draw(rng: np.random.Generator, n: int, suffixed: float) -> list[str]:
    onsets = rng.integers(len(ONSETS), size=(n, 4)).tolist()
    vowels = rng.integers(len(VOWELS), size=(n, 4)).tolist()
    codas = rng.integers(len(MIDDLE_CODAS), size=(n, 4)).tolist()
    finals = rng.integers(len(FINAL_CODAS), size=n).tolist()
    lengths = np.where(rng.random(n) < 0.75, 3, 4).tolist()
    suffix = np.where(rng.random(n) < suffixed, rng.integers(len(SUFFIXES), size=n), -1).tolist()
    return [_name(onsets[i][: lengths[i]], vowels[i], codas[i], FINAL_CODAS[finals[i]], suffix[i]) for i in range(n)]


def _name(onsets: list[int], vowels: list[int], codas: list[int], final: str, suffix: int) -> str:
    parts: list[str] = []
    for i, onset in enumerate(onsets):
        begin = ONSETS[onset]
        # Two vowels in a row read as one syllable; a consonant keeps them apart.
        begin = begin or ("" if i == 0 else "y")
        coda = final if i == len(onsets) - 1 else MIDDLE_CODAS[codas[i]]
        parts.append(begin + VOWELS[vowels[i]] + coda)
    word = "".join(parts).upper()
    return word if suffix < 0 else f"{word} {SUFFIXES[suffix]}"
