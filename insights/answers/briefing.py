"""The CompStat briefing: what changed by offence and beat, week by week, and where the hot spots are now."""

from __future__ import annotations

from itertools import chain
from typing import Any

import numpy as np

from insights.answers.base import Analysis, Answer, Column, Figure, Kind, Need, Study
from insights.answers.periods import Table, cautions_of, changes, columns_of, table_of, whole_sentences
from insights.methods import alarms, briefing, hotspots
from insights.methods.base import Events, MethodFault
from insights.methods.compstat import CompStatParameters

#: Offences whose weekly series are drawn: those with most incidents of 28 days.
SERIES = 6
#: Days of each map, and metres of its cells.
MAP_DAYS = 28
MAP_CELL = 500.0
#: Fewer incidents make no map.
LEAST_MAPPED = 10
#: Confidence of a hot spot, by the grade that colours it.
GRADES = (90, 95, 99)


def answer_briefing(study: Study, parameters: CompStatParameters) -> Answer:
    """Return one row for each offence and each beat; what the document needs besides is kept."""
    offences = table_of(study, parameters, study.events.kind, study.kinds, "offence")
    groups = study.groups if study.groups is not None else np.full(len(study.events), -1, np.int64)
    beats = table_of(study, parameters, groups, study.group_names, "beat")
    until = offences.each.comparisons[0].now[1]
    return Answer(
        sentences=(*whole_sentences(offences), *changes(offences, "offence"), *changes(beats, "beat")),
        figures=(
            Figure(
                "incidents", "Incidents with a time", len(study.events) - offences.each.undated, Kind.COUNT
            ),
            Figure("undated", "Without a time", offences.each.undated, Kind.COUNT),
            Figure("last_day", "Last day", until - 1, Kind.DAY),
        ),
        columns=_columns(offences, beats),
        cautions=tuple(
            dict.fromkeys((*cautions_of(study, offences, parameters), *cautions_of(study, beats, parameters)))
        ),
        kept={
            "last_day": until - 1,
            "rule": _rule(parameters),
            "comparisons": [
                {"name": one.name, "is_covered": bool(covered)}
                for one, covered in zip(offences.each.comparisons, offences.each.covered, strict=True)
            ],
            "offences": _rows(offences),
            "beats": _rows(beats),
            "series": _series(study, offences, until),
            "maps": _maps(study, until),
            "cell": MAP_CELL,
        },
    )


def _columns(offences: Table, beats: Table) -> tuple[Column, ...]:
    counted = [len(offences.order), len(beats.order)]
    by = ["offence"] * counted[0] + ["beat"] * counted[1]
    pairs = zip(columns_of(offences, "offence"), columns_of(beats, "beat"), strict=True)
    told = [
        Column(one.name, one.label, list(chain(one.values, other.values)), one.kind, one.unit)
        for one, other in pairs
    ]
    first = Column("group", "Offence or beat", told[0].values, Kind.TEXT)
    return (Column("by", "By", by, Kind.TEXT), first, *told[1:])


def _rule(parameters: CompStatParameters) -> str:
    return (
        f"A change is called more than noise where its z is beyond {parameters.beyond:g}, or, where both counts are at"
        f" most {parameters.small}, where the E-test's p is at most {parameters.level:g}."
    )


def _rows(table: Table) -> list[dict[str, Any]]:
    each = table.each
    return [
        {
            "name": table.names[row],
            "changes": [
                {
                    "now": int(each.now[row, at]),
                    "before": int(each.before[row, at]),
                    "percent": None if each.from_nothing[row, at] else float(each.percent[row, at]),
                    "z": float(each.z[row, at]),
                    "verdict": int(each.verdict[row, at]),
                }
                for at in range(len(each.comparisons))
            ],
        }
        for row in table.order.tolist()
    ]


def _series(study: Study, offences: Table, until: int) -> list[dict[str, Any]]:
    """Return the weekly series of all incidents and of the fullest offences, where the weeks are enough."""
    each = offences.each
    fullest = np.lexsort((each.groups, -each.now[:, 2]))[:SERIES]
    wanted: list[tuple[str, Events]] = [("All incidents", study.events)]
    wanted += [
        (offences.names[row], study.events.taken(study.events.kind == each.groups[row]))
        for row in fullest.tolist()
    ]
    first = study.first_day if study.first_day is not None else float(np.floor(np.nanmin(study.events.begin)))
    found = (_weeks(name, events, first, until) for name, events in wanted)
    return [one for one in found if one is not None]


def _weeks(name: str, events: Events, first: float, until: int) -> dict[str, Any] | None:
    try:
        told = alarms.alarms(events, alarms.AlarmParameters(), first, until)
    except MethodFault:
        return None
    return {
        "name": name,
        "mondays": told.week.tolist(),
        "counts": told.count.tolist(),
        "judged": told.judged,
        "ewma": told.ewma.tolist(),
        "low": told.low.tolist(),
        "high": told.high.tolist(),
        "alarm": told.alarm.tolist(),
    }


def _maps(study: Study, until: int) -> list[dict[str, Any]]:
    """Return the hot cells of the last four weeks and of the four before, as columns and rows of one grid."""
    middle = until - MAP_DAYS
    return [
        _map(study, "the last four weeks", middle, until),
        _map(study, "the four weeks before", middle - MAP_DAYS, middle),
    ]


def _map(study: Study, name: str, first: int, end: int) -> dict[str, Any]:
    events = study.events.placed()
    held = events.taken((events.begin >= first) & (events.begin < end))
    nothing: dict[str, Any] = {"name": name, "incidents": len(held), "columns": [], "rows": [], "grades": []}
    if len(held) < LEAST_MAPPED:
        return nothing
    try:
        grid = study.grid(MAP_CELL)
        found = hotspots.hotspots(held, hotspots.HotspotParameters(cell=MAP_CELL), grid)
    except MethodFault:
        return nothing
    rows, columns = np.nonzero(found.confidence >= GRADES[0])
    return {
        **nothing,
        "columns": (columns + found.grid.first_column).tolist(),
        "rows": (rows + found.grid.first_row).tolist(),
        "grades": _grades(found.confidence[rows, columns]),
    }


def _grades(confidence: Any) -> list[int]:
    return [GRADES.index(int(one)) for one in confidence]


def seconds(study: Study, parameters: CompStatParameters) -> float:
    """Return about how many seconds it takes: sorting, and a weekly chart for each series."""
    del parameters
    return len(study.events) * 2e-6


BRIEFING = Analysis(briefing.METHOD, answer_briefing, frozenset({Need.BEATS}), seconds)
