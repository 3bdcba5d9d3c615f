"""What rendering and writing the page of one TPS costs, by contest and state, in CPU time of this process.

PYTHONPATH=.:tests python benchmarks/bench_tps_page.py [ROUNDS]
"""

import gzip
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

from record_scene import STATES, Told, told
from tps_shots import BASE, invented

from publisher import places
from publisher.folder import Folder
from publisher.site import Site


def best(site: Site, folder: Folder, one: Told, rounds: int) -> float:
    """Milliseconds of the fastest of `rounds`."""
    view, spent = one.view, []
    for _ in range(rounds):
        begun = process_time()
        site.write_tps(folder, one.ballot, one.path, one.place, view, one.cut)
        spent.append(process_time() - begun)
    return 1000 * min(spent)


def main(rounds: int) -> None:
    """A line a state."""
    with TemporaryDirectory() as place:
        bundle = invented(Path(place) / "bundle")
        folder, site = Folder(Path(place) / "public"), Site(bundle, bundle.live, BASE)
        for key in ("ppwp", "pdpr"):
            for state in STATES:
                one = told(bundle, key, state)
                spent = best(site, folder, one, rounds)
                data = (folder.root / places.tps_page(key, one.tps)).read_bytes()
                sizes = f"{len(data):>7,} bytes, {len(gzip.compress(data)):>6,} compressed"
                print(f"{key} {state:<10} {spent:6.2f} ms {sizes}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
