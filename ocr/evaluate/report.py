"""A report of figures as one HTML file that needs nothing else, and the same figures as JSON beside it."""

import json
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any, Final

from ocr.evaluate import plots
from ocr.evaluate.answers import Report

STYLE: Final = """\
body{font:15px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}
table{border-collapse:collapse;margin:1rem 0}td,th{padding:.25rem .8rem;border-bottom:1px solid #ddd;text-align:left}
td.n{text-align:right;font-variant-numeric:tabular-nums}h2{margin-top:2rem}
figure{display:inline-block;margin:0 1rem 1rem 0}
"""

MOST: Final = 20
"""Of what was left out, how much is told by name; all of it is in the JSON."""

SHARES: Final = {
    "digit_error": "digits misread",
    "box_error": "boxes misread, blanks among them",
    "number_error": "numbers misread",
    "number_unread": "… not read, the page being refused",
    "number_error_alone": "… each by itself, without sums",
    "number_error_joint": "… of blocks that were decoded together",
    "form_error": "forms (or writers) with any error",
    "coverage": "accepted",
    "accepted_wrong": "of those, wrong",
    "void_read_as_digit": "void boxes read as a digit",
    "void_accepted_as_digit": "void boxes accepted as a digit",
}
"""The shares of a report, in the order in which they are told."""

BLOCKS: Final = {
    "error": "blocks wrong",
    "unread": "… not read, a page being refused",
    "coverage": "blocks accepted",
    "accepted_wrong": "of those, wrong",
    "contradicting_flagged": "contradicting on paper, flagged",
}
"""Those of its blocks."""


def write(report: Report, folder: Path, title: str) -> Path:
    """Write `report.html` and `report.json` into `folder`; answers the HTML file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    page = folder / "report.html"
    page.write_text(html(report, title), encoding="utf-8")
    return page


def html(report: Report, title: str) -> str:
    """The page."""
    parts = [f"<h1>{escape(title)}</h1><p>Model {escape(str(report.get('model', '')))}</p>", _table(report)]
    parts += [_figures(report)]
    if "blocks" in report:
        parts += ["<h2>Blocks</h2>", _rows(_blocks(report["blocks"])), _figures(report["blocks"])]
    if "by_label" in report:
        parts += ["<h2>By label, right</h2>", _rows(report["by_label"])]
    for name in ("differences", "left_out", "faults"):
        if report.get(name):
            parts.append(f"<h2>{name.replace('_', ' ').capitalize()}</h2>{_any(report[name])}")
    head = f"<!doctype html><html lang='en'><meta charset='utf-8'><title>{escape(title)}</title><style>{STYLE}</style>"
    return head + "".join(parts) + "</html>\n"


def text(report: Report) -> str:
    """The figures for a terminal."""
    lines = [_line(label, report[name]) for name, label in SHARES.items() if name in report]
    lines += [_line(label, share) for label, share in _blocks(report["blocks"]).items()] if "blocks" in report else []
    ece = report["reliability"]["ece"]
    lines.append(f"{'ECE':42} {ece if ece is not None else '–'}")
    for name in ("confused", "faults", "left_out"):
        if report.get(name):
            lines.append(f"{name.replace('_', ' '):42} {_short(report[name])}")
    lines += [
        f"  {d['image']}  {d['field']}: {d['true']} read as {d['read']}, probability {d['probability']:.4f}"
        for d in report.get("differences", [])[:20]
    ]
    return "\n".join(lines)


def _line(label: str, share: Mapping[str, Any]) -> str:
    return f"{label:42} {told(share)}"


def told(share: Mapping[str, Any]) -> str:
    """`1.2 % (0.6–2.3 %), 9 of 737`."""
    if not share["of"]:
        return "–"
    low, high = share["interval"]
    return f"{100 * share['value']:.3g} % ({100 * low:.2g}–{100 * high:.3g} %), {share['hits']:,} of {share['of']:,}"


def _short(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_listed(n)}" for key, n in list(value.items())[:12] if n)
    return str(value)


def _listed(value: object) -> str:
    if isinstance(value, list):
        more = f" and {len(value) - MOST} more" if len(value) > MOST else ""
        return ("; ".join(map(str, value[:MOST])) or "none") + more
    return str(value)


def _blocks(blocks: Report) -> Report:
    """The shares of blocks, by what they are called."""
    return {label: blocks[name] for name, label in BLOCKS.items()}


def _table(report: Report) -> str:
    return _rows({label: report[name] for name, label in SHARES.items() if name in report})


def _rows(shares: Mapping[str, Mapping[str, Any]]) -> str:
    head = "<tr><th></th><th>share</th><th>95 % interval</th><th>seen</th></tr>"
    return f"<table>{head}{''.join(_row(label, share) for label, share in shares.items())}</table>"


def _row(label: str, share: Mapping[str, Any]) -> str:
    low, high = share["interval"]
    value = "–" if share["value"] is None else f"{100 * share['value']:.3g} %"
    return (
        f"<tr><td>{escape(label)}</td><td class='n'>{value}</td><td class='n'>{100 * low:.3g}–{100 * high:.3g} %</td>"
        f"<td class='n'>{share['hits']:,} of {share['of']:,}</td></tr>"
    )


def _figures(report: Report) -> str:
    found = []
    if "reliability" in report:
        ece = report["reliability"]["ece"]
        found.append((plots.reliability(report["reliability"]["bins"]), f"Reliability; ECE {ece}"))
    if "risk_coverage" in report:
        found.append((plots.risk_coverage(report["risk_coverage"]), "Risk and coverage"))
    if "confused" in report:
        found.append((plots.confusions(report["confused"]), "What is taken for what (true → read)"))
    return "".join(f"<figure>{svg}<figcaption>{escape(name)}</figcaption></figure>" for svg, name in found)


def _any(value: object) -> str:
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        head = "".join(f"<th>{escape(str(key))}</th>" for key in value[0])
        rows = "".join("<tr>" + "".join(f"<td>{escape(str(v))}</td>" for v in row.values()) + "</tr>" for row in value)
        return f"<table><tr>{head}</tr>{rows}</table>"
    if isinstance(value, Mapping):
        return (
            "<table>"
            + "".join(f"<tr><td>{escape(str(k))}</td><td>{escape(_listed(v))}</td></tr>" for k, v in value.items())
            + "</table>"
        )
    return f"<p>{escape(str(value))}</p>"
