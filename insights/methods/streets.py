"""Hot streets: the network as segments from crossing to crossing, and which of them hold the crime."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from insights.methods.base import Events, Flags, Floats, Integers, Method, MethodFault, Parameters, parameter
from insights.methods.concentration import HotStreets, hot_streets
from insights.methods.needs import placed

#: Shorter pieces are left over where lines meet not quite in one point.
LEAST_METRES = 1.0
#: An incident this near to the end of a segment where others begin may belong to any of them.
AT_CROSSING = 10.0


@dataclass(frozen=True)
class StreetParameters(Parameters):
    """How far from a street an incident may lie, and the shares of crime that are asked for."""

    reach: float = parameter(
        50.0,
        "Farthest from a street",
        unit="m",
        least=1,
        most=1000,
        help="Incidents farther away belong to no street.",
    )
    shares: tuple[float, ...] = parameter(
        (0.25, 0.5),
        "Shares of incidents",
        least=0.01,
        most=1.0,
        help="The fewest segments that hold these.",
    )


@dataclass(frozen=True)
class Network:
    """The lines of streets in metres, LineString or MultiLineString, and the name of each."""

    lines: Sequence[shapely.Geometry]
    names: Sequence[str]


@dataclass(frozen=True)
class Segments:
    """Pieces of streets from crossing to crossing, by place: LineStrings in metres, their names and lengths (m)."""

    lines: Sequence[shapely.Geometry]
    names: Sequence[str]
    length: Floats


@dataclass(frozen=True)
class StreetsFound:
    """Segments and their ranks; ``at_crossing`` incidents lie so near to a crossing that other segments claim them."""

    segments: Segments
    ranked: HotStreets
    at_crossing: int
    unplaced: int


def segments_of(network: Network, area: shapely.Geometry | None = None) -> Segments:
    """Return the streets cut at every point where two meet or cross, those whose middle lies in the area.

    Bridges cross as well. Parts of two streets that run along the same line are one, of the name that comes first.
    MethodFault: there is no street there.
    """
    lines = np.asarray(network.lines, dtype=object)
    noded = shapely.get_parts(shapely.line_merge(shapely.union_all(lines))) if len(lines) else lines
    # Merging joins what was one street, and what only happens to meet end to end.
    noded = noded[shapely.length(noded) >= LEAST_METRES] if len(noded) else noded
    if len(noded) and area is not None:
        noded = noded[_inside(noded, area)]
    if not len(noded):
        raise MethodFault("No street of the gazetteer lies there; load its streets, then ask again.")
    middles = shapely.line_interpolate_point(noded, 0.5, normalized=True)
    order = np.lexsort((shapely.length(noded), shapely.get_y(middles), shapely.get_x(middles)))
    noded, middles = noded[order], middles[order]
    at = _nearest(lines, middles, np.inf)
    names = [network.names[int(number)] for number in at]
    return Segments(list(noded), names, shapely.length(noded))


def _inside(lines: np.ndarray, area: shapely.Geometry) -> Flags:
    middles = shapely.line_interpolate_point(lines, 0.5, normalized=True)
    shapely.prepare(area)
    found: Flags = shapely.intersects_xy(area, shapely.get_x(middles), shapely.get_y(middles))
    return found


def streets(events: Events, parameters: StreetParameters, segments: Segments) -> StreetsFound:
    """Return the segments ranked by the incidents that lie nearest to them (Weisburd, 2015).

    An incident equally near to several belongs to the first. MethodFault: fewer than two segments, or no incident is
    near one.
    """
    found = placed(events, 1)
    if len(segments.lines) < 2:
        raise MethodFault("At least 2 street segments are needed; choose a larger area.")
    points = shapely.points(found.x, found.y)
    lines = np.asarray(segments.lines, dtype=object)
    segment = _nearest(lines, points, parameters.reach)
    ranked = hot_streets(segment, np.arange(len(lines)), segments.length, parameters.shares)
    near = segment >= 0
    at_crossing = int(_at_crossing(lines, points[near], segment[near]).sum())
    return StreetsFound(segments, ranked, at_crossing, len(events) - len(found))


def _nearest(lines: np.ndarray, points: np.ndarray, reach: float) -> Integers:
    """Return the position of the nearest line of each point, the first of equal ones; -1 beyond the reach."""
    farthest = None if np.isinf(reach) else reach
    asked, answered = shapely.STRtree(lines).query_nearest(points, max_distance=farthest)
    at = np.full(len(points), len(lines), np.int64)
    np.minimum.at(at, asked, answered)
    return np.where(at < len(lines), at, -1)


def _at_crossing(lines: np.ndarray, points: np.ndarray, segment: Integers) -> Flags:
    tree = shapely.STRtree(lines)
    ends = np.concatenate((shapely.get_point(lines, 0), shapely.get_point(lines, -1)))
    meeting = np.bincount(tree.query(ends, predicate="intersects")[0], minlength=len(ends)) > 1
    both = meeting.reshape(2, len(lines))
    near: Flags = np.zeros(len(points), np.bool_)
    for meets, end in zip(both, (0, -1), strict=True):
        near |= meets[segment] & (
            shapely.distance(points, shapely.get_point(lines, end)[segment]) < AT_CROSSING
        )
    return near


METHOD = Method(
    key="hot_streets",
    title="Hot streets",
    question="Which street segments hold the crime, and how few of them hold half of it?",
    version="1",
    parameters=StreetParameters,
    run=streets,
    minimum=1,
    assumes=(
        "The gazetteer holds all streets of the area, and their lines meet where streets meet.",
        "Every incident is recorded at the front of the street that it belongs to.",
    ),
    fails=(
        "Incidents recorded at a crossing are given to one of the streets that meet there.",
        "Long segments hold more because they are longer: look at incidents per km as well.",
        "Few incidents on many segments look concentrated by themselves.",
        "Streets that cross on a bridge are cut there, as if they met.",
    ),
    sources=(
        "Weisburd (2015): the law of crime concentration and the criminology of place",
        "Sherman, Gartin and Buerger (1989): hot spots of predatory crime",
    ),
)
