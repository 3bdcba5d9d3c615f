"""Voters abroad of an invented election: province 99, codes with letters, mobile boxes (KSK) and post (POS)."""

import numpy as np

from election.bundle.names import invent
from election.bundle.shape import CAPS, BadShape, deal
from election.codes import KELURAHAN, NATION_CODE, fixed
from election.region import AreaColumns, TpsColumns

ABROAD = "99"

ABROAD_OF_A_NATION = 3_075
"""As 2024 had them."""

ELECTED_ABROAD = frozenset({"ppwp", "pdpr"})
"""Contests that voters abroad have a ballot for."""

PER_AREA = 24.0
MOST_AREAS = 26 * 26
"""Missions that two letters of a code tell apart."""

KINDS, SHARES = ("TPS", "KSK", "POS"), (0.51, 0.36, 0.13)
"""As 2024 had them."""


def areas_abroad(seed: int, tps: int) -> AreaColumns:
    """Province 99 and, for each mission, one kabupaten, one kecamatan, one kelurahan, as the organiser files them."""
    n = min(max(1, round(tps / PER_AREA)), MOST_AREAS, tps)
    rng = np.random.default_rng([seed, 8])
    namas = [f"{city}, {country}" for city, country in zip(invent(rng, n), invent(rng, n), strict=True)]
    kab = [f"{ABROAD}{chr(65 + i // 26)}{chr(65 + i % 26)}" for i in range(n)]
    kec, kel = [f"{kode}01" for kode in kab], [f"{kode}010001" for kode in kab]
    return AreaColumns.of(
        [ABROAD, *kab, *kec, *kel],
        [1] + [2] * n + [3] * n + [4] * n,
        [NATION_CODE, *[ABROAD] * n, *kab, *kec],
        ["LUAR NEGERI", *namas, *namas, *namas],
    )


def tps_abroad(seed: int, n: int, areas: AreaColumns) -> TpsColumns:
    """`n` TPS, KSK and POS over the missions; each kind has numbers of its own. Raises BadShape."""
    rng = np.random.default_rng([seed, 9])
    missions = areas.kode[areas.tingkat == KELURAHAN]
    if n > len(missions) * CAPS[-1]:
        raise BadShape(counts=f"{n} TPS", why_id="kode tidak cukup", why_en="there are not enough codes")
    counts = deal(rng, n, len(missions), 4).tolist()
    kodes, namas, parents = [], [], []
    for kelurahan, count in zip(missions.tolist(), counts, strict=True):
        parent = kelurahan.decode()
        split = rng.multinomial(count, SHARES).tolist()
        namas += [f"{kind} {i:03}" for kind, n in zip(KINDS, split, strict=True) for i in range(1, n + 1)]
        kodes += [f"{parent}{i:03}" for i in range(1, count + 1)]
        parents += [parent] * count
    return TpsColumns(kode=fixed(kodes), nama=fixed(namas), parent=fixed(parents))
