"""What maps of density surfaces need: one colour scale for all that are compared, thresholds and contours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import cast

import numpy as np
import shapely
from contourpy import FillType, contour_generator

from insights.methods.base import Floats, Integers, MethodFault
from insights.methods.density import Surface

EQUAL, QUANTILES, MULTIPLES = "equal", "quantiles", "multiples of the mean"


def class_breaks(surfaces: Sequence[Surface], classes: int = 5, how: str = EQUAL) -> Floats:
    """Return the ``classes`` + 1 bounds that colour several surfaces alike, rising from 0 to the highest value of all.

    ``equal``: steps of one size; ``quantiles``: as many cells in each class, of the cells above 0; ``multiples of the
    mean``: the first class ends at the mean density of all inside cells, the others at its double, triple and so on,
    and the last at the highest value. MethodFault: no surface, no density, fewer than 2 classes.
    """
    if classes < 2:
        raise MethodFault("A colour scale needs at least 2 classes.", "classes")
    values = _inside(surfaces)
    highest = float(values.max())
    if how == EQUAL:
        return np.linspace(0.0, highest, classes + 1)
    if how == QUANTILES:
        return np.append(0.0, np.quantile(values[values > 0], np.arange(1, classes + 1) / classes))
    if how == MULTIPLES:
        inner = np.minimum(np.arange(classes) * values.mean(), highest)
        return np.append(inner, highest)
    raise MethodFault(f"Classes are made by {EQUAL}, {QUANTILES} or {MULTIPLES}.", "how")


def per_period(surface: Surface, days: float, period: float) -> Surface:
    """Return the surface in incidents per km² and ``period`` days, of incidents gathered over ``days`` days.

    Surfaces of spans of different lengths can be compared so. MethodFault: a number of days is not above 0.
    """
    if not (0 < days < np.inf and 0 < period < np.inf):
        raise MethodFault("Both numbers of days must be above 0.", "days")
    return replace(surface, density=surface.density * (period / days))


def threshold_of_share(surface: Surface, share: float) -> float:
    """Return the density that the densest ``share`` (0 to 1) of the area's cells reach.

    All cells of one density are in or out together, so a tie at the cut lets more than the share in.
    """
    if not 0 < share <= 1:
        raise MethodFault("The share of the area must be above 0 and at most 1.", "share")
    values = np.sort(_inside([surface]))[::-1]
    return float(values[max(1, round(share * len(values))) - 1])


def threshold_of_mean(surface: Surface, times: float) -> float:
    """Return ``times`` the mean density of the area's cells."""
    if not (np.isfinite(times) and times > 0):
        raise MethodFault("The multiple of the mean must be above 0.", "times")
    return float(times * _inside([surface]).mean())


def contours(surface: Surface, threshold: float) -> list[shapely.Polygon]:
    """Return the polygons, with holes, inside of which the density reaches the threshold; metres, the largest first.

    Lines run straight between the middles of cells (marching squares, through contourpy). Cells outside of the area
    count as 0. MethodFault: the threshold is not above 0, or no cell reaches it.
    """
    if not (np.isfinite(threshold) and threshold > 0):
        raise MethodFault("The threshold of a contour must be above 0.", "threshold")
    if threshold > surface.density.max():
        raise MethodFault("No cell reaches this threshold; choose a lower one.", "threshold")
    # A rim of zeros closes lines that would end at the edge of the grid.
    values = np.pad(np.where(surface.grid.inside, surface.density, 0.0), 1)
    across, upwards = (_widened(centres, surface.grid.size) for centres in surface.grid.centres())
    generator = contour_generator(across, upwards, values, fill_type=FillType.OuterOffset)
    # This type of filling gives lists of arrays; the library's own type is that of all its fillings.
    points, offsets = cast(tuple[list[Floats], list[Integers]], generator.filled(threshold, np.inf))
    found = [_polygon(p, o) for p, o in zip(points, offsets, strict=True)]
    return sorted((p for p in found if p.area > 0), key=lambda p: (-p.area, p.bounds))


def _inside(surfaces: Sequence[Surface]) -> Floats:
    if not surfaces:
        raise MethodFault("At least one surface is needed.")
    values = np.concatenate([surface.density[surface.grid.inside] for surface in surfaces])
    if not values.size or values.max() <= 0:
        raise MethodFault("These surfaces are empty; choose a longer period.")
    return values


def _widened(centres: Floats, size: float) -> Floats:
    return np.concatenate(([centres[0] - size], centres, [centres[-1] + size]))


def _polygon(points: Floats, offsets: Integers) -> shapely.Polygon:
    rings = [points[start:end] for start, end in pairwise(offsets)]
    return shapely.Polygon(rings[0], rings[1:])
