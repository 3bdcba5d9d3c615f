"""What is in the tables that `suara outcome` is given: dapil with votes and seats, the nation's votes, votes by area.

Each answer says what was left alone and what does not add up, so that nothing is dropped in silence.
"""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from election.outcome.house import DapilVotes
from election.outcome.inputs import ABROAD, EMPTY_COLUMN
from election.outcome.sheet import AREA, DAPIL, NAME, PARTY, SEATS, Sheet, is_total, plain, unequal


class DapilTable(Struct, frozen=True):
    """Votes and seats of every dapil by its name."""

    by_dapil: dict[str, DapilVotes]
    parties: tuple[str, ...]
    left_alone: tuple[str, ...]  # columns that look like votes and are of no party asked for
    missing: tuple[str, ...]  # parties asked for that have no column
    repeated: tuple[str, ...]  # dapil that stand more than once: the last row counts
    differs: tuple[str, ...]  # rows that contradict themselves


class National(Struct, frozen=True):
    """Every party's valid votes in the nation by column: a decree may have replaced another."""

    columns: dict[str, dict[str, int]]
    column: str  # the one that is taken

    @property
    def votes(self) -> dict[str, int]:
        """Party → votes of the column taken."""
        return self.columns[self.column]


class AreaTable(Struct, frozen=True):
    """Votes by area: code (or name, where there are no codes) → choice → votes."""

    areas: dict[str, dict[str, int]]
    names: dict[str, str]
    choices: tuple[str, ...]
    repeated: tuple[str, ...]
    differs: tuple[str, ...]


def dapil(sheet: Sheet, parties: Sequence[str] | None = None) -> DapilTable:
    """The table of dapil; `parties` where another table names them, else every column of votes.

    A row of totals is passed over. Raises BadSheet.
    """
    kode, seats = sheet.column(DAPIL), sheet.needs(SEATS)
    label = sheet.column(NAME) or kode or sheet.needs(NAME)
    all_rows, again = sheet.latest(lambda row: _same_place(row[kode] if kode and row[kode] else row[label]))
    rows = {key: row for key, row in all_rows.items() if not is_total(sheet.rows[row][label])}
    _one_name_each(sheet, label, rows)
    columns = _party_columns(sheet, parties)
    votes = {row: _votes(sheet, row, columns) for row in rows.values()}
    found = {sheet.rows[row][label]: DapilVotes(_seats(sheet, row, seats), given) for row, given in votes.items()}
    asked = tuple(columns) if parties is None else tuple(parties)
    return DapilTable(
        by_dapil=found,
        parties=asked,
        left_alone=tuple(column for column in sheet.choices() if column not in columns.values()),
        missing=tuple(party for party in asked if party not in columns),
        repeated=tuple(sheet.rows[rows[key]][label] for key in again if key in rows),
        differs=unequal(sheet, votes),
    )


def _same_place(name: str) -> str:
    """What names of one dapil have in common."""
    return plain(name) or name


def _seats(sheet: Sheet, row: int, column: str) -> int:
    count = sheet.number(row, column)
    if not count:
        raise sheet.bad(f"{sheet.places[row]}: kursi kosong", f"{sheet.places[row]}: no seats")
    return count


def _one_name_each(sheet: Sheet, label: str, rows: Mapping[str, int]) -> None:
    seen: set[str] = set()
    for name in (sheet.rows[row][label] for row in rows.values()):
        if not name:
            raise sheet.bad("baris tanpa nama dapil", "a row without the name of a dapil")
        if _same_place(name) in seen:
            raise sheet.bad(f"dapil {name} punya dua kode", f"dapil {name} has two codes")
        seen.add(_same_place(name))


def _party_columns(sheet: Sheet, parties: Sequence[str] | None) -> dict[str, str]:
    if parties is None:
        found = {column: column for column in sheet.choices()}
    else:
        known = {plain(column): column for column in sheet.columns}
        found = {party: known[plain(party)] for party in parties if plain(party) in known}
    if not found:
        raise sheet.bad("tidak ada kolom suara partai", "there is no column with votes of a party")
    return found


def _votes(sheet: Sheet, row: int, columns: Mapping[str, str]) -> dict[str, int]:
    counts = {name: sheet.number(row, column) for name, column in columns.items()}
    return {name: count for name, count in counts.items() if count is not None}


def national(sheet: Sheet, column: str | None = None) -> National:
    """The nation's votes from a table with a row a party; of several columns of votes the last is taken.

    Raises BadSheet.
    """
    party, columns = sheet.needs(PARTY), sheet.choices()
    if not columns or (column is not None and column not in columns):
        raise sheet.bad(f"tidak ada kolom suara {column or ''}", f"there is no column of votes {column or ''}")
    names = [row[party] for row in sheet.rows]
    for name in names:
        if names.count(name) > 1:
            raise sheet.bad(f"partai {name} ada dua kali", f"party {name} stands twice")
    return National({one: _by_party(sheet, party, one) for one in columns}, column or columns[-1])


