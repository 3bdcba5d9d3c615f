"""Where a request really comes from, where a proxy of ours stands before the door."""

from ingest.ask import Headers
from ingest.door import Limits


def peer_of(address: str, headers: Headers, limits: Limits) -> str:
    """The sender's address: the last one of X-Forwarded-For where `address` is a proxy we trust, else `address`.

    The last only: what stands before it is what the sender says of itself.
    """
    if address in limits.proxies:
        told = (headers.get("x-forwarded-for") or "").rpartition(",")[2].strip()
        return told or address
    return address
