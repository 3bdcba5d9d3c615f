"""The rule catalogue: what the figures of a form must satisfy, and what is merely unusual."""

# Importing a module of rules enters them in the catalogue.
from election.rules import administrasi as administrasi
from election.rules import between as between
from election.rules import changes as changes
from election.rules import elsewhere as elsewhere
from election.rules import neighbours as neighbours
from election.rules import notices as notices
from election.rules import plenary as plenary
from election.rules import readings as readings
from election.rules import votes as votes
from election.rules.identities import (
    IDENTITIES,
    Identity,
    coefficients,
    identities,
    identity_names,
    residuals,
)
from election.rules.judge import Findings, Verdict, judge, judge_record, verdict
from election.rules.rule import (
    ALL,
    AREA,
    BETWEEN,
    RECORD,
    RULES,
    Limits,
    Line,
    Relation,
    Rule,
    Severity,
    catalogue,
    limits_of,
)

__all__ = [
    "ALL",
    "AREA",
    "BETWEEN",
    "IDENTITIES",
    "RECORD",
    "RULES",
    "Findings",
    "Identity",
    "Limits",
    "Line",
    "Relation",
    "Rule",
    "Severity",
    "Verdict",
    "catalogue",
    "coefficients",
    "identities",
    "identity_names",
    "judge",
    "judge_record",
    "limits_of",
    "residuals",
    "verdict",
]
