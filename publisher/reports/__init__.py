"""Reports of a difference: what somebody outside sees on the paper, beside what counts. A room of the public front.

Nothing here changes a figure, and nothing here knows who reports: no address, no account, no cookie. What reviewers do
with a report is `review`'s; its words are `election.report`'s.
"""

from publisher.reports.desk import room
from publisher.reports.openapi import PATHS, SCHEMAS

__all__ = ["PATHS", "SCHEMAS", "room"]
