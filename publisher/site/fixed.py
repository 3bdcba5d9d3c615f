"""Pages that no count changes: the search, how we count, the data, and the page that says there is nothing."""

from typing import Any

from election.policy import of_bundle
from election.policy.presets import ACTIONS, WORDS
from election.policy.table import Situation
from election.rules.rule import catalogue
from publisher.folder import Folder
from publisher.site import search
from publisher.site.asked import ASKED
from publisher.site.pages import STATIC, Pages


def write(pages: Pages, folder: Folder) -> None:
    """Everything of it."""
    for path in sorted(STATIC.iterdir()):
        folder.write(f"static/{path.name}", path.read_bytes())
    search.write(folder, pages.bundle.tree)
    first = pages.contests[0]
    for name, facts in (("cari", _places(pages)), ("cara", _how(pages)), ("data", {}), ("404", {})):
        pages.write(folder, f"{name}.html", f"{name}.html", first, {"data": "", **facts})
    folder.write("robots.txt", b"User-agent: *\nAllow: /\n")


def _places(pages: Pages) -> dict[str, Any]:
    """Provinces with their kabupaten: what a search does without a program."""
    tree = pages.bundle.tree
    named = [(tree.kode(area), tree.nama(area), tree.children(area)) for area in tree.children(0)]
    return {
        "provinces": [
            (kode, nama, [(tree.kode(child), tree.nama(child)) for child in below]) for kode, nama, below in named
        ]
    }


def _how(pages: Pages) -> dict[str, Any]:
    """The policy with which every contest begins, and the rules that hold a block, from their own catalogues."""
    standing = of_bundle(pages.bundle.manifest.settings)
    kinds = {contest.key for contest in pages.contests}
    rules = [(rule, ASKED[rule.code]) for rule in catalogue() if rule.code in ASKED and kinds & set(rule.contests)]
    return {
        "policy": standing.name,
        "situations": [(WORDS[one], ACTIONS[standing.table[one]]) for one in reversed(Situation)],
        "rules": rules,
    }
