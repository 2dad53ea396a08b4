"""Where and when more happened than place and time alone explain."""

from __future__ import annotations

import numpy as np
import shapely

from insights.answers.base import Analysis, Answer, Column, Figure, Kind, Study, of_many
from insights.answers.dates import told_days
from insights.answers.spans import cautions_left_out, cautions_of_days, day_of_last, timed
from insights.answers.words import is_or_are, told_p
from insights.methods import scan as method
from insights.methods.scan import Scan, ScanParameters

LEVEL = 0.05


def answer_scan(study: Study, parameters: ScanParameters) -> Answer:
    """Return the clusters, the highest score first; those above p .05 are noise, and said to be."""
    events, undated = timed(study.events)
    last_day = day_of_last(study)
    found = method.scan(events, parameters, last_day, study.progress)
    ratio = found.observed / found.expected
    middles = shapely.points(found.x, found.y)
    return Answer(
        sentences=_sentences(found),
        figures=_figures(events.begin, found, parameters, undated, last_day),
        columns=(
            Column("verdict", "Verdict", np.where(found.p <= LEVEL, "cluster", "noise"), Kind.TEXT),
            Column("first", "First day", found.first, Kind.DAY),
            Column("last", "Last day", found.last, Kind.DAY),
            Column("observed", "Incidents", found.observed, Kind.COUNT),
            Column("expected", "Expected", found.expected),
            Column("ratio", "Times the expected", ratio),
            Column("radius", "Radius", found.radius, unit="m"),
            Column("score", "Score", found.score),
            Column("p", "p", found.p, Kind.P),
        ),
        # The radius is to the middle of the farthest cell.
        shapes=list(shapely.buffer(middles, found.radius + parameters.cell / 2)),
        coloured_by="ratio",
        cautions=_cautions(study, found, undated),
    )


def _sentences(found: Scan) -> tuple[str, ...]:
    if not len(found.p):
        return ("There is no cluster: nowhere did more happen than place and time alone explain.",)
    many = int((found.p <= LEVEL).sum())
    best = (
        f"{of_many(int(found.observed[0]), 'incident')} within {found.radius[0]:,.0f} m"
        f" {told_days(found.first[0], found.last[0] + 1)}, {found.expected[0]:.1f} expected ({told_p(found.p[0])})."
    )
    if not many:
        return (
            "There is no cluster beyond chance: nowhere did more happen than place and time alone explain.",
            f"The highest that chance made is {best}",
        )
    noun = of_many(many, "cluster")
    told = [f"{noun} {is_or_are(many)} more than chance.", f"The strongest: {best}"]
    others = len(found.p) - many
    if others:
        told.append(f"{others} more {is_or_are(others)} shown that {is_or_are(others)} noise.")
    return tuple(told)


def _figures(
    begin: np.ndarray, found: Scan, parameters: ScanParameters, undated: int, last_day: int | None
) -> tuple[Figure, ...]:
    last = int(np.floor(begin.max())) if last_day is None else last_day
    days = parameters.study // parameters.step * parameters.step
    return (
        Figure("incidents", "Incidents in the days compared", found.used, Kind.COUNT),
        Figure("unplaced", "Without a place", found.without_place, Kind.COUNT),
        Figure("undated", "Without a time", undated, Kind.COUNT),
        Figure("first_day", "First day", last - days + 1, Kind.DAY),
        Figure("last_day", "Last day", last, Kind.DAY),
        Figure("clusters", f"Clusters with p up to {LEVEL:g}", int((found.p <= LEVEL).sum()), Kind.COUNT),
        Figure("least_p", "Least p", float(found.p.min()) if len(found.p) else None, Kind.P),
        Figure("replications", "Replications", parameters.replications, Kind.COUNT),
    )


def _cautions(study: Study, found: Scan, undated: int) -> tuple[str, ...]:
    told = [*cautions_of_days(study), *cautions_left_out(unplaced=found.without_place, undated=undated)]
    small = int(((found.observed < 5) & (found.p <= LEVEL)).sum())
    if small:
        told.append(f"{of_many(small, 'cluster')} {is_or_are(small)} of fewer than five incidents.")
    older = len(study.events) - undated - found.without_place - found.used
    if older > 0:
        told.append(
            f"{of_many(older, 'incident')} outside of the days compared {is_or_are(older)} not looked at."
        )
    return tuple(told)


def cost(study: Study, parameters: ScanParameters) -> float:
    """Return about how many seconds the replications take; MethodFault as of the method."""
    return method.cost(timed(study.events)[0], parameters, day_of_last(study)).seconds


SCAN = Analysis(method.METHOD, answer_scan, cost=cost)
