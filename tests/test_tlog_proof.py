"""Proofs read from tiles, proofs to carry about, and the judgement of a witness."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlog import note, tile, tree, witness
from tlog.edge import Edge
from tlog.policy import Policy, PolicyError
from tlog.proof import Proof
from tlog.tiled import TiledTree

LOG = note.Signer("example.invalid/log", note.Algorithm.ED25519, bytes(range(32)))
WITNESS = note.Signer("witness.invalid", note.Algorithm.COSIGNATURE, bytes(range(1, 33)))
SIZES = st.one_of(st.integers(1, 600), st.sampled_from([256, 255, 257, 65_535, 65_536, 65_537, 66_100]))


def entry(index: int) -> bytes:
    return f"entry {index}".encode()


WHOLE = tree.Tree(tree.leaf_hash(entry(i)) for i in range(66_100))


def read(found: tile.Tile) -> bytes:
    """What a log of any size would have in this tile, from the tree in memory."""
    span = 256**found.level
    first = found.index * 256
    return tile.encode_hashes([WHOLE.node((first + i) * span, (first + i + 1) * span) for i in range(found.width)])


def checkpoint(size: int, *, root: bytes | None = None) -> str:
    head = note.Checkpoint(LOG.name, size, WHOLE.root(size) if root is None else root)
    return note.compose(head.text, [LOG.sign(head.text)])


@given(SIZES, st.data())
def test_proofs_from_tiles_are_those_of_the_whole_tree(size, data):
    tiled = TiledTree(size, read)
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size))
    assert tiled.root() == WHOLE.root(size)
    assert tiled.inclusion(index) == WHOLE.inclusion(index, size)
    assert tiled.consistency(old) == WHOLE.consistency(old, size)


@given(SIZES)
def test_a_writer_goes_on_from_tiles(size):
    tiled = TiledTree(size, read)
    frontier = tiled.frontier()
    assert frontier.root() == WHOLE.root(size)
    for level in range(3):
        edge = tiled.edge(level)
        nodes = size >> 8 * level
        assert len(edge) == nodes % 256
        span = 256**level
        assert edge == [WHOLE.node(i * span, (i + 1) * span) for i in range(nodes - nodes % 256, nodes)]


@given(st.lists(st.integers(0, 700), min_size=1, max_size=6), st.data())
def test_a_log_grown_in_steps_has_every_tile_of_its_size(steps, data):
    """Also where its writer was killed in between and went on from the files."""
    files: dict[tile.Tile, bytes] = {}
    edge = Edge()
    for step in steps:
        for _ in range(step):
            edge.append(entry(edge.size))
        full = edge.full()
        files.update(full)
        edge.forget(len(full))
        files.update(edge.partial())
        size = edge.size
        assert edge.root() == WHOLE.root(size)
        for place in tile.tiles(size):
            if place.level is None:
                first = place.index * 256
                assert files[place] == tile.encode_entries(entry(i) for i in range(first, first + place.width))
            else:
                assert files[place] == read(place)
        if data.draw(st.booleans()):
            rest = tile.Tile(None, size // 256, size % 256)
            kept = tile.decode_entries(files[rest], rest.width) if rest.width else []
            edge = Edge.resumed(TiledTree(size, files.__getitem__), kept)


def test_a_bundle_that_was_not_hashed_is_not_gone_on_from():
    with pytest.raises(ValueError, match="bundle"):
        Edge.resumed(TiledTree(3, read), [entry(0), entry(1), b"another"])


def test_an_empty_log_in_tiles():
    assert TiledTree(0, read).root() == tree.EMPTY_ROOT
    assert TiledTree(0, read).frontier().size == 0


@given(SIZES, st.data(), st.none() | st.binary(max_size=40))
def test_a_proof_comes_back_and_holds(size, data, extra):
    index = data.draw(st.integers(0, size - 1))
    proof = Proof(index, tuple(WHOLE.inclusion(index, size)), checkpoint(size), extra)
    assert Proof.parse(proof.text) == proof
    proof.verify(entry(index), LOG.name, [LOG.verifier])
    with pytest.raises((tree.ProofError, note.NoteError)):
        proof.verify(b"another entry", LOG.name, [LOG.verifier])
    with pytest.raises((tree.ProofError, note.NoteError)):
        proof.verify(entry(index), "example.invalid/other", [LOG.verifier])


@given(st.data())
def test_no_changed_byte_of_a_proof_holds(data):
    """Nothing but `extra` can be changed: it is the sender's own and is not signed."""
    size, index = 300, 117
    text = Proof(index, tuple(WHOLE.inclusion(index, size)), checkpoint(size)).text
    at = data.draw(st.integers(0, len(text) - 1))
    put = data.draw(st.characters(min_codepoint=32, max_codepoint=126).filter(lambda c: c != text[at]))
    with pytest.raises((tree.ProofError, note.NoteError)):
        Proof.parse(text[:at] + put + text[at + 1 :]).verify(entry(index), LOG.name, [LOG.verifier])


