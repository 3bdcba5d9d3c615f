"""A monitor written from docs/protocol.md alone, with nothing but the standard library (signatures are not checked).

python monitor.py FOLDER CONTEST        prints what every area comes to, and what its document says otherwise
"""

# ruff: noqa: ANN001, ANN201, B905

import base64
import hashlib
import json
import sys
from pathlib import Path

COUNTS, OPEN, LEVELS = ("counted", "verified", "final"), ("awaited", "received", "read"), (0, 2, 4, 6, 10)
BRINGS = {
    "block_counted": "counted",
    "block_held": "held",
    "block_corrected": "verified",
    "block_withdrawn": "withdrawn",
}


def entries(log: Path):
    _, size, root = (log / "checkpoint").read_text().split("\n")[:3]
    found, n = [], int(size)
    for i in range(0, n, 256):
        digits = f"{i // 256:03d}" if i < 256_000 else f"x{i // 256_000:03d}/{i // 256 % 1000:03d}"
        data = (log / "tile/entries" / (digits + (f".p/{n - i}" if n - i < 256 else ""))).read_bytes()
        while data:
            end = 2 + int.from_bytes(data[:2], "big")
            found.append(data[2:end])
            data = data[end:]
    if (
        len(found) != n
        or base64.b64encode(tree([hashlib.sha256(b"\0" + one).digest() for one in found])).decode() != root
    ):
        raise SystemExit("the entries are not those of the head")
    return [json.loads(one) for one in found]


def tree(hashes):
    if len(hashes) < 2:
        return hashes[0] if hashes else hashlib.sha256().digest()
    middle = 1 << (len(hashes) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + tree(hashes[:middle]) + tree(hashes[middle:])).digest()


def stations(reference):
    for kode, (ballot, _, runs) in reference["kelurahan"].items():
        for first, _, last in (run.partition("-") for run in runs.split(",")):
            for number in range(int(first), int(last or first) + 1):
                yield f"{kode}{number:03d}", reference["ballots"][ballot]


def begin(ballot, version=1, k=0):
    blocks = {name: {"state": None, "decision": k, "figures": None} for name in ballot["blocks"]}
    return {
        "ballot": ballot,
        "version": version,
        "opened": k,
        "determined": 0,
        "photos": {},
        "keyed": set(),
        "blocks": blocks,
    }


def take(record, e, k):
    kind, block = e["kind"], record["blocks"].get(e.get("block"))
    current = e.get("version", 1) == record["version"]
    if kind == "scan_received" and current:
        record["photos"][k] = [e["page"], None]
    elif kind == "reading_submitted" and current:
        record["keyed"] |= set(e["commitments"])
    elif kind == "page_read" and e["scan"] in record["photos"]:
        record["photos"][e["scan"]][1] = e["fault"] is None and e["page"] == record["photos"][e["scan"]][0]
    elif kind == "version_opened" and (e["version"], e["replaces"]) == (record["version"] + 1, record["opened"]):
        record.update(begin(record["ballot"], e["version"], k))
    elif kind in BRINGS and block and e["replaces"] == block["decision"]:
        block["decision"], was, to = k, block["state"], BRINGS[kind]
        barred = (to in ("counted", "held") and was not in (None, "held", "counted")) or (to == "withdrawn" and not was)
        if not record["determined"] and not barred:
            block["state"] = to
            block["figures"] = block["figures"] if to == "withdrawn" else e["figures"]


def state(record, name):
    if record["blocks"][name]["state"]:
        return record["blocks"][name]["state"]
    looks = []
    for page in record["ballot"]["pages"].get(name, ()):
        of = {k: good for k, (p, good) in record["photos"].items() if p == page}
        speaks = max([k for k, good in of.items() if good] or of, default=None)
        looks.append(None if speaks is None else of[speaks] is not None)
    if looks and all(looks):
        return "read"
    return "received" if name in record["keyed"] or any(look is not None for look in looks) else "awaited"


def records(reference, log, upto):
    found = {kode: begin(ballot) for kode, ballot in stations(reference)}
    for k, e in enumerate(log[:upto], 1):
        if e["kind"] in ("area_confirmed", "result_determined") and len(e["tps"]) < 13:
            for kode, record in found.items():
                if e["tps"] == "0" or kode.startswith(e["tps"]):
                    for block in record["blocks"].values():
                        block["state"] = "final" if block["state"] in COUNTS else block["state"]
                    record["determined"] = k if e["kind"] == "result_determined" else record["determined"]
        elif e["tps"] in found:
            take(found[e["tps"]], e, k)
    return found


def area(reference, found, kode):
    within = [one for tps, one in found.items() if kode == "0" or tps.startswith(kode)]
    ballots = [one["ballot"] for one in within]
    shown = ballots[0] if ballots and all(one is ballots[0] for one in ballots) else reference["shared"]
    sums = {
        which: {field: 0 for fields in shown["blocks"].values() for field in fields} for which in ("counted", "held")
    }
    states = {name: [state(one, name) for one in within] for name in ("suara", "administrasi")}
    for one in within:
        for name, block in one["blocks"].items():
            which = "counted" if block["state"] in COUNTS else block["state"]
            for field, figure in zip(one["ballot"]["blocks"][name], block["figures"] or ()):
                if which in sums and field in sums[which]:
                    sums[which][field] += figure or 0
    votes, adm = states["suara"], states["administrasi"]
    tps = {"total": len(votes), "counted": sum(s in COUNTS for s in votes), "held": votes.count("held"),
           "arriving": sum(s in ("received", "read") for s in votes)}  # fmt: skip
    tps["absent"] = tps["total"] - tps["counted"] - tps["held"] - tps["arriving"]
    administrasi = {"counted": sum(s in COUNTS for s in adm), "held": adm.count("held")}
    return {"tps": tps, "administrasi": administrasi, "totals": sums["counted"], "held": sums["held"],
            "final": votes.count("final"), "reopened": sum(one["version"] > 1 for one in within)}  # fmt: skip


def check(place, contest):
    """Code of each area → what it comes to, and what its document says otherwise."""
    read = lambda name: json.loads((Path(place) / "v1" / contest / f"{name}.json").read_text())  # noqa: E731
    cursor, reference = read("cursor")["cursor"], read("reference")
    found = records(reference, entries(Path(place) / "log" / contest), cursor)
    for kode in sorted({tps[:digits] or "0" for tps in found for digits in LEVELS}):
        ours, told = area(reference, found, kode), read(kode)
        theirs = {**told, "held": told["left_out"]["held"]}
        yield kode, ours, {name: (ours[name], theirs[name]) for name in ours if ours[name] != theirs[name]}


if __name__ == "__main__":
    wrong = 0
    for kode, ours, differs in check(*sys.argv[1:3]):
        wrong += bool(differs)
        print(kode, ours["tps"], differs or "holds")
    sys.exit(bool(wrong))
