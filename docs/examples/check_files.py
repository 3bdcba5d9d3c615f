"""Checks every file of a contest's open data against its package: python check_files.py http://host ppwp

Standard library only. All files that the package names are of one build; each has its bytes and SHA-256.
"""

# ruff: noqa: ANN001, ANN201, S310

import hashlib
import json
import sys
import urllib.request


def main(host, contest):
    home, wrong = f"{host}/data/{contest}", 0
    with urllib.request.urlopen(f"{home}/datapackage.json") as answer:
        package = json.load(answer)
    for one in package["resources"]:
        digest, size = hashlib.sha256(), 0
        with urllib.request.urlopen(f"{home}/{one['path']}") as answer:
            while piece := answer.read(1 << 20):
                digest.update(piece)
                size += len(piece)
        good = (size, f"sha256:{digest.hexdigest()}") == (one["bytes"], one["hash"])
        wrong += not good
        print("ok     " if good else "DIFFERS", f"cut {one['suara:number']:>9}", one["path"])
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
