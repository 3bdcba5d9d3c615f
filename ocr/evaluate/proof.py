"""What kept runs show, as Markdown: a row a contest, and what the counts support for a nation, in words.

A block is *clean* where its paper keeps the rules and nothing on it was struck out or spoiled; *readable* where none
of its pages was refused and the quality of each reaches the run's bound. *Accepted* is what the machine alone would
count: the probability reaches the threshold, the figures read keep the rules, and none is struck out, set to the left
or missing. The officer's own figures, which must agree as well before a block counts, are left out of it.
"""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from election.acceptance import Acceptance
from ocr.evaluate.answers import share
from ocr.evaluate.choice import LOWEST, upper
from ocr.evaluate.kept import Cell, Run, added, calibration, count
from ocr.evaluate.report import told

NATION: Final = 823_236
"""TPS of 2024, and so records of a contest that every TPS holds."""


class Row(Struct, frozen=True):
    """The runs of one contest, added up."""

    contest: str
    records: int
    pages: int
    refused: int
    clean: int  # readable blocks whose paper is clean
    untouched: int  # accepted of those
    accepted: int  # whatever stands on the paper
    wrong: int  # accepted, and not what stands there
    contradicting: int  # readable blocks that contradict themselves on paper
    repaired: int  # accepted of those: figures that the paper does not have
    struck: int
    struck_wrong: int
    ece: float | None
    bound: float
    spared: int  # wrong, keeping the rules, and as sure as any threshold may be, but below the one that was chosen
    kinds: tuple[tuple[str, int, int, int], ...]  # kind, clean and readable, accepted of those, wrong of all accepted


def rows(runs: Sequence[Run], limits: Acceptance) -> list[Row]:
    """One row a contest, in the order in which they first ran."""
    return [_row([r for r in runs if r.contest == key], limits) for key in dict.fromkeys(r.contest for r in runs)]


def _row(runs: Sequence[Run], limits: Acceptance) -> Row:
    cells = [cell for run in runs for cell in run.cells]
    kinds = []
    for kind in dict.fromkeys(cell.kind for cell in cells):
        some = [cell for cell in cells if cell.kind == kind]
        clean = [cell for cell in some if cell.paper == "clean" and cell.readable]
        kinds.append((kind, count(clean)[0], _accepted(clean, limits)[0], _accepted(some, limits)[1]))
    accepted, wrong = _accepted(cells, limits)
    paper = {word: [c for c in cells if c.paper == word] for word in ("struck", "contradicting")}
    return Row(
        contest=runs[0].contest,
        records=sum(run.records for run in runs),
        pages=sum(run.pages for run in runs),
        refused=sum(added(run.refused for run in runs).values()),
        clean=sum(kind[1] for kind in kinds),
        untouched=sum(kind[2] for kind in kinds),
        accepted=accepted,
        wrong=wrong,
        contradicting=count(paper["contradicting"])[0],
        repaired=_accepted(paper["contradicting"], limits)[1],
        struck=count(paper["struck"])[0],
        struck_wrong=_accepted(paper["struck"], limits)[1],
        ece=calibration(cells),
        bound=upper(wrong, accepted),
        spared=count([cell for cell in cells if cell.holds], LOWEST)[1] - wrong,
        kinds=tuple(kinds),
    )


def _accepted(cells: Sequence[Cell], limits: Acceptance) -> tuple[int, int]:
    """Accepted blocks, and how many of them are wrong."""
    found = [count([cell], limits.threshold(cell.kind)) for cell in cells if cell.holds]
    return sum(n for n, _ in found), sum(wrong for _, wrong in found)


def markdown(runs: Sequence[Run], limits: Acceptance) -> str:
    """The tables and what they say."""
    if not runs:
        return "No run of this model and these answers is kept.\n"
    table = rows(runs, limits)
    lines = [_setting(runs, limits), "", *_blocks(table), "", *_kinds(table), "", *_pages(runs)]
    lines += ["", *(f"- {_nation(row)}" for row in table)]
    return "\n".join(lines) + "\n"


