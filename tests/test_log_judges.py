"""A log of 70,001 entries, grown by the publisher, judged by other people's programs: they accept it, and no tampering.

`golang.org/x/mod/sumdb` reads all of it (Go and its module from Debian: golang-go, golang-golang-x-mod-dev); sigstore,
@sigstore/verify and pymerkle judge checkpoint and proofs. Our own code only grows the log and hands the proofs out.
"""

import asyncio
import base64
import json
import os
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pymerkle import InmemoryTree
from pymerkle.core import _inclusion_path_layout
from pymerkle.proof import InclusionProof, InvalidProof

from election.event import ScanReceived, leaf
from publisher.log.growth import Growth
from publisher.log.head import Heads
from storage.draft import Draft
from storage.opened import open_storage
from storage.settings import Settings
from tlog import note
from tlog.tile import Tile

pytestmark = pytest.mark.servers

JUDGES = Path(__file__).parent / "log_judges"
NAME = "judged.invalid/ppwp"
SIGNER = note.Signer(NAME, note.Algorithm.ED25519, bytes(range(64, 96)))
SIZE = 70_001
HEADS = (1, 255, 256, 257, 65_535, 65_536, 65_537, 70_000)
"""Sizes whose growth to `SIZE` is proven: around full tiles of each level."""
KEY = Ed25519PublicKey.from_public_bytes(SIGNER.verifier.public)


def entry(k: int) -> bytes:
    return leaf(event(k))


def event(k: int) -> ScanReceived:
    return ScanReceived(tps="1101012001001", at="2029-02-14T12:00:00.000Z", page=1, sha256=f"{k:064x}", size=1 + k)


class Grown:
    """The files as published, and what was asked of them."""

    def __init__(self, folder: Path, asked: Path) -> None:
        self.folder, self.asked = folder, asked

    @property
    def told(self) -> SimpleNamespace:
        return json.loads(self.asked.read_text(), object_hook=lambda pairs: SimpleNamespace(**pairs))

    def copied(self, to: Path) -> "Grown":
        return Grown(Path(shutil.copytree(self.folder, to / "log")), Path(shutil.copy(self.asked, to / "asked.json")))


@pytest.fixture(scope="module")
def grown(servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grown]:
    folder = tmp_path_factory.mktemp("grown")
    servers.execute("create database judged template suara")
    settings = Settings(data_dir=folder, database_url=servers.database("judged"), redis_url=servers.redis_url)
    asyncio.run(_grow(settings, folder))
    yield Grown(folder / "public/log/ppwp", folder / "asked.json")
    servers.execute("drop database judged with (force)")


async def _grow(settings: Settings, folder: Path) -> None:
    async with await open_storage(settings) as storage:

        async def nobody(_note: str, _request: Callable[[int], object]) -> list[note.Signature]:
            return []

        witnesses = SimpleNamespace(cosign=nobody, enough=lambda _shown: True)
        journal, files = storage.journal("ppwp"), storage.log("ppwp")
        growth = Growth(journal, files, Heads(folder / "heads/ppwp", SIGNER), witnesses, lambda: True)  # type: ignore[arg-type]
        for start in range(0, SIZE, 5000):
            await journal.append(*[Draft(event=event(k)) for k in range(start, min(start + 5000, SIZE))])
            await growth.step()  # a head now and then, as on a night
        (folder / "asked.json").write_text(json.dumps({"Proofs": list(_proofs(files)), "Grown": list(_heads(files))}))


def _proofs(files) -> Iterator[dict]:
    chosen = {0, 1, 255, 256, 65_535, 65_536, SIZE - 2, SIZE - 1, *random.Random(7).sample(range(SIZE), 200)}
    for index in sorted(chosen):
        found = files.proof(index)
        yield {"Index": index, "Entry": _b64(entry(index)), "Hashes": [*map(_b64, found.hashes)]}


def _heads(files) -> Iterator[dict]:
    tree = files.tree(SIZE)
    for old in HEADS:
        yield {"Old": old, "Root": _b64(tree.node(0, old)), "Hashes": [*map(_b64, tree.consistency(old))]}


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


