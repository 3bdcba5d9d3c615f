"""The views that make DuckDB of the open data's files: one a table, read-only, from a folder or over HTTP alike.

Files are named one by one, since a web server lists nothing. Pure: text from names.
"""

from collections.abc import Iterable, Sequence

from election.bundle import Bundle
from publisher.datasets.areas import Places, provinces
from publisher.datasets.tables import tables

HEAD = """\
-- The open data of this election as tables of DuckDB. Nothing is copied: each view reads the files where they lie.
--   duckdb -cmd "SET VARIABLE suara = 'data'" -init data/analysis/suara.sql         beside a mirror's folder
--   SET VARIABLE suara = 'https://example.org/data';  .read suara.sql               over HTTP (extension httpfs)
SET VARIABLE suara = coalesce(getvariable('suara'), 'data');

"""

GROUPS = {
    "elections": "elections",
    "history": "history",
    "earlier": "earlier",
    "today": "earlier_today",
    "matches": "matches",
    "compared": "compared",
}
"""Folder of the analytical copy → its view."""


def statements(keys: Sequence[str], analysis: Iterable[str], bundle: Bundle) -> str:
    """`data/analysis/suara.sql`. `analysis` are the Parquet files of the analytical copy, below `data/`."""
    found = list(analysis)
    views = [_view(f"{key}_{name}", files) for key in keys for name, files in _tables(bundle, key)]
    groups = [(view, _within(found, folder)) for folder, view in GROUPS.items()]
    views += [_view(view, files) for view, files in groups if files]
    return HEAD + "".join(views)


def _tables(bundle: Bundle, key: str) -> Iterable[tuple[str, list[str]]]:
    """View and files of every table of a contest."""
    parts = [kode for kode, _ in provinces(Places(bundle, key))]
    for table in tables(key, bundle.printed(key)):
        stems = [f"{table.path}/{part}" for part in parts] if table.parted else [table.path]
        yield table.path.replace("/", "_"), [f"{key}/{stem}.parquet" for stem in stems]


def _within(files: Iterable[str], folder: str) -> list[str]:
    return [file for file in files if file.startswith(f"analysis/{folder}/")]


def _view(name: str, files: Sequence[str]) -> str:
    listed = ",\n  ".join(f"getvariable('suara') || '/{file}'" for file in files)
    return f"CREATE OR REPLACE VIEW {name} AS FROM read_parquet([\n  {listed}\n]);\n\n"
