"""What an officer is told afterwards, where it was wrong once: from events to words, without a server."""

import pytest

from election import bundle as bundles
from election import form as forms
from election.bundle import Bundle
from election.event import BlockHeld, Event, PageRead, ReadingSubmitted, ScanReceived, commitment
from election.record import fold, layout
from ingest.status import BlockStatus, Item, of_contest
from storage.draft import Entry

AT = "2029-02-14T12:00:00.000Z"
SALT = "5a" * 16


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return bundles.make(tmp_path_factory.mktemp("b") / "b", seed=11, kabupaten=1, tps=2, contests=("ppwp",))


def told(bundle: Bundle, *events: Event, dpt: tuple[int, int] = (-1, -1)) -> tuple[list[Item], list[BlockStatus]]:
    entries = [Entry(number, event, b"", "") for number, event in enumerate(events, 1)]  # type: ignore[arg-type]
    ballot = bundle.ballot("ppwp", 0)
    return of_contest(ballot, fold(entries, layout(forms.of(ballot))), dpt)


def scan(page: int = 2) -> ScanReceived:
    return ScanReceived(tps="1" * 13, at=AT, page=page, sha256="a" * 64, size=1)


def look(scan: int, fault: str | None = None) -> PageRead:
    return PageRead(
        tps="1" * 13, at=AT, scan=scan, page=None if fault else 2, fault=fault, quality=800,
        scores=None if fault else "0" * 64, rendition=None, model="m", program="p",
    )  # fmt: skip


def test_a_photo_that_nobody_has_looked_at_yet_is_received_though_an_older_one_speaks_for_its_page(bundle: Bundle):
    items, _ = told(bundle, scan(), look(1), scan())
    assert [item.state for item in items] == ["read", "received"]
    items, _ = told(bundle, scan(), look(1), scan(), look(3))
    assert [item.state for item in items] == ["superseded", "read"]
    items, _ = told(bundle, scan(), look(1), scan(), look(3, "scan.blurred"))
    assert [(item.state, item.fault) for item in items] == [("read", None), ("read", "scan.blurred")]
    items, _ = told(bundle, scan(), scan(), look(2))  # the older one may stay unread: a newer speaks
    assert [item.state for item in items] == ["superseded", "read"]


def test_a_rule_that_compares_with_the_official_voters_is_told_in_words(bundle: Bundle):
    contest = bundle.ballot("ppwp", 0)
    figures = dict.fromkeys(contest.fields, 0) | {"pemilih_dpt_l": 120, "pemilih_dpt_p": 113, "pemilih_dpt_j": 233}
    row = tuple(figures[name] for name in contest.blocks["administrasi"])
    reading = ReadingSubmitted(
        tps="1" * 13, at=AT, salts={"administrasi": SALT}, figures={"administrasi": row},
        commitments={"administrasi": commitment(SALT, "administrasi", row)},
    )  # fmt: skip
    held = BlockHeld(
        tps="1" * 13, at=AT, block="administrasi", replaces=0, figures=row, scans=(), reading=1, salt=SALT,
        policy="test", read=row, reasons=("E109",),
    )  # fmt: skip
    _, blocks = told(bundle, reading, held, dpt=(120, 100))
    (why,) = next(block for block in blocks if block.block == "administrasi").reasons
    assert "113" in why.id
    assert "100" in why.id
    assert "Rule E109" not in why.en
