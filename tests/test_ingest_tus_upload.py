"""An upload's life, as rules and as files, against a model that is a dictionary; and every bad header."""

import asyncio
import base64
import contextlib
import hashlib
import os
import socket
import tempfile
import time
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from election.errors import SuaraError
from identity import Sender
from identity.role import Role
from ingest.tus import headers as tus
from ingest.tus import upload as life
from ingest.tus.errors import TakenOver
from ingest.tus.partial import Folder, Head, InUse
from ingest.tus.promise import Promise, promise
from ingest.tus.upload import State, Upload
from ingest.tus.uploads import Hold, Uploads


def promised(length: int, name: str | None = None, page: int = 1) -> Promise:
    return Promise(
        id=name or str(uuid4()), contest="ppwp", tps="3201010001001", page=page, sha256="0" * 64, length=length
    )


def head_of(one: Promise, said: str = "meta") -> Head:
    """Begun by an officer."""
    return Head(one, said, Sender(account="kpps-3201010001001-1", role=Role.KPPS, area=one.tps, key="k"))


class Lives(RuleBasedStateMachine):
    """Any order of requests, and of stops between them: rules and files both say what the model says."""

    names = Bundle("names")

    def __init__(self) -> None:
        super().__init__()
        self._home = tempfile.TemporaryDirectory()
        self.folder = Folder(Path(self._home.name))
        self.model: dict[str, tuple[int, bytes]] = {}  # length, what arrived
        self.kept: dict[str, bytes] = {}
        self.rules: dict[str, Upload] = {}

    def teardown(self) -> None:
        self._home.cleanup()

    @rule(target=names, length=st.integers(1, 40))
    def post(self, length: int) -> str:
        one = promised(length)
        self.folder.create(head_of(one)).close()
        self.model[one.id] = (length, b"")
        self.rules[one.id] = life.create(None, one)
        return one.id

    @rule(name=names, other=st.booleans())
    def post_again(self, name: str, other: bool) -> None:
        present = self.rules.get(name)
        if present is None:
            return
        again = promised(present.promise.length, name, page=2 if other else 1)
        if other:
            with pytest.raises(SuaraError) as refused:
                life.create(present, again)
            assert refused.value.code == "upload.conflict"
        else:
            assert life.create(present, again) == present
        with pytest.raises(FileExistsError) if name in self.model else contextlib.nullcontext():
            if name in self.model:
                self.folder.create(head_of(again))

    @rule(name=names, data=st.binary(max_size=20), shift=st.sampled_from((0, 0, 0, -1, 1)), stop=st.booleans())
    def patch(self, name: str, data: bytes, shift: int, stop: bool) -> None:
        """A piece at some offset; `stop` is a process killed after the bytes and before anything else."""
        upload = self.rules.get(name)
        if upload is None:
            return
        offset = upload.offset + shift
        try:
            life.resume(upload, offset, len(data))
            grown = life.arrived(upload, len(data))
        except SuaraError as refused:
            at, length = upload.offset, upload.promise.length
            assert (refused.code, shift or at + len(data) > length) != ("", False)
            assert refused.code == ("upload.offset_differs" if shift else "upload.beyond_length")
            return
        assert shift == 0
        if name not in self.model:
            assert not data  # kept: nothing but nothing at its end
            return
        partial = self.folder.open(name)
        assert partial is not None
        partial.append(data)
        if not stop:
            partial.sync()
        partial.close()
        length, there = self.model[name]
        self.model[name], self.rules[name] = (length, there + data), grown

    @rule(name=names)
    def keep(self, name: str) -> None:
        upload = self.rules.get(name)
        if upload is None or upload.state is not State.WHOLE:
            return
        partial = self.folder.open(name)
        assert partial is not None
        photo = bytes(partial.photo())
        assert photo == self.model.pop(name)[1] and len(photo) == upload.promise.length
        partial.remove()
        partial.close()
        self.kept[name], self.rules[name] = photo, life.keep(upload)

    @rule(name=names)
    def delete(self, name: str) -> None:
        upload = self.rules.get(name)
        if upload is None:
            return
        try:
            life.end(upload)
        except SuaraError as refused:
            assert refused.code == "upload.kept" and upload.offset == upload.promise.length
            return
        partial = self.folder.open(name)
        assert partial is not None
        partial.remove()
        partial.close()
        del self.model[name], self.rules[name]

    @rule(name=names)
    def expire(self, name: str) -> None:
        if name in self.model:
            os.utime(self.folder.path / name, (1.0, 1.0))
            assert self.folder.sweep(time.time() - 60) == 1
            del self.model[name], self.rules[name]

    @rule(name=names)
    def one_owner(self, name: str) -> None:
        if name in self.model:
            partial = self.folder.open(name)
            assert partial is not None
            with pytest.raises(InUse):
                self.folder.open(name)
            assert self.folder.sweep(time.time() + 60) <= len(self.model) - 1
            partial.close()
            self.model = {kept: self.model[kept] for kept in self.model if self.folder.has(kept)}
            self.rules = {kept: self.rules[kept] for kept in self.rules if kept in self.model or kept in self.kept}

    @invariant()
    def files_say_what_the_model_says(self) -> None:
        fresh = Folder(self.folder.path)  # what a process that starts now would see
        assert {path.name for path in fresh.path.iterdir()} == set(self.model)
        for name, (length, data) in self.model.items():
            partial = fresh.open(name)
            assert partial is not None
            assert partial.upload == self.rules[name]
            assert bytes(partial.photo()) == data and partial.head.promise.length == length
            partial.close()


TestLives = Lives.TestCase
TestLives.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


