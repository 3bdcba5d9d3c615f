"""The page of a TPS as a file: every figure, every reason, every hash is in the HTML; where boxes are is shared."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pytest
from record_scene import STATES, Told, told
from tps_shots import BASE, invented, publish

from election import form as forms
from election import words
from election.bundle import Bundle
from publisher import places
from publisher.folder import Folder
from publisher.site import Site
from publisher.site.sheet import sheet
from publisher.words import short_moment

KEYS = ("ppwp", "pdpr")


class Reader(HTMLParser):
    """Rows of figures, words, and whether anything is inline."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: dict[str, list[str]] = {}
        self.words: list[str] = []
        self.inline: list[str] = []
        self.ids: list[str] = []
        self._row: list[str] | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.inline += [name for name in given if name.startswith("on") or name == "style"]
        self.inline += [tag] if tag == "style" or (tag == "script" and "src" not in given) else []
        self.ids += [given["id"] or ""] if "id" in given else []
        if tag == "tr":
            self._row = self.rows.setdefault(given["data-f"] or "", []) if "data-f" in given else None
        if tag == "td" and self._row is not None:
            self._row.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "tr":
            self._row = None

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if self._row:
            self._row[-1] += data

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return invented(tmp_path_factory.mktemp("tps"))


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    yield Folder(tmp_path)


def page(bundle: Bundle, folder: Folder, one: Told) -> str:
    site = Site(bundle, bundle.live, BASE)
    return (folder.root / publish(folder, site, one, 0)).read_text()


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("state", STATES)
def test_every_figure_of_officer_machine_and_count_is_in_the_html(
    bundle: Bundle, folder: Folder, key: str, state: str
) -> None:
    one = told(bundle, key, state)
    read = Reader(page(bundle, folder, one))
    assert read.inline == []
    assert len(read.ids) == len(set(read.ids))
    for block in one.view.blocks:
        columns = [figures or (None,) * len(block.fields) for figures in (block.officer, block.machine, block.counted)]
        shown = block.shown is not None or block.machine is not None
        for field, *figures in zip(block.fields, *columns, strict=True):
            row = [cell.split(" ")[0].strip("≠\n") for cell in read.rows.get(field, [])]
            assert row == ([words.number(figure) for figure in figures] if shown else [])
    for photo in (one_page.photo for one_page in one.view.pages if one_page.photo):
        assert photo.sha256 in read.text
        assert short_moment(photo.at) in read.text
    assert "private.name" not in read.text


def test_a_photo_without_a_found_page_shows_its_hash_and_why(bundle: Bundle, folder: Folder) -> None:
    one = told(bundle, "ppwp", "unfound")
    text = Reader(page(bundle, folder, one)).text
    photo = one.view.pages[1].photo
    assert photo is not None
    assert "Halaman formulir tidak ditemukan dalam foto" in text
    assert f"Sidik SHA-256: {photo.sha256}" in text


def test_what_counts_no_more_stays_readable_and_rules_are_told_in_words(bundle: Bundle, folder: Folder) -> None:
    held = Reader(page(bundle, folder, told(bundle, "ppwp", "held"))).text
    assert "E301" in held
    assert "selisih −30" in held
    assert "tidak termasuk dalam jumlah mana pun" in held
    again = told(bundle, "ppwp", "again")
    text = Reader(page(bundle, folder, again)).text
    assert "Versi 1, diganti" in text
    assert "diverifikasi oleh dua orang" in text
    assert "Alasan: Petugas salah ketik" in text


def test_the_proof_names_log_number_index_command_and_a_code_to_come_back_by(bundle: Bundle, folder: Folder) -> None:
    one = told(bundle, "ppwp", "counted", row=3)
    html = page(bundle, folder, one)
    text = Reader(html).text
    decision = one.view.blocks[0].decision
    assert f"catatan #{words.number(decision)}, indeks {words.number(decision - 1)}" in text
    assert f"suara verify {BASE} --contest ppwp" in text
    [source] = re.findall(r'<img src="(qr-[^"]+)"', html)
    name, _, kode = source.partition("#t")
    svg = (folder.root / places.tps_page("ppwp", one.tps)).with_name(name).read_text()
    assert kode == one.tps
    assert scanned(svg, kode) == f"{BASE}/{places.tps_page('ppwp', one.tps)}"


def scanned(svg: str, kode: str) -> str:
    """What another program reads from the code of a TPS in a sheet of codes: drawn from its path, as a browser does."""
    top = float(re.search(rf'<view id="t{kode}" viewBox="0 (\S+) ', svg)[1])  # type: ignore[index]
    path = re.search(rf'<svg y="{top:g}" [^>]*>.*? d="([^"]+)"', svg)[1]  # type: ignore[index]
    picture = np.full((64, 64), 255, np.uint8)
    x = y = 0.0
    for verb, at in re.findall(r"([Mmh])([^Mmh]+)", path):
        numbers = [float(one) for one in re.findall(r"-?\d*\.?\d+", at)]
        if verb == "h":
            picture[int(y), int(x) : int(x + numbers[0])] = 0
            x += numbers[0]
        else:
            x, y = (numbers[0], numbers[1]) if verb == "M" else (x + numbers[0], y + numbers[1])
    large = cv2.copyMakeBorder(picture, 4, 4, 4, 4, cv2.BORDER_CONSTANT, value=255).repeat(8, 0).repeat(8, 1)
    return cv2.QRCodeDetector().detectAndDecode(large)[0]


@pytest.mark.parametrize("key", KEYS)
def test_where_each_number_stands_is_told_once_for_all_tps(bundle: Bundle, folder: Folder, key: str) -> None:
    first, second = (told(bundle, key, "counted", row) for row in (0, 1))
    pages = [page(bundle, folder, one) for one in (first, second)]
    named = [re.findall(r'data-form="(?:\.\./)*([^"]+)"', html) for html in pages]
    assert named[0] == named[1]
    form = forms.of(first.ballot)
    for number, path in enumerate(named[0], start=1):
        document = json.loads((folder.root / path).read_bytes())
        assert set(document["fields"]) == {field.name for field in form.page(number).fields}
        left, top, right, bottom = document["frame"]
        assert (right - left, bottom - top) == (624, 924)
        for field in form.page(number).fields:
            told_of = document["fields"][field.name]
            edges = list(zip(*field.boxes, strict=True))
            around = [min(edges[0]), min(edges[1]), max(edges[2]), max(edges[3])]
            assert told_of == pytest.approx(around, abs=0.051), "to a tenth of a millimetre"
    assert sum(len(json.loads((folder.root / path).read_bytes())["fields"]) for path in named[0]) == len(form.fields)


def test_the_words_of_a_ballot_are_escaped(bundle: Bundle) -> None:
    from msgspec.structs import replace

    ballot = bundle.ballot("ppwp", 0)
    wild = replace(ballot, choices=tuple(replace(one, name='<img src="x">') for one in ballot.choices))
    assert "<img" not in "".join(sheet(wild).heads.values())


def test_a_page_of_a_party_contest_stays_light(bundle: Bundle, folder: Folder) -> None:
    import gzip

    html = page(bundle, folder, told(bundle, "pdpr", "corrected"))
    assert len(gzip.compress(html.encode())) < 24_000
    assert html.count("<img") == 21, "one a page of the form and the code"
    assert html.count('loading="lazy"') == 21
