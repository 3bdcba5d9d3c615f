"""Our trees, notes and tiles against numbers and logs that others made."""

import base64
import json
from collections import Counter
from pathlib import Path

import pytest

from tlog import note, tile, tree

pytestmark = pytest.mark.real
KINDS = ("inclusion", "consistency", "subtreeinclusion", "subtreeconsistency")


@pytest.fixture(scope="session")
def vectors(shared) -> Path:
    return shared / "vectors"


@pytest.fixture(scope="session")
def known(vectors) -> dict:
    return json.loads((vectors / "tlog_vectors.json").read_text())


def holds(probe: dict, kind: str) -> bool:
    """Our verdict on one probe."""
    raw = {name: base64.b64decode(probe[name]) for name in ("root", "root1", "root2", "leafHash") if name in probe}
    proof = [base64.b64decode(found) for found in probe["proof"] or []]
    try:
        if kind == "inclusion":
            tree.verify_inclusion(raw["leafHash"], probe["leafIdx"], probe["treeSize"], proof, raw["root"])
        elif kind == "consistency":
            tree.verify_consistency(raw["root1"], probe["size1"], probe["size2"], proof, raw["root2"])
        elif kind == "subtreeconsistency":
            tree.verify_subtree(raw["root1"], probe["start"], probe["end"], probe["size"], proof, raw["root2"])
        else:
            start, end = probe["start"], probe["end"]
            if not tree.is_subtree(start, end, end):
                return False
            tree.verify_inclusion(raw["leafHash"], probe["leafIdx"] - start, end - start, proof, raw["root"])
    except tree.ProofError:
        return False
    return True


def test_every_probe_of_another_implementation_gets_its_verdict(vectors):
    judged: Counter[tuple[str, bool]] = Counter()
    wrong = []
    for kind in KINDS:
        for path in sorted((vectors / "transparency-dev-merkle" / "testdata" / kind).rglob("*.json")):
            probe = json.loads(path.read_text())
            judged[kind, probe["wantErr"]] += 1
            if holds(probe, kind) is probe["wantErr"]:
                wrong.append(f"{kind}/{path.parent.name}/{path.name}")
    assert wrong == []
    assert judged.total() == 507
    assert all(judged[kind, verdict] > 0 for kind in KINDS for verdict in (True, False))


def test_hashes_and_the_tree_of_eight(known):
    hashes = known["rfc6962_hash"]
    assert tree.EMPTY_ROOT.hex() == hashes["empty_root"]
    assert tree.leaf_hash(b"").hex() == hashes["leaf_empty"]
    assert tree.leaf_hash(b"L123456").hex() == hashes["leaf_L123456"]
    assert tree.node_hash(b"N123", b"N456").hex() == hashes["node_N123_N456"]
    leaves = [tree.leaf_hash(bytes.fromhex(leaf)) for leaf in known["ct_tree_8"]["leaves_hex"]]
    whole = tree.Tree(leaves)
    for size, expected in enumerate(known["ct_tree_8"]["roots_hex_by_size"], 1):
        assert whole.root(size).hex() == expected == tree.root(leaves[:size]).hex()


def test_tile_paths(known):
    for level, index, width, path in known["tile_paths_c2sp"]:
        place = tile.Tile(None if level == "entries" else int(level), int(index), width)
        assert place.path == path
        assert tile.Tile.parse(path) == place


def test_tiles_of_seventy_thousand(known):
    expected = known["tree_70000_tiles"]
    places = list(tile.tiles(70_000))
    for level in (0, 1):
        assert sum(t.level == level and t.width == tile.WIDTH for t in places) == expected[f"full_level{level}"]
    partial = {t.level: t.width for t in places if t.width < tile.WIDTH}
    assert [partial[level] for level in (0, 1, 2)] == [expected[f"partial_level{level}"] for level in (0, 1, 2)]
    assert partial[None] == expected["partial_level0"]


def test_notes_of_others_verify_and_altered_ones_do_not(known):
    for case in known["notes_must_verify"]:
        verifier = note.Verifier.parse(case["vkey"])
        assert verifier.text == case["vkey"]
        opened = note.open_note(case["note"], [verifier])
        assert opened.verified
        assert note.compose(opened.text, note.parse(case["note"])[1]) == case["note"]
        with pytest.raises(note.NoteError):
            note.open_note("x" + case["note"], [verifier])
    assert len(known["notes_must_verify"]) == 22


