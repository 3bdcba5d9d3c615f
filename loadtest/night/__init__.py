"""An election night, invented and played over HTTP: truths, paper, officers, bad lines, and a ledger to check by."""

from loadtest.night.check import Findings, Leaf, check, missing
from loadtest.night.ledger import Ledger, Line, Receipt, lines
from loadtest.night.officer import Tally
from loadtest.night.phones import Enrolment
from loadtest.night.plan import Plan, Rates
from loadtest.night.play import Summary, play
from loadtest.night.truth import TpsTruth, truth

__all__ = [
    "Enrolment",
    "Findings",
    "Leaf",
    "Ledger",
    "Line",
    "Plan",
    "Rates",
    "Receipt",
    "Summary",
    "Tally",
    "TpsTruth",
    "check",
    "lines",
    "missing",
    "play",
    "truth",
]
