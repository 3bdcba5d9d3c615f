"""The ledger survives its writer; the checker finds what is missing, doubled or shared, and nothing else."""

import json
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from loadtest.night import Leaf, Ledger, Line, Receipt, check, lines, missing
from loadtest.night.ledger import LedgerInUse
from tlog.note import Algorithm, Signer
from tlog.receipt import Receipt as Signed
from tlog.receipt import issue

AT = "2029-02-14T09:00:00.000Z"


def scan(number: int, tps: str = "1", page: int = 1, photo: bytes = b"photo") -> tuple[Receipt, Leaf]:
    sha = sha256(photo).hexdigest()
    receipt = Receipt("ppwp", number, "scan_received", sha, len(photo), tps, page, AT)
    body = {"kind": "scan_received", "tps": tps, "at": AT, "page": page, "sha256": sha, "size": len(photo), "v": 1}
    return receipt, Leaf(number, json.dumps(body).encode())


def line(receipt: Receipt | None, client: str | None = None) -> Line:
    return Line("scan-1", client or str(uuid4()), "1", 201 if receipt else 422, receipt)


@given(st.integers(1, 12), st.data())
def test_exactly_what_was_taken_away_is_missing(n: int, data: st.DataObject) -> None:
    pairs = [scan(k, page=k, photo=bytes([k])) for k in range(1, n + 1)]
    gone = data.draw(st.sets(st.integers(1, n)))
    kept = [leaf for _, leaf in pairs if leaf.number not in gone]
    receipts = [receipt for receipt, _ in pairs]
    assert {r.number for r in missing(receipts, kept)} == gone
    findings = check([line(r) for r in receipts], kept)
    assert {r.number for r in findings.missing} == gone and findings.holds == (not gone)
    assert not findings.doubled and not findings.shared


def test_an_entry_that_says_something_else_is_missing_too() -> None:
    receipt, _ = scan(1)
    for other in (scan(1, tps="2"), scan(1, page=2), scan(1, photo=b"another")):
        assert missing([receipt], [other[1]]) == [receipt]


def test_what_counts_twice_is_told() -> None:
    (first, one), (second, two) = scan(1), scan(2)
    client = str(uuid4())
    assert check([line(first, client), line(second, client)], [one, two]).doubled  # one id, two numbers
    assert check([line(first)], [one, two]).doubled  # one id, the photo twice in the journal
    assert check([line(first), line(first)], [one]).shared == (1,)  # two ids, one number
    assert check([line(first), line(second), line(first, client), line(first, client)], [one, two]).shared == (1,)
    # the same photo sent under two ids is two events, and as it should be
    assert check([line(first), line(second)], [one, two]).holds
    # the same receipt given twice for the same id is what a repetition is answered with
    assert check([line(first, client), line(first, client), line(None)], [one]).holds


def test_a_ledger_whose_writer_was_killed_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "night" / "receipts.jsonl"
    first, second = line(scan(1)[0]), line(scan(2)[0])
    with Ledger(path) as ledger:
        ledger.write(first)
    with path.open("ab") as torn:
        torn.write(b'{"item":"scan-2","id":"0')
    assert list(lines(path)) == [first]
    with Ledger(path) as ledger:
        assert ledger.settled == {first.id}
        with pytest.raises(LedgerInUse):
            Ledger(path)
        ledger.write(second)
    assert list(lines(path)) == [first, second]


def test_a_receipt_is_held_to_its_signature() -> None:
    signer, other = (Signer("town/receipts", Algorithm.ED25519, bytes([k]) * 32) for k in (1, 2))
    receipt, leaf = scan(1)
    said = Signed("town", "scan_received", "ppwp", "1", 1, receipt.sha256, receipt.size, 1, AT)
    (note,) = issue([said], signer)
    good = replace(receipt, note=note)
    assert check([line(good)], [leaf], signer.verifier).holds
    for bad in (receipt, replace(good, number=2), replace(good, sha256="0" * 64), replace(good, note=note + "x")):
        assert check([line(bad)], [leaf], signer.verifier).unproven
    assert check([line(good)], [leaf], other.verifier).unproven
