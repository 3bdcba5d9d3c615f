"""What all pages share: the templates, their words and filters, and how a page is rendered and written."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from election import reasons
from election import words as names
from election.block import WORDS, BlockState
from election.bundle import Bundle
from election.contest import Contest
from election.event import CAUSES, FORUMS, GROUNDS, STATUSES
from publisher import places, words
from publisher.assets import static
from publisher.folder import Folder
from publisher.outcomes import Outcomes
from publisher.site.asked import why

TEMPLATES = Path(__file__).parent.parent.parent / "web" / "site" / "templates"
STATIC = TEMPLATES.parent / "static"
SHARED = TEMPLATES.parent.parent / "shared"
"""What all our screens draw alike."""


class Pages:
    """The templates of one election, and what every page of it shows."""

    def __init__(self, bundle: Bundle, contests: Sequence[str], base_url: str = "") -> None:
        self.bundle = bundle
        self.base_url = base_url.rstrip("/")  # where outsiders find the public folder; "" where nobody says
        self.contests = [bundle.printed(key).shared for key in contests]
        self.outcomes = Outcomes(bundle)
        self._templates = _environment()
        drawn = self.macro("parts.html", "state")
        self._templates.globals["state"] = {state: drawn(state) for state in BlockState}.__getitem__

    def write(self, folder: Folder, path: str, template: str, contest: Contest, facts: Mapping[str, object]) -> None:
        """Render `template` and write it to `path`."""
        folder.write(path, self.render(path, template, contest, facts))

    def macro(self, template: str, name: str) -> Callable[..., Markup]:
        """A piece of a page: a macro of a template that needs nothing but its arguments."""
        found: Callable[..., Markup] = getattr(self._templates.get_template(template).module, name)
        return found

    def render(self, path: str, template: str, contest: Contest, facts: Mapping[str, object]) -> bytes:
        """The page at `path`. Links are relative, so that a mirror may lie anywhere."""
        page = self._templates.get_template(template)
        root = "../" * path.count("/")
        shared = {"root": root, "contest": contest, "contests": self.contests, "manifest": self.bundle.manifest}
        return page.render(**shared, **facts).encode()


class Sources(FileSystemLoader):
    """Templates as they lie there, with English that never changes put in when one is read: no call for it a page."""

    ENGLISH = re.compile(r'\{\{ en\("([^"]*)"\) \}\}')

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        """The source of a template."""
        source, path, fresh = super().get_source(environment, template)
        return self.ENGLISH.sub(lambda found: f'<span class="en" lang="en">{found[1]}</span>', source), path, fresh


def _environment() -> Environment:
    found = Environment(
        loader=Sources([TEMPLATES, SHARED]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    found.filters.update(
        number=names.number,
        done=words.done,
        moment=words.moment,
        short=words.short_moment,
        day=words.day,
        reason=reasons.reason,
        why=why,
        role=reasons.role,
    )
    found.globals.update(
        percent=names.percent,
        state_words=WORDS,
        block_words=names.block,
        field_words=names.field,
        levels=names.LEVELS,
        brief=names.contest_brief,
        page_of=places.page,
        grounds=GROUNDS,
        forums=FORUMS,
        causes=CAUSES,
        statuses=STATUSES,
        static=static,
    )
    return found
