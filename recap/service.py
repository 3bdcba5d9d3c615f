"""The role: the engines of all contests beside each other, and questions about them answered."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from election.bundle import Bundle
from election.clock import Clock
from recap import outlook, reads
from recap.companion import Take
from recap.engine import ContestEngine
from recap.pace import Pace
from recap.plenary import companion as plenary
from recap.policy import Policy
from recap.reads_view import Counted
from recap.screens.companion import Together
from storage.opened import Storage

COMPANIONS: tuple[Take, ...] = (plenary.companion, outlook.companion)
"""What sits beside every contest's engine."""


async def serve(
    bundle: Bundle,
    storage: Storage,
    *,
    snapshots: Path,
    clock: Clock,
    host: str = reads.HOST,
    port: int | None = None,
    policy: Policy | None = None,
    pace: Pace | None = None,
    takes: Sequence[Take] = COMPANIONS,
) -> None:
    """Recapitulates contests of the bundle until cancelled, and answers questions about them on `port`.

    `snapshots` is a folder of this process's own. Screens sit beside every contest, and know of each other's.
    """
    takes = (*takes, Together())
    engines = {
        key: ContestEngine(
            bundle, storage, key, snapshots=snapshots, clock=clock, policy=policy, pace=pace, takes=takes
        )
        for key in bundle.live
    }
    async with asyncio.TaskGroup() as tasks:
        for engine in engines.values():
            tasks.create_task(engine.run())
        if port is not None:
            counted = {key: _counted(engine) for key, engine in engines.items()}
            tasks.create_task(reads.serve(bundle, counted, host=host, port=port))
        if not engines:
            await asyncio.Event().wait()


def _counted(engine: ContestEngine) -> Counted:
    return Counted(engine.state, engine.hours, lambda: engine.ready)
