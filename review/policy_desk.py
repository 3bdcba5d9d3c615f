"""The page of a contest's policy: what the machine does in which situation, and how two people change it.

What a table may say, and what its words mean, is `election.policy`'s.
"""

from aiohttp import web

from election import policy
from election.errors import SuaraError
from election.policy import Action, Adoption, Situation
from election.policy.presets import ACTIONS, PRESETS, WORDS
from review import waiting
from review.access import Duty
from review.house import House, see
from review.rulings import Rulings
from review.subject import AreaAt, area_at
from storage.journal import Journal


class PolicyDesk:
    """Handlers of the page of a contest's policy."""

    def __init__(self, house: House) -> None:
        self.house = house

    def routes(self) -> list[web.RouteDef]:
        """Addresses."""
        return [web.get("/{contest}/policy", self.show), web.post("/{contest}/policy", self.adopt)]

    def nation(self, request: web.Request) -> AreaAt:
        """A policy holds for the whole of a contest."""
        return area_at(self.house.bundle, self.house.key(request), self.house.bundle.tree.kode(0))

    async def show(self, request: web.Request) -> web.StreamResponse:
        """What holds now; everybody who sits at the desk may read it."""
        self.house.must(request)
        return await self.page(request, self.nation(request))

    async def page(self, request: web.Request, at: AreaAt, error: SuaraError | None = None) -> web.Response:
        """The policy in force, its presets, and a form to change it."""
        journal = self.house.storage.journal(at.key)
        asked = await waiting.proposals(self.house.storage.pool, journal, at.kode)
        return self.house.page(
            request, "policy.html", status=409 if error else 200, contest=at.key, at=at, error=error,
            stands=await self.standing(journal), situations=WORDS, actions=ACTIONS, presets=PRESETS,
            refused=policy.REFUSED, proposals=[one for one in asked if one.duty is Duty.ADOPT],
            order=list(Situation)[::-1], every=list(Action),
        )  # fmt: skip

    async def standing(self, journal: Journal) -> Adoption:
        """The policy in force."""
        entries = await journal.of_kinds({"policy_adopted"})
        return policy.standing(
            ((entry.number, entry.event) for entry in entries), policy.of_bundle(self.house.bundle.settings)
        )

    async def adopt(self, request: web.Request) -> web.StreamResponse:
        """Propose another policy."""
        who, sent = await self.house.sent(request)
        at = self.nation(request)
        self.house.check(who, Duty.ADOPT, at)
        try:
            name = sent.text("name", "Nama kebijakan")
            typed = {str(one): sent.texts.get(one, "") for one in Situation}
            table = policy.table_of(name) if name in PRESETS else typed
            ruling = policy.adopted(name, table, replaces=sent.number("on"))
            await Rulings(self.house.pen(at.key)).propose(who, ruling, sent.form)
        except SuaraError as error:
            return await self.page(request, at, error)
        return see(f"/{at.key}/policy", "ruling")
