"""The public pages: the same figures as the documents, in HTML that needs no program to be read.

What is shown is decided here and in the templates of `web/site`; the figures come from rows and views. Bars are SVG
with lengths as attributes, because pages may carry no inline style and printers drop backgrounds.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from msgspec import Struct

from election import reasons
from election import words as names
from election.block import WORDS, BlockState
from election.bundle import Bundle
from election.codes import KELURAHAN
from election.contest import ADM, SUARA, Contest
from election.event import CAUSES, FORUMS, GROUNDS, STATUSES
from publisher import places, sirekap, sums, words
from publisher.folder import Folder
from publisher.ink import legible
from publisher.outcomes import Outcomes, headline
from publisher.rows import Cut
from publisher.told import Told
from publisher.v1 import Counted, Place
from publisher.v1_told import Dapil
from publisher.view import BlockView, RecordView

TEMPLATES = Path(__file__).parent.parent / "web" / "site" / "templates"
STATIC = TEMPLATES.parent / "static"

HALF = {"ppwp"}
"""Contests in which the law draws a line at half of the votes (UUD 1945 art. 6A(3))."""

COLUMNS = 5
"""Choices that have a column each in a table; with more, only the leader is named."""


class TpsLine(Struct, frozen=True):
    """One TPS in its kelurahan's table; `view` is None where nothing has come in."""

    place: Place
    view: RecordView | None


class Bar(Struct, frozen=True):
    """One choice's line: votes, share in words, and the bar's start and length in per cent of the whole."""

    number: int
    name: str
    color: str
    votes: int
    share: str
    start: float
    length: float
    leads: bool


class Part(Struct, frozen=True):
    """One of the four parts of how much is counted."""

    key: str
    words: names.Words
    tps: int
    start: float
    length: float


