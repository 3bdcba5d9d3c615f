"""First-stage receipts: one signature for many, each good by itself, and none good for anything else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tlog.note import Algorithm, Checkpoint, NoteError, Signer, open_note
from tlog.receipt import COVERED, Receipt, ReceiptError, issue, verify

SIGNER = Signer("suara/receipts", Algorithm.ED25519, bytes(range(32)))
OTHER = Signer("suara/receipts", Algorithm.ED25519, bytes(32))
QR = 1273
"""Bytes that a QR code of version 25 holds at level L: still read by a phone from another phone's screen."""


def receipt(number: int = 41, **changed: object) -> Receipt:
    told = {
        "origin": "suara",
        "kind": "scan_received",
        "contest": "ppwp",
        "tps": "1101012001001",
        "page": 2,
        "sha256": "ab" * 32,
        "size": 204_800,
        "number": number,
        "at": "2029-02-14T09:12:33.120Z",
    }
    return Receipt(**(told | changed))


@settings(max_examples=20)
@given(st.integers(1, 2 * COVERED + 3))
def test_every_receipt_of_a_flush_is_good_by_itself(many):
    receipts = [receipt(number) for number in range(1, many + 1)]
    texts = issue(receipts, SIGNER)
    assert [verify(text, SIGNER.verifier) for text in texts] == receipts
    assert len({text.rpartition("\n\n")[2] for text in texts}) == -(-many // COVERED)


@settings(max_examples=300)
@given(st.data())
def test_no_changed_receipt_is_good(data):
    text = issue([receipt(number) for number in range(5)], SIGNER)[3]
    at = data.draw(st.integers(0, len(text) - 1))
    changed = data.draw(st.sampled_from([text[:at], text[:at] + text[at + 1 :], text[:at] + "7" + text[at + 1 :],
                                         text[:at] + "\n" + text[at:], text[:at] + " " + text[at:]]))  # fmt: skip
    if changed != text:
        with pytest.raises(ReceiptError):
            verify(changed, SIGNER.verifier)


def test_a_path_is_good_for_its_own_lines_only():
    first, second = issue([receipt(1), receipt(2)], SIGNER)
    lines = first.split("\n\n")[0]
    with pytest.raises(ReceiptError):
        verify("\n\n".join((lines, *second.split("\n\n")[1:])), SIGNER.verifier)


def test_another_key_or_another_origin_s_lines_are_refused():
    (text,) = issue([receipt()], OTHER)
    with pytest.raises(ReceiptError):
        verify(text, SIGNER.verifier)
    (text,) = issue([receipt(origin="elsewhere")], SIGNER)
    with pytest.raises(ReceiptError, match="elsewhere"):
        verify(text, SIGNER.verifier)


def test_what_is_signed_passes_for_no_checkpoint():
    (text,) = issue([receipt()], SIGNER)
    with pytest.raises(NoteError):
        Checkpoint.parse(open_note(text.split("\n\n", 2)[2], [SIGNER.verifier]).text)


def test_a_checkpoint_by_the_same_key_passes_for_no_batch():
    head = Checkpoint("suara/receipts", 1, bytes(32)).text
    (text,) = issue([receipt()], SIGNER)
    note = f"{head}\n{SIGNER.sign(head).line()}"
    with pytest.raises(ReceiptError):
        verify("\n\n".join((*text.split("\n\n", 2)[:2], note)), SIGNER.verifier)


def test_the_longest_receipt_fits_one_qr_code():
    texts = issue([receipt(number=57_000_000 + k, page=65, size=8_000_000) for k in range(COVERED)], SIGNER)
    assert max(len(text) for text in texts) <= QR


def test_only_a_receipts_key_verifies_receipts():
    log = Signer("suara/log", Algorithm.ED25519, bytes(32))
    with pytest.raises(ReceiptError, match="receipts"):
        verify(issue([receipt()], log)[0], log.verifier)
