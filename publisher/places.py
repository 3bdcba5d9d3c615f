"""Where every public document lies, below the public folder. Pure; nothing is written here.

The paths under `pemilu/` and `wilayah/` are those that programs written for the public data of 2024 ask for.
"""

from datetime import datetime
from hashlib import sha256

from election.clock import WIB
from election.codes import NATION_CODE
from election.contest import CONTEST_TYPES
from election.region import Tree

WILAYAH = "wilayah/pemilu/ppwp"
"""The tree of areas stands once, under the president's key, for every contest of the national election."""


def root(contest: str) -> str:
    """Pilkada had a host of its own in 2024, and paths of its own."""
    return "pilkada" if CONTEST_TYPES[contest].local else "pemilu"


def chain(tree: Tree, area: int) -> list[int]:
    """Area indices from the nation down to `area`, both included."""
    found = [area]
    while (above := int(tree.parent[found[-1]])) >= 0:
        found.append(above)
    return found[::-1]


def below_nation(tree: Tree, area: int) -> str:
    """Codes from the provinsi down to `area`, joined by slashes; "" for the nation."""
    return "/".join(tree.kode(index) for index in chain(tree, area)[1:])


def wilayah(tree: Tree, area: int, local: str | None = None) -> str:
    """The list of an area's children; of a Pilkada's contest the areas that hold it."""
    return f"{f'wilayah/pilkada/{local}' if local else WILAYAH}/{below_nation(tree, area) or '0'}.json"


def dapil_list(contest: str, assembly: str) -> str:
    """The dapil of the area (code) whose assembly they elect."""
    if contest == "pdpr":
        return "wilayah/pemilu/pdpr/dapil_dpr.json"
    return f"wilayah/pemilu/{contest}/{_of_assembly(assembly)}.json"


def dapil_areas(contest: str, assembly: str, dapil: str) -> str:
    """The areas of a dapil."""
    return f"wilayah/pemilu/{contest}/{_below(assembly)}{dapil}.json"


def hhcd(contest: str, assembly: str, dapil: str) -> str:
    """The sums of a dapil."""
    return f"pemilu/hhcd/{contest}/{_below(assembly)}{dapil}.json"


def hhcd_all(contest: str, assembly: str) -> str:
    """The sums of all dapil of an assembly."""
    return f"pemilu/hhcd/{contest}/{_of_assembly(assembly)}.json"


def _of_assembly(assembly: str) -> str:
    """`0`, `11` or `11/1101`."""
    return assembly if len(assembly) <= 2 else f"{assembly[:2]}/{assembly}"


def _below(assembly: str) -> str:
    """``, `11/` or `11/1101/`."""
    return "" if assembly == NATION_CODE else f"{_of_assembly(assembly)}/"


def aggregate(tree: Tree, contest: str, area: int) -> str:
    """The sums of an area, nation to kelurahan."""
    inside = below_nation(tree, area)
    return f"{root(contest)}/hhcw/{contest}/{inside}.json" if inside else f"{root(contest)}/hhcw/{contest}.json"


def nation_again(contest: str) -> str:
    """Where programs also look for the sums of a Pilkada's whole."""
    return f"{root(contest)}/hhcw/{contest}/0.json"


def zero(contest: str) -> str:
    """What the address of a TPS answers until its first data come."""
    return f"{root(contest)}/hhcw/{contest}/zero.json"


def tps(tree: Tree, contest: str, row: int) -> str:
    """The document of one TPS."""
    return f"{root(contest)}/hhcw/{contest}/{below_nation(tree, int(tree.tps_parent[row]))}/{tree.tps_kode(row)}.json"


def image(tree: Tree, contest: str, row: int, at: str, digest: str) -> str:
    """The masked picture of a page, where and as the programs of 2024 expect it.

    `at` is when the photo came in, `digest` the SHA-256 of the picture, in hex. Those programs read date and time
    from the name; the four hex digits spread the TPS, and the UUID is the head of the hash, so that the same picture
    always has the same name.
    """
    kode = tree.tps_kode(row)
    kel = tree.kode(int(tree.tps_parent[row]))
    pairs = "/".join(kel[i : i + 2] for i in range(0, len(kel), 2))
    time = datetime.fromisoformat(at).astimezone(WIB).strftime("%Y%m%d-%H%M%S")
    uuid = "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]))
    return f"{sha256(kode.encode()).hexdigest()[:4]}/pemilu/{contest}/{pairs}/{kode}-{time}--{uuid}.jpg"


def scan(digest: str) -> str:
    """The masked picture under its own hash, where anyone can check it."""
    return f"scans/{digest}.jpg"


def v1(contest: str, kode: str) -> str:
    """Our own document of an area."""
    return f"v1/{contest}/{kode}.json"


def reference(contest: str) -> str:
    """The TPS, ballots and dapil of a contest, for those who recompute its totals."""
    return f"v1/{contest}/reference.json"


def version(contest: str, tps: str, number: int) -> str:
    """A version of a record that no longer counts. Written once, when the next one begins; never changed."""
    return f"v1/{contest}/versions/{tps}/{number}.json"


def dapil(contest: str, kode: str) -> str:
    """Our own document of a dapil; its code may be an area's too, so that dapil have a folder of their own."""
    return f"v1/{contest}/dapil/{kode}.json"


def dapil_page(contest: str, kode: str) -> str:
    """The page of a dapil."""
    return f"{contest}/dapil/{kode}.html"


def page(contest: str, kode: str) -> str:
    """The page of an area."""
    return f"{contest}/{kode}.html"


def tps_page(contest: str, kode: str) -> str:
    """The page of a TPS. It follows from the code alone, so that a search needs no index."""
    return f"{contest}/tps/{kode[:-3] or '0'}/{kode}.html"