class Site:
    """The pages of one election."""

    def __init__(self, bundle: Bundle, contests: Sequence[str]) -> None:
        self.bundle = bundle
        self.contests = [bundle.printed(key).shared for key in contests]
        self.outcomes = Outcomes(bundle)
        self._pages = _environment()

    def write_static(self, folder: Folder) -> None:
        """What no count changes: style, program, search and the page that says there is nothing."""
        for path in sorted(STATIC.iterdir()):
            folder.write(f"static/{path.name}", path.read_bytes())
        first = self.contests[0]
        for name in ("cari", "404"):
            folder.write(f"{name}.html", self._render(f"{name}.html", f"{name}.html", first, data=""))
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
        """The page of an area above the kelurahan; the nation's of the first contest is the front page too.

        `dapil` are those of the area's own assembly.
        """
        contest = of.ballot
        rows = [self._child(child) for child in below]
        wide = _wide(contest) and all(child.ballot.choice_fields == contest.choice_fields for child in below)
        facts = {
            **self._area(path, of, cut),
            "rows": rows,
            "wide": wide,
            "level": names.LEVELS[of.place.tingkat + 1],
            "pairs": self.outcomes.pairs(contest.key, of.told.outcome),
            "elected": self.outcomes.elected(contest.key, of.told.outcome),
            "steps": self.outcomes.steps(contest.key, of.told.outcome) if not dapil else [],
            "house": self.outcomes.house(contest.key, of.told.outcome, dapil),
        }
        self._write(folder, places.page(contest.key, of.place.kode), "area.html", contest, facts)
        if of.place.tingkat == 0 and contest.key == self.contests[0].key:
            self._write(folder, "index.html", "area.html", contest, facts)

    def write_kelurahan(
        self, folder: Folder, path: Sequence[Place], of: Counted, lines: Sequence[TpsLine], cut: Cut
    ) -> None:
        """The page of a kelurahan, with a line for each of its TPS."""
        contest = of.ballot
        told = [self._line(contest, line) for line in lines]
        facts = {**self._area(path, of, cut), "lines": told, "wide": _wide(contest)}
        self._write(folder, places.page(contest.key, of.place.kode), "kelurahan.html", contest, facts)

    def write_dapil(self, folder: Folder, of: Dapil, path: Place, whole: Told, cut: Cut) -> None:
        """The page of a dapil; `path` is the area whose assembly it helps to elect, `whole` what is said of it."""
        contest, tree = of.ballot, self.bundle.tree
        hurdle: Any = whole.outcome.outcome.get("hurdle") if whole.outcome else None
        known = self.outcomes.choices(contest.key)
        areas = [(kode, tree.nama(tree.area_index(kode))) for kode in of.district.areas]
        facts = {
            "of": of,
            "cut": cut,
            "data": places.dapil(contest.key, of.district.kode),
            "said": headline(of.told),
            "closed": whole.determination,
            "areas": areas,
            "bars": bars(contest, of.totals),
            "sums": of.totals,
            "quotients": self.outcomes.quotients(contest.key, of),
            "edge": self.outcomes.edge(contest.key, of),
            "whole": (path.kode, path.nama),
            "failed": [known[one].name for one in hurdle["failed"] if one in known] if hurdle else [],
            "hurdle": hurdle,
            "lists": _lists(contest, of.totals),
        }
        self._write(folder, places.dapil_page(contest.key, of.district.kode), "dapil.html", contest, facts)

    def write_tps(
        self, folder: Folder, contest: Contest, path: Sequence[Place], place: Place, view: RecordView, cut: Cut
    ) -> None:
        """The page of one TPS."""
        row = self.bundle.tree.tps_index(place.kode)
        dpt = int(self.bundle.dpt_l[row]), int(self.bundle.dpt_p[row])
        votes = view.block(SUARA)
        facts = {
            "above": path,
            "place": place,
            "cut": cut,
            "view": view,
            "data": places.v1(contest.key, path[-1].kode),
            "bars": bars(contest, _shown(view)),
            "votes": votes,
            "why": sums.reasons(contest, votes, view, dpt) if votes else [],
            "blocks": [self._block(contest, block, view, dpt) for block in _form_order(view)],
            "history": [(line, sums.reasons_then(contest, line.step, dpt)) for line in reversed(view.history)],
        }
        self._write(folder, places.tps_page(contest.key, place.kode), "tps.html", contest, facts)

    def _area(self, path: Sequence[Place], of: Counted, cut: Cut) -> dict[str, Any]:
        contest = of.ballot
        return {
            "above": path,
            "place": of.place,
            "cut": cut,
            "of": of,
            "row": of.row,
            "data": places.v1(contest.key, of.place.kode),
            "sirekap": self._sirekap(contest, of.place),
            "parts": parts(of),
            "bars": bars(contest, of.totals),
            "sums": of.totals,
            "half": contest.key in HALF,
            "said": headline(of.told),
            "told": of.told,
            "dapil": list(of.dapil),
        }

    def _sirekap(self, contest: Contest, place: Place) -> str | None:
        """The same area among the public data of 2024, where that data has the contest and the level."""
        if contest.key not in sirekap.IMAGES or place.tingkat == KELURAHAN:
            return None
        return places.aggregate(self.bundle.tree, contest.key, self.bundle.tree.area_index(place.kode))

    def _child(self, of: Counted) -> dict[str, Any]:
        found = bars(of.ballot, of.totals)
        return {
            "place": of.place,
            "row": of.row,
            "bars": found,
            "spark": sorted(found, key=lambda bar: bar.number),
            "leader": next((bar for bar in found if bar.leads), None),
            "page": f"{of.place.kode}.html",
        }

    def _line(self, contest: Contest, line: TpsLine) -> dict[str, Any]:
        votes = line.view.block(SUARA) if line.view else None
        figures = _shown(line.view) if line.view else {}
        known = line.view is not None
        return {
            "place": line.place,
            "page": places.tps_page(contest.key, line.place.kode).removeprefix(f"{contest.key}/") if known else None,
            "state": votes.state if votes else BlockState.AWAITED,
            "others": Counter(block.state for block in line.view.blocks if block.name != SUARA) if line.view else {},
            "figures": [figures.get(field) for field in contest.choice_fields],
            "valid": figures.get("suara_sah"),
            "counts": votes.counts if votes else False,
        }

    def _block(self, contest: Contest, block: BlockView, view: RecordView, dpt: tuple[int, int]) -> dict[str, Any]:
        shown = {other.name: other.shown for other in view.blocks if other.shown is not None}
        rows = [
            {"field": field, "words": names.field(contest, field), "officer": o, "machine": m, "counted": c}
            for field, o, m, c in zip(
                block.fields, _dense(block, block.officer), _dense(block, block.machine), _dense(block, block.counted),
                strict=True,
            )
        ]  # fmt: skip
        return {
            "block": block,
            "words": names.block(contest, block.name),
            "rows": rows,
            "sums": sums.sums(contest, shown, block.name),
            "reasons": sums.reasons(contest, block, view, dpt),
            "pages": [page for page in view.pages if page.page in block.pages],
        }

    def _write(self, folder: Folder, path: str, template: str, contest: Contest, facts: dict[str, Any]) -> None:
        folder.write(path, self._render(path, template, contest, **facts))

    def _render(self, path: str, template: str, contest: Contest, **facts: object) -> bytes:
        """The page at `path`. Links are relative, so that a mirror may lie anywhere."""
        page = self._pages.get_template(template)
        root = "../" * path.count("/")
        manifest = self.bundle.manifest
        return page.render(root=root, contest=contest, contests=self.contests, manifest=manifest, **facts).encode()


