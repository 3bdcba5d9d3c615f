"""One contest's public documents, written from one cut: which change, in what order, and from what.

Deepest first, so that a total never appears before what it is made of. Reading the database is `rows`', following it
`follower`'s; what the documents say is said by `sirekap`, `v1` and `site`.
"""

from collections.abc import Iterable, Mapping
from typing import TypedDict

import numpy as np
from msgspec import Raw, Struct
from msgspec.structs import replace

from election.block import BlockState
from election.bundle import Bundle
from election.clock import public_ts
from election.codes import KELURAHAN, TPS_LEVEL
from election.rules import identity_names
from publisher import places, v1, v1_record
from publisher.ballots import Ballots
from publisher.dapil import Constituencies
from publisher.folder import Folder
from publisher.kept import Kept, digest
from publisher.kept import read as read_kept
from publisher.reference import reference
from publisher.rows import AreaRow, Cut, DapilRow
from publisher.shapes.area import Place
from publisher.shapes.record import Record
from publisher.sirekap import standing
from publisher.sirekap.tree import SirekapTree
from publisher.site import Site, TpsLine
from publisher.told import NOTHING, Told
from publisher.view import RecordView

ARRIVING = frozenset({BlockState.RECEIVED, BlockState.READ})
"""States of a votes block of which something has come in and nobody has decided."""

OPENING = "07:00:00"
"""When polling stations open, local time."""


class Changes(Struct, frozen=True):
    """What a cut asks to be written: area indices, TPS rows, and every area row that those documents show."""

    cut: Cut
    areas: frozenset[int]
    tps: frozenset[int]
    rows: Mapping[str, AreaRow]
    dapil: frozenset[int] = frozenset()  # positions in `Printed.dapil`
    dapil_rows: Mapping[str, DapilRow] = {}
    told: Mapping[str, Told] = {}  # of areas and dapil, by code
    anew: bool = False  # everything, whatever is written already


class Pictures(TypedDict):
    """Page → where its masked picture lies."""

    sirekap: dict[int, str]  # below the public folder, as the programs of 2024 expect it
    scans: dict[int, str]  # under its own hash