# --- judges: each answers why it rejects, or None ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def sumdb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Go judge, built."""
    if shutil.which("go") is None or not Path("/usr/share/gocode/src/golang.org/x/mod/sumdb").exists():
        pytest.skip("Go or its module x/mod is absent: apt install golang-go golang-golang-x-mod-dev")
    program = tmp_path_factory.mktemp("go") / "judge"
    own = {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOCACHE": str(program.parent), "GOFLAGS": ""}
    subprocess.run(["go", "build", "-o", program, "judge.go"], cwd=JUDGES, env=os.environ | own, check=True)
    return program


def by_sumdb(program: Path, log: Grown) -> str | None:
    return _said([program, log.folder, SIGNER.verifier.text, log.asked])


def by_node(log: Grown) -> str | None:
    if shutil.which("node") is None or not (JUDGES / "node_modules").is_dir():
        pytest.skip("node or tests/log_judges/node_modules is absent: npm ci --prefix tests/log_judges")
    pem = log.asked.with_name("key.pem")
    pem.write_bytes(KEY.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return _said(["node", "judge.mjs", log.folder, NAME, pem, log.asked])


def _said(command: list[str | Path]) -> str | None:
    done = subprocess.run(command, cwd=JUDGES, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        assert done.stdout == "accepted\n"
        return None
    assert done.returncode == 1 and done.stdout, done.stderr
    return done.stdout


def by_sigstore(log: Grown) -> str | None:
    """Checkpoint and every proof, by the classes and functions that sigstore uses for its own log."""
    from sigstore._internal.merkle import verify_merkle_inclusion
    from sigstore._internal.rekor.checkpoint import verify_checkpoint
    from sigstore._internal.trust import Keyring
    from sigstore.errors import VerificationError
    from sigstore.models import TransparencyLogEntry
    from sigstore_models.common.v1 import PublicKey, PublicKeyDetails
    from sigstore_models.rekor.v1 import TransparencyLogEntry as Told

    raw = KEY.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    keys = Keyring([PublicKey(raw_bytes=_b64(raw), key_details=PublicKeyDetails.PKIX_ED25519)])
    key_id = _b64(sha256(f"{NAME}\n".encode() + b"\x01" + SIGNER.verifier.public).digest())
    envelope = (log.folder / "checkpoint").read_text()
    size, root = envelope.split("\n")[1:3]
    for one in log.told.Proofs:
        proof = {"logIndex": str(one.Index), "rootHash": root, "treeSize": size, "hashes": one.Hashes,
                 "checkpoint": {"envelope": envelope}}  # fmt: skip
        told = {"logIndex": str(one.Index), "logId": {"keyId": key_id}, "inclusionProof": proof,
                "kindVersion": {"kind": "suara", "version": "1"}, "canonicalizedBody": one.Entry}  # fmt: skip
        found = TransparencyLogEntry(Told.from_dict(told))
        try:
            verify_checkpoint(keys, found)  # type: ignore[arg-type]
            verify_merkle_inclusion(found)
        except VerificationError as error:
            return str(error) or repr(error)
    return None


@pytest.fixture(scope="module")
def pymerkle() -> InmemoryTree:
    """The same entries in pymerkle's own tree."""
    tree = InmemoryTree(algorithm="sha256")
    tree.append_entries([entry(k) for k in range(SIZE)])
    return tree


def by_pymerkle(tree: InmemoryTree, log: Grown) -> str | None:
    """Our proofs of entries, and our heads by pymerkle's proofs of growth (its proofs are laid out otherwise than RFC
    9162 has them, so that it cannot read ours)."""
    size, root = (log.folder / "checkpoint").read_text().split("\n")[1:3]
    n, whole = int(size), base64.b64decode(root)
    try:
        for one in log.told.Proofs:
            base = sha256(b"\x00" + base64.b64decode(one.Entry)).digest()
            rule, _ = _inclusion_path_layout(one.Index + 1, n)
            path = [base, *map(base64.b64decode, one.Hashes)]
            InclusionProof("sha256", True, n, one.Index + 1, rule, path).verify(base, whole)
        for one in log.told.Grown:
            tree.prove_consistency(one.Old, n).verify(base64.b64decode(one.Root), whole)
    except InvalidProof as error:
        return str(error)
    return None


# --- tampering --------------------------------------------------------------------------------------------------------


def flipped(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def told_otherwise(log: Grown, change: Callable[[dict], None]) -> None:
    told = json.loads(log.asked.read_text())
    change(told)
    log.asked.write_text(json.dumps(told))


def an_entry(log: Grown) -> None:
    flipped(log.folder / Tile(None, 100).path, 5000)


def a_leaf_hash(log: Grown) -> None:
    flipped(log.folder / Tile(0, 200).path, 33)


def a_hash_above(log: Grown) -> None:
    flipped(log.folder / Tile(1, 0).path, 8000)


def a_tile_is_gone(log: Grown) -> None:
    (log.folder / Tile(0, 7).path).unlink()


def the_root(log: Grown) -> None:
    path = log.folder / "checkpoint"
    lines = path.read_text().split("\n")
    lines[2] = _b64(sha256(b"another").digest())
    path.write_text("\n".join(lines))


def the_signature(log: Grown) -> None:
    path = log.folder / "checkpoint"
    text, found = note.parse(path.read_text())
    signed = bytearray(found[0].signature)
    signed[40] ^= 1
    path.write_text(note.compose(text, [note.Signature(found[0].name, found[0].key_id, bytes(signed))]))


def another_head_that_is_signed(log: Grown) -> None:
    path = log.folder / "checkpoint"
    size = int(path.read_text().split("\n")[1])
    head = note.Checkpoint(NAME, size, sha256(b"another").digest())
    path.write_text(note.compose(head.text, [SIGNER.sign(head.text)]))


def a_proof_s_hash(log: Grown) -> None:
    def change(told: dict) -> None:
        hashes = told["Proofs"][9]["Hashes"]
        hashes[3], hashes[4] = hashes[4], hashes[3]

    told_otherwise(log, change)


def a_proof_s_entry(log: Grown) -> None:
    def change(told: dict) -> None:
        told["Proofs"][11]["Entry"] = _b64(entry(told["Proofs"][11]["Index"] + 1))

    told_otherwise(log, change)


def a_proof_s_place(log: Grown) -> None:
    def change(told: dict) -> None:
        told["Proofs"][12]["Index"] ^= 1

    told_otherwise(log, change)


def what_an_earlier_head_said(log: Grown) -> None:
    def change(told: dict) -> None:
        told["Grown"][4]["Root"] = _b64(sha256(b"another").digest())

    told_otherwise(log, change)


HEAD = (the_root, another_head_that_is_signed)
PROOFS = (a_proof_s_hash, a_proof_s_entry, a_proof_s_place)
GROWTH = (what_an_earlier_head_said,)
FILES = (an_entry, a_leaf_hash, a_hash_above, a_tile_is_gone)
"""What each judge can see depends on what it is handed: only sumdb reads the files themselves."""


def test_sumdb_accepts_all_of_it_and_rejects_tampering(grown: Grown, sumdb: Path, tmp_path: Path) -> None:
    changes = (*FILES, *HEAD, the_signature, *PROOFS, *GROWTH)
    holds(lambda log: by_sumdb(sumdb, log), grown, changes, tmp_path)


def test_sigstore_s_node_verifier_accepts_and_rejects(grown: Grown, tmp_path: Path) -> None:
    holds(by_node, grown, (*HEAD, the_signature, *PROOFS), tmp_path)


def test_sigstore_accepts_and_rejects(grown: Grown, tmp_path: Path) -> None:
    holds(by_sigstore, grown, (*HEAD, the_signature, *PROOFS), tmp_path)


def test_pymerkle_accepts_and_rejects(grown: Grown, pymerkle: InmemoryTree, tmp_path: Path) -> None:
    holds(lambda log: by_pymerkle(pymerkle, log), grown, (*HEAD, *PROOFS, *GROWTH), tmp_path)
    assert _b64(pymerkle.get_root()) == (grown.folder / "checkpoint").read_text().split("\n")[2]


def holds(
    judge: Callable[[Grown], str | None], grown: Grown, changes: tuple[Callable[[Grown], None], ...], folder: Path
) -> None:
    assert judge(grown) is None
    for change in changes:
        log = grown.copied(folder / change.__name__)
        change(log)
        assert judge(log) is not None, change.__name__
