"""Work on files away from the loop, and what a full disk is to a sender."""

import asyncio
import contextlib
import errno
from collections.abc import Callable, Iterator
from typing import ParamSpec, TypeVar

from ingest.tus.errors import NoRoom

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

P = ParamSpec("P")
T = TypeVar("T")


async def in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Like `asyncio.to_thread`, but never leaves while the thread still works: a file has one writer at a time."""
    running = asyncio.ensure_future(asyncio.to_thread(work, *args, **kwargs))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait({running})
        raise


@contextlib.contextmanager
def room() -> Iterator[None]:
    """Raises NoRoom where the disk is full; any other error passes."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise NoRoom() from error