class Publication:
    """The documents of one contest below `folder`. Keeps a byte a TPS and a digest a kelurahan."""

    def __init__(self, bundle: Bundle, ballots: Ballots, folder: Folder, site: Site, base_url: str) -> None:
        self.bundle, self.tree = bundle, bundle.tree
        self.date = bundle.date
        self.key = ballots.key
        self.ballots = ballots
        self.residuals = identity_names(ballots.printed.ballots)
        self.folder = folder
        self.site = site
        self.base_url = base_url.rstrip("/")
        self.holding = bundle.tps_holding(ballots.key)
        self._tps_before = np.concatenate([[0], np.cumsum(self.holding)])
        self._arriving = np.zeros(self.tree.n_tps, bool)
        self._written: dict[int, bytes] = {}  # kelurahan → digest of its document
        self.constituencies = Constituencies(bundle, ballots)
        self.sirekap = SirekapTree(bundle.tree, ballots)

    def nothing_arrived(self) -> None:
        """Forget what `arrived` has told."""
        self._arriving[:] = False

    def arrived(self, states: Iterable[tuple[str, str]]) -> None:
        """Take note of (TPS, state of its votes block)."""
        for kode, state in states:
            self._arriving[self.tree.tps_index(kode)] = state in ARRIVING

    def affected(self, kodes: Iterable[str], tps: Iterable[int]) -> frozenset[int]:
        """The areas whose documents show any of these areas, or count any of these TPS."""
        areas = {self.tree.area_index(kode) for kode in kodes}
        areas |= {int(self.tree.parent[area]) for area in areas if area}
        return frozenset(areas.union(*(self.tree.path(row) for row in tps)))

    def shown(self, areas: Iterable[int]) -> list[str]:
        """Codes of the area rows that the documents of `areas` need: their own and their children's."""
        needed = set(areas)
        for area in list(needed):
            if self.tree.tingkat(area) < KELURAHAN:
                needed.update(self.tree.children(area))
        return [self.tree.kode(area) for area in sorted(needed)]

    def reference(self) -> None:
        """What does not change during the count: lists of areas, choices, the zero document, the site's own files.

        Its time is the opening of the vote, so that every publisher of one election writes the same bytes.
        """
        ts = f"{self.date} {OPENING}"
        for path, document in standing.documents(self.bundle, self.ballots, ts):
            self.folder.json(path, document)
        self.folder.json(places.reference(self.key), reference(self.tree, self.ballots))
        self.site.write_static(self.folder)

    def area(self, area: int, changes: Changes) -> None:
        """Write the documents of one area above the kelurahan."""
        of, path = self._counted(area, changes, told=True), self._path(area)
        below = [self._counted(child, changes) for child in self.tree.children(area)]
        house = self.constituencies.of_assembly(area, changes.dapil_rows, changes.told)
        for where, document in self.sirekap.area(of, below, house, public_ts(changes.cut.at)):
            self.folder.json(where, document)
        self.folder.json(places.v1(self.key, of.place.kode), v1.area(path, of, below, changes.cut))
        self.site.write_area(self.folder, path, of, below, house, changes.cut)

    def kept(self, kelurahan: Iterable[int]) -> dict[str, Kept]:
        """TPS code → its record as the documents of these kelurahan have it, so far as they are there and ours."""
        found: dict[str, Kept] = {}
        for area in kelurahan:
            own = [self.tree.tps_kode(row) for row in self._held(area)]
            path = self.folder.root / places.v1(self.key, self.tree.kode(area))
            found |= read_kept(path, own, self._written.get(area))
        return found

    def kelurahan(self, area: int, changes: Changes, views: Mapping[int, RecordView], kept: Mapping[str, Kept]) -> None:
        """Write the documents of one kelurahan, and of those of its TPS that changed.

        A record that is not among `views` is taken over from `kept`; where it is in neither, nothing has come in.
        """
        of, path = self._counted(area, changes, told=True), self._path(area)
        records: list[Record | Raw] = []
        lines: list[tuple[int, TpsLine]] = []
        for row in self._held(area):
            place, view = self._tps_place(row), views.get(row)
            before = kept.get(place.kode) if view is None else None
            if before is not None:
                records.append(before.raw)
                lines.append((row, TpsLine(place, before.line(self.ballots.of_tps(row).ballot))))
                continue
            pictures = self._pictures(row, view)
            records.append(v1_record.record(place, view, self._addresses(pictures)))
            lines.append((row, TpsLine(place, view)))
            if view is not None and row in changes.tps:
                self._tps(row, view, pictures, changes.cut)
                ballot = self.ballots.of_tps(row).ballot
                self.site.write_tps(self.folder, ballot, [*path, of.place], place, view, changes.cut)
        votes = ((row, line.view) for row, line in lines)
        self.folder.json(*self.sirekap.kelurahan(of, votes, public_ts(changes.cut.at)))
        document = v1.kelurahan(path, of, records, changes.cut)
        self._written[area] = digest(self.folder.json(places.v1(self.key, of.place.kode), document))
        self.site.write_kelurahan(self.folder, path, of, [line for _, line in lines], changes.cut)

    def _held(self, kelurahan: int) -> list[int]:
        """TPS rows of a kelurahan that hold the contest."""
        return [row for row in self.tree.children(kelurahan) if self.holding[row]]

    def dapil(self, one: int, changes: Changes) -> None:
        """Write the documents of one dapil."""
        of = self.constituencies.told(one, changes.dapil_rows, changes.told)
        self.folder.json(places.dapil(self.key, of.district.kode), v1.dapil(of, changes.cut))
        kode = self.constituencies.assembly_code(one)
        self.folder.json(*self.sirekap.dapil(of, kode, public_ts(changes.cut.at)))
        place = self._place(self.tree.area_index(kode))
        self.site.write_dapil(self.folder, of, place, changes.told.get(kode, NOTHING), changes.cut)

    def finish(self, cut: Cut) -> None:
        """Say that everything up to `cut` is written."""
        self.folder.json(f"v1/{self.key}/cursor.json", v1.cursor(self.key, cut))

    def _tps(self, row: int, view: RecordView, pictures: Pictures, cut: Cut) -> None:
        for page, path in pictures["sirekap"].items():
            if self.folder.has(pictures["scans"][page]):
                self.folder.link(path, to=pictures["scans"][page])
        ballot, place = self.ballots.of_tps(row).ballot, self._tps_place(row)
        for one in view.versions:
            self.folder.json(places.version(self.key, place.kode, one.version), v1_record.version(ballot, place, one))
        self.folder.json(*self.sirekap.tps(row, view, self._addresses(pictures), public_ts(cut.at)))

    def _pictures(self, row: int, view: RecordView | None) -> Pictures:
        found = Pictures(sirekap={}, scans={})
        for page in view.pages if view else ():
            if page.photo is not None and page.rendition is not None:
                at, digest = page.photo.at, page.rendition
                found["sirekap"][page.page] = places.image(self.tree, self.key, row, at, digest)
                found["scans"][page.page] = places.scan(digest)
        return found

    def _addresses(self, pictures: Pictures) -> dict[int, str]:
        return {page: f"{self.base_url}/{path}" for page, path in pictures["sirekap"].items()}

    def _counted(self, area: int, changes: Changes, *, told: bool = False) -> v1.Counted:
        place = self._place(area)
        rows = self.tree.tps_of(area)
        tps = int(self._tps_before[rows.stop] - self._tps_before[rows.start])
        row = changes.rows.get(place.kode) or AreaRow(place.kode, tps)
        arriving = int(np.count_nonzero(self._arriving[rows]))
        own = self.ballots.of_area(area)
        found = v1.Counted(place, own, row, min(arriving, row.waiting), self.residuals)
        if not told:
            return found
        said, dapil = self.constituencies.of_area(place.kode, changes.told), self.constituencies.at(area)
        return replace(found, told=said, dapil=tuple(dapil))

    def _place(self, area: int) -> Place:
        return Place(self.tree.kode(area), self.tree.nama(area), self.tree.tingkat(area))

    def _tps_place(self, row: int) -> Place:
        return Place(self.tree.tps_kode(row), self.tree.tps_nama(row), TPS_LEVEL)

    def _path(self, area: int) -> list[Place]:
        """The places above an area, nation first."""
        return [self._place(above) for above in places.chain(self.tree, area)[:-1]]
