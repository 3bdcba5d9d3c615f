"""Downloads every TPS of a contest and adds them up: python sum_votes.py http://host ppwp

Standard library only. Exit code 0: the sums are the published totals of the nation; 1: they are not.
"""

# ruff: noqa: ANN001, ANN201, S310

import csv
import io
import sys
import urllib.request


def table(host, contest, name):
    with urllib.request.urlopen(f"{host}/data/{contest}/{name}.csv") as answer:
        yield from csv.DictReader(io.TextIOWrapper(answer, encoding="utf-8", newline=""))


def main(host, contest):
    (nation,) = table(host, contest, "nasional")
    sums = {}
    for row in table(host, contest, "tps"):
        for name in nation.keys() & row.keys() - {"kode", "nama", "induk", "number"}:
            if row[name].isdigit():  # empty: the block does not count, or nobody gave the figure
                sums[name] = sums.get(name, 0) + int(row[name])
    differs = {name: (value, int(nation[name])) for name, value in sums.items() if value != int(nation[name])}
    for name in [name for name in nation if name in sums]:
        print(f"{name:<26}{sums[name]:>14,}")
    print("differs:" if differs else "the same as the published totals", differs or "")
    return 1 if differs else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