def test_malformed_keys_are_refused(known):
    for text in known["vkeys_must_reject"]:
        with pytest.raises(note.NoteError):
            note.Verifier.parse(text)


def test_private_keys_of_others_sign_as_theirs_do(known):
    verifiers = {case["vkey"].split("+")[0]: case for case in known["notes_must_verify"]}
    for text in known["skey"]:
        signer = note.Signer.parse(text)
        assert signer.text == text
        case = verifiers[signer.name]
        body, signatures = note.parse(case["note"])
        assert signer.sign(body) in signatures  # Ed25519 is deterministic


def bundle(folder: Path, index: int, width: int) -> list[bytes]:
    return tile.decode_entries((folder / tile.Tile(None, index, width).path).read_bytes(), width)


def test_a_log_of_tessera_at_each_of_its_sizes(vectors, known):
    folder = vectors / "tessera-log/testdata/log"
    key = next(c["vkey"] for c in known["notes_must_verify"] if c["vkey"].startswith("example.com/log/testdata"))
    entries = bundle(folder, 0, 15)
    assert entries == [leaf.encode() for leaf in known["tessera_log_leaves"]]
    whole = tree.Tree(map(tree.leaf_hash, entries))
    for size in range(16):
        text = note.open_note((folder / f"checkpoint.{size}").read_text(), [note.Verifier.parse(key)]).text
        head = note.Checkpoint.parse(text)
        assert head.text == text
        assert (head.origin, head.size, head.root) == ("example.com/log/testdata", size, whole.root(size))
        if size:
            hashes = tile.decode_hashes((folder / tile.Tile(0, 0, size).path).read_bytes(), size)
            assert hashes == [whole.node(i, i + 1) for i in range(size)]
            assert tile.encode_entries(entries[:size]) == (folder / tile.Tile(None, 0, size).path).read_bytes()


def test_a_mirrored_log_of_three_hundred_with_its_cosignature(vectors):
    """Its bundles hold placeholder text, so its leaves are those of the tiles."""
    witness = vectors / "sunlight-mirror/cmd/skylight/testdata/witness"
    (folder,) = [path.parent for path in (witness / "mirror").glob("*/checkpoint")]
    keys = json.loads((witness / "mirror/mirror.v0.json").read_text())["verifier_keys"]
    opened = note.open_note((folder / "checkpoint").read_text(), map(note.Verifier.parse, keys))
    head = note.Checkpoint.parse(opened.text)
    places = (tile.Tile(0, 0), tile.Tile(0, 1, 44))
    leaves = [leaf for t in places for leaf in tile.decode_hashes((folder / t.path).read_bytes(), t.width)]
    assert (head.size, head.root) == (300, tree.root(leaves))
    assert opened.verified[0].time == 0x69546780
    whole = tree.Tree(leaves)
    for place in tile.tiles(300):
        if place.level is not None:
            hashes = tile.decode_hashes((folder / place.path).read_bytes(), place.width)
            span = 256**place.level
            first = place.index * 256
            assert hashes == [whole.node((first + i) * span, (first + i + 1) * span) for i in range(place.width)]


@pytest.mark.parametrize("name", ["witness", "witness2"])
def test_cosignatures_of_two_witnesses(vectors, name):
    folder = vectors / "sunlight-mirror/cmd/skylight/testdata" / name
    (path,) = [p for p in folder.glob("*/checkpoint") if p.parent.name != "mirror"]
    keys = json.loads((folder / "witness.v0.json").read_text())["verifier_keys"]
    opened = note.open_note(path.read_text(), map(note.Verifier.parse, keys))
    assert [found.time for found in opened.verified] == [0x69546780]
    assert all(other.name != opened.verified[0].name for other in opened.other)


def test_every_good_request_to_a_witness_is_consistent(vectors):
    """The logs' own checkpoints in the witness' exchange, with the consistency proofs that came with them."""
    cases = json.loads((vectors / "witness_requests.json").read_text())
    verifier = note.Verifier.parse(cases["log_vkey"])
    heads: dict[int, bytes] = {}
    proven = 0
    for request in cases["requests"]:
        if request["status"] != 200:
            continue
        proof_text, _, checkpoint = request["body"].partition("\n\n")
        old, *lines = proof_text.split("\n")
        head = note.Checkpoint.parse(note.open_note(checkpoint, [verifier]).text)
        size = int(old.removeprefix("old "))
        if size:
            tree.verify_consistency(heads[size], size, head.size, list(map(base64.b64decode, lines)), head.root)
            proven += 1
        heads[head.size] = head.root
    assert proven >= 1
