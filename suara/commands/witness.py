"""`suara witness`: sign the heads of somebody's logs for as long as they only grow. For anyone, on any machine."""

import argparse
import asyncio
import contextlib
import signal
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tlog.note import Signer

EXAMPLE = """\
examples:
  suara witness --policy https://hasil.example/log/policy --name saksi.example
  suara witness --policy data/public/log/policy --state data/witness --port 8084

Prints the key that the log's operator must be told (a witness line of a tlog-policy). Keep --state: a witness that
forgets what it has seen is worth nothing, so it then refuses to sign.
"""

SEEN = "seen"
"""Folder of what was signed last."""

WAIT = 60.0
"""Seconds that a policy may take to appear: log and witness are started together on one machine."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register `witness`."""
    parser = commands.add_parser(
        "witness", help="sign a log's heads while it only grows", description="Serve C2SP tlog-witness until Ctrl-C.",
        epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--policy", required=True, help="file or address of the log operator's policy")
    parser.add_argument("--state", type=Path, default=Path("witness"), help="folder of key and memory")
    parser.add_argument("--name", default="witness.invalid", help="this witness' name, without spaces")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8084)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Serve until told to stop. Answers 2 where policy or key cannot be used."""
    from tlog.note import NoteError
    from tlog.policy import PolicyError

    try:
        asyncio.run(_serve(args))
    except (PolicyError, NoteError, OSError) as error:
        print(f"suara: {error}", file=sys.stderr)
        return 2
    return 0


async def _serve(args: argparse.Namespace) -> None:
    from aiohttp import web

    from monitor.memory import Memory
    from monitor.witness import WitnessServer
    from tlog.policy import Policy

    signer = key(args.state, args.name)
    if not (args.state / SEEN).is_dir():
        raise OSError(f"{args.state / SEEN} is gone: a witness that has forgotten signs nothing. Make another one.")
    print(f"witness {signer.name} {signer.verifier.text}", flush=True)
    policy = Policy.parse(await _policy(args.policy))
    logs = {found.name: (found,) for found in policy.log_keys}
    server = WitnessServer(logs, Memory(args.state / SEEN), signer, lambda: int(time.time()))
    runner = web.AppRunner(server.app(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, args.host, args.port).start()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    await runner.cleanup()


def key(folder: Path, name: str) -> "Signer":
    """This witness' own key, made where there is none."""
    from storage.durable import write
    from tlog.note import Algorithm, Signer

    path = folder / "key"
    if not path.exists():
        import secrets

        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (folder / SEEN).mkdir(exist_ok=True)  # before the key: with a key and without this, it was lost
        write(path, f"{Signer(name, Algorithm.COSIGNATURE, secrets.token_bytes(32)).text}\n".encode(), 0o600)
    return Signer.parse(path.read_text().strip())


async def _policy(place: str) -> str:
    """The policy's text, waited for while it is not there yet."""
    until = time.monotonic() + WAIT
    while True:
        with contextlib.suppress(OSError):
            return await asyncio.to_thread(_read, place)
        if time.monotonic() > until:
            raise OSError(f"there is no policy at {place}. Its operator's `suara log` publishes it.")
        await asyncio.sleep(0.5)


def _read(place: str) -> str:
    if place.startswith(("https://", "http://")):
        with urllib.request.urlopen(place, timeout=10) as answer:  # noqa: S310 — http and https only
            return str(answer.read(65_536).decode())
    return Path(place).read_text()
