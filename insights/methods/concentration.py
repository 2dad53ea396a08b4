"""How few places hold how much crime: Lorenz curve, Gini and hot streets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from insights.methods.base import Events, Floats, Grid, Integers, Method, MethodFault, Parameters, parameter
from insights.methods.needs import gridded, placed


@dataclass(frozen=True)
class ConcentrationParameters(Parameters):
    """The cells that are the places, and the shares of crime that are asked for."""

    cell: float = parameter(150.0, "Cell", unit="m", least=10, most=10_000)
    shares: tuple[float, ...] = parameter(
        (0.25, 0.5, 0.8),
        "Shares of incidents",
        least=0.01,
        most=1.0,
        help="The fewest places that hold these.",
    )


@dataclass(frozen=True)
class Concentration:
    """How ``incidents`` are spread over ``places``.

    ``lorenz_places`` and ``lorenz_incidents``: shares from 0 to 1 along the curve, the fullest places first.
    ``gini``: 0 where all places hold the same, near 1 where one holds all; ``generalised_gini``: 0 where the incidents
    are spread as evenly as so few can be. The fewest places that hold each of ``shares`` are ``holding`` in number and
    ``holding_share`` of all. ``left_out`` incidents belong to none of the places.
    """

    places: int
    incidents: int
    lorenz_places: Floats
    lorenz_incidents: Floats
    gini: float
    generalised_gini: float
    shares: tuple[float, ...]
    holding: Integers
    holding_share: Floats
    left_out: int


def concentration(
    events: Events, parameters: ConcentrationParameters, grid: Grid | None = None
) -> Concentration:
    """Return the concentration over the cells of the grid's area; without a grid, of the box of all incidents.

    MethodFault: no incident lies in the area, or it is one cell.
    """
    found = placed(events, 1)
    grid = gridded(found, parameters.cell, grid)
    counts = grid.counts(found.x, found.y)[grid.inside]
    return concentration_of(counts, parameters.shares, len(events) - int(counts.sum()))


def concentration_at(place: Integers, places: Integers, shares: tuple[float, ...]) -> Concentration:
    """Return the concentration over places of any kind, such as addresses or street segments.

    ``place``: that of each incident; ``places``: all that there are, each once, those without incidents too.
    MethodFault: as of ``concentration_of``, or a place is named twice.
    """
    counts, left_out = _counts_at(place, places)
    return concentration_of(counts, shares, left_out)


def concentration_of(counts: Integers, shares: tuple[float, ...], left_out: int = 0) -> Concentration:
    """Return the concentration of the incidents over places that hold ``counts``.

    MethodFault: fewer than two places, no incident, or a share that is not above 0 and at most 1.
    """
    if len(counts) < 2:
        raise MethodFault("At least 2 places are needed; choose smaller cells or a larger area.", "cell")
    if not counts.sum():
        raise MethodFault("No incident lies at these places; choose a larger area or a longer period.")
    ordered = np.sort(counts)[::-1]
    held = ordered[ordered > 0]
    sums = np.cumsum(held)
    # All places without incidents are one straight stretch at the end.
    along = np.append(np.arange(len(held) + 1), len(counts)) / len(counts)
    risen = np.concatenate(([0.0], sums / sums[-1], [1.0]))
    number = np.array([places_holding(counts, share) for share in shares], dtype=np.int64)
    return Concentration(
        places=len(counts),
        incidents=int(sums[-1]),
        lorenz_places=along,
        lorenz_incidents=risen,
        gini=gini(counts),
        generalised_gini=generalised_gini(counts),
        shares=shares,
        holding=number,
        holding_share=number / len(counts),
        left_out=left_out,
    )


def gini(counts: Integers) -> float:
    """Return Gini's coefficient, Σ (2i - n - 1) x_i / (n Σ x) of the n counts in rising order (Gini, 1912)."""
    ordered = np.sort(counts).astype(np.float64)
    n = len(ordered)
    ranks = 2.0 * np.arange(1, n + 1) - n - 1
    return float((ranks * ordered).sum() / (n * ordered.sum()))


def generalised_gini(counts: Integers) -> float:
    """Return max(n/c, 1) (G - 1) + 1 of c incidents at n places (Bernasco and Steenbeek, 2017).

    With fewer incidents than places most hold none however evenly they are spread; that is no concentration.
    """
    return max(len(counts) / float(counts.sum()), 1.0) * (gini(counts) - 1.0) + 1.0


def places_holding(counts: Integers, share: float) -> int:
    """Return the fewest places that together hold at least this share of the incidents."""
    if not 0 < share <= 1:
        raise MethodFault("The share of incidents must be above 0 and at most 1.", "shares")
    sums = np.cumsum(np.sort(counts)[::-1])
    # A hair less, so that rounding of the share does not ask for one place more.
    return int(np.searchsorted(sums, share * sums[-1] - 1e-9)) + 1


@dataclass(frozen=True)
class HotStreets:
    """Street segments, the fullest first and of equal ones the shorter: columns of one length.

    ``per_km``: incidents per km of the segment. ``share``: of all incidents, of this one and those before it;
    ``length_share`` is that of the length. ``holding``: how many of the first hold each of the asked shares.
    """

    segment: Integers
    count: Integers
    length_km: Floats
    per_km: Floats
    share: Floats
    length_share: Floats
    holding: Integers
    left_out: int


def hot_streets(
    segment: Integers, segments: Integers, length: Floats, shares: tuple[float, ...] = (0.25, 0.5)
) -> HotStreets:
    """Return the streets ranked by incidents.

    ``segment``: that of each incident; ``segments``: all of the network with their ``length`` in metres. MethodFault:
    as of ``concentration_at``, or a length is not above 0.
    """
    if len(length) != len(segments) or not (np.isfinite(length).all() and (length > 0).all()):
        raise MethodFault("Every street segment needs a length above 0 m.", "length")
    counts, left_out = _counts_at(segment, segments)
    holding = concentration_of(counts, shares).holding
    order = np.lexsort((segments, length, -counts))
    count, km = counts[order], length[order] / 1000.0
    return HotStreets(
        segment=segments[order],
        count=count,
        length_km=km,
        per_km=count / km,
        share=np.cumsum(count) / count.sum(),
        length_share=np.cumsum(km) / km.sum(),
        holding=holding,
        left_out=left_out,
    )


def _counts_at(place: Integers, places: Integers) -> tuple[Integers, int]:
    order = np.argsort(places, kind="stable")
    ordered = places[order]
    if (ordered[1:] == ordered[:-1]).any():
        raise MethodFault("A place is named twice; name each once.", "places")
    at = np.minimum(np.searchsorted(ordered, place), max(len(places) - 1, 0))
    known = ordered[at] == place if len(places) else np.zeros(len(place), np.bool_)
    counts = np.zeros(len(places), np.int64)
    np.add.at(counts, order[at[known]], 1)
    return counts, int((~known).sum())


METHOD = Method(
    key="concentration",
    title="Concentration of crime",
    question="How few places hold a quarter, a half or most of the crime?",
    version="1",
    parameters=ConcentrationParameters,
    run=concentration,
    minimum=1,
    assumes=(
        "The places are all that could hold crime, those without any too.",
        "Places are of like kind: cells of one size, addresses, or street segments.",
    ),
    fails=(
        "Smaller places always look more concentrated: compare only places of one kind.",
        "Few incidents look concentrated by themselves; the generalised Gini allows for that.",
        "Cells where nobody is, such as water, raise every figure.",
    ),
    sources=("Lorenz (1905)", "Gini (1912)", "Weisburd (2015)", "Bernasco and Steenbeek (2017)"),
)
