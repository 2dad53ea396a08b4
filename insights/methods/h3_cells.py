"""Counts of incidents on H3 cells, which bear the same name in every city."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import h3
import numpy as np
import shapely

from insights.methods.base import Floats, Integers, Method, MethodFault, Parameters, parameter

#: Finer cells are smaller than what a place is known to.
FINEST = 12


@dataclass(frozen=True)
class H3Parameters(Parameters):
    """The cells to count on."""

    resolution: int = parameter(
        9,
        "Resolution",
        least=4,
        most=FINEST,
        help="Cells of 9 are about 0.1 km² large, each step makes them seven times larger or smaller.",
    )


@dataclass(frozen=True)
class H3Counts:
    """The cells that hold incidents, the fullest first and of equal ones by name: columns of one length.

    ``cell`` are names of H3, ``area_km2`` their areas on the sphere. ``unplaced`` incidents had no place.
    """

    cell: Sequence[str]
    count: Integers
    area_km2: Floats
    unplaced: int


def count_h3(longitude: Floats, latitude: Floats, parameters: H3Parameters) -> H3Counts:
    """Return how many points each cell of H3 (Uber, 2018) holds, degrees of EPSG:4326, not finite without a place.

    MethodFault: none has a place, or coordinates are no degrees.
    """
    known = np.isfinite(longitude) & np.isfinite(latitude)
    points = np.column_stack((latitude[known], longitude[known]))
    if not len(points):
        raise MethodFault("No incident with a place is in what was asked for; choose a longer period.")
    if np.any(np.abs(points) > (90.0, 180.0)):
        raise MethodFault("H3 needs degrees of latitude and longitude, not metres.")
    places, count = np.unique(points, axis=0, return_counts=True)
    held: dict[str, int] = {}
    for (north, east), number in zip(places.tolist(), count.tolist(), strict=True):
        cell = h3.latlng_to_cell(north, east, parameters.resolution)
        held[cell] = held.get(cell, 0) + number
    cells = sorted(held, key=lambda cell: (-held[cell], cell))
    counted = np.array([held[cell] for cell in cells], dtype=np.int64)
    area = np.array([h3.cell_area(cell, unit="km^2") for cell in cells])
    return H3Counts(cells, counted, area, len(longitude) - len(points))


def outlines(cells: Sequence[str]) -> list[shapely.Polygon]:
    """Return the cells as polygons in degrees of EPSG:4326; one across the antimeridian goes on beyond 180."""
    return [shapely.Polygon(_ring(cell)) for cell in cells]


def _ring(cell: str) -> list[tuple[float, float]]:
    corners = [(east, north) for north, east in h3.cell_to_boundary(cell)]
    if max(east for east, _ in corners) - min(east for east, _ in corners) > 180:
        return [(east + 360 if east < 0 else east, north) for east, north in corners]
    return corners


METHOD = Method(
    key="h3_counts",
    title="Counts per H3 cell",
    question="How many incidents lie in each cell of a grid that other cities share?",
    version="1",
    parameters=H3Parameters,
    run=count_h3,
    minimum=1,
    assumes=(
        "Every incident is recorded at the place where it happened.",
        "Whoever the counts are compared with uses H3 cells of the same resolution.",
    ),
    fails=(
        "Cells are not all of one size: compare incidents per km², not counts, across a large country.",
        "A cell of one resolution does not exactly hold those of the next: sums do not add up at the edges.",
        "Addresses that stand for unknown places, such as the station, look like hot spots.",
    ),
    sources=("Uber (2018): H3, a hexagonal hierarchical geospatial index",),
)
