"""Every analysis that people can run, by its key: what runs, pages and commands offer."""

from __future__ import annotations

from insights.answers import ahead, comparing, learning, operation, profile, proposals, reports, where, who
from insights.answers.base import Analysis

#: In the order of the questions: where, when, where next, who did several, where from, did it work.
ANALYSES: dict[str, Analysis] = {
    analysis.key: analysis
    for analysis in (
        where.COUNTS,
        ahead.FORECAST,
        comparing.COMPARISON,
        learning.LINKAGE,
        who.CANDIDATES,
        proposals.SERIES,
        reports.NARRATIVES,
        profile.GEOPROFILE,
        operation.OPERATIONS,
    )
}
