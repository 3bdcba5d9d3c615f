"""What headers say and what they may ask for: told by content, before anything is decoded."""

import struct

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import bombs, seed_images
from benchmarks import containers as made
from benchmarks.hostile_images import others
from election.reasons import CODES
from ingest.tus import finish as door
from ocr import guard
from ocr.fault import DamagedImage, NotAnImage, ScanFault, TooLarge, TooSmall, Unsupported
from ocr.guard import exif, heic

SEEDS = seed_images.seeds()
BOMBS = bombs.bombs()
JPEG, PNG, HEIC = SEEDS["jpeg baseline"], SEEDS["png colour"], SEEDS["heic"]


@pytest.mark.parametrize("name", SEEDS)
def test_every_variety_that_cameras_and_scanners_write_is_taken(name: str) -> None:
    photo = guard.inspect(SEEDS[name])
    assert photo.kind == name.split(maxsplit=1)[0]
    assert photo.shape == guard.gray(SEEDS[name]).shape


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_by_header_or_decoder_and_always_by_name(name: str) -> None:
    with pytest.raises(ScanFault):
        guard.gray(BOMBS[name]())


@pytest.mark.parametrize("name", [*others(), "nothing"])
def test_other_formats_are_not_photos(name: str) -> None:
    with pytest.raises(ScanFault) as fault:
        guard.inspect({**others(), "nothing": b""}[name])
    assert isinstance(fault.value, Unsupported if name == "jpeg-ls" else NotAnImage)


@pytest.mark.parametrize("data", [JPEG, PNG, HEIC], ids=["jpeg", "png", "heic"])
def test_bytes_are_counted_to_the_last(data: bytes) -> None:
    room = guard.MAX_BYTES - len(data)
    full = data + (made.box(b"free", bytes(room - 8)) if data is HEIC else bytes(room))
    assert len(full) == guard.MAX_BYTES
    assert guard.gray(full).shape == guard.gray(data).shape
    with pytest.raises(TooLarge):
        guard.inspect(full + b"\0")


def sized(width: int, height: int) -> list[bytes]:
    """Headers of all three kinds that promise this size."""
    parts = made.segments(SEEDS["jpeg grey"])
    new = struct.pack(">HH", height, width)
    jpeg = b"".join(part[:5] + new + part[9:] if part[1] == 0xC0 else part for part in parts)
    png = made.header(width, height) + SEEDS["png grey"][33:]
    tile = seed_images.coded(seed_images.picture(64, 64))
    return [jpeg, png, seed_images.single(tile, shown=(width, height))]


@pytest.mark.parametrize(
    ("width", "height", "fault"),
    [
        (5000, 5000, None), (5001, 5000, TooLarge), (1525, 16_384, None), (1525, 16_385, TooLarge),
        (64, 64, None), (63, 64, TooSmall), (4000, 63, TooSmall), (0, 100, DamagedImage),
    ],
)  # fmt: skip
def test_pixels_are_counted_to_the_last(width: int, height: int, fault: type[ScanFault] | None) -> None:
    for data in sized(width, height):
        if fault is None:
            assert guard.dimensions(data) == (width, height)
        else:
            with pytest.raises(fault):
                guard.inspect(data)


def test_only_what_makes_pixels_is_handed_on() -> None:
    secret = b"where and by whom it was taken"
    jpeg = JPEG[:2] + made.segment(0xE1, b"Exif\0\0" + made.exif(1) + secret) + made.segment(0xFE, secret) + JPEG[2:]
    png = PNG[:33] + made.chunk(b"tEXt", secret) + made.chunk(b"eXIf", made.exif(1) + secret) + PNG[33:]
    for data, plain in ((jpeg, JPEG), (png, PNG)):
        photo = guard.inspect(data + secret)
        handed = b"".join(data[part] for part in photo.parts)
        assert secret not in handed
        assert photo.size == len(handed)
        assert np.array_equal(guard.gray(data + secret), guard.gray(plain))


def test_a_heic_is_filed_anew_without_texts_thumbnails_and_profiles() -> None:
    data = SEEDS["heic turned"]
    assert b"Exif" in data
    photo = guard.inspect(data)
    handed = photo.head + b"".join(data[part] for part in photo.parts)
    assert b"Exif" not in handed
    assert photo.size == len(handed) < len(data)
    again = guard.inspect(handed)
    assert (again.shape, again.head + b"".join(handed[part] for part in again.parts)) == (photo.shape, handed)
    assert np.array_equal(guard.gray(handed), guard.gray(data))


def test_a_name_beside_the_picture_that_ends_the_library_is_not_shown_to_it() -> None:
    """`Exif` with one byte that is no letter is a segmentation fault of pi-heif 1.4.0, found by bench_hostile."""
    broken = HEIC.replace(b"Exif\0", b"Ex\xe9f\0", 1)
    assert broken != HEIC
    assert np.array_equal(guard.gray(broken), guard.gray(HEIC))


def test_pieces_that_overlap_do_not_make_much_of_little() -> None:
    tile = seed_images.coded(seed_images.picture(64, 64))
    whole = seed_images.grid(tile, 16, 16, 1024, 1024)
    at = whole.index(b"iloc") + 8 + 4
    everywhere = b"".join(struct.pack(">HHHII", number, 0, 1, 0, len(whole)) for number in range(1, 258))
    with pytest.raises(DamagedImage):
        guard.inspect(whole[:at] + everywhere + whole[at + len(everywhere) :])


