"""Trees against the recursive definition of RFC 6962, proofs against every change to them, notes and tiles."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlog import note, tile, tree


def defined(leaves: list[bytes]) -> bytes:
    """The root as RFC 6962 section 2.1 defines it, written without looking at ours."""
    if not leaves:
        return sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\1" + defined(leaves[:k]) + defined(leaves[k:])).digest()


def hashes(n: int) -> list[bytes]:
    return [sha256(b"\0%d" % i).digest() for i in range(n)]


LEAVES = hashes(200)
WHOLE = tree.Tree(LEAVES)


@given(st.integers(0, 200))
def test_roots_are_as_defined(size):
    assert WHOLE.root(size) == defined(LEAVES[:size]) == tree.root(LEAVES[:size])


@given(st.integers(0, 200), st.integers(0, 200))
def test_a_frontier_goes_on_where_it_was_kept(kept, size):
    kept = min(kept, size)
    first = tree.Frontier()
    for leaf in LEAVES[:kept]:
        first.append(leaf)
    again = tree.Frontier(first.size, first.hashes)
    for leaf in LEAVES[kept:size]:
        again.append(leaf)
    assert (again.size, again.root()) == (size, WHOLE.root(size))


def test_a_frontier_of_the_wrong_length_is_refused():
    with pytest.raises(ValueError, match="2 hashes"):
        tree.Frontier(3, [LEAVES[0]])


@given(st.data())
def test_every_subtree_proof_holds_and_no_changed_one_does(data):
    size = data.draw(st.integers(1, 200))
    width = data.draw(st.integers(1, size))
    step = 1 << (width - 1).bit_length()
    start = data.draw(st.integers(0, (size - width) // step)) * step
    proof = WHOLE.subtree(start, start + width, size)
    node, root = defined(LEAVES[start : start + width]), WHOLE.root(size)
    tree.verify_subtree(node, start, start + width, size, proof, root)
    claims = [
        (node[::-1], start, start + width, size, proof, root),
        (node, start, start + width, size, proof, root[::-1]),
        (node, start, start + width, size, [*proof, LEAVES[0]], root),
    ]
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        claims.append((node, start, start + width, size, proof[:at] + proof[at + 1 :], root))
        flipped = bytes([proof[at][0] ^ 1]) + proof[at][1:]
        claims.append((node, start, start + width, size, [*proof[:at], flipped, *proof[at + 1 :]], root))
        claims.append((node, start, start + width, size, [*proof[:at], proof[at][:31], *proof[at + 1 :]], root))
    for claim in claims:
        with pytest.raises(tree.ProofError):
            tree.verify_subtree(*claim)


@given(st.integers(1, 200), st.data())
def test_inclusion_and_consistency(size, data):
    index = data.draw(st.integers(0, size - 1))
    tree.verify_inclusion(LEAVES[index], index, size, WHOLE.inclusion(index, size), WHOLE.root(size))
    old = data.draw(st.integers(1, size))
    tree.verify_consistency(WHOLE.root(old), old, size, WHOLE.consistency(old, size), WHOLE.root(size))
    if size > 1:
        with pytest.raises(tree.ProofError):
            other = (index + 1) % size
            tree.verify_inclusion(LEAVES[index], other, size, WHOLE.inclusion(index, size), WHOLE.root(size))


def test_a_proof_from_nothing_is_refused():
    with pytest.raises(tree.ProofError):
        tree.verify_consistency(tree.EMPTY_ROOT, 0, 5, [], WHOLE.root(5))


@given(st.integers(0, 10**12), st.one_of(st.none(), st.integers(0, 5)), st.integers(1, 256))
def test_a_tile_is_found_by_its_path(index, level, width):
    place = tile.Tile(level, index, width)
    assert tile.Tile.parse(place.path) == place


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/1", "tile/0/x000/001", "tile/6/000", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/300",
        "tile/0/000/", "/tile/0/000", "tile/0/x001/0001", "tile/-1/000", "tile/0/000.p/01", "tile/0/x001",
    ],
)  # fmt: skip
def test_another_spelling_of_a_tile_is_none(path):
    with pytest.raises(tile.TileError):
        tile.Tile.parse(path)


@given(st.integers(0, 70_000), st.integers(0, 70_000))
def test_new_tiles_are_those_that_were_not_there(a, b):
    since, size = sorted((a, b))
    assert set(tile.tiles(size, since)) == set(tile.tiles(size)) - set(tile.tiles(since))


@given(st.lists(st.binary(max_size=300), max_size=256))
def test_bundles_come_back(entries):
    data = tile.encode_entries(entries)
    assert tile.decode_entries(data, len(entries)) == entries
    with pytest.raises(tile.TileError):
        tile.decode_entries(data + b"x", len(entries))
    with pytest.raises(tile.TileError):
        tile.decode_entries(data, len(entries) + 1)


def test_an_entry_too_long_for_its_length_is_refused():
    with pytest.raises(tile.TileError):
        tile.encode_entries([b"x" * 65_536])


SIGNER = note.Signer("suara.example/log", note.Algorithm.ED25519, bytes(range(32)))
WITNESS = note.Signer("witness.example", note.Algorithm.COSIGNATURE, bytes(range(1, 33)))
TEXT = note.Checkpoint("suara.example/ppwp", 200, WHOLE.root()).text


def test_a_checkpoint_signed_and_cosigned_opens():
    signed = note.compose(TEXT, [SIGNER.sign(TEXT), WITNESS.sign(TEXT, 1_700_000_000)])
    opened = note.open_note(signed, [SIGNER.verifier, note.Verifier.parse(WITNESS.verifier.text)])
    assert [(found.name, found.time) for found in opened.verified] == [
        ("suara.example/log", None),
        ("witness.example", 1_700_000_000),
    ]
    only = note.open_note(signed, [WITNESS.verifier])
    assert [found.name for found in only.other] == ["suara.example/log"]
    with pytest.raises(note.NoteError):
        note.open_note(signed, [])


@given(st.integers(0, 500), st.integers(1, 255))
def test_no_flipped_byte_is_accepted(at, change):
    signed = bytearray(note.compose(TEXT, [SIGNER.sign(TEXT)]).encode())
    signed[at % len(signed)] ^= change
    with pytest.raises((note.NoteError, UnicodeDecodeError)):
        note.open_note(signed.decode(), [SIGNER.verifier])


def test_a_time_belongs_to_cosignatures_only():
    with pytest.raises(note.NoteError):
        SIGNER.sign(TEXT, 5)
    with pytest.raises(note.NoteError):
        WITNESS.sign(TEXT)


@pytest.mark.parametrize(
    "text",
    ["a\n1\n", "a\n01\n" + "A" * 43 + "=\n", "a\n-1\n" + "A" * 43 + "=\n", "a\n1\nAAAA\n", "\n1\n" + "A" * 43 + "=\n",
     "a\n1\n" + "A" * 43 + "=", "a\n1\n" + "A" * 42 + "B=\n", "a\n1\n" + "A" * 43 + "=\n\nx\n"],
)  # fmt: skip
def test_what_is_no_checkpoint(text):
    with pytest.raises(note.NoteError):
        note.Checkpoint.parse(text)


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=70))
def test_all_proofs_at_once_are_the_tree_s(leaves: list[bytes]) -> None:
    whole = tree.Tree(leaves)
    assert tree.inclusions(leaves) == (whole.root(), [whole.inclusion(index) for index in range(len(leaves))])
