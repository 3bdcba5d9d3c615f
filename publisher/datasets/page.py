"""The page of the open data: which files there are, and what their columns mean, in Indonesian and English.

From the package and the dictionary alone, so that page and files cannot differ. No script is needed.
"""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from election.bundle import Bundle
from election.words import contest as contest_words
from publisher.assets import static

Json = Mapping[str, Any]

HEAD = """<!doctype html>
<html lang="id"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Data terbuka · {name}</title><link rel="stylesheet" href="../{style}"></head>
<body><main id="isi" class="wrap">
<p><a href="../data.html">Data</a></p>
<h1>Data terbuka <span class="en" lang="en">Open data</span></h1>
<p>Semua tabel pemilihan ini, dari nasional sampai TPS. Setiap berkas menyebut nomor jurnal potongan yang dimuatnya.
<span class="en" lang="en">Every table of this election, nation to TPS.
Each file says the journal number of its cut.</span></p>
"""
BIG = 1_000_000


def render(bundle: Bundle, package: Json, dictionary: Iterable[Json]) -> bytes:
    """`data/index.html`."""
    parts = [HEAD.format(name=escape(bundle.name), style=static("site.css")), _about(package)]
    by_contest: dict[str, list[Json]] = {}
    for one in package["resources"]:
        by_contest.setdefault(one["path"].split("/")[0], []).append(one)
    words = list(dictionary)
    for key, files in by_contest.items():
        title = contest_words(key) if key != "analysis" else ("Analisis", "Analysis")
        parts.append(f"<section><h2 id='{escape(key)}'>{_both(*title)}</h2>{_files(files)}")
        parts.append(_columns([row for row in words if row["contest"] == key]) + "</section>")
    return ("\n".join(parts) + "\n</main></body></html>\n").encode()


def _about(package: Json) -> str:
    licence = package["licenses"][0]
    return (
        "<p>Lisensi <span class='en' lang='en'>Licence</span>: "
        f"<a href='{escape(licence['path'])}'>{escape(licence['title'])}</a>. "
        "<a href='datapackage.json'>datapackage.json</a> · <a href='dictionary.csv'>dictionary.csv</a> · "
        "<a href='dictionary.json'>dictionary.json</a> · <a href='states.json'>states.json</a></p>"
    )


def _files(files: Iterable[Json]) -> str:
    rows = "".join(
        f"<tr><th scope='row'><a href='{escape(one['path'])}'>{escape(one['path'])}</a></th>"
        f"<td>{_size(one['bytes'])}</td><td>{_of(one)}</td></tr>"
        for one in files
    )
    return (
        "<details><summary>Berkas · Files</summary><table><thead><tr><th>Berkas · File</th><th>Ukuran · Size</th>"
        f"<th>Potongan · Cut</th></tr></thead><tbody>{rows}</tbody></table></details>"
    )


def _columns(rows: Iterable[Json]) -> str:
    found = "".join(
        f"<tr><th scope='row'>{escape(row['table'])}</th><td><code>{escape(row['column'])}</code></td>"
        f"<td>{escape(row['id'])}</td><td lang='en'>{escape(row['en'])}</td><td>{escape(row['unit'])}</td></tr>"
        for row in rows
    )
    if not found:
        return ""
    return (
        "<details><summary>Kolom · Columns</summary><table><thead><tr><th>Tabel · Table</th><th>Kolom · Column</th>"
        f"<th>Arti</th><th lang='en'>Meaning</th><th>Satuan · Unit</th></tr></thead>"
        f"<tbody>{found}</tbody></table></details>"
    )


def _both(indonesian: str, english: str) -> str:
    return f"{escape(indonesian)} <span class='en' lang='en'>{escape(english)}</span>"


def _of(one: Json) -> str:
    return f"{one['suara:number']} ({escape(one['suara:at'][:16])} UTC)" if "suara:number" in one else "–"


def _size(size: int) -> str:
    return f"{size / BIG:.1f} MB" if size >= BIG else f"{size / 1000:.0f} kB"
