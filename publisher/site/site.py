"""What the publisher calls: one method for each kind of page, and the files that no count changes."""

from collections.abc import Sequence
from pathlib import Path

from election.bundle import Bundle
from election.contest import Contest
from publisher.chronicle.feed import Latest
from publisher.chronicle.held import HeldArea
from publisher.chronicle.history import History
from publisher.folder import Folder
from publisher.rows import Cut
from publisher.shapes.area import Place
from publisher.site import area, beside, dapil, fixed, front, kelurahan, tps
from publisher.site.front import Standing
from publisher.site.kelurahan import TpsLine
from publisher.site.pages import Pages
from publisher.told import Told
from publisher.v1 import Counted
from publisher.v1_told import Dapil
from publisher.view import RecordView


class Site:
    """The pages of one election."""

    def __init__(self, bundle: Bundle, contests: Sequence[str], base_url: str = "") -> None:
        self._pages = Pages(bundle, contests, base_url)
        self._fixed: set[Path] = set()

    def write_static(self, folder: Folder) -> None:
        """What no count changes; once, however many contests ask for it."""
        if folder.root not in self._fixed:
            fixed.write(self._pages, folder)
            self._fixed.add(folder.root)

    def write_area(
        self,
        folder: Folder,
        path: Sequence[Place],
        of: Counted,
        below: Sequence[Counted],
        dapil: Sequence[Dapil],
        cut: Cut,
    ) -> None:
        """The page of an area above the kelurahan; `dapil` are those of the area's own assembly."""
        area.write(self._pages, folder, path, of, below, dapil, cut)

    def write_kelurahan(
        self, folder: Folder, path: Sequence[Place], of: Counted, lines: Sequence[TpsLine], cut: Cut
    ) -> None:
        """The page of a kelurahan, with a line for each of its TPS."""
        kelurahan.write(self._pages, folder, path, of, lines, cut)

    def write_dapil(self, folder: Folder, of: Dapil, path: Place, whole: Told, cut: Cut) -> None:
        """The page of a dapil; `path` is the area whose assembly it helps to elect, `whole` what is said of it."""
        dapil.write(self._pages, folder, of, path, whole, cut)

    def write_tps(
        self, folder: Folder, contest: Contest, path: Sequence[Place], place: Place, view: RecordView, cut: Cut
    ) -> None:
        """The page of one TPS."""
        tps.write(self._pages, folder, contest, path, place, view, cut)

    def write_front(self, folder: Folder, standings: Sequence[Standing]) -> None:
        """The front page across contests."""
        front.write(self._pages, folder, standings)

    def write_history(self, folder: Folder, ballot: Contest, of: History, level: int, cut: Cut) -> None:
        """The course of a count: its pictures and its table."""
        beside.write_history(self._pages, folder, ballot, of, level, cut)

    def write_held(self, folder: Folder, of: HeldArea, cut: Cut) -> None:
        """What is held in an area."""
        beside.write_held(self._pages, folder, of, cut)

    def write_corrections(self, folder: Folder, ballot: Contest, of: Latest, cut: Cut) -> None:
        """What people decided, the newest first."""
        beside.write_corrections(self._pages, folder, ballot, of, cut)
