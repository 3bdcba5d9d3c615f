"""Areas, TPS and voters at home of an invented election, with codes as the ministry builds them."""

from itertools import chain

import numpy as np
from numpy.typing import NDArray

from election.bundle.names import invent
from election.bundle.shape import Shape, deal
from election.codes import KELURAHAN, NATION_CODE, Texts, fixed
from election.region import AreaColumns, TpsColumns

FIRST_PROVINSI = 41
"""No province of 2024 has a code between 37 and 50, so a small invented tree never looks like a real one."""


def areas_at_home(seed: int, wanted: Shape) -> AreaColumns:
    """Provinsi to kelurahan, level by level."""
    kodes, parents, namas = [_provinsi_codes(wanted.provinsi)], [[NATION_CODE] * wanted.provinsi], []
    namas.append(invent(np.random.default_rng([seed, 1]), wanted.provinsi))
    for level, total in enumerate(wanted.counts[1:4], start=2):
        rng = np.random.default_rng([seed, level])
        counts = deal(rng, total, len(kodes[-1]), level - 1).tolist()
        above = list(zip(kodes[-1], counts, strict=True))
        names = invent(rng, total, suffixed=0.2 if level == 4 else 0.1)
        parents.append([kode for kode, n in above for _ in range(n)])
        kodes.append([code for kode, n in above for code in _child_codes(kode, n, level)])
        namas.append(_titled(names, kodes[-1]) if level == 2 else names)
    tingkat = [np.full(len(column), level + 1, np.int8) for level, column in enumerate(kodes)]
    return AreaColumns.of(_flat(kodes), np.concatenate(tingkat), _flat(parents), _flat(namas))


def _flat(levels: list[list[str]]) -> list[str]:
    return list(chain.from_iterable(levels))


def _provinsi_codes(n: int) -> list[str]:
    return [str(FIRST_PROVINSI + i) for i in range(n)]


def _child_codes(parent: str, n: int, level: int) -> list[str]:
    """Codes as the ministry builds them: cities from 71, kelurahan 1xxx in cities, desa 2xxx elsewhere."""
    if level == 2:
        cities = n // 5
        return [f"{parent}{i:02}" for i in (*range(1, n - cities + 1), *range(71, 71 + cities))]
    if level == 3:
        return [f"{parent}{i:02}" for i in range(1, n + 1)]
    return [f"{parent}{1 if _is_city(parent) else 2}{i:03}" for i in range(1, n + 1)]


def _is_city(kode: str) -> bool:
    return int(kode[2:4]) > 70


def _titled(names: list[str], kodes: list[str]) -> list[str]:
    return [f"KOTA {name}" if _is_city(kode) else name for name, kode in zip(names, kodes, strict=True)]


def tps_at_home(seed: int, wanted: Shape, areas: AreaColumns) -> TpsColumns:
    """TPS numbered from 001 in each kelurahan."""
    kelurahan = areas.kode[areas.tingkat == KELURAHAN]
    counts = deal(np.random.default_rng([seed, 5]), wanted.tps, wanted.kelurahan, 4)
    parent = np.repeat(kelurahan, counts)
    first = np.repeat(np.cumsum(counts) - counts, counts)
    number = np.arange(wanted.tps) - first  # 0-based within the kelurahan
    digits = fixed([f"{i:03}" for i in range(1, 1000)])[number]
    names = fixed([f"TPS {i:03}" for i in range(1, 1000)])[number]
    return TpsColumns(kode=_joined(parent, digits), nama=names, parent=parent)


def _joined(left: Texts, right: Texts) -> Texts:
    """Two full columns of bytes side by side."""
    cells = np.concatenate([column.view(np.uint8).reshape(len(column), -1) for column in (left, right)], axis=1)
    return np.ascontiguousarray(cells).reshape(-1).view(f"S{cells.shape[1]}")


def voters(seed: int, stream: int, n: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """DPT of each TPS, men and women: most lists near 250, few short ones, none above 300."""
    rng = np.random.default_rng([seed, stream])
    both = np.clip(np.rint(300 * rng.beta(6.0, 1.4, n)), 25, 300).astype(np.int32)
    men = rng.binomial(both, 0.499).astype(np.int32)
    return men, both - men
