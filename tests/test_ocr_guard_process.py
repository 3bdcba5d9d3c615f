"""The decoder's process: gives the same pixels, cannot do anything else, and may die without taking anything along."""

import errno
import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from benchmarks import bombs, hostile_images, seed_images
from election import form
from ocr import guard
from ocr.fault import DamagedImage, DecoderAway, ScanFault, TooSlow, Undecodable
from ocr.guard import Guard, Limits, process
from ocr.reader import PageReader

SEEDS = seed_images.seeds()
JPEG, PNG, HEIC = SEEDS["jpeg baseline"], SEEDS["png colour"], SEEDS["heic"]
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox and /proc are Linux's")


@pytest.fixture(scope="module")
def shared_guard() -> Iterator[Guard]:
    with Guard() as one:
        yield one


@pytest.mark.parametrize("name", SEEDS)
def test_the_guard_gives_the_pixels_that_this_process_would(name: str, shared_guard: Guard) -> None:
    assert np.array_equal(shared_guard.gray(SEEDS[name]), guard.gray(SEEDS[name]))


@pytest.mark.parametrize("name", bombs.bombs())
def test_bombs_take_nothing_along(name: str, shared_guard: Guard) -> None:
    with pytest.raises(ScanFault):
        shared_guard.gray(bombs.bombs()[name]())
    assert shared_guard.gray(JPEG).shape == (120, 96)


@pytest.mark.parametrize("name", bombs.dearest())
def test_the_dearest_that_is_allowed_keeps_within_time_and_memory(name: str, shared_guard: Guard) -> None:
    starts = shared_guard.starts
    data = bombs.dearest()[name]()
    try:
        assert shared_guard.gray(data).shape == guard.inspect(data).shape
    except DamagedImage:
        assert name == "heic one tile 256 times"  # its decoder has a stricter view of it
    assert shared_guard.starts == starts


def test_a_thousand_hostile_images_give_a_reason_each_through_guard_and_reader(shared_guard: Guard) -> None:
    """A hundred times as many are in benchmarks/bench_hostile.py."""
    reader, page = PageReader(shared_guard), form.load("c_hasil_ppwp_2024")
    for one in hostile_images.images(1200, seed=2):
        if one.kind != "sizes in the header":  # large ones are searched for a page, which takes its time
            assert (reader.read(one.data, page).fault or "").startswith("scan."), (one.kind, one.number)


def test_a_picture_belongs_to_who_asked_for_it(shared_guard: Guard) -> None:
    first = shared_guard.gray(JPEG)
    kept = first.copy()
    shared_guard.gray(SEEDS["jpeg turned"])
    assert np.array_equal(first, kept)
    assert first.flags.owndata
    assert first.flags.writeable


def test_any_thread_may_ask(shared_guard: Guard) -> None:
    wanted = [SEEDS[name] for name in sorted(SEEDS)] * 8
    with ThreadPoolExecutor(8) as threads:
        for data, pixels in zip(wanted, threads.map(shared_guard.gray, wanted), strict=True):
            assert np.array_equal(pixels, guard.gray(data))


@LINUX
def test_a_decoder_that_dies_between_pictures_costs_none() -> None:
    with Guard() as one:
        os.kill(one.pid, signal.SIGKILL)
        assert one.gray(JPEG).shape == (120, 96)
        assert one.starts == 2


@LINUX
def test_a_decoder_killed_in_the_middle_of_a_picture_tries_once_more() -> None:
    with Guard() as one:
        first = one.pid
        os.kill(first, signal.SIGSTOP)
        threading.Timer(0.2, os.kill, (first, signal.SIGKILL)).start()
        assert one.gray(HEIC).shape == (120, 96)
        assert one.starts == 2


@LINUX
def test_a_picture_that_kills_two_decoders_is_at_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    with Guard() as one:
        start = process._Child.__init__

        def stillborn(self: process._Child, limits: Limits) -> None:
            start(self, limits)
            os.kill(self.pid, signal.SIGKILL)

        monkeypatch.setattr(process._Child, "__init__", stillborn)
        with pytest.raises(Undecodable):
            one.gray(JPEG)
        monkeypatch.undo()
        assert one.gray(JPEG).shape == (120, 96)


@LINUX
def test_a_decoder_that_hangs_is_ended_and_the_picture_has_another() -> None:
    with Guard(Limits(wall=2)) as one:
        hanging = one.pid
        os.kill(hanging, signal.SIGSTOP)
        assert one.gray(JPEG).shape == (120, 96)
        assert one.pid != hanging
        assert not Path(f"/proc/{hanging}").exists()


