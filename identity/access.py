"""The access matrix: which role may do what, and where. The only place that says so; docs/identity.md shows it."""

from enum import StrEnum
from functools import lru_cache

from identity.account import Account
from identity.role import LENGTH, Role, has_area, within


class Action(StrEnum):
    """Something done about one TPS."""

    SEND = "send"  # photos and readings, in one's own name
    RELAY = "relay"  # hand in what officers made, where their phones have no line
    STATUS = "status"  # see what became of what was sent, and its receipts
    FIND = "find"  # look for an upload, see who is enrolled and what is missing
    REISSUE = "reissue"  # a new activation code; the old device loses its right
    REVOKE = "revoke"  # take a device's right away


GRANTS: dict[Action, frozenset[Role]] = {
    Action.SEND: frozenset({Role.KPPS}),
    Action.RELAY: frozenset({Role.PPK}),
    Action.STATUS: frozenset(Role),
    Action.FIND: frozenset(Role) - {Role.KPPS},
    Action.REISSUE: frozenset({Role.PPS, Role.PPK, Role.HELPDESK}),
    Action.REVOKE: frozenset({Role.PPS, Role.PPK, Role.HELPDESK}),
}
"""Who may; where follows from the account's area alone."""

HELPED: dict[Role, frozenset[Role]] = {
    Role.PPS: frozenset({Role.KPPS}),
    Role.PPK: frozenset({Role.KPPS, Role.PPS}),
    Role.HELPDESK: frozenset({Role.KPPS, Role.PPS, Role.PPK}),
}
"""Whose accounts a role may reissue or revoke. The KPU's own and the helpdesk's are made on the server only: whoever
talks a helpdesk over must not become the commission."""


@lru_cache(maxsize=16_384)
def may(role: str, area: str, action: str, tps: str) -> bool:
    """Whether an account of `role` and `area` may do `action` about the TPS with this code.

    Unknown roles and actions, areas that are not the role's kind and codes of no TPS may nothing.
    """
    try:
        who, what = Role(role), Action(action)
    except ValueError:
        return False
    return who in GRANTS[what] and _is_tps(tps) and has_area(who, area) and within(tps, area)


def may_help(helper: Account, account: Account) -> bool:
    """Whether `helper` may give `account` a new code, or revoke its device."""
    return account.role in HELPED.get(helper.role, frozenset()) and within(account.area, helper.area)


def _is_tps(code: str) -> bool:
    return len(code) == LENGTH[Role.KPPS] and code.isascii() and code.isalnum()
