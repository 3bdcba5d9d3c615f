"""A front door whose handlers only hash and answer, for `bench_lane`: what is measured is the way of the bytes.

python benchmarks/lane_server.py PORT lane|aiohttp FOLDER
"""

import asyncio
import sys
from pathlib import Path
from types import SimpleNamespace

import uvloop
from aiohttp import web

from election.clock import system_clock
from ingest import routes
from ingest.app import make_runner
from ingest.ask import Answer, Ask, json_answer
from ingest.door import Door, Limits
from ingest.routes import Route


async def photo(door: Door, ask: Ask) -> Answer:
    """What tus does with a fast photo, but for keeping it."""
    body = await ask.gather(door.limits.scan, 0.05)
    return json_answer({"sha256": body.sha256, "size": len(body.data)}, 201)


async def reading(door: Door, ask: Ask) -> Answer:
    """A small body, whole."""
    body = await ask.whole(door.limits.reading)
    return json_answer({"sha256": body.sha256, "size": len(body.data)}, 201)


async def main(port: int, way: str, folder: Path) -> None:
    """Serves until killed."""
    routes.ROUTES = (
        Route("PUT", "/v1/readings/{uuid}", reading, "reading"),
        Route("POST", "/v1/uploads", photo, "scan"),
    )
    storage = SimpleNamespace(settings=SimpleNamespace(data_dir=folder))
    door = Door(SimpleNamespace(name="bench"), storage, system_clock, lambda: "", Limits())  # type: ignore[arg-type]
    runner = make_runner(door, lane=way == "lane")
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3])))
