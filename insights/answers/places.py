"""How few places hold how much, and which incidents lie together."""

from __future__ import annotations

import numpy as np
import shapely

from insights.answers.base import MOST_ROWS, Analysis, Answer, Column, Figure, Kind, Picture, Study, of_many
from insights.answers.dates import told_days
from insights.answers.spans import cautions_left_out
from insights.answers.words import told_share
from insights.methods import clusters, concentration
from insights.methods.base import Integers
from insights.methods.clusters import ClusterParameters, Clusters
from insights.methods.concentration import Concentration, ConcentrationParameters

#: Points that a Lorenz curve is drawn with.
CURVE_POINTS = 200
#: With a generalised Gini below this, and fewer incidents than places, most of the concentration is of small numbers.
LITTLE = 0.2


def answer_concentration(study: Study, parameters: ConcentrationParameters) -> Answer:
    """Return the Lorenz curve of the cells, the fullest first."""
    found = concentration.concentration(study.events, parameters, study.grid(parameters.cell))
    at = _points(len(found.lorenz_places))
    return Answer(
        sentences=_concentration_sentences(found),
        figures=_concentration_figures(found),
        columns=(
            Column("places", "Share of cells", found.lorenz_places[at], Kind.SHARE),
            Column("incidents", "Share of incidents", found.lorenz_incidents[at], Kind.SHARE),
            Column("even", "If spread evenly", found.lorenz_places[at], Kind.SHARE),
        ),
        pictures=(
            Picture("lines", "Share of incidents in the fullest cells", "places", ("incidents", "even")),
        ),
        cautions=_concentration_cautions(study, found),
    )


def _points(number: int) -> Integers:
    """Return the positions of the points that are drawn, the first and the last always."""
    return np.unique(np.linspace(0, number - 1, min(number, CURVE_POINTS)).astype(np.int64))


def _concentration_sentences(found: Concentration) -> tuple[str, ...]:
    told = [
        f"{told_share(share)} of the incidents lie in {of_many(int(many), 'cell')}, {told_share(float(part))} of"
        f" {found.places:,}."
        for share, many, part in zip(found.shares, found.holding, found.holding_share, strict=True)
    ]
    if found.generalised_gini <= 0:
        told.append(
            "That is no more than so few incidents would make by being spread evenly: no concentration."
        )
    else:
        told.append(
            f"Gini's coefficient is {found.gini:.2f}, and {found.generalised_gini:.2f} where allowance is made for"
            " few incidents; 0 is even, 1 is all in one cell."
        )
    return tuple(told)


def _concentration_figures(found: Concentration) -> tuple[Figure, ...]:
    shares = [
        Figure(
            f"holding_{round(100 * share)}",
            f"Fewest cells that hold {told_share(share)}",
            float(part),
            Kind.SHARE,
        )
        for share, part in zip(found.shares, found.holding_share, strict=True)
    ]
    return (
        Figure("incidents", "Incidents of the area", found.incidents, Kind.COUNT),
        Figure("left_out", "Without a place or outside of the area", found.left_out, Kind.COUNT),
        Figure("places", "Cells of the area", found.places, Kind.COUNT),
        Figure("gini", "Gini", found.gini),
        Figure("generalised_gini", "Generalised Gini", found.generalised_gini),
        *shares,
    )


def _concentration_cautions(study: Study, found: Concentration) -> tuple[str, ...]:
    unplaced = len(study.events) - len(study.events.placed())
    told = list(cautions_left_out(unplaced=unplaced, outside=found.left_out - unplaced))
    if found.incidents < found.places and found.generalised_gini < LITTLE:
        told.append(
            f"{found.incidents:,} incidents at {found.places:,} cells leave most cells empty by themselves: go by the"
            " generalised Gini."
        )
    return tuple(told)


