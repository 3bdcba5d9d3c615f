"""What a total is made over, for those who recompute it: the TPS of a contest, its ballots and its dapil, once.

With this document and a contest's log anyone can work out every figure of the public tree (`docs/protocol.md`); it
changes with the bundle and never during the count.
"""

from collections.abc import Iterable, Iterator

import numpy as np

from election import form as forms
from election.contest import Contest
from election.record import layout
from election.region import Tree
from publisher.ballots import Ballots

Json = dict[str, object]

VERSION = 1


def reference(tree: Tree, ballots: Ballots) -> Json:
    """`v1/{contest}/reference.json`. Positions count from 0; -1 is none, of a dapil's ballot the shared one."""
    printed = ballots.printed
    return {
        "v": VERSION,
        "contest": ballots.key,
        "ballots": [{**_ballot(one), "pages": layout(forms.of(one))} for one in printed.ballots],
        "shared": _ballot(printed.shared),
        "dapil": [
            {"kode": one.kode, "areas": list(one.areas), "ballot": ballot}
            for one, ballot in zip(printed.dapil, printed.of_dapil.tolist(), strict=True)
        ],
        "kelurahan": dict(_kelurahan(tree, ballots)),
    }


def _ballot(ballot: Contest) -> Json:
    """Which field each choice's votes are, and the fields of each block in the order of a leaf's figures."""
    return {
        "choices": dict(zip((choice.id for choice in ballot.choices), ballot.choice_fields, strict=True)),
        "blocks": {name: list(fields) for name, fields in ballot.blocks.items()},
    }


def _kelurahan(tree: Tree, ballots: Ballots) -> Iterator[tuple[str, list[object]]]:
    """Code → ballot, dapil, and the last digits of those of its TPS that hold the contest."""
    printed = ballots.printed
    held = np.flatnonzero(printed.of_tps >= 0)
    parents = tree.tps_parent[held]
    for rows in np.split(held, np.flatnonzero(np.diff(parents)) + 1):
        if len(rows):
            kode = tree.kode(int(tree.tps_parent[rows[0]]))
            own = [tree.tps_kode(row).removeprefix(kode) for row in rows.tolist()]
            yield kode, [int(printed.of_tps[rows[0]]), int(printed.district_of_tps[rows[0]]), _ranges(own)]


def _ranges(numbers: Iterable[str]) -> str:
    """`001-012,014`: what comes one after another is written as first and last."""
    runs: list[list[str]] = []
    for number in sorted(numbers):
        if runs and number.isdigit() and int(number) == int(runs[-1][-1]) + 1:
            runs[-1] = [runs[-1][0], number]
        else:
            runs.append([number])
    return ",".join("-".join(run) for run in runs)
