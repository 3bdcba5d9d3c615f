"""Where a request of the public's really comes from, where a proxy of ours stands before. Used to count, never kept."""

from ipaddress import IPv6Address, ip_address

from aiohttp import web


def sender(request: web.Request, proxies: frozenset[str]) -> str:
    """The sender's address: the last of X-Forwarded-For where a proxy of ours asks, else who asks.

    The last only, of its last line: what stands before it is what the sender says of itself.
    """
    address = request.remote or ""
    if address in proxies:
        told = ",".join(request.headers.getall("X-Forwarded-For", ()))
        return told.rpartition(",")[2].strip() or address
    return address


def network(address: str) -> str:
    """What one sender holds: an IPv4 address, or the 64 bits of an IPv6 one that are a connection's."""
    return _begin(address, len("2001:0db8:0000:0000"))


def site(address: str) -> str:
    """What one sender may be given: an IPv4 address, or the 48 bits of an IPv6 one that are a house's (RFC 6177)."""
    return _begin(address, len("2001:0db8:0000"))


def _begin(address: str, length: int) -> str:
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped) if found.ipv4_mapped else found.exploded[:length]
    return str(found)
