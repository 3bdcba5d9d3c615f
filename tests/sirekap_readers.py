"""Readers of Sirekap as programs of 2024 were written: they build addresses from codes and trust what comes back.

Each is its own little program, sharing nothing with the publisher and little with the others; what public programs
did in 2024 (walk lists, follow the keys of tables, refuse unknown keys, allot seats) is done here in the same way.
`Get` answers an address below the host; like those programs, nobody here catches what is missing.
"""

from collections.abc import Callable, Iterator
from typing import Any

Get = Callable[[str], Any]

SUM_KEYS = ("psu", "persen", "status_progress", "progres")
ADM = [
    "suara_sah", "suara_total", "pemilih_dpt_j", "pemilih_dpt_l", "pemilih_dpt_p", "pengguna_dpt_j", "pengguna_dpt_l",
    "pengguna_dpt_p", "pengguna_dptb_j", "pengguna_dptb_l", "pengguna_dptb_p", "suara_tidak_sah", "pengguna_total_j",
    "pengguna_total_l", "pengguna_total_p", "pengguna_non_dpt_j", "pengguna_non_dpt_l", "pengguna_non_dpt_p",
]  # fmt: skip


def stations(get: Get, key: str = "ppwp") -> dict[str, Any]:
    """Walks the lists down to the TPS by cutting and gluing addresses; TPS code → document."""
    found, queue = {}, ["/wilayah/pemilu/ppwp/0.json"]
    while queue:
        url = queue.pop()
        for line in get(url):
            below = url.removesuffix("/0.json").removesuffix(".json") + f"/{line['kode']}.json"
            if line["tingkat"] == 5:
                found[line["kode"]] = get(below.replace("wilayah/pemilu/ppwp", f"pemilu/hhcw/{key}"))
            else:
                queue.append(below)
    return found


def by_tables(get: Get, key: str = "ppwp") -> Iterator[tuple[str, Any]]:
    """Follows the keys of tables from the nation down to each kelurahan; yields its TPS' documents."""

    def down(base: str, levels: int) -> Iterator[tuple[str, Any]]:
        for kode in get(f"{base}.json")["table"]:
            if levels == 0:
                yield kode, get(f"{base}/{kode}.json")
            else:
                yield from down(f"{base}/{kode}", levels - 1)

    return down(f"/pemilu/hhcw/{key}", 4)


def everything(get: Get, keys: tuple[str, ...]) -> int:
    """Downloads every sum and every TPS of these contests along one walk of the lists; how many documents."""
    count = 0

    def area(line: dict[str, Any], root: str) -> None:
        nonlocal count
        url = f"{root[:-7] if line['tingkat'] == 1 else root[:-5]}/{line['kode']}.json"
        for key in keys:
            assert isinstance(get(url.replace("wilayah/pemilu/ppwp", f"pemilu/hhcw/{key}")), dict)
            count += 1
        if line["tingkat"] < 5:
            for below in get(url):
                area(below, url)

    for line in get("/wilayah/pemilu/ppwp/0.json"):
        area(line, "/wilayah/pemilu/ppwp/0.json")
    return count


def candidates_of(chart: dict[str, Any] | None) -> dict[str, int]:
    """A chart without what is no candidate: the stray key, and how far the count is."""
    return {key: votes for key, votes in (chart or {}).items() if key not in {"null", "persen", "progres"}}


def strict_tps(document: dict[str, Any]) -> None:
    """A TPS of a party contest, as the strictest program of 2024 would have it: no key that it does not know."""
    assert set(document) <= {
        "chart", "images", "kode_dapil", "administrasi", "caleg", "psu", "ts", "status_suara", "status_adm",
    }  # fmt: skip
    assert {"chart", "images", "administrasi", "psu", "ts", "status_suara", "status_adm"} <= set(document)
    for party, sums in (document["chart"] or {}).items():
        assert party.isdecimal()
        assert set(sums) == {"jml_suara_total", "jml_suara_partai"}
        assert all(type(number) is int for number in sums.values())
    for lists in (document.get("caleg") or {}).values():
        assert all(votes is None if kode == "null" else type(votes) is int for kode, votes in lists.items())
    assert document["administrasi"] is None or list(document["administrasi"]) == ADM
    assert len(document["images"]) >= 1
    assert all(one is None or one.startswith("https://") for one in document["images"])


def strict_district(document: dict[str, Any]) -> None:
    """A dapil's sums, in the same spirit."""
    assert set(document) == {"ts", "mode", "chart", "progres", "table"}
    assert document["mode"] == "hhcw"
    assert all(key == "persen" or key.isdecimal() for key in document["chart"])
    for party in document["table"].values():
        assert all(key.isdecimal() or key in {"jml_suara_total", "jml_suara_partai"} for key in party)
        assert all(type(votes) is int for votes in party.values())


def seats(get: Get, results: str, dapil: str, chairs: int) -> dict[str, list[str]]:
    """Sainte-Laguë over a dapil's table, chairs filled by most votes: ballot number → names, without any threshold."""
    table = get(results)["table"]
    people = get(f"/pemilu/caleg/partai/{dapil}.json")
    votes = {party: row.pop("jml_suara_total") for party, row in table.items()}
    for row in table.values():
        row.pop("jml_suara_partai")
    divisor, won = dict.fromkeys(votes, 1), dict[str, list[str]]()
    for _ in range(chairs):
        party = max(votes, key=lambda one: votes[one] / divisor[one])
        divisor[party] += 2
        person = max(table[party], key=lambda one: table[party][one])
        won.setdefault(party, []).append(people[party][person]["nama"])
        del table[party][person]
    return won


def dapil_pages(get: Get) -> int:
    """Province, kabupaten, dapil, its parties, their candidates: as a page with three boxes to choose from asked."""
    parties, shown = get("/pemilu/partai.json"), 0
    for province in get("/wilayah/pemilu/pdprdp/0.json"):
        for kabupaten in get(f"/wilayah/pemilu/ppwp/{province['kode']}.json"):
            for one in get(f"/wilayah/pemilu/pdprdk/{province['kode']}/{kabupaten['kode']}.json"):
                assert one["nama_dapil"]
                where = f"{province['kode']}/{kabupaten['kode']}/{one['kode_dapil']}"
                data, lists = (
                    get(f"/pemilu/hhcd/pdprdk/{where}.json"),
                    get(f"/pemilu/caleg/partai/{one['kode_dapil']}.json"),
                )
                del data["chart"]["persen"]
                for party in parties.values():
                    row = lists.get(str(party["id_pilihan"]), {})
                    shown += sum(data["table"][str(party["id_pilihan"])][kode] for kode in row)
    return shown


def pilkada(get: Get, key: str, regency: str) -> tuple[dict[str, int], dict[str, int]]:
    """A kabupaten's TPS summed one by one, and what its own document says."""
    base, summed = f"{regency[:2]}/{regency}", dict[str, int]()
    for district in get(f"/wilayah/pilkada/{key}/{base}.json"):
        for village in get(f"/wilayah/pilkada/{key}/{base}/{district['kode']}.json"):
            inside = f"{base}/{district['kode']}/{village['kode']}"
            for tps in get(f"/wilayah/pilkada/{key}/{inside}.json"):
                data = get(f"/pilkada/hhcw/{key}/{inside}/{tps['kode']}.json")
                if data and data.get("tungsura") and data["tungsura"].get("chart"):
                    for candidate, votes in data["tungsura"]["chart"].items():
                        if votes is not None:
                            summed[candidate] = summed.get(candidate, 0) + votes
    return summed, candidates_of(get(f"/pilkada/hhcw/{key}/{base}.json")["tungsura"]["chart"])
