"""One record, a journal in memory, and engines that fold, judge and append each in their own time."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ballots import ballot
from msgspec import Struct
from recap_scene import AT, MODEL, reading, scan

from election import event as ev
from election import form as forms
from election import record as rec
from election.acceptance import Acceptance
from election.bundle.settings import Settings
from election.contest import ADM, SUARA, Contest
from election.decode import BlockReading
from election.event import Figures, Ruling
from election.policy import adopted, table_of
from election.record import Record
from election.rules import limits_of
from recap.adjudicate import Place, adjudicate, asks, due
from recap.evidence import Evidence
from recap.policy import Policy, PolicyInForce
from storage.draft import Draft

TPS = "1101012001001"
MEASURED = (Acceptance(MODEL, 0.01, {SUARA: 0.9, ADM: 0.9, "partai": 0.9}),)


class Row(NamedTuple):
    """A journal entry."""

    number: int
    event: ev.Event | None


class Sheet(Struct, frozen=True):
    """What a photo shows: figures by field that differ from the truth, and how surely it can be read."""

    wrong: Mapping[str, int] = {}
    alone: float = 0.99  # probability of a block read by itself
    together: float = 0.99  # and with all vote pages


def contest_of(parties: int = 3, candidates: int = 2) -> Contest:
    """A small party contest."""
    return ballot("pdpr", parties, candidates)


def truth_of(contest: Contest) -> dict[str, Figures]:
    """Figures that keep every rule."""
    told: dict[str, Figures] = {}
    total = 0
    for number, party in enumerate(contest.choice_fields, 1):
        parts = [number] * (len(contest.blocks[party]) - 1)
        told[party] = (*parts, sum(parts))
        total += sum(parts)
    told[SUARA] = (total, 2, total + 2)
    half = total + 2
    users = {"pemilih_dpt": (half, half), "pengguna_dpt": (half, 0), "pengguna_total": (half, 0)}
    flat = {f"{row}_{x}": n for row, lp in users.items() for x, n in zip("lpj", (*lp, sum(lp)), strict=True)}
    flat |= {"surat_suara_diterima": half, "surat_suara_digunakan": half}
    told[ADM] = tuple(flat.get(field, 0) for field in contest.blocks[ADM])
    return told


class Scene:
    """A contest's record, what its photos show, and what a machine reads on them."""

    def __init__(self, contest: Contest | None = None) -> None:
        self.contest = contest or contest_of()
        self.layout = rec.layout(forms.of(self.contest))
        self.pages = sorted({page for pages in self.layout.values() for page in pages})
        self.truth = truth_of(self.contest)
        self.place = Place("pdpr", TPS, self.contest, (-1, -1), limits_of(self.contest))
        self.sheets: dict[str, Sheet] = {}

    def photo(
        self, page: int, sheet: Sheet | None = None, fault: str | None = None
    ) -> tuple[ev.ScanReceived, ev.PageRead]:
        """A photo, and the machine's look at it, which says of which scan it is when that has its number."""
        name = f"{len(self.sheets):064x}"
        self.sheets[name] = sheet or Sheet()
        seen = ev.PageRead(
            tps=TPS, at=AT, scan=0, page=None if fault else page, fault=fault, quality=900,
            scores=None if fault else name, rendition=None, model=MODEL, program="1",
        )  # fmt: skip
        return scan(TPS, page, name), seen

    def keyed(self, blocks: Sequence[str] | None = None, **wrong: int) -> ev.ReadingSubmitted:
        """An officer's figures of some blocks."""
        told = self.told(wrong)
        return reading(TPS, {name: told[name] for name in blocks or self.contest.blocks})

    def told(self, wrong: Mapping[str, int]) -> dict[str, Figures]:
        """The truth but for some fields."""
        return {
            name: tuple(wrong.get(field, n) for field, n in zip(fields, self.truth[name], strict=True))
            for name, fields in self.contest.blocks.items()
        }

    def read(self, evidence: Evidence) -> BlockReading:
        """What the machine reads: what the photos show, by how sure each is; a function of the photos and figures."""
        joint = len(evidence.together) > len(evidence.photos)
        shown = [self.sheets[photo.read.scores or ""] for photo in evidence.photos if photo.read is not None]
        figures = self.told({field: n for sheet in shown for field, n in sheet.wrong.items()})[evidence.block.name]
        sure = min(sheet.together if joint else sheet.alone for sheet in shown)
        return BlockReading(
            figures, sure, figures, (None,) * len(figures), True, marks=(None,) * len(figures),
            hypothesis=sure if evidence.keyed == figures else 1e-9,
        )  # fmt: skip


