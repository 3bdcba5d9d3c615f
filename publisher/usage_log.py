"""Counts from nginx: a log that never had an address in it, since the server writes the class and not the path.

`snippet` makes that configuration from the classes (`deploy/nginx-usage.conf` is it, a test holds them together);
`read` counts what the log has gained.
"""

from datetime import datetime
from pathlib import Path

from publisher.usage import CLASSES, OTHER, Usage, minute

BATCH = 1 << 20
FIELDS = 3


def snippet() -> str:
    """nginx: the class of each request, and the only log that is written."""
    lines = "\n".join(f"    {_quoted(one.pattern)} {one.name};" for one in CLASSES)
    return f"""\
# How often what is read, without knowing by whom (docs/open-data.md). Include this file in the `http` block, and in the
# `server` block say:  access_log /var/log/nginx/suara-usage.log suara_usage;
# Made from publisher/usage.py. Then:  suara data usage --log /var/log/nginx/suara-usage.log --data data

map $uri $suara_class {{
{lines}
    default {OTHER.name};
}}
log_format suara_usage '$time_iso8601 $status $suara_class';
"""


def _quoted(pattern: str) -> str:
    return f'"~^/{pattern}"'


def read(usage: Usage, path: Path) -> int:
    """Count the lines that `path` has gained since the last call, and publish; how many. Raises OSError.

    A log that was turned over is another file: counted from its beginning. What is no line of ours is passed over.
    """
    inode, offset = usage.kept().read
    counted = 0
    with path.open("rb") as file:
        here = path.stat()
        if here.st_ino == inode and here.st_size >= offset:
            file.seek(offset)
        while lines := file.readlines(BATCH):
            if not lines[-1].endswith(b"\n"):
                file.seek(-len(lines.pop()), 1)  # half a line: the next call has it whole
                if not lines:
                    break
            counted += sum(_count(usage, line) for line in lines)
        end = file.tell()
    usage.publish((here.st_ino, end))
    return counted


def _count(usage: Usage, line: bytes) -> bool:
    parts = line.decode(errors="replace").split()
    if len(parts) != FIELDS or not parts[1].isdigit() or int(parts[1]) >= 400:
        return False
    try:
        at = datetime.fromisoformat(parts[0])
    except ValueError:
        return False
    if parts[2] not in _NAMES:
        return False
    usage.add(minute(at), parts[2], 1)
    return True


_NAMES = frozenset(one.name for one in (*CLASSES, OTHER))
