"""Natural batching: whatever came in while the last batch was worked on is the next batch."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

Work = Callable[[list[Item]], Awaitable[Sequence[Result | BaseException]]]
"""Answers for each item in order; raising answers all of them so."""


class _Waiting(Generic[Item, Result]):
    """An item and whoever waits for it."""

    __slots__ = ("done", "item", "taken", "weight")

    def __init__(self, item: Item, weight: int, done: "asyncio.Future[Result]") -> None:
        self.item, self.weight, self.done, self.taken = item, weight, done, False


class Batches(Generic[Item, Result]):
    """One batch is in flight at a time, so that a batch is as large as its predecessor took long.

    `weigh` says what an item takes of `limit`, which no batch exceeds unless a single item does. Lives in one event
    loop; whatever `work` raises, the next batch is worked on.
    """

    def __init__(self, work: Work[Item, Result], *, limit: int, weigh: Callable[[Item], int] = lambda _: 1) -> None:
        self._work, self._limit, self._weigh = work, limit, weigh
        self._waiting: deque[_Waiting[Item, Result]] = deque()
        self._task: asyncio.Task[None] | None = None

    async def __call__(self, item: Item) -> Result:
        """What became of `item`.

        A caller that is cancelled takes its item back where no batch has it yet, else waits for that batch: what the
        item refers to may be used again once this returns.
        """
        found = _Waiting(item, self._weigh(item), asyncio.get_running_loop().create_future())
        self._waiting.append(found)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._drain())
        try:
            return await found.done
        except asyncio.CancelledError:
            await self._withdrawn(found)
            raise

    async def settled(self) -> None:
        """Returns when nothing waits and nothing is in flight."""
        while self._task is not None and not self._task.done():
            await asyncio.wait((self._task,))

    async def _withdrawn(self, found: _Waiting[Item, Result]) -> None:
        if not found.taken:
            self._waiting.remove(found)
        elif self._task is not None:
            await asyncio.wait((self._task,))

    async def _drain(self) -> None:
        while self._waiting:
            batch = self._next()
            try:
                results = await self._work([found.item for found in batch])
            except asyncio.CancelledError:
                for found in batch:
                    found.done.cancel()
                raise
            except Exception as error:  # told to each who waits; the loop goes on
                results = [error] * len(batch)
            for found, result in zip(batch, results, strict=True):
                _answer(found.done, result)

    def _next(self) -> list[_Waiting[Item, Result]]:
        batch = [self._waiting.popleft()]
        left = self._limit - batch[0].weight
        while self._waiting and (left := left - self._waiting[0].weight) >= 0:
            batch.append(self._waiting.popleft())
        for found in batch:
            found.taken = True
        return batch


def _answer(done: "asyncio.Future[Result]", result: Result | BaseException) -> None:
    """Tells who waits; who has gone away is no matter."""
    if done.done():
        return
    if isinstance(result, BaseException):
        done.set_exception(result)
    else:
        done.set_result(result)
