"""What is read first follows from what a page's blocks decide, not from its number."""

from types import SimpleNamespace

import pytest

from election import bundle as bundles
from election import form
from election.contest import ADM, SUARA, Candidate, Choice, Contest
from election.event import PageRead, ScanReceived
from ocr.order import AGAIN, CANDIDATES, DATA, VOTES, WELL, Order, rank

AT = "2024-02-14T12:00:00.000Z"
PAIRS = Contest("ppwp", tuple(Choice(str(n), n, str(n)) for n in (1, 2, 3)), "c_hasil_ppwp_2024")
PARTIES = Contest(
    "pdpr",
    tuple(
        Choice(str(n), n, str(n), candidates=(Candidate(f"{n}1", 1, "A"), Candidate(f"{n}2", 2, "B"))) for n in (1, 2)
    ),
    "c_hasil_pdpr",
)


def scan(page: int, tps: str) -> ScanReceived:
    return ScanReceived(tps=tps, at=AT, page=page, sha256="0" * 64, size=1)


def reading(page: int | None, fault: str | None, quality: int) -> PageRead:
    return PageRead(
        tps="1", at=AT, scan=1, page=page, fault=fault, quality=quality, scores=None, rendition=None, model="m",
        program="p",
    )  # fmt: skip


@pytest.mark.parametrize("contest", [PAIRS, PARTIES])
def test_totals_and_votes_then_the_data_page_then_candidates(contest: Contest) -> None:
    sheet = form.of(contest)
    for page in sheet.pages:
        blocks = {field.block for field in page.fields}
        expected = VOTES if SUARA in blocks else DATA if ADM in blocks else CANDIDATES
        assert rank(sheet, page.number) == expected
    ranks = [rank(sheet, page.number) for page in sheet.pages]
    assert ranks.count(VOTES) >= 1
    assert ranks.count(DATA) == 1
    assert ranks.count(CANDIDATES) == (2 if contest is PARTIES else 0)


def test_an_order_knows_the_ballot_and_what_was_read_well(tmp_path) -> None:
    bundle = bundles.make(tmp_path / "bundle", kabupaten=1, tps=3)
    order, tps = Order(bundle, "ppwp"), bundle.tree.tps_kode(0)
    assert [order.rank(scan(page, tps), again=False) for page in (1, 2, 3)] == [DATA, VOTES, VOTES]
    assert order.rank(scan(2, tps), again=True) == AGAIN
    assert order.rank(scan(9, tps), again=False) == CANDIDATES
    places = {order.place(bundle.tree.tps_kode(n), page) for n in range(3) for page in range(1, 30)}
    assert len(places) == 3 * 29
    gone = "9999999999999"  # a bundle that was mended may have lost a TPS; its photos must not stop the others
    assert order.rank(scan(2, gone), again=False) == CANDIDATES
    assert order.place(gone, 2) not in places


def test_only_a_good_reading_settles_a_page() -> None:
    order = Order(SimpleNamespace(), "ppwp")
    assert order.settles(reading(2, None, WELL))
    assert not order.settles(reading(2, None, WELL - 1))
    assert not order.settles(reading(2, "E403", WELL))
    assert not order.settles(reading(None, "scan.no_page", 0))