def _lists(contest: Contest, totals: Mapping[str, int]) -> list[dict[str, Any]]:
    """The parties of a ballot with their candidates and the votes of each; empty where no list is known."""
    found = zip(contest.choices, contest.choice_fields, strict=True)
    return [
        {
            "party": party,
            "own": totals.get(f"{field}_suara_partai"),
            "candidates": [(one, totals.get(f"{field}_calon_{one.number}")) for one in party.candidates],
        }
        for party, field in found
        if party.candidates
    ]


def _wide(contest: Contest) -> bool:
    """Whether each choice has a column."""
    return 0 < len(contest.choices) <= COLUMNS


def _shown(view: RecordView) -> dict[str, int | None]:
    """Field → figure of the blocks of votes, as they are shown."""
    return {
        field: figure
        for block in view.blocks
        if block.name != ADM
        for field, figure in zip(block.fields, block.shown or (), strict=False)
    }


def bars(contest: Contest, figures: Mapping[str, int | None]) -> list[Bar]:
    """The choices' bars, most votes first, equal ones by ballot number. `figures` has the choices' votes by field."""
    votes = [figures.get(field) or 0 for field in contest.choice_fields]
    whole, most, start, found = sum(votes), max(votes, default=0), 0, []
    for choice, count in zip(contest.choices, votes, strict=True):
        share = names.percent(count, whole)
        at, length = (_hundredths(part, whole) for part in (start, count))
        leads = count == most > 0
        found.append(Bar(choice.number, choice.name, legible(choice.color), count, share, at, length, leads))
        start += count
    return sorted(found, key=lambda bar: (-bar.votes, bar.number))


def parts(of: Counted) -> list[Part]:
    """How much is counted, in four parts that make up the whole."""
    counts = (
        ("counted", ("dihitung", "counted"), of.row.counted),
        ("held", ("ditahan", "held"), of.row.held),
        ("arriving", ("sedang diproses", "being processed"), of.arriving),
        ("absent", ("belum masuk", "not yet in"), of.absent),
    )
    found, start = [], 0
    for key, said, tps in counts:
        found.append(Part(key, said, tps, _hundredths(start, of.row.tps), _hundredths(tps, of.row.tps)))
        start += tps
    return found


def _hundredths(part: int, whole: int) -> float:
    """The length of a bar in per cent, with two decimals; to draw by, never to decide by."""
    return round(100 * part / whole, 2) if whole else 0.0


def _dense(block: BlockView, figures: Sequence[int | None] | None) -> Sequence[int | None]:
    return (None,) * len(block.fields) if figures is None else figures


def _form_order(view: RecordView) -> list[BlockView]:
    """The blocks as they follow each other on paper."""
    return sorted(view.blocks, key=lambda block: block.pages)


def _environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    found.filters.update(
        number=names.number,
        done=words.done,
        moment=words.moment,
        short=words.short_moment,
        day=words.day,
        reason=reasons.reason,
        role=reasons.role,
    )
    found.globals.update(
        percent=names.percent,
        state_words=WORDS,
        block_words=names.block,
        field_words=names.field,
        levels=names.LEVELS,
        page_of=places.page,
        grounds=GROUNDS,
        forums=FORUMS,
        causes=CAUSES,
        statuses=STATUSES,
    )
    return found
