"""What does not change during the count: lists of areas, of dapil, of parties and of who can be voted for."""

from collections.abc import Iterable, Mapping

from election.bundle.dapil import District
from election.codes import KELURAHAN, TPS_LEVEL
from election.contest import Choice, Contest
from election.region import Tree
from publisher.sirekap.figures import Json


def choices(ballot: Contest, ts: str) -> Json:
    """`pemilu/ppwp.json`, and one area of `pilkada/paslon/{contest}.json`: who can be voted for."""
    return {
        choice.id: {"ts": ts, "nama": choice.name, "warna": choice.color, "nomor_urut": choice.number}
        for choice in ballot.choices
    }


def children(tree: Tree, area: int) -> list[Json]:
    """`wilayah/….json`: the areas right below `area`, or the TPS of a kelurahan.

    `id` is the public data's number; where the bundle has none, the place in the tree, areas first.
    """
    below = tree.children(area)
    if tree.tingkat(area) == KELURAHAN:
        numbers = (_known(int(tree.tps_ids[row]), tree.n_areas + row) for row in below)
        return [
            _child(tree.tps_nama(row), n, tree.tps_kode(row), TPS_LEVEL) for row, n in zip(below, numbers, strict=True)
        ]
    return [line(tree, at) for at in below]


def line(tree: Tree, area: int) -> Json:
    """One area in a list."""
    return _child(tree.nama(area), _known(int(tree.ids[area]), area), tree.kode(area), tree.tingkat(area))


def _child(nama: str, number: int, kode: str, tingkat: int) -> Json:
    return {"nama": nama, "id": number, "kode": kode, "tingkat": tingkat}


def _known(number: int, instead: int) -> int:
    return number if number >= 0 else instead


def dapil(one: District, number: int) -> Json:
    """A line of `wilayah/pemilu/pdpr/dapil_dpr.json`; `number` stands for the public data's, which no bundle has."""
    return {"nama": one.nama, "id": number, "kode": one.kode}


def dapil_of_assembly(one: District, number: int) -> Json:
    """A line of an assembly's list. API_LAYOUT names it as the DPR's; the programs of 2024 read the longer words."""
    return {"id_dapil": number, "kode_dapil": one.kode, "nama_dapil": one.nama, **dapil(one, number)}


def candidates(ballot: Contest) -> Json:
    """`pemilu/caleg/dpd/{provinsi}.json`."""
    return {choice.id: person(choice.name, choice.number) for choice in ballot.choices}


def lists(ballot: Contest) -> Json:
    """`pemilu/caleg/partai/{dapil}.json`: the candidates of each party that has any."""
    return {
        str(party.number): {one.id: person(one.name, one.number) for one in party.candidates}
        for party in ballot.choices
        if party.candidates
    }


def person(nama: str, number: int) -> Json:
    """A candidate. No bundle knows sex and home of anybody: these are empty, not null, as they were texts."""
    return {"nama": nama, "nomor_urut": number, "jenis_kelamin": "", "tempat_tinggal": ""}


def parties(found: Iterable[Choice], of_aceh: Mapping[int, bool], ts: str) -> Json:
    """`pemilu/partai.json`. `of_aceh`: by ballot number, whether the party stands in one province only."""
    return {
        str(party.number): {
            "ts": ts,
            "id_partai": int(party.id) if party.id.isdecimal() else party.number,
            "id_pilihan": party.number,
            "is_aceh": of_aceh[party.number],
            "nama": party.name,
            "nama_lengkap": party.name,
            "nomor_urut": party.number,
            "warna": party.color,
        }
        for party in found
    }
