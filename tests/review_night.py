"""An evening at the desk with everything on it, for the tests and the pictures of docs/review.md: all invented."""

from uuid import uuid4

import cv2
import numpy as np
from review_scene import AT, PDF, SHOTS, Desk, one

from election import plenary as documents
from election.event import BlockCounted, BlockHeld, PageRead, ReadingSubmitted, ResultDetermined, ScanReceived
from election.form import Form
from election.form import of as form_of
from paper.fill import fill

Said = dict[str, int]


def picture(form: Form, number: int, figures: Said, seed: int) -> bytes:
    """The JPEG of a filled page whose names and signatures are covered."""
    scale = 1.2 if SHOTS else 0.6
    raster = fill(form, number, figures, np.random.default_rng([number, seed]), scale=scale)
    for rect in form.page(number).mask:
        x0, y0, x1, y1 = (round(edge * scale) for edge in rect)
        raster[y0:y1, x0:x1] = 64
    return cv2.imencode(".jpg", raster, [cv2.IMWRITE_JPEG_QUALITY, 60])[1].tobytes()


def record(desk: Desk) -> Said:
    """Figures of one record that break no rule."""
    contest, said = desk.contest, dict.fromkeys(desk.contest.fields, 0)
    total = 0
    for n, name in enumerate(contest.choice_fields):
        parts = [field for field in contest.blocks.get(name, ()) if field != name]
        for m, field in enumerate(parts):
            said[field] = (7 * n + 3 * m) % 5
        said[name] = sum(said[field] for field in parts) if parts else 11 + 13 * n % 40
        total += said[name]
    said |= {"suara_sah": total, "suara_tidak_sah": 4, "suara_total": total + 4}
    for row in ("pemilih_dpt", "pengguna_dpt", "pengguna_total"):
        said |= {f"{row}_l": total // 2, f"{row}_p": total + 4 - total // 2, f"{row}_j": total + 4}
    return said | {"surat_suara_diterima": total + 4, "surat_suara_digunakan": total + 4}


async def photographed(desk: Desk, said: Said, blocks: tuple[str, ...]) -> dict[str, tuple[int, ...]]:
    """Photos of the blocks' pages, read; block → numbers of its scans."""
    form, scans = form_of(desk.contest), {}
    for page in form.pages:
        if not any(field.block in blocks for field in page.fields):
            continue
        sha = await desk.storage.renditions.put(picture(form, page.number, said, 5))
        scan = await one(desk.journal, ScanReceived(tps=desk.tps, at=AT, page=page.number, sha256=sha, size=9))
        await one(desk.journal, PageRead(
            tps=desk.tps, at=AT, scan=scan, page=page.number, fault=None, quality=900, scores=None, rendition=sha,
            model="0" * 64, program="test",
        ))  # fmt: skip
        scans[page.number] = scan
    return {
        block: tuple(scans[page.number] for page in form.pages if any(f.block == block for f in page.fields))
        for block in blocks
    }


async def decided(desk: Desk, said: Said, block: str, scans: tuple[int, ...], wrong: str | None = None) -> None:
    """A block counted, or held where the machine read `wrong` otherwise; also in what is published."""
    fields = desk.contest.blocks[block]
    keyed = tuple(said[field] for field in fields)
    reading = await one(desk.journal, ReadingSubmitted(
        tps=desk.tps, at=AT, commitments={block: "0" * 64}, salts={block: "0" * 32}, figures={block: keyed},
    ))  # fmt: skip
    made = {"tps": desk.tps, "at": AT, "block": block, "replaces": 0, "figures": keyed, "scans": scans}
    made |= {"reading": reading, "salt": "0" * 32, "policy": "test"}
    read = tuple(said[field] + 50 * (field == wrong) for field in fields)
    event = BlockCounted(**made) if wrong is None else BlockHeld(**made, read=read, reasons=("E404",))
    number = await one(desk.journal, event)
    await desk.storage.pool.execute(
        "insert into published.block (contest, tps, block, state, number, decision, figures, read, reasons, warnings,"
        " at) values ($1, $2, $3, $4, $5, $5, $6, $7, $8, '{}', $9)",
        desk.key, desk.tps, block, "counted" if wrong is None else "held", number, keyed, read,
        [] if wrong is None else ["E404"], AT,
    )  # fmt: skip


async def told(desk: Desk, said: Said) -> None:
    """What recap would have published of every area."""
    tree, pool = desk.bundle.tree, desk.storage.pool
    await pool.execute("insert into published.cut values ($1, 20, $2, 20)", desk.key, AT)
    for area in range(tree.n_areas):
        tps = int(tree.tps_counts()[area])
        fields = desk.bundle.printed(desk.key).fields(area)
        held, waiting = tps // 6, tps // 4
        counted = tps - held - waiting
        await pool.execute(
            "insert into published.area (contest, kode, tingkat, number, tps, tps_counted, tps_held, tps_waiting,"
            " adm_counted, adm_held, totals, held, residuals, final)"
            " values ($1, $2, $3, 20, $4, $5, $6, $7, 0, 0, $8, $8, $9, $10)",
            desk.key, tree.kode(area), tree.tingkat(area), tps, counted, held, waiting,
            [counted * said.get(field, 0) for field in fields], [area % 3, 7 * area % 11, 1], counted // 2,
        )  # fmt: skip


async def plenary(desk: Desk) -> None:
    """A D.Hasil of which two columns are entered, and one differs."""
    kode, pool = desk.area(3), desk.storage.pool
    document = documents.document(desk.bundle, desk.key, kode)
    for column in document.columns[:1]:
        said = dict.fromkeys(column.contest.fields, "")
        said |= {"suara_sah": "2.411", "suara_tidak_sah": "37", "suara_total": "2.448"}
        await desk.post(f"/{desk.key}/area/{kode}/plenary/{column.kode}", on=0, **said)
    await pool.execute(
        "insert into published.plenary (contest, kode, number, columns, entered, differing, stands)"
        " values ($1, $2, 20, $3, 1, 2, false)", desk.key, kode, len(document.all),
    )  # fmt: skip
    await pool.executemany(
        "insert into published.difference values ($1, $2, $3, 'E601', 'records', $4, $5, $6, 9)",
        [(desk.key, kode, document.columns[0].kode, *row) for row in
         (("suara_sah", 2311, 2411), ("suara_tidak_sah", 35, 37))],
    )  # fmt: skip


async def rulings(desk: Desk) -> None:
    """Proposals that wait for b, disputes, and a version that was opened."""
    case = {"forum": "bawaslu", "cause": "figures_differ", "reference": "001/LP/PP/2029", "document": PDF}
    await desk.post(f"/{desk.key}/dispute/{desk.tps}", **case)
    on = await desk.journal.decided(desk.tps, "administrasi")
    await desk.post(f"/{desk.key}/{desk.tps}/administrasi/withdraw", on=on, reason="wrong_record")
    order = {"ground": "psu", "order": "12/PY.02/4101/2029, 18 Februari 2029", "document": PDF}
    await desk.post(f"/{desk.key}/{desk.tps}/version", **order)
    sk = {"number": "360 Tahun 2029", "date": "2029-03-20", "sk": PDF, "ba": PDF + b"."}
    await desk.post(f"/{desk.key}/area/0/determine", **sk, despite="deadline")
    await desk.post(f"/{desk.key}/policy", on=0, name="two-people-3")


async def second_version(desk: Desk) -> None:
    """A record of the president's that begins anew, and is closed again."""
    wait = await desk.journal.size()
    await desk.sign_in("a")
    order = {"ground": "psu", "order": "12/PY.02/4101/2029, 18 Februari 2029", "document": PDF, "id": uuid4()}
    await desk.post(f"/{desk.key}/{desk.tps}/version", **order)
    await desk.sign_in("b")
    await desk.answer(wait + 1)
    await one(desk.journal, ResultDetermined(
        tps=desk.area(2), at=AT, replaces=0, number="360 Tahun 2029", date="2029-03-20", sk="1" * 64, ba="2" * 64,
        upto=wait + 2, totals=(), roles=("kpu_kabkota",) * 2, accounts=("x", "y"),
    ))  # fmt: skip


async def evening(desk: Desk) -> dict[str, str]:
    """Plays it all in the desk's own contest and the president's; name → address of what is worth looking at."""
    await desk.sign_in("a")
    said = record(desk)
    blocks = ("partai_1", "partai_2", "partai_3", "suara", "administrasi")
    scans = await photographed(desk, said, blocks)
    for block in blocks:
        wrong = {"partai_2": desk.contest.blocks["partai_2"][1], "suara": "suara_sah"}.get(block)
        await decided(desk, said, block, scans[block], wrong)
    await told(desk, said)
    await plenary(desk)
    await rulings(desk)
    ppwp = Desk(desk.client, desk.storage, desk.bundle, desk.passwords, "ppwp")
    said = record(ppwp)
    for block, numbers in (await photographed(ppwp, said, ("suara", "administrasi"))).items():
        await decided(ppwp, said, block, numbers)
    await told(ppwp, said)
    await second_version(ppwp)
    key, kode = desk.key, desk.area(3)
    return {
        "home": "/", "held": f"/{key}/held", "record": f"/{key}/{desk.tps}", "empty": f"/{key}/{desk.tps[:-1]}2",
        "closed": f"/ppwp/{desk.tps}", "nation": f"/{key}/area/0", "district": f"/{key}/area/{kode}",
        "village": f"/{key}/area/{desk.area(4)}", "plenary": f"/{key}/area/{kode}/plenary",
        "policy": f"/{key}/policy", "control": "/control", "unusual": f"/{key}/unusual", "refused": "/xx/held",
    }  # fmt: skip
