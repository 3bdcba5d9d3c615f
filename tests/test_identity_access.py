"""Every role × action × area × TPS of an election, against the table that people read and the tree of areas."""

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from election import bundle as bundles
from election.bundle import Bundle
from identity.access import HELPED, Action, may, may_help
from identity.account import Account
from identity.errors import AccountMalformed
from identity.role import LENGTH, SEATS, Role

DOCUMENT = Path(__file__).parents[1] / "docs" / "identity.md"
LEVEL = {"kpps": 5, "pps": 4, "ppk": 3, "kpu_kabkota": 2, "kpu_provinsi": 1, "kpu_ri": 0, "helpdesk": 0}


def table() -> dict[tuple[str, str], str]:
    """(action, role) → own, within or –, as docs/identity.md states it."""
    lines = DOCUMENT.read_text().splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("| action |"))
    roles = re.findall(r"`(\w+)`", lines[start])
    rules = {}
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            return rules
        action, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        name = re.match(r"`(\w+)`", action)
        assert name is not None
        rules |= {(name[1], role): cell for role, cell in zip(roles, cells, strict=True)}
    return rules


@pytest.fixture(scope="module")
def election(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return bundles.make(
        tmp_path_factory.mktemp("bundle"), provinsi=2, kabupaten=3, kecamatan=5, kelurahan=9, tps=24, abroad=5
    )


def places(election: Bundle, level: int) -> Iterator[tuple[str, set[str]]]:
    """Every area of a level (5 are TPS) with the codes of its TPS, by the tree's own links and not by codes."""
    tree = election.tree
    chains = {tree.tps_kode(i): [tree.kode(area) for area in tree.path(i)] for i in range(tree.n_tps)}
    if level == 5:
        yield from ((kode, {kode}) for kode in chains)
        return
    for area in tree.level(level):
        kode = tree.kode(area)
        yield kode, {tps for tps, chain in chains.items() if chain[level] == kode}


def test_every_role_action_area_and_tps_is_as_the_table_says(election: Bundle) -> None:
    rules = table()
    assert set(rules) == set(product(map(str, Action), map(str, Role)))
    everywhere = {kode for kode, _ in places(election, 5)}
    looked, granted = 0, 0
    for (action, role), cell in rules.items():
        for kode, own in places(election, LEVEL[role]):
            assert cell in ("–", "within" if role != "kpps" else "own")
            expected = set() if cell == "–" else own
            found = {tps for tps in everywhere if may(role, kode, action, tps)}
            assert found == expected, (role, kode, action)
            looked += len(everywhere)
            granted += len(found)
    assert looked > 8_000 and granted > 500


def test_an_area_of_another_roles_kind_grants_nothing(election: Bundle) -> None:
    kodes = {level: [kode for kode, _ in places(election, level)] for level in range(6)}
    for role, level, action in product(Role, range(6), Action):
        if level != LEVEL[role]:
            assert not any(may(role, area, action, tps) for area, tps in product(kodes[level], kodes[5]))


@given(
    st.one_of(st.sampled_from(Role), st.text(max_size=12)),
    st.text(max_size=14),
    st.one_of(st.sampled_from(Action), st.text(max_size=8)),
    st.text(max_size=14),
)
def test_nonsense_may_nothing(role: str, area: str, action: str, tps: str) -> None:
    plain = len(tps) == 13 and tps.isascii() and tps.isalnum()
    if may(role, area, action, tps):
        assert plain and (area == "0" or tps.startswith(area)) and area != ""


@pytest.mark.parametrize("tps", ["", "0", "3201010001", "32010100010011", "320101000100%", "３201010001001"])
def test_what_is_no_tps_is_nobodys(tps: str) -> None:
    assert not any(may(role, "0", action, tps) for role, action in product(Role, Action))


def accounts() -> list[Account]:
    areas = ("3201010001001", "3201010001002", "3201010002001", "3201010001", "3201010002", "320101", "320102", "3201")
    by_length = {role: [a for a in (*areas, "32", "0") if len(a) == LENGTH[role]] for role in Role}
    return [Account(role, area, 1) for role in Role for area in by_length[role]]


def test_nobody_helps_an_equal_a_superior_or_a_neighbour() -> None:
    rank = {"kpps": 0, "pps": 1, "ppk": 2, "helpdesk": 3, "kpu_kabkota": 3, "kpu_provinsi": 4, "kpu_ri": 5}
    for helper, account in product(accounts(), accounts()):
        if may_help(helper, account):
            assert rank[helper.role] > rank[account.role]
            assert helper.area == "0" or account.area.startswith(helper.area)
            assert account.role in HELPED[helper.role]
    pps, own = Account(Role.PPS, "3201010001", 1), Account(Role.KPPS, "3201010001001", 2)
    assert may_help(pps, own) and not may_help(pps, Account(Role.KPPS, "3201010002001", 1))
    assert not may_help(pps, pps) and not may_help(own, own)
    helpdesk = Account(Role.HELPDESK, "0", 1)
    assert may_help(helpdesk, own) and not may_help(helpdesk, Account(Role.KPU_RI, "0", 1))


@given(st.sampled_from(Role), st.data())
def test_a_name_is_read_back_as_its_account(role: Role, data: st.DataObject) -> None:
    area = (
        "0" if LENGTH[role] == 1 else data.draw(st.text("0123456789ABZ", min_size=LENGTH[role], max_size=LENGTH[role]))
    )
    account = Account(role, area, data.draw(st.integers(1, SEATS[role])))
    assert Account.parse(account.name) == Account.parse(f" {account.name.upper()} ") == account


@pytest.mark.parametrize(
    "name", ["", "kpps", "kpps-3201010001001", "kpps-3201010001001-3", "kpps-3201010001001-0", "pps-3201-1",
             "raja-0-1", "ri-32-1", "kpps-3201010001001-1-1", "kpps-３201010001001-1", "kpps-3201010001001-1\nx"],
)  # fmt: skip
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(AccountMalformed):
        Account.parse(name)
