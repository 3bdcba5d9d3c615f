"""A record and its sums as the contract says them, told as naively as can be: one loop over the whole history.

Written from the text of `docs/state-machines.md` alone; it imports neither the fold nor the state that it judges.
"""

MACHINE, PEOPLE = ("BlockCounted", "BlockHeld"), ("verified", "final", "withdrawn")
COUNTS = ("counted", "verified", "final")
BRINGS = {"BlockCounted": "counted", "BlockHeld": "held", "BlockCorrected": "verified", "BlockWithdrawn": "withdrawn"}


def read(history, pages):
    """TPS → its record after `history` (pairs of number and event). `pages`: TPS → block → the pages it needs."""
    found = {tps: {"version": 1, "earlier": [], "disputes": {}, **_begin(blocks, 0)} for tps, blocks in pages.items()}
    for number, event in sorted(dict(history).items()):
        for tps, record in found.items():
            if event is not None and event.tps in (tps, "0", tps[:2], tps[:4], tps[:6], tps[:10]):
                _take(record, pages[tps], number, type(event).__name__, event, event.tps == tps)
    return found


def _begin(blocks, opened):
    new = {name: {"state": None, "decision": opened, "figures": None} for name in blocks}
    return {"opened": opened, "determined": 0, "photos": {}, "keyed": set(), "blocks": new}


def _take(record, pages, number, kind, e, own):
    if kind in ("AreaConfirmed", "ResultDetermined") and not own:
        record["determined"] = number if kind == "ResultDetermined" else record["determined"]
        for block in record["blocks"].values():
            block["state"] = "final" if block["state"] in ("counted", "verified") else block["state"]
    elif kind == "DisputeOpened":
        record["disputes"][number] = {"tps": e.tps, "moved": 0, "status": "registered"}
    elif (
        kind == "DisputeMoved"
        and record["disputes"].get(e.dispute, {}).items() >= {"tps": e.tps, "moved": e.replaces}.items()
    ):
        record["disputes"][e.dispute].update(moved=number, status=e.status)
    elif not own:
        return
    elif kind == "VersionOpened" and (e.version, e.replaces) == (record["version"] + 1, record["opened"]):
        stood = {name: (shown(record, pages, name), block["figures"]) for name, block in record["blocks"].items()}
        record.update(version=e.version, earlier=[*record["earlier"], stood], **_begin(pages, number))
    elif kind == "ScanReceived" and (e.version or 1) == record["version"]:
        record["photos"][number] = [e.page, None]
    elif kind == "PageRead" and e.scan in record["photos"]:
        photo = record["photos"][e.scan]
        photo[1] = "good" if e.fault is None and e.page == photo[0] else "bad"
    elif kind == "ReadingSubmitted" and (e.version or 1) == record["version"]:
        record["keyed"] |= set(e.figures)
    elif kind in BRINGS and e.block in record["blocks"] and record["blocks"][e.block]["decision"] == e.replaces:
        block = record["blocks"][e.block]
        block["decision"] = number
        barred = (kind in MACHINE and block["state"] in PEOPLE) or (kind == "BlockWithdrawn" and not block["state"])
        if not barred and not record["determined"]:
            block["state"] = BRINGS[kind]
            block["figures"] = block["figures"] if kind == "BlockWithdrawn" else e.figures


def shown(record, pages, name):
    """The state of a block: as decided, else as far as its evidence has come."""
    if record["blocks"][name]["state"]:
        return record["blocks"][name]["state"]
    looks = []
    for page in pages[name]:
        sent = {number: look for number, (of, look) in record["photos"].items() if of == page}
        speaks = max([n for n, look in sent.items() if look == "good"] or sent, default=None)
        looks.append("none" if speaks is None else "read" if sent[speaks] else "in")
    if set(looks) == {"read"}:
        return "read"
    return "received" if name in record["keyed"] or set(looks) != {"none"} else "awaited"


def sums(records, fields, states):
    """Field → sum over the blocks of these records in `states`. `fields`: TPS → block → names."""
    total = {}
    for tps, record in records.items():
        for name, block in record["blocks"].items():
            for field, figure in zip(fields[tps][name], block["figures"] or (), strict=block["figures"] is not None):
                if block["state"] in states and figure is not None:
                    total[field] = total.get(field, 0) + figure
    return total


def answer(history, event, pages):
    """What `journal.append` says to one more event: appended, stale or refused."""
    kind, rulings = (
        type(event).__name__,
        [(n, e) for n, e in history if hasattr(e, "replaces") and hasattr(e, "subject")],
    )
    if not hasattr(event, "subject"):
        return "APPENDED"
    subjects = (event.subject, "*") if kind in BRINGS else (event.subject,)
    if event.replaces != max([n for n, e in rulings if e.tps == event.tps and e.subject in subjects], default=0):
        return "STALE"
    record = read(history, {event.tps: pages[event.tps]})[event.tps] if event.tps in pages else {}
    state = record["blocks"][event.block]["state"] if kind in BRINGS else None
    sums = [(n, e) for n, e in history if type(e).__name__ in (*BRINGS, "VersionOpened")]
    below = [n for n, e in sums if event.tps == "0" or e.tps.startswith(event.tps)]
    return "REFUSED" if (
        (kind in BRINGS and record["determined"])
        or (kind in MACHINE and state in PEOPLE)
        or (kind == "BlockWithdrawn" and state is None)
        or (kind in ("AreaConfirmed", "ResultDetermined") and max(below, default=0) > event.upto)
        or (kind == "VersionOpened" and event.version != record["version"] + 1)
        or (kind == "DisputeMoved" and (event.dispute, event.tps) not in [
            (n, e.tps) for n, e in history if type(e).__name__ == "DisputeOpened"])
    ) else "APPENDED"  # fmt: skip
