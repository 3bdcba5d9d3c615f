"""By which rules the machine decides about a block, as a table: in which situation it does what, and why.

A table is adopted by two people, in the contest's own journal; until then the bundle's preset holds. A situation is
read off the codes of a decision, so that anyone can apply a table to the public log again. How sure a reading must be
is `acceptance`'s; deciding a record is `recap`'s.
"""

from election.policy.adoption import (
    Adoption,
    PolicyMissing,
    PolicyOvertaken,
    adopted,
    named,
    of_bundle,
    standing,
    table_of,
)
from election.policy.presets import DEFAULT, PRESETS, Preset
from election.policy.table import (
    BARS,
    COUNTING,
    REFUSED,
    VERSION,
    Action,
    PolicyIncomplete,
    PolicyRefused,
    PolicyUnnamed,
    Situation,
    Table,
    checked,
    digest,
    naming,
    situation,
)

__all__ = [
    "BARS", "COUNTING", "DEFAULT", "PRESETS", "REFUSED", "VERSION",
    "Action", "Adoption", "PolicyIncomplete", "PolicyMissing", "PolicyOvertaken", "PolicyRefused", "PolicyUnnamed",
    "Preset", "Situation", "Table",
    "adopted", "checked", "digest", "named", "naming", "of_bundle", "situation", "standing", "table_of",
]  # fmt: skip
