"""What is found in a pack after a crash: all that was written whole before it, nothing else, whatever lies behind."""

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.intake.record import BLOCK, NOTE, Head, front, head_at, heads, nonce_of, pack_head, rounded, whole

NONCE = b"abcdefgh"
photos = st.lists(st.binary(min_size=1, max_size=3 * BLOCK), min_size=1, max_size=5)


class Bytes:
    """A pack in memory."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def read(self, at: int, size: int) -> bytes:
        return self.data[at : at + size]


def pack(found: list[bytes], nonce: bytes = NONCE) -> bytes:
    data = pack_head(nonce)
    for number, photo in enumerate(found, 1):
        data += front(nonce, number, b"key%d" % number, b"note", len(photo), sha256(photo).digest()).ljust(BLOCK, b"\0")
        data += photo
        data = data.ljust(rounded(len(data)), b"\0")
    return data


def kept(data: bytes) -> list[bytes]:
    file = Bytes(data)
    return [file.read(head.at, head.size) for head in whole(file)]


@given(photos)
def test_what_was_written_is_found(found):
    data = pack(found)
    assert kept(data) == found
    assert kept(data + bytes(5 * BLOCK)) == found
    assert [head.key for head in heads(Bytes(data))] == [b"key%d" % number for number in range(1, len(found) + 1)]


@given(photos, st.data())
def test_a_pack_cut_anywhere_keeps_what_was_whole(found, data):
    whole_pack = pack(found)
    cut = data.draw(st.integers(0, len(whole_pack)))
    complete = [head for head in heads(Bytes(whole_pack)) if head.at + head.size <= cut]
    assert kept(whole_pack[:cut]) == found[: len(complete)]
    assert kept(whole_pack[:cut].ljust(len(whole_pack), b"\0"))[: len(complete)] == found[: len(complete)]


@settings(max_examples=300)
@given(photos, st.data())
def test_a_flipped_bit_loses_its_record_and_invents_none(found, data):
    changed = bytearray(pack(found))
    at = data.draw(st.integers(0, len(changed) - 1))
    changed[at] ^= 1 << data.draw(st.integers(0, 7))
    left = kept(bytes(changed))
    assert left == found[: len(left)]
    last = [head for head in heads(Bytes(pack(found))) if head.end <= at]
    assert len(left) >= (len(last) if at >= BLOCK else 0)


@given(photos, photos, st.data())
def test_what_a_disk_held_before_is_not_taken_for_what_came(found, before, data):
    """Old records behind the tail, with the very sequence numbers that are due, from another pack."""
    fresh, old = pack(found), pack([*found, *before], nonce=b"another!")
    assert kept(fresh + old[len(fresh) :]) == found
    blocks = len(old) // BLOCK
    order = data.draw(st.permutations(range(blocks)))
    assert kept(fresh + b"".join(old[k * BLOCK : (k + 1) * BLOCK] for k in order)) == found


@given(photos, st.data())
def test_of_a_write_that_reached_the_disk_in_any_order_only_whole_beginnings_count(found, data):
    """A power cut may leave any subset of a flush's blocks; the rest is what was there before: zeros."""
    written = pack(found)
    blocks = [written[k : k + BLOCK] for k in range(0, len(written), BLOCK)]
    there = data.draw(st.lists(st.booleans(), min_size=len(blocks) - 1, max_size=len(blocks) - 1))
    left = kept(b"".join([blocks[0], *(b if t else bytes(BLOCK) for b, t in zip(blocks[1:], there, strict=True))]))
    assert left == found[: len(left)]


@given(st.binary(max_size=4 * BLOCK))
def test_rubbish_is_no_pack(data):
    assert kept(data) == []
    assert kept(pack_head(NONCE) + data) == []


@given(st.binary(max_size=64), st.binary(max_size=NOTE - 64), st.integers(1, 2**60), st.integers(0, 2**32 - 1))
def test_a_head_comes_back(key, note, sequence, size):
    digest = sha256(key).digest()
    found = head_at(front(NONCE, sequence, key, note, size, digest), 8 * BLOCK, NONCE, sequence)
    assert isinstance(found, Head)
    assert (found.key, found.note, found.size, found.sha256, found.offset) == (key, note, size, digest, 8 * BLOCK)
    assert found.end % BLOCK == 0 and found.end >= found.at + size
    assert head_at(front(NONCE, sequence, key, note, size, digest), 0, NONCE, sequence + 1) is None


def test_a_note_that_would_not_fit_the_first_block_is_refused():
    with pytest.raises(ValueError, match="room"):
        front(NONCE, 1, b"k", bytes(NOTE), 1, bytes(32))
    assert nonce_of(pack_head(NONCE)) == NONCE and nonce_of(b"") is None and nonce_of(bytes(BLOCK)) is None
