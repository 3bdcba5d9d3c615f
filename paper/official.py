"""The presidential form of 2024, its pages as the official ones are set; the wording is ours."""

from election.form import Field, Page, Rect, Tally, square

from . import furniture
from .canvas import BOLD, ITALIC, Canvas
from .furniture import LEFT, RIGHT

NAME = "c_hasil_ppwp_2024"

COLUMNS = (302.0, 377.0, 452.0)
"""Table of page 1: where the columns L, P and J begin."""

ROWS = {
    "pemilih_dpt_l": "Pemilih dalam Daftar Pemilih Tetap (DPT)",
    "pengguna_dpt_l": "1. Pengguna hak pilih dari DPT",
    "pengguna_dptb_l": "2. Pengguna hak pilih pindahan (DPTb)",
    "pengguna_non_dpt_l": "3. Pengguna hak pilih khusus (DPK)",
    "pengguna_total_l": "4. Seluruh pengguna hak pilih (1 + 2 + 3)",
    "surat_suara_diterima": "1. Surat suara diterima, dengan cadangan 2% dari DPT",
    "surat_suara_digunakan": "2. Surat suara digunakan",
    "surat_suara_dikembalikan": "3. Surat suara dikembalikan (rusak atau salah coblos)",
    "surat_suara_tidak_digunakan": "4. Surat suara tidak terpakai, dengan sisa cadangan",
    "pengguna_disabilitas_l": "Pemilih disabilitas yang menggunakan hak pilih",
}


def page(canvas: Canvas, page: Page) -> None:
    """What one page prints besides the furniture of every form."""
    {1: _data_page, 2: _votes_page, 3: _totals_page}[page.number](canvas, page)
    _signatures(canvas, page)


def _data_page(canvas: Canvas, page: Page) -> None:
    titles = ("CATATAN HASIL PENGHITUNGAN SUARA", "DI TEMPAT PEMUNGUTAN SUARA (TPS)", "PRESIDEN DAN WAKIL PRESIDEN")
    for k, (title, size) in enumerate(zip(titles, (7, 7, 8.6), strict=True)):
        canvas.text((300, 98 + 11 * k), title, size, BOLD, "centre")
    for label, x0, x1 in (("Hari", LEFT, 190.0), ("Tanggal", 200.0, 350.0), ("Pukul", 360.0, RIGHT)):
        canvas.text((x0, 168), label, 5.2, BOLD)
        canvas.dots([(x0 + 24, 169), (x1, 169)], 0.5, 2.0)
    canvas.text((LEFT, 182), "Dicatat oleh KPPS di hadapan saksi dan pengawas, di:", 5.2)
    notes = (
        "Satu angka dalam tiap kotak. Kotak di depan yang tidak terpakai diberi tanda silang (X).",
        "L = laki-laki, P = perempuan. Jumlah adalah L + P pada setiap baris.",
    )
    for k, note in enumerate(notes):
        canvas.text((LEFT, 262 + 12 * k), note, 5.2)
    _heading(canvas, 338, "I.", "PEMILIH DAN PENGGUNA HAK PILIH")
    _table(canvas, page.fields[:15], 344, 381.5, COLUMNS)
    _group(canvas, 366, "A.", "PEMILIH")
    _group(canvas, 409, "B.", "PENGGUNA HAK PILIH")
    _heading(canvas, 538, "II.", "SURAT SUARA")
    _table(canvas, page.fields[15:19], 544, 566.5, COLUMNS[2:])
    _heading(canvas, 677, "III.", "PEMILIH DISABILITAS")
    _table(canvas, page.fields[19:], 683, 706, COLUMNS)


def _heading(canvas: Canvas, y: float, number: str, text: str) -> None:
    canvas.text((LEFT, y), number, 6.2, BOLD)
    canvas.text((LEFT + 16, y), text, 6.2, BOLD)


def _group(canvas: Canvas, y: float, letter: str, text: str) -> None:
    canvas.solid(Rect(LEFT + 0.5, y + 0.3, RIGHT - 0.5, y + 15.2), 0.95)
    canvas.frame(Rect(LEFT, y, RIGHT, y + 15.5), 0.5)
    canvas.text((LEFT + 6, y + 9.6), letter, 5.2, BOLD)
    canvas.text((LEFT + 18, y + 9.6), text, 5.2, BOLD)


