"""An area now beside earlier elections: python compare_earlier.py http://host ppwp 3201

Standard library only. Shares are of all votes for somebody; where an area's figures then cannot be told, it says so.
"""

# ruff: noqa: ANN001, ANN201, S310

import json
import sys
import urllib.request


def read(host, path):
    with urllib.request.urlopen(f"{host}/v1/{path}") as answer:
        return json.load(answer)


def show(title, votes):
    total = sum(votes.values())
    for name, value in votes.items():
        print(f"{title:<22}{name:<16}{value:>14,}{100 * value / total if total else 0:>8.2f} %")


def main(host, contest, kode):
    now = read(host, f"{contest}/{kode}.json")
    print(now["nama"], f"counted {now['tps']['counted']} of {now['tps']['total']} TPS")
    show("now", {name: value for name, value in now["totals"].items() if name.split("_")[0] in ("paslon", "partai")})
    for one in read(host, f"{contest}/earlier/{kode}.json")["elections"]:
        if not one["sources"]:
            print(one["election"], "cannot be compared:", one["basis"])
        for source, figures in one["sources"].items():
            show(f"{one['election']} {source}", {name: figures[name] for name in one["choices"] if name in figures})
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
