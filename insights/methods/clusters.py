"""Clusters of incidents in space, and in space and time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely

from insights.methods.base import Events, Flags, Floats, Integers, Method, Parameters, parameter
from insights.methods.linking import linked
from insights.methods.needs import placed, placed_and_dated

CONVEX, CONCAVE = "convex", "concave"
#: How far concave outlines follow the incidents: 0 as far as can be, 1 not at all.
FOLLOWING = 0.3
#: Seconds to place one incident; cells keep pairs that are compared in step with incidents.
ONE_INCIDENT = 1.6e-6


@dataclass(frozen=True)
class ClusterParameters(Parameters):
    """How near incidents must be to belong together, and how clusters are drawn."""

    radius: float = parameter(250.0, "Distance", unit="m", least=1, most=50_000)
    days: float = parameter(
        14.0, "Days", unit="d", least=0, most=3660, help="0 leaves time out: clusters in space alone."
    )
    least: int = parameter(
        6,
        "Least incidents",
        least=2,
        most=1000,
        help="An incident with so many within the distance and the days, itself among them, is a core.",
    )
    hull: str = parameter(CONVEX, "Outline", choices=(CONVEX, CONCAVE))
    margin: float = parameter(
        25.0, "Margin", unit="m", least=1, most=1000, help="Outlines lie so far outside of the incidents."
    )


@dataclass(frozen=True)
class Clusters:
    """Clusters, numbered from 0 by their first core incident in the order of keys.

    ``label``: the cluster of each event as given, -1 for noise; ``core``: whether it is a core incident. Columns by
    cluster: ``count``, ``cores``, ``first`` and ``last`` day (begin), ``x`` and ``y`` of the mean centre in metres,
    ``area_km2`` of the ``outlines``. ``left_out`` incidents have no place (or no time, where time matters): noise.
    """

    label: Integers
    core: Flags
    count: Integers
    cores: Integers
    first: Floats
    last: Floats
    x: Floats
    y: Floats
    area_km2: Floats
    outlines: tuple[shapely.Polygon, ...]
    left_out: int


def clusters(events: Events, parameters: ClusterParameters) -> Clusters:
    """Return DBSCAN clusters, or ST-DBSCAN clusters where days matter; time is the incidents' begin.

    Ester, Kriegel, Sander and Xu (1996); Birant and Kut (2007). MethodFault: fewer than two incidents.
    """
    timed = parameters.days > 0
    found = placed_and_dated(events, 2) if timed else placed(events, 2)
    days = parameters.days if timed else math.inf
    label, core = linked(found.x, found.y, found.begin, parameters.radius, days, parameters.least)
    members = [found.taken(index) for index in members_of(label)]
    outlines = tuple(outline(m.x, m.y, parameters.hull, parameters.margin) for m in members)
    all_labels, all_cores = _as_given(events, label, core, timed)
    number = len(members)
    return Clusters(
        label=all_labels,
        core=all_cores,
        count=np.bincount(label[label >= 0], minlength=number).astype(np.int64),
        cores=np.bincount(label[core], minlength=number).astype(np.int64),
        first=np.array([m.begin.min() for m in members], np.float64),
        last=np.array([m.begin.max() for m in members], np.float64),
        x=np.array([m.x.mean() for m in members], np.float64),
        y=np.array([m.y.mean() for m in members], np.float64),
        area_km2=np.array([o.area / 1e6 for o in outlines], np.float64),
        outlines=outlines,
        left_out=len(events) - len(found),
    )


def cost(events: int) -> float:
    """Return about how many seconds the clusters of so many incidents take, whatever the distance."""
    return events * ONE_INCIDENT


def members_of(label: Integers) -> list[Integers]:
    """Return the positions of each cluster's points, in their order."""
    order = np.argsort(label, kind="stable")
    ordered = label[order]
    bounds = np.searchsorted(ordered, np.arange(ordered[-1] + 2 if len(ordered) else 1))
    return [order[low:high] for low, high in pairwise(bounds)]


def outline(x: Floats, y: Floats, hull: str, margin: float) -> shapely.Polygon:
    """Return the convex or concave hull of points, ``margin`` metres wider, so that one place has an outline too."""
    points = shapely.multipoints(np.unique(np.column_stack((x, y)), axis=0))
    drawn = shapely.convex_hull(points) if hull == CONVEX else shapely.concave_hull(points, ratio=FOLLOWING)
    return shapely.buffer(drawn, margin)


def _as_given(events: Events, label: Integers, core: Flags, timed: bool) -> tuple[Integers, Flags]:
    """Carry what was found, in the order of keys, back to the rows as given."""
    usable = np.isfinite(events.x) & np.isfinite(events.y)
    if timed:
        usable &= np.isfinite(events.begin)
    positions = np.argsort(events.key, kind="stable")
    kept = positions[usable[positions]]
    labels, cores = np.full(len(events), -1), np.zeros(len(events), np.bool_)
    labels[kept], cores[kept] = label, core
    return labels.astype(np.int64), cores


METHOD = Method(
    key="clusters",
    title="Clusters",
    question="Which incidents lie together, in space or in space and time?",
    version="1",
    parameters=ClusterParameters,
    run=clusters,
    minimum=2,
    assumes=(
        "One distance and one number of days fit the whole area, dense or not.",
        "Times are those of the begin; of vague incidents that is the earliest possible time.",
    ),
    fails=(
        "In dense areas neighbouring clusters run together: choose a smaller distance or a larger number.",
        "It does not say whether a cluster is more than chance: see near repeats and the space-time scan.",
        "Many incidents recorded at one address are a cluster by themselves.",
    ),
    sources=("Ester, Kriegel, Sander and Xu (1996)", "Birant and Kut (2007)", "Gunawan (2013)"),
)
