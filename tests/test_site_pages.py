"""The public pages, read as files: every number is in the HTML, every link leads somewhere, nothing is inline."""

import gzip
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest
from publisher_scene import Site

from election import bundle as bundles
from election import reasons
from election.block import WORDS
from election.words import number
from ocr import fault
from publisher import words
from publisher.ink import ENOUGH, contrast, legible
from publisher.site import SHARED, STATIC
from storage.settings import Settings

EVENING = "counted held corrected proposed arriving unread silent counted"


@pytest.fixture(scope="module")
def site(servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Eight TPS with a record of each kind, published."""
    folder = tmp_path_factory.mktemp("pages")
    servers.execute("create database site_pages template suara strategy file_copy")
    settings = Settings(data_dir=folder, database_url=servers.database("site_pages"), redis_url=servers.redis_url)
    bundle = bundles.make(folder / "bundle", seed=5, kabupaten=1, kecamatan=2, kelurahan=3, tps=12)
    found = Site(bundle, settings, folder / "public")
    found.go_on(dict(zip(found.tps, EVENING.split(), strict=False)))
    yield found
    servers.execute("drop database site_pages with (force)")


class Reader(HTMLParser):
    """What a page refers to and says, and whether anything is inline or unbalanced."""

    VOID = frozenset({"meta", "link", "img", "input", "br", "source"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.inline: list[str] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.ids: list[str] = []
        self.heads: list[int] = []
        self.title = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.heads += [int(tag[1])] if re.fullmatch("h[1-6]", tag) else []
        self.links += [given[name] or "" for name in ("href", "src", "srcset", "action") if name in given]
        self.inline += [name for name in given if name.startswith("on") or name == "style"]
        self.inline += [tag for _ in (0,) if tag == "style" or (tag == "script" and "src" not in given)]
        self.ids += [given["id"] or ""] if "id" in given else []
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        self.title += data if self.open[-1:] == ["title"] else ""

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


ELSEWHERE = ("data/", "log/", "report")
"""Written or answered by others than the publisher: open data, the logs, the room of reports."""


def pages(site: Site) -> dict[str, Reader]:
    return {
        str(path.relative_to(site.public)): Reader(path.read_text()) for path in sorted(site.public.rglob("*.html"))
    }


@pytest.mark.servers
def test_every_link_of_every_page_leads_somewhere(site: Site) -> None:
    found = 0
    for path, page in pages(site).items():
        for link in page.links:
            target = urlsplit(urljoin(f"http://x/{path}", link))
            inside = target.netloc == "x" and not target.path.lstrip("/").startswith(ELSEWHERE)
            if inside and not link.startswith("#"):
                assert (site.public / target.path.lstrip("/")).is_file(), (path, link)
                found += 1
            if link.startswith("#"):
                assert link[1:] in page.ids, (path, link)
    assert found > 200


@pytest.mark.servers
def test_pages_are_well_formed_and_nothing_is_inline(site: Site) -> None:
    """The Content-Security-Policy allows no inline style or script."""
    for path, page in pages(site).items():
        assert page.inline == [], path
        assert page.open == [], path
        assert len(page.ids) == len(set(page.ids)), path


@pytest.mark.servers
def test_headings_go_down_a_step_at_a_time_and_no_two_pages_have_one_title(site: Site) -> None:
    titles: dict[str, str] = {}
    for path, page in pages(site).items():
        assert page.heads[0] == 1, path
        assert page.heads.count(1) == 1, path
        assert all(after <= before + 1 for before, after in zip(page.heads, page.heads[1:], strict=False)), path
        if path != "index.html":  # of one contest, the front page is the nation's
            assert titles.setdefault(page.title, path) == path, page.title


@pytest.mark.servers
def test_links_are_relative_so_that_a_mirror_may_lie_anywhere(site: Site) -> None:
    for path, page in pages(site).items():
        if path != "404.html":  # it answers at every depth
            assert [link for link in page.links if link.startswith(("/", "http"))] == [], path


@pytest.mark.servers
def test_the_numbers_are_in_the_html(site: Site) -> None:
    counted = [site.tps[i] for i in (0, 2, 7)]
    nation = pages(site)["index.html"].text
    for name in ("paslon_1", "paslon_2", "paslon_3", "suara_sah", "suara_tidak_sah", "suara_total"):
        assert number(sum(site.truth[tps][name] for tps in counted)) in nation
    assert "3 dari 12 TPS dihitung" in nation
    assert "25,0\u00a0%" in (site.public / "index.html").read_text()
    assert "Hasil sementara" in nation
    assert "Belum termasuk 2 TPS yang ditahan" in nation
    assert "Pemilu rekaan" in nation


@pytest.mark.servers
def test_a_held_tps_says_why_and_a_corrected_one_what_changed(site: Site) -> None:
    held, corrected = (pages(site)[f"ppwp/tps/{tps[:-3]}/{tps}.html"].text for tps in site.tps[1:3])
    was, now = site.truth[site.tps[1]]["paslon_1"] + 30, site.truth[site.tps[1]]["paslon_1"]
    assert f"petugas menulis {was}, mesin membaca {now}" in held
    assert "tidak termasuk dalam jumlah mana pun" in held
    valid = site.truth[site.tps[1]]["suara_sah"]
    assert f"Suara sah tertulis {valid}, padahal jumlah perolehan suara {valid + 30}" in held
    assert "selisih −30" in held
    was, now = site.truth[site.tps[2]]["paslon_1"] + 30, site.truth[site.tps[2]]["paslon_1"]
    assert f"{was} menjadi → {now}" in corrected.replace("menjadi→", "menjadi →")
    assert "diverifikasi oleh dua orang" in corrected
    assert "Alasan: Petugas salah ketik" in corrected
    assert "KPU kabupaten/kota" in corrected
    assert "two people (the regency's commission)" in corrected


@pytest.mark.servers
def test_a_tps_has_a_page_only_once_something_has_come_in(site: Site) -> None:
    kinds = dict(zip(site.tps, EVENING.split(), strict=False))
    for tps in site.tps:
        page = site.public / f"ppwp/tps/{tps[:-3]}/{tps}.html"
        assert page.exists() == (kinds.get(tps, "silent") != "silent")


@pytest.mark.servers
def test_languages_are_marked(site: Site) -> None:
    for path in site.public.rglob("*.html"):
        text = path.read_text()
        assert '<html lang="id">' in text
        assert 'lang="en"' in text


BUDGET = 120_000
"""Bytes of a first load, compressed: the page, its style, its programs, its pictures but those of paper."""


@pytest.mark.servers
def test_a_first_load_stays_within_its_budget(site: Site) -> None:
    for path in ("index.html", "ppwp/0.html", f"ppwp/tps/{site.tps[2][:-3]}/{site.tps[2]}.html"):
        page = Reader((site.public / path).read_text())
        found = {(site.public / path).resolve()}
        for link in page.links:
            target = urlsplit(urljoin(f"http://x/{path}", link)).path.lstrip("/")
            if target.endswith((".css", ".js", ".svg")):
                found.add((site.public / target).resolve())
        found |= {site.public / "static" / name for name in ("live.js", "search.js")}  # imported by site.js
        assert sum(len(gzip.compress(file.read_bytes(), 6)) for file in found) <= BUDGET / 2, path


def test_nothing_is_fetched_from_elsewhere() -> None:
    for file in STATIC.iterdir():
        found = file.read_text().replace("http://www.w3.org/2000/svg", "")
        assert "http" not in found, file.name


def test_text_colours_have_the_contrast_of_wcag_2_2() -> None:
    css = (STATIC / "site.css").read_text()
    token = {name: channels(value) for name, value in re.findall(r"--(\w+): (#[0-9a-f]{6});", css)}
    for name in ("ink", "soft", "link", "wrong", "counted"):
        assert contrast(token[name]) >= 4.5, name
    for name in ("counted", "held"):
        assert contrast(token[name]) >= ENOUGH, name
    for value in re.findall(r"(?<!-)\bcolor: (#[0-9a-f]{6});", css):
        assert contrast(channels(value)) >= 4.5, value


def channels(color: str) -> tuple[int, ...]:
    return tuple(int(color[at : at + 2], 16) for at in (1, 3, 5))


@pytest.mark.parametrize("color", ["#8CB9BD", "#C7B7A3", "#B67352", "#ffffff", "#ffff00", "#000000", "#123456"])
def test_every_colour_of_a_choice_can_be_seen(color: str) -> None:
    made = channels(legible(color))
    assert contrast(made) >= ENOUGH
    if contrast(channels(color)) >= ENOUGH:
        assert made == channels(color)


@pytest.mark.parametrize("color", ["", "red", "#fff", "#12345g"])
def test_what_is_no_colour_becomes_grey(color: str) -> None:
    assert legible(color) == "#666666"


def test_every_fault_and_state_has_words() -> None:
    kinds = [kind for kind in vars(fault).values() if isinstance(kind, type) and issubclass(kind, fault.ScanFault)]
    faults = [kind.code for kind in kinds if kind is not fault.ScanFault]
    assert len(faults) >= 8
    assert [code for code in faults if code not in reasons.CODES] == []
    icons = (SHARED / "icon.html").read_text()
    assert [state for state in WORDS if f'== "{state}"' not in icons] == ["withdrawn"]  # the last branch


def test_progress_is_never_rounded_to_the_end_or_to_the_start() -> None:
    assert words.done(823_235, 823_236) == "99,9\u00a0%"
    assert words.done(1, 823_236) == "0,1\u00a0%"
    assert words.done(0, 10) == "0,0\u00a0%"
    assert words.done(10, 10) == "100,0\u00a0%"
    assert words.done(0, 0) == "–"