def _table(canvas: Canvas, fields: tuple[Field, ...], top: float, body: float, columns: tuple[float, ...]) -> None:
    """A table of page 1: its head from `top`, its rows from `body` around the boxes of the fields."""
    bottom = max(field.boxes[0].y1 for field in fields) + 4.7
    canvas.frame(Rect(LEFT, top, RIGHT, bottom), 0.9)
    canvas.line([(LEFT, top + 15), (RIGHT, top + 15)])
    heads = ("LAKI-LAKI (L)", "PEREMPUAN (P)", "JUMLAH") if len(columns) == 3 else ("JUMLAH",)
    for k, (x, head) in enumerate(zip(columns, heads, strict=True)):
        canvas.line([(x, top), (x, bottom)])
        canvas.text((x + 37.5, top + 9.5), head, 4.8, BOLD, "centre")
        canvas.text((x + 37.5, top + 20.4), f"({k + 2})", 4, BOLD, "centre")
    canvas.text(((LEFT + columns[0]) / 2, top + 9.5), "URAIAN", 4.8, BOLD, "centre")
    canvas.text(((LEFT + columns[0]) / 2, top + 20.4), "(1)", 4, BOLD, "centre")
    canvas.line([(LEFT, top + 22.4), (RIGHT, top + 22.4)])
    for field in fields:
        furniture.boxes(canvas, field)
        if field.name in ROWS:
            y = field.boxes[0].y0 - 2.5
            if field is not fields[0] and field.name != "pengguna_dpt_l":
                canvas.line([(LEFT, y), (columns[0], y)], 0.35)
            bold = BOLD if "total" in field.name else "Helvetica"
            canvas.text((LEFT + 8, field.boxes[0].centre[1] + 2), ROWS[field.name], 5.6, bold)


def _votes_page(canvas: Canvas, page: Page) -> None:
    _heading(canvas, 139, "IV.", "PEROLEHAN SUARA PASANGAN CALON")
    top = page.tallies[0].cells.y0
    _tally_head(canvas, page.tallies[0], "SUARA SAH")
    canvas.frame(Rect(LEFT, top - 20, 181, top), 0.9)
    canvas.text((127, top - 8), "PASANGAN CALON", 4.8, BOLD, "centre")
    for tally in page.tallies:
        field = page.field(tally.field)
        y = tally.cells.y0
        canvas.frame(Rect(LEFT, y, RIGHT, y + 142), 0.9)
        canvas.line([(450, y), (450, y + 142)], 0.9)
        canvas.line([(LEFT, tally.cells.y1), (450, tally.cells.y1)], 0.9)
        furniture.tally(canvas, tally)
        canvas.line([(416, tally.cells.y0), (416, tally.cells.y1)], 0.9)
        canvas.line([(180.5, y), (180.5, tally.cells.y1)], 0.9)
        canvas.text((127, y + 30), field.name.removeprefix("paslon_"), 26, BOLD, "centre")
        canvas.text((127, y + 48), "CALON PRESIDEN", 5.2, BOLD, "centre")
        canvas.text((127, y + 56), "CALON WAKIL PRESIDEN", 5.2, BOLD, "centre")
        furniture.boxes(canvas, field)
        _votes_notes(canvas, y)


def _votes_notes(canvas: Canvas, y: float) -> None:
    canvas.text((LEFT + 4, y + 139), "Jumlah suara dengan huruf kapital", 3.8, ITALIC)
    canvas.text((400, y + 104), "Hitamkan satu bulatan", 4.4, ITALIC, "centre")
    canvas.text((400, y + 110), "di bawah tiap kotak", 4.4, ITALIC, "centre")
    canvas.circle(square(386, y + 116, 8))
    canvas.text((390, y + 121.6), "0", 4.4, align="centre")
    canvas.line([(396, y + 120), (403, y + 120)], 0.5)
    canvas.circle(square(405, y + 116, 8), fill=True)


