"""What the publisher calls: one method for each kind of page, and the files that no count changes."""

from collections.abc import Sequence

from election.bundle import Bundle
from election.contest import Contest
from publisher.folder import Folder
from publisher.rows import Cut
from publisher.site import area, dapil, kelurahan, tps
from publisher.site.kelurahan import TpsLine
from publisher.site.pages import STATIC, Pages
from publisher.told import Told
from publisher.v1 import Counted, Place
from publisher.v1_told import Dapil
from publisher.view import RecordView


class Site:
    """The pages of one election."""

    def __init__(self, bundle: Bundle, contests: Sequence[str]) -> None:
        self._pages = Pages(bundle, contests)

    def write_static(self, folder: Folder) -> None:
        """What no count changes: style, program, search and the page that says there is nothing."""
        for path in sorted(STATIC.iterdir()):
            folder.write(f"static/{path.name}", path.read_bytes())
        first = self._pages.contests[0]
        for name in ("cari", "404"):
            self._pages.write(folder, f"{name}.html", f"{name}.html", first, {"data": ""})
        folder.write("robots.txt", b"User-agent: *\nAllow: /\n")

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