def _setting(runs: Sequence[Run], limits: Acceptance) -> str:
    low, high = min(run.hardness[0] for run in runs), max(run.hardness[1] for run in runs)
    spoiled = ", ".join(f"{100 * s:g} %" for s in sorted({run.spoiled for run in runs}))
    thresholds = ", ".join(f"{kind} {p:.7g}" for kind, p in limits.thresholds.items())
    return (
        f"{len(runs)} runs; model `{runs[0].model[:12]}`, answers `{runs[0].answers}`; photos of hardness {low:g} to "
        f"{high:g}; {spoiled} of the records wrong on paper; readable: no page refused, quality ≥ {runs[0].quality}. "
        f"Thresholds ({thresholds}) from a risk of {limits.risk:g}."
    )


def _blocks(table: Sequence[Row]) -> list[str]:
    head = [
        "| contest | records | readable, clean blocks | accepted untouched | accepted in all | wrong of those "
        "| at most (95 %) | contradicting on paper, repaired silently | ECE |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    return head + [
        f"| {row.contest} | {row.records:,} | {row.clean:,} | {_percent(row.untouched, row.clean)} | {row.accepted:,} "
        f"| {row.wrong} | {row.bound:.2e} | {row.contradicting:,}, {row.repaired} | {_small(row.ece)} |"
        for row in table
    ]


def _kinds(table: Sequence[Row]) -> list[str]:
    head = [
        "| contest | block | readable, clean | accepted untouched | wrong accepted |",
        "| --- | --- | ---: | ---: | ---: |",
    ]
    return head + [
        f"| {row.contest} | {kind} | {clean:,} | {told(share(accepted, clean))} | {wrong} |"
        for row in table
        for kind, clean, accepted, wrong in row.kinds
    ]


def _pages(runs: Sequence[Run]) -> list[str]:
    refused, pages = added(run.refused for run in runs), sum(run.pages for run in runs)
    numbers, boxes = added(run.numbers for run in runs), added(run.boxes for run in runs)
    why = ", ".join(f"{code} {n:,}" for code, n in refused.items()) or "none"
    return [
        f"Pages refused {told(share(sum(refused.values()), pages))}: {why}. "
        f"Boxes misread {told(share(boxes.get('wrong', 0), boxes.get('read', 0)))}. "
        f"Numbers misread by themselves {told(share(numbers.get('wrong alone', 0), numbers.get('read', 0)))}; "
        f"after decoding {told(share(numbers.get('wrong decoded', 0), numbers.get('decoded', 0)))}."
    ]


def _nation(row: Row) -> str:
    share = upper(min(row.wrong, row.records), row.records)
    return (
        f"{row.contest}: {row.wrong} of {row.accepted:,} accepted blocks wrong, at 95 % confidence at most "
        f"{row.bound:.2e} of all. The blocks of a record share a hand and a camera; counted by records, at most "
        f"{share:.2e} have such a block: of {NATION:,} TPS whose photos and hands are like these, read by the machine "
        f"alone, at most {round(share * NATION):,}. {row.contradicting:,} blocks contradicted themselves on paper: "
        f"{row.repaired} were silently repaired. {row.struck:,} had a digit struck out or spoiled: "
        f"{row.struck_wrong} of these were accepted and wrong. {_spared(row.spared)}"
    )


def _spared(wrong: int) -> str:
    """Thresholds lie above what was wrong in the runs that they were chosen by: how much that did for these counts."""
    if not wrong:
        return f"No threshold had to rise above {LOWEST:g} for that."
    return f"{wrong} more were as sure as {LOWEST:g} or surer, keep the rules and are wrong: thresholds lie above them."


def _percent(hits: int, trials: int) -> str:
    return f"{100 * hits / trials:.2f} %" if trials else "–"


def _small(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"
