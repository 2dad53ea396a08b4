"""Chains of near repeats, and the places that are at raised risk today because of recent incidents."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from insights.methods.base import Events, Flags, Floats, Integers, Method, MethodFault, Parameters, parameter
from insights.methods.nearrepeat import NearRepeats
from insights.methods.pairs import METRICS, near_pairs, whole_days

#: More pairs than these are not a picture of chains any more, and would not fit into memory.
MOST_PAIRS = 20_000_000


@dataclass(frozen=True)
class ChainParameters(Parameters):
    """How near two incidents must be to belong together."""

    distance: float = parameter(305.0, "Distance", unit="m", least=0, most=5000, help="305 m are 1,000 ft.")
    least_days: int = parameter(0, "Least days apart", unit="days", least=0, most=60)
    days: int = parameter(14, "Most days apart", unit="days", least=1, most=60, help="From 3 to 14 is usual.")
    metric: str = parameter("euclidean", "Distance is", choices=METRICS)
    least_incidents: int = parameter(2, "Least incidents of a chain", least=2, most=1000)


@dataclass(frozen=True)
class Chains:
    """Chains in the order in which they began; ``chain`` is shape n, the rest one value per chain.

    ``chain``: number of each incident's chain, -1 where it has none. ``x``, ``y``: mean of its places, metres.
    ``first``, ``last``: days of its first and last incident. ``open_until``: the last day on which another incident
    nearby would still belong to it. ``reach``: metres from the mean to its farthest incident.
    """

    chain: Integers
    incidents: Integers
    x: Floats
    y: Floats
    first: Integers
    last: Integers
    open_until: Integers
    reach: Floats
    pairs: int
    without_place: int


@dataclass(frozen=True)
class Raised:
    """Places at raised risk on a day: rings round recent incidents, the highest ratio first, then the newest.

    ``key``: record of the incident. ``inner`` to ``outer``: metres from it. ``ratio``: how many times as many pairs as
    expected its band has. ``expires``: the first day on which the ring is no longer raised.
    """

    key: Integers
    x: Floats
    y: Floats
    inner: Floats
    outer: Floats
    ratio: Floats
    age: Integers
    expires: Integers


def chains(events: Events, parameters: ChainParameters) -> Chains:
    """Return the connected components of near pairs (Haberman and Ratcliffe 2012), of events with a place.

    MethodFault: fewer than two events with a place, or more than 20 million pairs.
    """
    placed = np.flatnonzero(np.isfinite(events.x) & np.isfinite(events.y))
    if len(placed) < METHOD.minimum:
        raise MethodFault("Chains need at least two incidents with a place; choose a longer period.")
    rows = events.taken(placed)
    day = whole_days(rows)
    limits = (parameters.distance, float(parameters.least_days), float(parameters.days))
    pairs = near_pairs(rows.x, rows.y, day.astype(np.float64), limits, parameters.metric, MOST_PAIRS)
    number = _numbered(len(rows), pairs, day, rows.key, parameters.least_incidents)
    chain = np.full(len(events), -1, np.int64)
    chain[placed] = number
    return _described(rows, day, number, chain, parameters.days, len(pairs))


def _numbered(n: int, pairs: Integers, day: Integers, key: Integers, least: int) -> Integers:
    graph = coo_array((np.ones(len(pairs), np.int8), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    _, component = connected_components(graph, directed=False)
    large = np.bincount(component) >= least
    order = np.lexsort((key, day))
    order = order[large[component[order]]]
    _, first = np.unique(component[order], return_index=True)
    began = component[order][np.sort(first)]
    numbers = np.full(len(large), -1, np.int64)
    numbers[began] = np.arange(len(began))
    named: Integers = numbers[component]
    return named


def _described(
    rows: Events, day: Integers, number: Integers, chain: Integers, days: int, pairs: int
) -> Chains:
    held = np.flatnonzero(number >= 0)
    # Sums run in the order of keys, so that they are the same to the last bit for rows in any order.
    held = held[np.lexsort((rows.y[held], rows.x[held], rows.key[held]))]
    of = number[held]
    incidents = np.bincount(of).astype(np.int64)
    x, y = (np.bincount(of, weights=axis[held]) / incidents for axis in (rows.x, rows.y))
    first, last = (
        np.full(len(incidents), np.iinfo(np.int64).max),
        np.full(len(incidents), np.iinfo(np.int64).min),
    )
    np.minimum.at(first, of, day[held])
    np.maximum.at(last, of, day[held])
    reach = np.zeros(len(incidents))
    np.maximum.at(reach, of, np.hypot(rows.x[held] - x[of], rows.y[held] - y[of]))
    return Chains(chain, incidents, x, y, first, last, last + days, reach, pairs, len(chain) - len(rows))


def raised(events: Events, found: NearRepeats, as_of: int) -> Raised:
    """Return the places at raised risk on the day ``as_of``, by the flagged bands of ``near_repeats``.

    An incident of that day or before counts while its age lies in a flagged band of time; its ring is the band of
    distance, and expires when the run of flagged bands of time that it is in ends. Later incidents are not looked at.
    MethodFault: no band is flagged, so no place is at raised risk by near repeats.
    """
    if not found.flagged.any():
        raise MethodFault(
            "No band of distance and time has more near repeats than chance; there is no living list."
        )
    placed = events.placed()
    age = as_of - whole_days(placed)
    recent = (age >= 0) & (age < found.days[-1])
    placed, age = placed.taken(recent), age[recent]
    time = np.searchsorted(found.days, age, side="right") - 1
    who, ring = np.nonzero(found.flagged[:, time].T)
    ratio = found.ratio[ring, time[who]]
    expires = as_of - age[who] + found.days[_run_ends(found.flagged)[ring, time[who]]]
    order = np.lexsort((found.metres[ring], placed.key[who], age[who], -ratio))
    who, ring = who[order], ring[order]
    return Raised(
        key=placed.key[who],
        x=placed.x[who],
        y=placed.y[who],
        inner=found.metres[ring],
        outer=found.metres[ring + 1],
        ratio=ratio[order],
        age=age[who],
        expires=expires[order],
    )


def _run_ends(flagged: Flags) -> Integers:
    """Return for each band the edge of time at which the run of flagged bands that it is in ends."""
    ends = np.tile(np.arange(1, flagged.shape[1] + 1), (flagged.shape[0], 1))
    for band in range(flagged.shape[1] - 2, -1, -1):
        ends[:, band] = np.where(flagged[:, band + 1], ends[:, band + 1], ends[:, band])
    return ends


METHOD = Method(
    key="chains",
    title="Chains of near repeats",
    question="Which incidents follow one another nearby, and which chains are still open?",
    version="1",
    parameters=ChainParameters,
    run=chains,
    minimum=2,
    assumes=(
        "Incidents near each other in space and time belong together: nothing else about them is looked at.",
        "The day of each incident is known: of a span, the first day is taken.",
    ),
    fails=(
        "Where incidents are dense, chance alone joins them and one chain runs through the whole centre.",
        "A chain is no proof of one offender; compare the incidents before saying so.",
        "The list of raised places is worth as much as the near repeats it is made from: look at their ratios first.",
    ),
    sources=(
        "Haberman, C. P. and Ratcliffe, J. H. (2012): The predictive policing challenges of near repeat armed street "
        "robberies. Policing 6.",
        "Townsley, M., Homel, R. and Chaseling, J. (2003): Infectious burglaries. British Journal of Criminology 43.",
    ),
)
