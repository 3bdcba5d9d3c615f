"""Where this machine keeps things, from arguments and environment. Opening them is `opened`'s."""

import os
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct


class Settings(Struct, frozen=True, kw_only=True):
    """Addresses. What is None is embedded under `data_dir`."""

    data_dir: Path
    database_url: str | None = None
    redis_url: str | None = None
    scans_url: str | None = None  # folder or s3://bucket/prefix; scans, artefacts and renditions lie side by side in it
    logs_url: str | None = None  # folder or s3://bucket/prefix that outsiders read the logs from
    standby_url: str | None = None  # the standby's database, where the role that asks or keeps it may go
    replication_url: str | None = None  # the primary's database, as the standby's server reaches it

    @classmethod
    def from_environment(cls, data_dir: Path, environment: Mapping[str, str] = os.environ) -> "Settings":
        """DATABASE_URL, REDIS_URL, SUARA_SCANS_URL, SUARA_LOGS_URL, SUARA_STANDBY_URL and SUARA_REPLICATION_URL where
        set; the embedded default where not."""
        return cls(
            data_dir=data_dir,
            database_url=environment.get("DATABASE_URL") or None,
            redis_url=environment.get("REDIS_URL") or None,
            scans_url=environment.get("SUARA_SCANS_URL") or None,
            logs_url=environment.get("SUARA_LOGS_URL") or None,
            standby_url=environment.get("SUARA_STANDBY_URL") or None,
            replication_url=environment.get("SUARA_REPLICATION_URL") or None,
        )
