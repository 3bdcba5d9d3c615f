"""How many questions of one sender are answered at once. Addresses are seen while a question is, and never kept."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web

from publisher.peer import network, sender
from publisher.query.errors import Busy

AN_ADDRESS = 16
"""A town may share one, and each of its questions takes milliseconds; twice what there are lines, of all who may wait
a sixth."""


class Turns:
    """Who is being answered. `proxies`: whose X-Forwarded-For is believed."""

    def __init__(self, proxies: frozenset[str] = frozenset(), most: int = AN_ADDRESS) -> None:
        self._proxies, self._most = proxies, most
        self._asking: Counter[str] = Counter()

    @contextmanager
    def taken(self, request: web.Request) -> Iterator[None]:
        """While this question is answered. Raises Busy."""
        name = network(sender(request, self._proxies))
        if self._asking[name] >= self._most:
            raise Busy()
        self._asking[name] += 1
        try:
            yield
        finally:
            self._asking[name] -= 1
            if not self._asking[name]:
                del self._asking[name]