def test_a_cosigned_proof_says_who_saw_it():
    head = note.Checkpoint(LOG.name, 9, WHOLE.root(9))
    signed = note.compose(head.text, [LOG.sign(head.text), WITNESS.sign(head.text, 1_900_000_000)])
    proof = Proof(4, tuple(WHOLE.inclusion(4, 9)), signed)
    opened = proof.verify(entry(4), LOG.name, [LOG.verifier], [WITNESS.verifier])
    assert [found.time for found in opened.verified] == [None, 1_900_000_000]
    alone = note.compose(head.text, [WITNESS.sign(head.text, 1_900_000_000)])
    with pytest.raises(tree.ProofError, match="log itself"):
        Proof(4, proof.hashes, alone).verify(entry(4), LOG.name, [LOG.verifier], [WITNESS.verifier])


@pytest.mark.parametrize(
    "text",
    ["", "c2sp.org/tlog-proof@v1\n\n", "c2sp.org/tlog-proof@v2\nindex 1\n\nx", "c2sp.org/tlog-proof@v1\nindex 01\n\nx",
     "c2sp.org/tlog-proof@v1\nextra AA==\n\nx", "c2sp.org/tlog-proof@v1\nindex 1\nAAAA\n\nx"],
)  # fmt: skip
def test_what_is_no_proof(text):
    with pytest.raises(tree.ProofError):
        Proof.parse(text)


def ask(old: int, size: int, *, proof: list[bytes] | None = None, note_text: str | None = None) -> witness.Request:
    hashes = (WHOLE.consistency(old, size) if 0 < old < size else []) if proof is None else proof
    body = witness.Request(old, tuple(hashes), note_text or checkpoint(size), note.Checkpoint(LOG.name, size, b"")).body
    return witness.Request.parse(body)


def judged(request: witness.Request, seen: witness.Seen) -> witness.Answer:
    return witness.judge(request, {LOG.name: (LOG.verifier,)}, seen, WITNESS, 1_900_000_000)


@given(st.lists(st.integers(1, 600), min_size=1, max_size=8))
def test_a_witness_follows_a_log_that_grows(sizes):
    seen = witness.Seen()
    for size in sorted(sizes):
        answer = judged(ask(seen.size, size), seen)
        assert answer.status == 200
        text, _ = note.parse(checkpoint(size))
        note.open_note(text + "\n" + answer.body, [WITNESS.verifier])
        seen = answer.seen
        assert seen == witness.Seen(size, WHOLE.root(size))


def test_a_witness_signs_nothing_that_does_not_go_on():
    seen = witness.Seen(100, WHOLE.root(100))
    forked = checkpoint(100, root=WHOLE.root(99))
    wrong = [bytes(32)] * len(WHOLE.consistency(100, 200))
    assert judged(ask(100, 200, proof=wrong), seen).status == 422
    assert judged(ask(100, 200, proof=[]), seen).status == 422
    assert judged(ask(100, 100, note_text=forked), seen).status == 409
    assert judged(ask(90, 200), seen) == witness.Answer(409, "100\n", witness.SIZE_TYPE)
    assert judged(ask(0, 50), seen).body == "100\n"
    assert judged(ask(101, 100, proof=[]), seen).status == 400
    other = note.Signer(LOG.name, note.Algorithm.ED25519, bytes(32))
    head = note.Checkpoint(LOG.name, 200, WHOLE.root(200))
    assert judged(ask(100, 200, note_text=note.compose(head.text, [other.sign(head.text)])), seen).status == 403
    strange = note.Signer("example.invalid/strange", note.Algorithm.ED25519, bytes(32))
    head = note.Checkpoint(strange.name, 200, WHOLE.root(200))
    assert judged(ask(100, 200, note_text=note.compose(head.text, [strange.sign(head.text)])), seen).status == 404
    assert all(judged(ask(old, 200, proof=wrong), seen).seen is None for old in (99, 100))