class Ledger:
    """A journal as the database keeps it: numbers, keys, and one head a block."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self._heads: dict[str, int] = {}
        self._keys: dict[bytes, bytes | None] = {}

    def add(self, event: ev.Event) -> int:
        """Appends whatever comes."""
        self.rows.append(Row(len(self.rows) + 1, event))
        if isinstance(event, Ruling):
            self._heads[event.subject] = len(self.rows)
        return len(self.rows)

    def head(self, subject: str) -> int:
        """The ruling that stands; on a block the opening of a version, where that is the later."""
        of_record = 0 if subject == "policy" else self._heads.get(ev.WHOLE, 0)
        return max(self._heads.get(subject, 0), of_record)

    def draft(self, draft: Draft) -> bool:
        """Compare and swap. The same key with another content would be two engines that contradict each other."""
        assert isinstance(draft.event, ev.Decision)
        assert draft.key is not None
        if draft.key in self._keys:
            assert self._keys[draft.key] == draft.digest, "two engines decided differently on the same evidence"
            return False
        if self.head(draft.event.block) != draft.expect:
            return False
        self._keys[draft.key] = draft.digest
        self.add(draft.event)
        return True

    def adopt(self, name: str) -> None:
        """Two people adopt a preset."""
        self.add(adopted(name, table_of(name), replaces=self.head("policy"), at=AT))


class Engine:
    """Folds a ledger in its own time; decides by what it has folded, and appends later."""

    def __init__(self, scene: Scene, ledger: Ledger, measured: tuple[Acceptance, ...] = MEASURED) -> None:
        self.scene, self.ledger = scene, ledger
        self.policy = PolicyInForce(Settings(), measured)
        self.record: Record = rec.empty(scene.layout)
        self.folded, self.decoded = 0, 0
        self.waiting: list[Draft] = []

    @property
    def current(self) -> Policy:
        """What it judges by."""
        return self.policy.current

    def fold(self, upto: int | None = None) -> None:
        """Takes in the ledger as far as `upto`."""
        for row in self.ledger.rows[self.folded : upto]:
            self.policy.fold([row])
            self.record = rec.apply(self.record, row)
            self.folded = row.number

    def judge(self) -> None:
        """Decides on what it has folded; the drafts are on their way."""
        evidence = due(self.record, self.scene.contest, self.current)
        asked = [one for one in evidence if asks(one, self.current)]
        self.decoded += len(asked)
        decoded = {one.block.name: self.scene.read(one) for one in asked}
        self.waiting += adjudicate(self.record, evidence, decoded, self.scene.place, self.current, AT)

    def land(self) -> int:
        """The drafts on their way arrive; answers how many changed anything."""
        arriving, self.waiting = self.waiting, []
        return sum(self.ledger.draft(draft) for draft in arriving)


def settle(*engines: Engine, rounds: int = 12) -> None:
    """Every engine folds, judges and appends until nobody has anything to say. Fails where that takes too long."""
    for _ in range(rounds):
        said = 0
        for engine in engines:
            engine.fold()
            engine.judge()
            said += engine.land()
        if not said:
            return
    raise AssertionError("the engines keep deciding")