@LINUX
def test_a_picture_over_which_two_decoders_fall_silent_is_at_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    start = process._Child.__init__

    def silent(self: process._Child, limits: Limits) -> None:
        start(self, limits)
        os.kill(self.pid, signal.SIGSTOP)

    monkeypatch.setattr(process._Child, "__init__", silent)
    with Guard(Limits(wall=0.2)) as one, pytest.raises(Undecodable):
        one.gray(JPEG)


def test_an_answer_that_nobody_waited_for_is_not_taken_for_the_next_picture_s(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(self: process._Child, size: int, seconds: float) -> bytes:
        raise KeyboardInterrupt

    with Guard() as one:
        one.gray(PNG)
        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            patched.setattr(process._Child, "_answer", interrupted)
            one.gray(SEEDS["jpeg turned"])
        for data in (JPEG, PNG):
            assert np.array_equal(one.gray(data), guard.gray(data))


@LINUX
def test_who_waits_for_a_hanging_decoder_is_freed_when_it_is_stopped() -> None:
    with Guard() as one, ThreadPoolExecutor(1) as thread:
        os.kill(one.pid, signal.SIGSTOP)
        waiting = thread.submit(one.gray, JPEG)
        time.sleep(0.2)
        one.stop()
        with pytest.raises(DecoderAway):
            waiting.result(timeout=10)
        with pytest.raises(DecoderAway):
            one.gray(JPEG)


@LINUX
def test_a_picture_that_computes_too_long_is_ended_by_the_kernel() -> None:
    with Guard(Limits(cpu=0.05)) as one:
        with pytest.raises(TooSlow):
            one.gray(bombs.dearest()["png 25 megapixels, interlaced"]())
        assert one.gray(JPEG).shape == (120, 96)


@LINUX
def test_a_picture_that_wants_too_much_memory_is_refused() -> None:
    with Guard(Limits(memory=60 * 2**20)) as one:
        with pytest.raises((DamagedImage, Undecodable)):
            one.gray(bombs.dearest()["heic 24 megapixels in tiles"]())
        assert one.gray(JPEG).shape == (120, 96)


def test_a_machine_that_cannot_run_the_decoder_blames_no_photo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with Guard() as one, pytest.raises(DecoderAway):
        one.gray(JPEG)


def test_a_machine_without_another_process_to_give_blames_no_photo(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(descriptor: int, limits: Limits) -> None:
        raise BlockingIOError(errno.EAGAIN, "no process left")

    with Guard() as one:
        with monkeypatch.context() as patched, pytest.raises(DecoderAway):
            patched.setattr(process, "_start", none_left)
            one.gray(JPEG)
        assert one.gray(JPEG).shape == (120, 96)


def test_what_the_header_refuses_starts_no_decoder() -> None:
    with Guard() as one:
        with pytest.raises(ScanFault):
            one.gray(b"%PDF-1.7")
        assert one.starts == 0


@LINUX
def test_nothing_is_left_behind() -> None:
    def open_files() -> int:
        gc.collect()
        return len(list(Path("/proc/self/fd").iterdir()))

    before, pids = open_files(), []
    for _ in range(3):
        with Guard(Limits(wall=1)) as one:
            one.gray(PNG)
            pids.append(one.pid)
            os.kill(one.pid, signal.SIGSTOP)
            one.gray(PNG)
            pids.append(one.pid)
    one.close()
    assert open_files() == before
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]


@LINUX
def test_the_decoder_ends_with_whoever_started_it() -> None:
    code = "import os; from ocr.guard import Guard; g = Guard(); print(g.pid, flush=True); os._exit(0)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=_root())
    status, until = Path(f"/proc/{int(done.stdout)}"), time.monotonic() + 10
    while status.exists() and _alive(status) and time.monotonic() < until:
        time.sleep(0.01)
    assert not status.exists() or not _alive(status)


def _alive(folder: Path) -> bool:
    try:
        return (folder / "stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def _root() -> Path:
    return Path(__file__).parent.parent


@LINUX
def test_the_decoder_has_given_everything_up() -> None:
    with Guard() as one:
        if one.left_open:
            pytest.skip(f"this machine filters no system calls: {one.left_open}")
        folder = Path(f"/proc/{one.pid}")
        status = dict(line.split(":\t", 1) for line in (folder / "status").read_text().splitlines() if ":\t" in line)
        assert status["Seccomp"].strip() == "2"
        assert status["NoNewPrivs"].strip() == "1"
        assert int(status["CapEff"], 16) == 0
        assert status["Uid"].split()[0] != "0"
        assert status["Threads"].strip() == "1"
        limits = (folder / "limits").read_text().splitlines()
        for name in ("Max file size", "Max open files", "Max core file size"):
            assert next(line for line in limits if line.startswith(name))[len(name) :].split()[:2] == ["0", "0"]
        if os.geteuid() == 0:
            assert sorted(entry.name for entry in (folder / "fd").iterdir()) == ["0", "1", "2"]
            names = {entry.split(b"=")[0] for entry in (folder / "environ").read_bytes().split(b"\0") if entry}
            assert names <= {b"PYTHONPATH", b"OPENBLAS_NUM_THREADS", b"OMP_NUM_THREADS", b"LC_ALL"}


ATTEMPTS = {
    "open to write": ("open('/dev/null', 'w')", 3),
    "open to read": ("open('/etc/hostname')", 3),
    "make a folder": ("os.mkdir('/tmp/suara')", 3),
    "look around": ("os.listdir('/')", 3),
    "executable memory": ("import mmap; mmap.mmap(-1, 4096, prot=7)", 3),
    "be another user": ("os.setuid(0)", 3),
    "raise its own limits": ("resource.setrlimit(resource.RLIMIT_NOFILE, (9, 9))", 3),
    "take too much memory": ("bytearray(2**28)", 4),
    "socket": ("socket.socket()", -signal.SIGSYS),
    "network of its own": ("ctypes.CDLL(None).syscall(41 if x86 else 198, 2, 1, 0)", -signal.SIGSYS),
    "exec": ("os.execv('/bin/true', ['true'])", -signal.SIGSYS),
    "fork": ("os.fork()", -signal.SIGSYS),
    "start a program": ("subprocess.run(['/bin/true'])", 3),
    "signal its parent": ("os.kill(os.getppid(), 9)", -signal.SIGSYS),
    "another set of calls": ("ctypes.CDLL(None).syscall(0x40000000 + 39)", -signal.SIGSYS),
    "threads, which decoders need": ("t = threading.Thread(target=len, args=('',)); t.start(); t.join()", 0),
    "memory, which pixels need": ("bytearray(2**25)", 0),
}


@LINUX
@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_in_the_sandbox_nothing_else_can_be_done(attempt: str) -> None:
    """Each attempt is made by a process that has closed itself off: refused (3), out of memory (4) or ended."""
    what, wanted = ATTEMPTS[attempt]
    if attempt == "another set of calls" and os.uname().machine != "x86_64":
        pytest.skip("only x86-64 has two")
    code = (
        "import ctypes, os, resource, signal, socket, subprocess, sys, threading\n"
        "from ocr.guard import sandbox\n"
        "x86 = os.uname().machine == 'x86_64'\n"
        "if sandbox.close_off(os.getppid(), 2**27): os._exit(77)\n"
        f"try: {what}\n"
        "except (PermissionError, ValueError): os._exit(3)\n"
        "except MemoryError: os._exit(4)\n"
        "except OSError as error: os._exit(3 if error.errno in (1, 24) else 5)\n"
        "except BaseException: os._exit(6)\n"
        "os._exit(0)\n"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=_root(), capture_output=True, check=False)
    if done.returncode == 77:
        pytest.skip("this machine filters no system calls")
    assert done.returncode == wanted, done.stderr.decode()


def test_without_a_filter_of_system_calls_the_rest_still_holds(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """A kernel that has none, played by a platform that knows none."""
    start = process.subprocess.Popen

    def elsewhere(command: list[str], **settings: object) -> object:
        at = command.index("-m")
        code = f"import platform, sys; platform.machine = lambda: 'abacus'; sys.argv[1:] = {command[at + 2 :]!r}\n"
        run = "import runpy; runpy.run_module('ocr.guard.child', run_name='__main__')"
        return start([*command[:at], "-c", code + run], **settings)

    monkeypatch.setattr(process.subprocess, "Popen", elsewhere)
    with Guard() as one:
        assert np.array_equal(one.gray(HEIC), guard.gray(HEIC))
        assert "abacus" in one.left_open
    assert "without a filter" in caplog.text
