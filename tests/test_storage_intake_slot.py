"""Photos written from the very memory they were received into are the same on the disk, whatever lay there before."""

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.intake.disk import Disk, Reading, Slot, arena, slot_of
from storage.intake.pack import Pack, Parcel
from storage.intake.record import BLOCK, whole

sizes = st.lists(st.tuples(st.integers(1, 3 * BLOCK), st.booleans()), min_size=1, max_size=6)


def received(data: bytes, into: Slot) -> memoryview:
    """A view of a slot into which the photo came."""
    room = into.room
    room[: len(data)] = data
    return room[: len(data)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("packs")


@settings(max_examples=60)
@given(st.lists(sizes, min_size=1, max_size=3))
def test_slots_and_copies_lie_side_by_side(folder, flushes):
    path = folder / f"{len(list(folder.iterdir()))}.pack"
    pack, memory, slots = Pack(path, 1 << 18, Disk(reserve=0)), arena(1 << 17), [Slot(3 * BLOCK) for _ in range(6)]
    sent = []
    for number, flush in enumerate(flushes):
        parcels = []
        for place, (size, in_slot) in enumerate(flush):
            data = bytes([16 * number + place + 1]) * size
            sent.append(data)
            lies = received(data, slots[place]) if in_slot else data
            assert (slot_of(lies) is not None) is in_slot
            parcels.append(Parcel(b"k%d" % place, b"note", sha256(data).digest(), lies))
        if pack.fits(parcels) < len(parcels):
            del sent[-len(flush) :]
            break
        pack.write(parcels, memory)
    pack.seal()
    with Reading(path) as file:
        assert [file.read(head.at, head.size) for head in whole(file)] == sent
    assert path.stat().st_size == pack.end


def test_a_view_that_begins_elsewhere_is_no_photo_in_a_slot():
    slot = Slot(BLOCK)
    assert slot_of(slot.room[:9]) is not None
    assert slot_of(slot.room[1:9]) is None and slot_of(memoryview(slot)) is None
    assert slot_of(slot.room[:0]) is None and slot_of(bytes(9)) is None and slot_of(memoryview(bytearray(9))) is None
