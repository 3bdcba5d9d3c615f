"""Fetches the masked pictures of one TPS and checks their hashes: python check_scan.py http://host ppwp 3201010001001

Standard library only. The same hashes are in the public log, where nobody can change them unseen: `suara verify`.
"""

# ruff: noqa: ANN001, ANN201, S310

import csv
import hashlib
import io
import sys
import urllib.request


def main(host, contest, tps):
    found = wrong = 0
    with urllib.request.urlopen(f"{host}/data/{contest}/pages/{tps[:2]}.csv") as answer:
        rows = list(csv.DictReader(io.TextIOWrapper(answer, encoding="utf-8", newline="")))
    for row in rows:
        if row["kode"] == tps and row["rendition"]:
            with urllib.request.urlopen(f"{host}/scans/{row['rendition']}.jpg") as answer:
                good = hashlib.sha256(answer.read()).hexdigest() == row["rendition"]
            found, wrong = found + 1, wrong + (not good)
            print("ok     " if good else "DIFFERS", "page", row["page"], "event", row["number"], row["rendition"])
    print(f"{found} pictures of TPS {tps}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