def _tally_head(canvas: Canvas, tally: Tally, what: str) -> None:
    x0, y, x1, _ = tally.cells
    canvas.frame(Rect(180.5, y - 20, 416, y), 0.9)
    canvas.line([(180.5, y - 7.5), (416, y - 7.5)], 0.35)
    canvas.text(((x0 + x1) / 2, y - 11.5), f"TURUS {what}", 4.8, BOLD, "centre")
    for k, cell in enumerate(Rect(x0, y - 7.5, x1, y).split(tally.columns)):
        canvas.text((cell.centre[0], y - 2.2), str(k + 1), 4.2, align="centre")
    canvas.frame(Rect(416, y - 20, 450, y), 0.9)
    canvas.text((433, y - 11), "JUMLAH", 4.2, BOLD, "centre")
    canvas.text((433, y - 6), "PER BARIS", 4.2, BOLD, "centre")
    canvas.frame(Rect(450, y - 20, RIGHT, y), 0.9)
    canvas.text((488.5, y - 8.5), f"JUMLAH {what}", 4.4, BOLD, "centre")


def _totals_page(canvas: Canvas, page: Page) -> None:
    _heading(canvas, 139, "V.", "SUARA SAH DAN SUARA TIDAK SAH")
    tally = page.tallies[0]
    _total(canvas, page.field("suara_sah"), 158, 195, "A.", ("SELURUH", "SUARA SAH", "(IV.1 + IV.2 + IV.3)"))
    _total(canvas, page.field("suara_tidak_sah"), 209, 292, "B.", ("SUARA", "TIDAK SAH"))
    _total(canvas, page.field("suara_total"), 304, 340, "C.", ("SUARA SAH DAN", "TIDAK SAH", "(A + B)"))
    _tally_head(canvas, tally, "TIDAK SAH")
    furniture.tally(canvas, tally)
    canvas.line([(416, tally.cells.y0), (416, tally.cells.y1)], 0.9)
    canvas.text((115, 368), "Ditetapkan di", 5.2, BOLD)
    canvas.dots([(156, 369), (272, 369)], 0.5, 2.0)
    for label, x, cells in (("Tanggal", 322.0, 2), ("Bulan", 392.0, 2), ("Tahun", 463.0, 4)):
        canvas.text((x - 4, 368.5), label, 5.2, BOLD, "right")
        for cell in Rect(x, 358.5, x + 16 * cells, 374.5).split(cells):
            canvas.frame(cell, 0.6)


def _total(canvas: Canvas, field: Field, y0: float, y1: float, letter: str, lines: tuple[str, ...]) -> None:
    canvas.frame(Rect(LEFT, y0, RIGHT, y1), 0.9)
    for x in (88.0, 180.5, 450.0):
        canvas.line([(x, y0), (x, y1)], 0.9)
    canvas.text((80.5, (y0 + y1) / 2 + 2), letter, 5.2, BOLD, "centre")
    start = (y0 + y1) / 2 - 4 * len(lines) + 6
    for k, line in enumerate(lines):
        canvas.text((134, start + 8 * k), line, 5.4 if line[0] != "(" else 4.4, BOLD, "centre")
    furniture.boxes(canvas, field)


def _signatures(canvas: Canvas, page: Page) -> None:
    kpps, saksi = page.signatures
    top, bottom = kpps[0].y0 - 11, saksi[0].y1
    x0, x1 = kpps[0].x0, kpps[-1].x1
    canvas.text(((x0 + x1) / 2, top + 7.2), "KPPS: NAMA DAN TANDA TANGAN", 4.6, BOLD, "centre")
    canvas.text(((x0 + x1) / 2, kpps[0].y1 + 7), "SAKSI: NAMA DAN TANDA TANGAN", 4.6, BOLD, "centre")
    canvas.line([(x0, kpps[0].y1 + 10), (x1, kpps[0].y1 + 10)])
    for k, cell in enumerate((*kpps, *saksi)):
        canvas.frame(cell, 0.5)
        canvas.dots([(cell.x0 + cell.width * 0.25, cell.y1 - 4), (cell.x1 - cell.width * 0.1, cell.y1 - 4)], 0.5, 2.0)
        if k < len(kpps):
            canvas.text((cell.x0 + 4, cell.y0 + 12), f"{k + 1}.", 5.4, BOLD)
    for k, cell in enumerate(saksi):
        head = Rect(cell.x0, kpps[0].y1 + 10, cell.x1, cell.y0)
        canvas.frame(head, 0.5)
        canvas.text((head.x0 + 8, head.centre[1] + 2.5), f"{k + 1}.", 7.5, BOLD)
        canvas.text((head.x0 + 24, head.centre[1] + 2), f"PASANGAN CALON {k + 1}", 5, BOLD)
    canvas.frame(Rect(x0, top, x1, bottom), 1.2)
