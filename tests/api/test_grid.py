from __future__ import annotations

import math
import random

import pytest
from django.contrib.gis.geos import Point, Polygon
from django.http import QueryDict

from incidents.bins import CellShape, corners_of
from incidents.filters import IncidentFilters
from insights.grid import Cell, count_grid
from nethra.core.errors import InvalidInput, NotAllowed
from nethra.core.scope import agency_scope
from tests.api.calls import get, refusal
from tests.support.people import Cast, access_for
from tests.support.records import make_incident

pytestmark = pytest.mark.django_db

ALL = IncidentFilters()


def scatter(cast: Cast, count: int) -> list[Point]:
    """Record incidents in a square kilometre; return their places."""
    dice = random.Random(7)
    places = [
        Point(-122.42 + dice.random() / 88, 37.77 + dice.random() / 111, srid=4326) for _ in range(count)
    ]
    for place in places:
        make_incident(access_for(cast.officer), location=place)
    return places


def outline(cell: Cell) -> Polygon:
    return Polygon(cell.ring, srid=4326)


@pytest.mark.parametrize("shape", list(CellShape))
def test_every_incident_lies_in_the_cell_that_counts_it(cast: Cast, shape: CellShape) -> None:
    places = scatter(cast, 40)
    access = access_for(cast.analyst)

    with agency_scope(access):
        counts = count_grid(access, ALL, shape, 200.0)

    assert counts.total == 40
    assert counts.cells_total == len(counts.cells)
    assert [cell.count for cell in counts.cells] == sorted((c.count for c in counts.cells), reverse=True)
    for cell in counts.cells:
        assert cell.count == sum(outline(cell).contains(place) for place in places)


@pytest.mark.parametrize("shape", list(CellShape))
def test_cells_are_as_big_as_asked(cast: Cast, shape: CellShape) -> None:
    scatter(cast, 3)
    access = access_for(cast.analyst)

    with agency_scope(access):
        cell = count_grid(access, ALL, shape, 500.0).cells[0]

    area = outline(cell).transform(26910, clone=True).area
    expected = 500.0**2 * (math.sqrt(3) / 2 if shape is CellShape.HEX else 1)
    assert area == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize("shape", list(CellShape))
def test_a_ring_is_closed_and_neighbours_touch(shape: CellShape) -> None:
    ring = corners_of(shape, 2.0)

    assert ring[0] == ring[-1]
    assert max(x for x, _ in ring) == pytest.approx(1.0)


def test_the_limit_cuts_the_smallest_cells(cast: Cast) -> None:
    scatter(cast, 20)

    answer = get(cast.analyst, "insights/grid?size=100&limit=2").json()

    assert len(answer["data"]) == 2
    assert answer["total"] == 20
    assert answer["cells_total"] > 2


def test_filters_and_places_bound_the_count(cast: Cast) -> None:
    make_incident(access_for(cast.officer), "220")
    make_incident(access_for(cast.officer), "23F")
    make_incident(access_for(cast.officer), "220", location=None)
    make_incident(access_for(cast.south_admin), "220")

    assert get(cast.analyst, "insights/grid?offence=220").json()["total"] == 1
    assert get(cast.analyst, "insights/grid?bbox=0,0,1,1").json() == {
        "shape": "hex",
        "size": 500.0,
        "latitude": 37.77,
        "total": 0,
        "cells_total": 0,
        "data": [],
    }


@pytest.mark.parametrize(
    "query", ["shape=circle", "size=x", "size=9", "size=nan", "size=inf", "limit=0", "page=1"]
)
def test_odd_parameters_are_told(cast: Cast, query: str) -> None:
    answer = get(cast.analyst, f"insights/grid?{query}")

    assert refusal(answer)[0] == 400
    assert list(answer.json()["errors"]) == [query.split("=")[0]]


def test_the_grid_needs_its_capability(cast: Cast) -> None:
    from dataclasses import replace

    with pytest.raises(NotAllowed):
        count_grid(replace(access_for(cast.analyst), capabilities=frozenset()), ALL, CellShape.HEX, 500.0)


def test_filters_are_parsed_once_for_everybody() -> None:
    with pytest.raises(InvalidInput):
        IncidentFilters.from_query(QueryDict("shape=hex"))