def answer_clusters(study: Study, parameters: ClusterParameters) -> Answer:
    """Return the clusters, the one with most incidents first."""
    found = clusters.clusters(study.events, parameters)
    order = np.lexsort((found.first, found.area_km2, -found.count))
    shown = order[:MOST_ROWS]
    timed = bool(np.isfinite(found.first).all())
    columns = [
        Column("number", "Cluster", shown + 1, Kind.COUNT),
        Column("count", "Incidents", found.count[shown], Kind.COUNT),
        Column("cores", "Core incidents", found.cores[shown], Kind.COUNT),
        Column("first", "First day", found.first[shown], Kind.DAY),
        Column("last", "Last day", found.last[shown], Kind.DAY),
        Column("area_km2", "Area", found.area_km2[shown], unit="km²"),
        Column("per_km2", "Incidents per km²", (found.count / found.area_km2)[shown], unit="per km²"),
    ]
    outlines: list[shapely.Geometry] = [found.outlines[at] for at in shown]
    return Answer(
        sentences=_cluster_sentences(study, found, parameters, order, timed),
        figures=_cluster_figures(study, found, parameters),
        columns=tuple(columns),
        shapes=outlines,
        coloured_by="count",
        cautions=_cluster_cautions(study, found, parameters),
        cut=len(order) - len(shown),
    )


def _cluster_sentences(
    study: Study, found: Clusters, parameters: ClusterParameters, order: Integers, timed: bool
) -> tuple[str, ...]:
    used = len(study.events) - found.left_out
    near = f"{parameters.radius:g} m" + (f" and {parameters.days:g} days" if parameters.days else "")
    if not len(order):
        return (
            f"There is no cluster: nowhere do {parameters.least} of {used:,} incidents lie within {near} of one of"
            " them.",
        )
    held, largest = int(found.count.sum()), int(order[0])
    many = len(order)
    verb = "holds" if many == 1 else "hold"
    told = [
        f"{of_many(many, 'cluster')} {verb} {held:,} of {of_many(used, 'incident')} ({told_share(held / used)});"
        " the others lie apart."
    ]
    span = f", {told_days(found.first[largest], found.last[largest] + 1)}" if timed else ""
    told.append(
        f"The largest has {of_many(int(found.count[largest]), 'incident')} on {found.area_km2[largest]:.2f} km²{span}."
    )
    return tuple(told)


def _cluster_figures(study: Study, found: Clusters, parameters: ClusterParameters) -> tuple[Figure, ...]:
    return (
        Figure("incidents", "Incidents used", len(study.events) - found.left_out, Kind.COUNT),
        Figure("left_out", "Left out", found.left_out, Kind.COUNT),
        Figure("clusters", "Clusters", len(found.count), Kind.COUNT),
        Figure("clustered", "Incidents in clusters", int(found.count.sum()), Kind.COUNT),
        Figure("radius", "Distance", parameters.radius, unit="m"),
        Figure("days", "Days", parameters.days, unit="d"),
        Figure("least", "Least incidents", parameters.least, Kind.COUNT),
    )


def _cluster_cautions(study: Study, found: Clusters, parameters: ClusterParameters) -> tuple[str, ...]:
    placed = study.events.placed()
    unplaced = len(study.events) - len(placed)
    told = list(cautions_left_out(unplaced=unplaced, undated=found.left_out - unplaced))
    places = len(np.unique(np.column_stack((placed.x, placed.y)), axis=0))
    if len(found.count) and places < len(placed) / 2:
        told.append(
            f"{len(placed):,} incidents lie at {of_many(places, 'place')} only: some clusters may be one address."
        )
    largest = int(found.count.max()) if len(found.count) else 0
    if len(found.count) > 1 and largest > 0.5 * (len(study.events) - found.left_out):
        told.append(
            f"More than half of all incidents run together in one cluster; {parameters.radius:g} m may be too far."
        )
    return tuple(told)


def cluster_cost(study: Study, parameters: ClusterParameters) -> float:
    """Return about how many seconds the clusters take."""
    del parameters
    return clusters.cost(len(study.events))


CONCENTRATION = Analysis(concentration.METHOD, answer_concentration)
CLUSTERS = Analysis(clusters.METHOD, answer_clusters, cost=cluster_cost)