def _by_party(sheet: Sheet, party: str, column: str) -> dict[str, int]:
    counts = {row[party]: sheet.number(number, column) or 0 for number, row in enumerate(sheet.rows)}
    votes = {name: count for name, count in counts.items() if not is_total(name)}
    added = sum(votes.values())
    for name, stated in counts.items():
        if name not in votes and stated != added:
            raise sheet.bad(f"{name} {stated}, padahal partai {added}", f"{name} {stated}, but parties make {added}")
    return votes


def areas(sheet: Sheet) -> AreaTable:
    """Votes by area, a row each; a row of the nation's totals is passed over. Raises BadSheet."""
    kode, name, columns = sheet.column(AREA), sheet.column(NAME), sheet.choices()
    key = kode or name or sheet.needs(AREA)
    if not columns:
        raise sheet.bad("tidak ada kolom suara", "there is no column of votes")
    rows, again = sheet.latest(lambda row: _area(row[key]) or row[name or key])
    kept = {area: row for area, row in rows.items() if not _adds_up(area, sheet.rows[row][name or key])}
    if any(area[:length] in kept for area in kept if area.isdigit() for length in (2, 4, 6) if length < len(area)):
        raise sheet.bad("wilayah dari beberapa tingkat", "areas of several levels, whose votes would count twice")
    votes = {row: _votes(sheet, row, {column: column for column in columns}) for row in kept.values()}
    return AreaTable(
        areas={area: votes[row] for area, row in kept.items()},
        names={area: sheet.rows[row][name or key] for area, row in kept.items()},
        choices=columns,
        repeated=again,
        differs=unequal(sheet, votes),
    )


def _area(text: str) -> str:
    """A code without the dots and the `.0` that programs put into it; a name as it is."""
    code = text.removesuffix(".0").replace(".", "")
    return code if code.isdigit() else text


def _adds_up(area: str, name: str) -> bool:
    """Whether the row is the nation's, or an empty one."""
    return not area.strip("0") or is_total(area) or is_total(name)


def sum_of(table: DapilTable) -> dict[str, int]:
    """Each party's votes over all dapil."""
    return {party: sum(one.votes.get(party, 0) for one in table.by_dapil.values()) for party in table.parties}


def need_columns(sheet: Sheet, table: DapilTable, parties: Iterable[str]) -> None:
    """Raises BadSheet where one of `parties`, who take part in the allotment, has no column."""
    lost = [party for party in parties if party in table.missing]
    if lost:
        names = ", ".join(lost)
        raise sheet.bad(f"tidak ada kolom untuk {names}", f"there is no column for {names}")


def by_province(table: AreaTable) -> dict[str, dict[str, int]]:
    """Votes of every province of the country: rows of provinces, or of smaller areas added up; abroad is left out."""
    return added_up({area: votes for area, votes in table.areas.items() if province_of(table, area)})


def province_of(table: AreaTable, area: str) -> str:
    """Code or name of the province that an area is or lies in; "" for abroad."""
    return "" if _abroad(area, table.names[area]) else _province(area)


def added_up(areas: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    """Areas with codes added up to their provinces; areas without codes stand for themselves."""
    found: dict[str, dict[str, int]] = {}
    for area, votes in areas.items():
        into = found.setdefault(_province(area), {})
        for name, count in votes.items():
            into[name] = into.get(name, 0) + count
    return found


def _province(area: str) -> str:
    return area[:2] if area.isdigit() else area


def within(table: AreaTable, province: str) -> dict[str, dict[str, int]]:
    """Votes of the areas of one province, where the table goes below provinces; else none."""
    return {area: votes for area, votes in table.areas.items() if area != province and area.startswith(province)}


def empty_column(table: AreaTable) -> str | None:
    """The column against a single pair, where the table has one by a name that is known."""
    known = {plain(name) for name in EMPTY_COLUMN}
    return next((name for name in table.choices if plain(name) in known), None)


def nation(table: AreaTable) -> dict[str, int]:
    """Votes of every choice over all areas."""
    return {name: sum(votes.get(name, 0) for votes in table.areas.values()) for name in table.choices}


def _abroad(area: str, name: str) -> bool:
    """By its code, else by the name of a row that has none; votes of one place may stand in several rows (PPLN)."""
    if area[:2].isdigit():
        return area[:2] == ABROAD
    return not {"luar", "abroad", "overseas", "ppln"}.isdisjoint(plain(name).split("_"))
