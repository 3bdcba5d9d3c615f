"""The documents beside `national_log`: the reference, and an area's document from nation to kecamatan, from sums that
are added up here from what was drawn and not from the log."""

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from election.bundle import Bundle
from election.contest import ADM, SUARA
from election.rules import identity_names
from publisher import places, v1
from publisher.ballots import Ballots
from publisher.reference import reference
from publisher.rows import AreaRow, Cut
from publisher.shapes.area import Place

if TYPE_CHECKING:
    from national_log import Made, Plan

AT = "2029-02-14T23:00:00.000Z"
KECAMATAN = 3


def documents(folder: Path, bundle: Bundle, plan: "Plan", made: list["Made"], confirmed: set[str], number: int) -> None:
    """Writes them for entry number `number`."""
    tree, ballots = bundle.tree, Ballots(bundle, "ppwp")
    put(folder / places.reference("ppwp"), reference(tree, ballots))
    picked, held = (np.concatenate([getattr(one, name) for one in made]) for name in ("picked", "held"))
    figures = np.array([(*s, *a) for s, a in zip(plan.pool[SUARA], plan.pool[ADM], strict=True)], np.int64)[picked]
    width = len(plan.pool[SUARA][0])
    counted, waiting = figures.copy(), figures.copy()
    counted[held, :width] = 0
    waiting[~held, :width] = 0
    waiting[:, width:] = 0
    final = np.array([kode[:6] in confirmed for kode in plan.kodes]) & ~held
    again = plan.scripts[:, 3]
    names = identity_names(ballots.printed.ballots)
    rows = []
    for area in range(tree.n_areas):
        if tree.tingkat(area) > KECAMATAN + 1:
            break
        of = tree.tps_of(area)
        n, kept = of.stop - of.start, int(held[of].sum())
        rows.append(AreaRow(
            tree.kode(area), n, n - kept, kept, n, 0, tuple(counted[of].sum(axis=0).tolist()),
            tuple(waiting[of].sum(axis=0).tolist()), (0,) * (3 * len(names)), number, int(again[of].sum()),
            int(final[of].sum()),
        ))  # fmt: skip
    ballot = ballots.printed.shared

    def told(area: int) -> v1.Counted:
        place = Place(tree.kode(area), tree.nama(area), tree.tingkat(area))
        return v1.Counted(place, ballot, rows[area], 0, names)

    cut = Cut(number, AT)
    for area in range(tree.n_areas):
        if tree.tingkat(area) > KECAMATAN:
            break
        path = [told(above).place for above in places.chain(tree, area)[:-1]]
        document = v1.area(path, told(area), map(told, tree.children(area)), cut)
        put(folder / places.v1("ppwp", tree.kode(area)), document)
    put(folder / "v1/ppwp/cursor.json", v1.cursor("ppwp", cut))


def put(path: Path, document: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.encode(document))
