"""Where a request of the public's really comes from, where a proxy of ours stands before. Used to count, never kept."""

from ipaddress import IPv6Address, ip_address

from aiohttp import web


def sender(request: web.Request, proxies: frozenset[str]) -> str:
    """The sender's address: the last of X-Forwarded-For where a proxy of ours asks, else who asks.

    The last only: what stands before it is what the sender says of itself.
    """
    address = request.remote or ""
    if address in proxies:
        return request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip() or address
    return address


def network(address: str) -> str:
    """What one sender holds: an IPv4 address, or the 64 bits of an IPv6 one that are a connection's."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped) if found.ipv4_mapped else found.exploded[:19]
    return str(found)