@pytest.mark.parametrize("name", ["zip", "pdf", "html", "elf", "isom"])
def test_a_picture_that_is_something_else_as_well_gives_its_pixels_and_nothing_else(name: str) -> None:
    for data in (JPEG, PNG, SEEDS["jpeg progressive"]):
        assert np.array_equal(guard.gray(data + others()[name]), guard.gray(data))
        with pytest.raises(NotAnImage):
            guard.gray(others()[name] + data)


def test_a_film_behind_a_photo_does_no_harm_whatever_its_bytes_are() -> None:
    film = np.random.default_rng(7).integers(0, 256, 5_000_000, np.uint8).tobytes() + b"\xff\xda\xff\xc0"
    assert np.array_equal(guard.gray(JPEG + film), guard.gray(JPEG))


def test_the_front_door_takes_the_same_kinds() -> None:
    assert set(heic.BRANDS) == set(door._HEIF_BRANDS)
    for data in [*SEEDS.values(), *others().values(), b"", *(b"\0\0\0\x18ftyp" + brand for brand in heic.BRANDS)]:
        try:
            guard.inspect(data)
        except NotAnImage:
            assert not door.is_image(data)
        except ScanFault:
            assert door.is_image(data)
        else:
            assert door.is_image(data)


@pytest.mark.parametrize("length", [0, 1, 2, 3, 8, 11, 12, 13, 33, 34])
def test_a_few_bytes_are_never_too_few_to_be_refused(length: int) -> None:
    for data in SEEDS.values():
        with pytest.raises((NotAnImage, DamagedImage)):
            guard.inspect(data[:length])


@given(st.binary(max_size=200))
def test_broken_exif_turns_nothing(block: bytes) -> None:
    for head in (b"", b"II*\0", b"MM\0*", b"MM\0*\0\0\0\x08"):
        assert 1 <= exif.orientation(head + block) <= 8


@pytest.mark.parametrize("orientation", range(10))
@pytest.mark.parametrize("order", "<>")
def test_exif_is_read_in_both_byte_orders(orientation: int, order: str) -> None:
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "IH", 12, 2)
    block = head[:8] + bytes(4) + head[8:] + struct.pack(order + "HHIHH", 0x010F, 2, 1, 0, 0)
    block += struct.pack(order + "HHIHH", 0x0112, 3, 1, orientation, 0)
    assert exif.orientation(block) == (orientation if 1 <= orientation <= 8 else 1)


@given(st.sampled_from(sorted(SEEDS)), st.data())
@settings(max_examples=300, deadline=None)
def test_a_header_cannot_break_what_reads_it(name: str, data: st.DataObject) -> None:
    broken = bytearray(SEEDS[name])
    for _ in range(data.draw(st.integers(1, 8))):
        broken[data.draw(st.integers(0, min(len(broken), 700) - 1))] = data.draw(st.integers(0, 255))
    whole = bytes(broken[: data.draw(st.sampled_from([len(broken), len(broken) // 2, 40]))])
    try:
        photo = guard.inspect(whole)
    except ScanFault as fault:
        assert fault.text("id")
        assert fault.text("en")
    else:
        assert min(photo.shape) >= guard.MIN_SIDE
        assert photo.width * photo.height <= guard.MAX_PIXELS
        assert photo.size <= len(whole)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["jpeg", "png", "heic"])
def test_a_photo_stands_upright_however_the_camera_was_held(kind: str, orientation: int) -> None:
    """Against the same stored pixels, turned by another program."""
    from PIL import Image, ImageOps

    drawn = seed_images.picture()
    plain = {"jpeg": JPEG, "png": PNG, "heic": HEIC}[kind]
    turn = {"jpeg": made.jpeg_turned, "png": made.png_turned}.get(kind)
    turned = turn(plain, orientation) if turn else seed_images.heic(drawn, orientation)
    stored = Image.fromarray(guard.gray(plain))
    stored.getexif()[0x0112] = orientation
    expected = np.asarray(ImageOps.exif_transpose(stored))
    assert np.array_equal(guard.gray(turned), expected)
    assert guard.inspect(turned).shape == expected.shape


@pytest.mark.parametrize("orientation", range(1, 9))
def test_jpegs_are_turned_as_the_library_turns_them(orientation: int) -> None:
    data = made.jpeg_turned(JPEG, orientation)
    theirs = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert np.array_equal(guard.gray(data), theirs)


def test_tiles_of_a_phone_come_out_as_one_picture() -> None:
    one = seed_images.coded(seed_images.picture(64, 64))
    alone = guard.gray(seed_images.single(one))
    together = guard.gray(seed_images.grid(one, 3, 2, 120, 180))
    assert np.array_equal(together, np.tile(alone, (3, 2))[:180, :120])


def test_a_cropped_heic_has_the_size_of_what_is_left() -> None:
    one = seed_images.coded(seed_images.picture(128, 128))
    crop = made.box(b"clap", struct.pack(">IIIIiIiI", 100, 1, 80, 1, 0, 1, 0, 1))
    data = seed_images.single(one, crop)
    assert guard.dimensions(data) == (100, 80)
    assert guard.gray(data).shape == (80, 100)


def test_every_reason_that_a_photo_can_be_given_has_words_for_people() -> None:
    codes = {each.code for each in ScanFault.__subclasses__()}
    assert codes >= {"scan.damaged", "scan.unsupported", "scan.too_slow", "scan.undecodable"}
    assert codes <= CODES.keys()