@pytest.mark.real
def test_the_exchange_of_another_witness_is_answered_as_it_answered(shared):
    """The protocol's text asks for 404 where that program says 403 to a log it does not know."""
    cases = json.loads((shared / "vectors" / "witness_requests.json").read_text())
    key = note.Verifier.parse(cases["log_vkey"])
    seen, answers = witness.Seen(), []
    for case in cases["requests"]:
        answer = witness.judge(witness.Request.parse(case["body"]), {key.name: (key,)}, seen, WITNESS, 1_900_000_000)
        answers.append((answer.status, case["status"]))
        seen = answer.seen or seen
        if case["status"] == 409:
            assert case["asserts"].endswith(f"body == {json.dumps(answer.body)}")
    assert all(ours == theirs or (ours, theirs) == (404, 403) for ours, theirs in answers)
    assert len(answers) == 9


def seer(k: int) -> note.Signer:
    return note.Signer(f"witness-{k}.invalid", note.Algorithm.COSIGNATURE, bytes([k]) * 32)


def policy_text(*lines: str) -> str:
    keys = "\n".join(f"witness W{k}\t{seer(k).verifier.text} https://w{k}.invalid" for k in range(1, 6))
    return "\n".join(("# whom to trust", f"log {LOG.verifier.text}", "", keys, *lines, ""))


def opened_by(policy: Policy, *witnesses: int) -> note.Opened:
    head = note.Checkpoint(LOG.name, 9, WHOLE.root(9))
    return policy.open(note.compose(head.text, [LOG.sign(head.text), *(seer(k).sign(head.text, 7) for k in witnesses)]))


@given(st.sets(st.integers(1, 6)))
def test_a_quorum_of_groups_is_what_it_says(signed):
    """W6 is no witness of the policy."""
    policy = Policy.parse(policy_text("group X 2 W1 W2 W3", "group Y any W4 W5", "group both all X Y", "quorum both"))
    expected = len(signed & {1, 2, 3}) >= 2 and bool(signed & {4, 5})
    assert policy.satisfied(opened_by(policy, *signed)) is expected


def test_quorums_of_one_and_of_none():
    one, none = Policy.parse(policy_text("quorum W2")), Policy.parse(policy_text("quorum none"))
    assert [one.satisfied(opened_by(one, k)) for k in (1, 2)] == [False, True]
    assert none.satisfied(opened_by(none))
    assert one.witnesses["W2"][1] == "https://w2.invalid"
    head = note.Checkpoint(LOG.name, 9, WHOLE.root(9))
    with pytest.raises(note.NoteError, match="no log"):
        one.open(note.compose(head.text, [seer(2).sign(head.text, 7)]))


@pytest.mark.parametrize(
    "lines",
    [(), ("quorum W9",), ("quorum none", "quorum none"), ("group none any W1", "quorum none"),
     ("group X 4 W1 W2 W3", "quorum X"), ("group X 0 W1", "quorum X"), ("group X any W1 W1", "quorum X"),
     ("group X any W1", "group Y any W1", "quorum Y"), ("group X any Y", "group Y any W1", "quorum X"),
     ("group X any", "quorum none"), (f"log {LOG.verifier.text}", "quorum none"), ("wintess W9 x", "quorum none"),
     (f"log {seer(7).verifier.text}", "quorum none"), ("quorum\x0bnone",)],
)  # fmt: skip
def test_what_is_no_policy(lines):
    with pytest.raises(PolicyError):
        Policy.parse(policy_text(*lines))
