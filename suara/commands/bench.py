"""`suara bench`: run the scripts of `benchmarks/`, and write their tables to `benchmarks/README.md` as run.

Each script prints Markdown and, under `--json FILE`, writes its figures; what it measures is its own business.
"""

import argparse
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

BENCHMARKS = Path(__file__).parent.parent.parent / "benchmarks"

HEAD = """\
# Benchmarks

What `suara bench` printed, as run. Every figure is taken beside a named alternative in the same run; read the ratios,
not the milliseconds, which are this machine's. `suara bench NAME` runs one again.

Run on {when}: {cores} cores of {machine}, Python {python}, Linux {kernel}.
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register `bench`."""
    parser = commands.add_parser(
        "bench", help="measure; writes benchmarks/README.md as run",
        description="Run the benchmarks of a source checkout, one after another, and keep what they print.",
        epilog="examples:\n  suara bench\n  suara bench rollup\n  suara bench --list",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("names", nargs="*", metavar="NAME", help="which ones (default: all)")
    parser.add_argument("--list", action="store_true", help="say which there are")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Run benchmarks; answers 1 where one of them failed, 2 for a name that is none."""
    scripts = {path.stem.removeprefix("bench_"): path for path in sorted(BENCHMARKS.glob("bench_*.py"))}
    if args.list:
        print("\n".join(scripts))
        return 0
    unknown = [name for name in args.names if name not in scripts]
    if unknown or not scripts:
        print(f"suara: no benchmark called {', '.join(unknown)}. There are: {', '.join(scripts)}", file=sys.stderr)
        return 2
    done = {name: _measure(name, scripts[name]) for name in args.names or scripts}
    _keep({name: text for name, text in done.items() if text is not None})
    return int(None in done.values())


def _measure(name: str, script: Path) -> str | None:
    """One script's Markdown; None where it failed, which it has said itself."""
    out = BENCHMARKS / "out"
    out.mkdir(exist_ok=True)
    print(f"measuring {name} …", flush=True)
    command = [sys.executable, str(script), "--json", str(out / f"{name}.json")]
    environment = {**os.environ, "PYTHONPATH": str(BENCHMARKS.parent)}
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, env=environment)  # noqa: S603 — ours
    print(done.stdout)
    if done.returncode:
        return None
    (out / f"{name}.md").write_text(done.stdout)
    return done.stdout


def _keep(tables: dict[str, str]) -> None:
    """Write the page: fresh tables in place of the old ones, the others as they stand."""
    page = BENCHMARKS / "README.md"
    sections = _sections(page.read_text()) if page.exists() else {}
    sections |= {name: text.strip() for name, text in tables.items()}
    head = HEAD.format(
        when=datetime.now(UTC).date().isoformat(), cores=os.cpu_count(), machine=_machine(),
        python=platform.python_version(), kernel=platform.release().split("-")[0],
    )  # fmt: skip
    body = "".join(f"\n<!-- {name} -->\n{text}\n" for name, text in sorted(sections.items()))
    page.write_text(head + body)


def _sections(text: str) -> dict[str, str]:
    parts = text.split("\n<!-- ")[1:]
    return {name: body.strip() for name, _, body in (part.partition(" -->\n") for part in parts)}


def _machine() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
