"""The CompStat briefing: the comparison of periods by offence and by beat, weekly series, and hot spots."""

from __future__ import annotations

from dataclasses import replace

from insights.methods import compstat

METHOD = replace(
    compstat.METHOD,
    key="briefing",
    title="CompStat briefing",
    question="What rose and fell beyond noise this week, this month and this year, and where is it now?",
    fails=(
        *compstat.METHOD.fails,
        "Hot spots of four weeks are made of few incidents: the two maps differ by chance as well.",
    ),
    sources=(*compstat.METHOD.sources, "Roberts (1959): EWMA", "Ord and Getis (1995): Gi*"),
)
