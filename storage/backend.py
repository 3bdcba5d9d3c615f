"""Where objects are kept: a folder of this machine, or an S3-compatible store. What is kept is the caller's."""

from pathlib import Path

from obstore.store import LocalStore, ObjectStore, from_url


def backend(address: Path | str) -> ObjectStore:
    """The store at a folder or an address such as `s3://bucket/path`; credentials come from the environment."""
    if isinstance(address, str) and "://" in address:
        return from_url(address)
    folder = Path(address)
    folder.mkdir(parents=True, exist_ok=True)
    return LocalStore(folder)
