"""The command `suara`: finds its commands in `suara.commands`, and turns refusals into words and exit codes.

Each command is a module there with an `add(subparsers)`. What a command does lives in the room it belongs to.
"""

import argparse
import importlib
import sys
from collections.abc import Sequence

from election.errors import SuaraError

HOLDS, DIFFERS, MISUSE = 0, 1, 2
"""Exit codes that scripts rely on: it holds, it differs, it was called wrongly."""

COMMANDS = (
    "up",
    "roles",
    "accounts",
    "relay",
    "bundle",
    "night",
    "load",
    "witness",
    "standby",
    "verify",
    "watch",
    "tally",
    "screens",
    "data",
    "earlier",
    "plenary",
    "scans",
    "form",
    "ocr",
    "rules",
    "policy",
    "outcome",
    "materiality",
    "bench",
    "soak",
    "doctor",
    "findings",
)

ABOUT = """\
Counts an election in the open: photos of result forms in, checked totals out.

  suara up --demo            everything on this machine, with an invented election night
  suara tally RECORDS …      rules and totals of a file of per-TPS records, no servers
  suara doctor               what is missing or wrong here, and the command that mends it
"""


def build_parser() -> argparse.ArgumentParser:
    """The whole command line, every command included."""
    parser = argparse.ArgumentParser(
        prog="suara", description=ABOUT, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in COMMANDS:
        importlib.import_module(f"suara.commands.{name}").add(commands)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; answers its exit code."""
    args = build_parser().parse_args(argv)
    try:
        code: int = args.func(args)
    except SuaraError as error:
        print(f"suara: {error}", file=sys.stderr)
        return MISUSE
    except ModuleNotFoundError as error:
        print(
            f"suara: this command needs '{error.name}'. Install it with: pip install 'suara[engine]'", file=sys.stderr
        )
        return MISUSE
    except BrokenPipeError:
        return HOLDS
    except OSError as error:
        if error.filename is None:
            raise
        print(f"suara: {error.filename}: {error.strerror}. Name another path, or mend this one.", file=sys.stderr)
        return MISUSE
    except KeyboardInterrupt:
        return 130
    return code