def test_a_file_ended_between_open_and_lock_is_no_upload(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, one = Folder(tmp_path), promised(5)
    folder.create(head_of(one)).close()
    from ingest.tus import partial as module

    lock = module._lock

    def late(descriptor: int) -> None:
        (tmp_path / one.id).unlink()
        lock(descriptor)

    monkeypatch.setattr(module, "_lock", late)
    assert folder.open(one.id) is None


def test_a_creator_killed_anywhere_leaves_all_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every system call on the way is the last one of a process, once; what another process finds is whole."""
    folder = Folder(tmp_path)
    for name in ("flock", "pwrite", "fdatasync", "link"):
        one = promised(5)
        pid = os.fork()
        if pid == 0:  # the process that is killed: nothing after this line of it runs, no clean-up either
            import fcntl

            monkeypatch.setattr(fcntl if name == "flock" else os, name, lambda *_a, **_k: os._exit(9))
            folder.create(head_of(one))
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 9
        assert folder.open(one.id) is None
        folder.create(head_of(one)).close()
        opened = folder.open(one.id)
        assert opened is not None and opened.offset == 0
        opened.close()
    assert folder.sweep(time.time() + 60) == 4 and not list(tmp_path.iterdir())


class Named(dict):
    """Headers."""


@pytest.mark.parametrize("text", ["", "-1", "+1", "01", "1.0", " 1", "1e3", "0x10", "１", "9" * 17])
def test_lengths_and_offsets_are_plain_numbers(text: str) -> None:
    with pytest.raises(SuaraError) as refused:
        tus.number(Named({"Upload-Offset": text}), "Upload-Offset")
    assert refused.value.code == "request.header_malformed"


@given(st.dictionaries(st.from_regex(r"\A[!-+\--~]{1,20}\Z"), st.text(max_size=40), max_size=5))
def test_metadata_comes_back_as_it_was_written(pairs: dict[str, str]) -> None:
    assert tus.metadata(tus.written(pairs)) == pairs if pairs else True


@given(st.text(max_size=60))
def test_any_metadata_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(SuaraError):
        tus.metadata(text)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"contest": ""}, "upload.metadata_missing"),
        ({"page": "0"}, "upload.metadata_malformed"),
        ({"page": "1.0"}, "upload.metadata_malformed"),
        ({"page": "١"}, "upload.metadata_malformed"),
        ({"sha256": "00"}, "upload.metadata_malformed"),
        ({"id": "8c2f6f0e1f5c4c5e9d570d8f0f6b8a11"}, "upload.metadata_malformed"),
        ({"replaces": "x"}, "upload.metadata_malformed"),
        ({"verdict": "fine"}, "upload.metadata_malformed"),
        ({"tps": "3\n"}, "upload.metadata_malformed"),
        ({"filetype": "text/html"}, "request.wrong_type"),
    ],
)
def test_a_promise_that_cannot_be_one_is_refused(changed: dict[str, str], code: str) -> None:
    good = {"contest": "ppwp", "tps": "3201010001001", "page": "1", "sha256": "AB" * 32, "filename": "a.jpg"}
    assert promise(good, 7).sha256 == "ab" * 32
    with pytest.raises(SuaraError) as refused:
        promise(good | changed, 7)
    assert refused.value.code == code


def test_checksums_are_those_of_hashlib() -> None:
    for algorithm in ("sha1", "sha256"):
        digest = base64.b64encode(hashlib.new(algorithm, b"piece").digest()).decode()
        check = tus.checksum(Named({"Upload-Checksum": f"{algorithm} {digest}"}))
        assert check is not None
        check.check(b"piece")
        with pytest.raises(SuaraError) as refused:
            check.check(b"pieces")
        assert refused.value.code == "upload.checksum_differs"
    for text, code in (("md5 AAAA", "upload.checksum_unknown"), ("sha1", "request.header_malformed")):
        with pytest.raises(SuaraError) as refused:
            tus.checksum(Named({"Upload-Checksum": text}))
        assert refused.value.code == code


def test_several_newcomers_at_once_take_over_from_one_that_waits():
    """A phone that asks twice in a row, while a dead connection's piece is awaited."""

    async def body() -> None:
        hold = Hold("x")
        waiting = asyncio.Event()

        async def wait() -> None:
            async with hold.interruptible():
                waiting.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(wait())
        await waiting.wait()
        hold.let_go()
        hold.let_go()
        with pytest.raises(TakenOver):
            await task

    asyncio.run(body())


def test_bytes_in_another_process_memory_are_waited_for(tmp_path: Path) -> None:
    """Two processes as two objects over one folder: what the first has read lies in no file for a moment."""

    async def story() -> None:
        one = promised(5)
        async with Uploads(tmp_path) as here, Uploads(tmp_path) as there:
            await there.shown(one.id)  # nobody has it: nothing to wait for
            for mine in (here, there):  # asked by another process, and by its own
                async with here.hold(one.id) as hold:
                    asking = asyncio.create_task(mine.shown(one.id))
                    await asyncio.sleep(0.05)
                    assert not asking.done()
                    partial = await here.begin(hold, head_of(one))
                    partial.append(b"123")
                    await asking
                    with pytest.raises(TakenOver):
                        async with hold.interruptible():
                            pass
                async with there.hold(one.id) as hold:
                    assert hold.partial is not None and hold.partial.offset == 3
                    hold.drop()

    asyncio.run(story())


def test_a_killed_process_is_not_asked_twice(tmp_path: Path) -> None:
    async def story() -> None:
        async with Uploads(tmp_path) as here:
            dead = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            dead.bind(str(tmp_path / ".doors" / "dead"))
            dead.close()
            await here.shown(str(uuid4()))
            assert len(list((tmp_path / ".doors").iterdir())) == 1

    asyncio.run(story())
