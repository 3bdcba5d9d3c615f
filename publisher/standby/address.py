"""Addresses of the two databases: which user, which database of the same server."""

from urllib.parse import quote, urlsplit, urlunsplit


def database(url: str) -> str:
    """The database that an address names."""
    return urlsplit(url).path.lstrip("/")


def other(url: str, *, database: str | None = None, user: str | None = None) -> str:
    """The same server, with another database or user. A password goes only with its user."""
    parts = urlsplit(url)
    netloc, path = parts.netloc, parts.path
    if user is not None:
        netloc = f"{quote(user)}@{netloc.rpartition('@')[2]}"
    if database is not None:
        path = f"/{quote(database)}"
    return urlunsplit((parts.scheme, netloc, path, parts.query, ""))
