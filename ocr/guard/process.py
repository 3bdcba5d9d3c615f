"""The guard: one sandboxed process that decodes, watched, and started again when a photo takes it down.

Of what the process answers only pixels are taken, as many as the header promised, copied out before anything looks at
them: whoever should take the decoder over can draw a wrong picture and do nothing else.
"""

import fcntl
import logging
import mmap
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np
from msgspec import Struct

from ocr import heap
from ocr.fault import DamagedImage, DecoderAway, TooSlow, Undecodable
from ocr.guard.child import DONE, KINDS, PIXELS_AT, REQUEST, SIZE, WORDS
from ocr.guard.header import inspect
from ocr.guard.photo import Gray, Photo

log = logging.getLogger(__name__)

_ROOT: Final = Path(__file__).resolve().parents[2]
_START_SECONDS: Final = 30.0


class Limits(Struct, frozen=True):
    """How much one picture may take."""

    memory: int = 512 * 2**20  # bytes beside interpreter and libraries; 25 megapixels of HEIC take 330 MB
    cpu: float = 10.0  # seconds; 25 megapixels of HEIC in 3 MB take three
    wall: float = 30.0  # seconds; a busy machine may be slow without any photo's fault


class Guard:
    """Decodes photos in a process of its own. One picture at a time, from any thread.

    The process starts with the first picture and ends with `close`, with the context, or with the thread that started
    it; a next picture then starts it anew, unless it was told to `stop`.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        heap.keep()  # every picture is a large array of its own
        self._limits = limits or Limits()
        self._lock = threading.Lock()
        self._child: _Child | None = None
        self._stopped = False
        self.starts = 0
        """How often a decoder was started; all beyond the first followed a death."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def gray(self, data: bytes) -> Gray:
        """Decode a photo to grey, uint8[height, width]. The picture is the caller's own and stays as it is.

        Raises NotAnImage, TooLarge, TooSmall, Unsupported, DamagedImage, TooSlow, Undecodable for what the bytes hold,
        and DecoderAway where this machine cannot run the decoder.
        """
        photo = inspect(data)
        with self._lock:
            try:
                return self._decoded(photo, data)
            except _Died as first:
                # Perhaps it was not this photo that ended it: an operator or a machine out of memory does so too.
                log.warning("the decoder died (%s) and starts again", first)
            try:
                return self._decoded(photo, data)
            except _Died as second:
                log.warning("the decoder died again of the same photo (%s)", second)
                raise Undecodable() from None

    def _decoded(self, photo: Photo, data: bytes) -> Gray:
        """Only a decoder that has answered what it was asked is asked again: a late answer would pass for the next."""
        try:
            return self._ready().decode(photo, data)
        except DamagedImage:
            raise
        except BaseException:
            self._drop()
            raise

    @property
    def left_open(self) -> str:
        """What this machine does not let the decoder give up, in words; empty where it is sealed off."""
        with self._lock:
            return self._ready().left_open

    @property
    def pid(self) -> int:
        """The decoder's process."""
        with self._lock:
            return self._ready().pid

    def stop(self) -> None:
        """Decode no more: whoever waits for a picture, or asks for one, gets DecoderAway. For any thread, at once."""
        self._stopped = True
        if child := self._child:
            child.kill()

    def close(self) -> None:
        """End the decoder, after the picture in hand. May be called twice."""
        with self._lock:
            self._drop()

    def _ready(self) -> "_Child":
        if self._child is None and not self._stopped:
            try:
                self._child = _Child(self._limits)
            except OSError as reason:  # no process, no descriptor or no memory left
                raise DecoderAway(reason=str(reason)) from None
            self.starts += 1
        if self._child is None or self._stopped:
            raise DecoderAway(reason="told to end")
        return self._child

    def _drop(self) -> None:
        child, self._child = self._child, None
        if child:
            child.end()


class _Died(Exception):
    """The process is no more."""


class _Child:
    """One decoder process with its pipes and its memory."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        descriptor = _shared_memory()
        try:
            self._memory = mmap.mmap(descriptor, SIZE)
            self._process = _start(descriptor, limits)
        finally:
            os.close(descriptor)
        self._answers = self._process.stdout.fileno()  # type: ignore[union-attr]
        self._poll = select.poll()
        self._poll.register(self._answers, select.POLLIN)
        self.left_open = self._greeting()
        if self.left_open:
            log.warning("photos are decoded without a filter of system calls: %s", self.left_open)

    @property
    def pid(self) -> int:
        return self._process.pid

    def decode(self, photo: Photo, data: bytes) -> Gray:
        """Raises DamagedImage; TooSlow, and is over then; _Died."""
        height, width = photo.shape
        at = len(photo.head)
        self._memory[:at] = photo.head
        for part in photo.parts:
            self._memory[at : (at := at + part.stop - part.start)] = data[part]
        self._ask(REQUEST.pack(at, height, width, KINDS.index(photo.kind), photo.turn))
        if self._answer(1, self._limits.wall) != DONE:
            raise DamagedImage()
        return np.frombuffer(self._memory, np.uint8, height * width, PIXELS_AT).reshape(height, width).copy()

    def _ask(self, request: bytes) -> None:
        try:
            os.write(self._process.stdin.fileno(), request)  # type: ignore[union-attr]
        except BrokenPipeError:
            raise _Died(self._how()) from None

    def _answer(self, size: int, seconds: float) -> bytes:
        if not self._poll.poll(seconds * 1000):
            self.kill()
            raise _Died(f"no answer in {seconds:g} s")
        answer = os.read(self._answers, size)
        if not answer:
            if self._how() == signal.SIGPROF.name:
                raise TooSlow()
            raise _Died(self._how())
        return answer

    def _greeting(self) -> str:
        try:
            return self._answer(WORDS, _START_SECONDS).decode().strip()
        except _Died as reason:
            self.end()
            raise DecoderAway(reason=str(reason)) from None

    def _how(self) -> str:
        """By which signal or with which status it ended."""
        self.kill()
        status = self._process.wait()
        return signal.Signals(-status).name if status < 0 else f"status {status}"

    def kill(self) -> None:
        """End the process; whoever waits for its answer sees it die."""
        self._process.kill()

    def end(self) -> None:
        """Leave neither process nor pipe nor memory behind."""
        with self._process:
            self.kill()
        self._memory.close()


def _shared_memory() -> int:
    """A descriptor of memory that two processes can map and neither can shrink under the other."""
    if not hasattr(os, "memfd_create"):
        with tempfile.TemporaryFile() as file:
            file.truncate(SIZE)
            return os.dup(file.fileno())
    descriptor = os.memfd_create("photo", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.ftruncate(descriptor, SIZE)
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL)
    return descriptor


def _start(descriptor: int, limits: Limits) -> "subprocess.Popen[bytes]":
    """A fresh interpreter, never a fork: nothing of this process's memory, files or settings goes along."""
    numbers = (descriptor, os.getpid(), limits.memory, limits.cpu)
    return subprocess.Popen(  # noqa: S603 — ours
        [sys.executable, "-P", "-s", "-m", "ocr.guard.child", *map(str, numbers)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        pass_fds=(descriptor,),
        cwd="/",
        env={"PYTHONPATH": str(_ROOT), "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"},
        start_new_session=True,
    )
