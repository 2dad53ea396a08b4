"""The nearest found by an index are the nearest found by sorting all: the same rows in the same order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.contrib.gis.geos import Point

from incidents.choices import IncidentStatus
from incidents.filters import IncidentFilters, wanted_by
from incidents.models import Incident
from nethra.core import rows
from nethra.core.access import Access
from nethra.core.geo import Near
from nethra.core.scope import agency_scope
from tests.api.calls import get
from tests.support.people import Cast, access_for

pytestmark = pytest.mark.django_db
START = datetime(2026, 1, 1, tzinfo=UTC)
PLACES = [(-122.44, 37.76), (24.9, 68.4), (36.8, -1.3), (147.3, -42.9), (0.0, 0.0)]


def scatter(access: Access, chance: Random, around: tuple[float, float], count: int = 300) -> None:
    """Write incidents within some kilometres of a place, some of them on one spot."""
    spots = [
        Point(around[0] + chance.gauss(0, 0.02), around[1] + chance.gauss(0, 0.01), srid=4326)
        for _ in range(count)
    ]
    made = []
    for number, spot in enumerate(spots):
        at = START + timedelta(hours=chance.randrange(2000))
        place = spots[0] if chance.random() < 0.1 else spot
        status = chance.choice(IncidentStatus.values)
        made.append(
            Incident(
                agency_id=access.agency_id, number=f"N{number}", location=place, status=status,
                reported_at=at, occurred_from=at, occurred_until=at,
            )
        )  # fmt: skip
    with agency_scope(access):
        Incident.objects.bulk_create(made)


def found(queryset: Any) -> list[tuple[Any, ...]]:
    return rows.select(queryset, ["id", "distance"])


@pytest.mark.parametrize("around", PLACES)
@pytest.mark.parametrize("seed", range(3))
def test_every_page_is_that_of_the_sorted_whole(cast: Cast, around: tuple[float, float], seed: int) -> None:
    chance, access = Random(seed), access_for(cast.officer)
    scatter(access, chance, around)
    with agency_scope(access):
        for _ in range(12):
            point = Point(around[0] + chance.gauss(0, 0.02), around[1] + chance.gauss(0, 0.01), srid=4326)
            filters = IncidentFilters(
                near=Near(point, chance.choice([300.0, 1500.0, 6000.0])),
                occurred_after=chance.choice([None, START + timedelta(days=40)]),
                statuses=chance.choice([(), ("reported", "closed")]),
            )
            wanted = wanted_by(access, filters)
            whole = found(filters.ordered(wanted))
            for start in (0, 7, 60):
                reach = start + 8
                assert found(filters.ordered(wanted, reach)[start:reach]) == whole[start:reach]


def test_the_same_spot_many_times_is_divided_by_key(cast: Cast) -> None:
    access = access_for(cast.officer)
    scatter(access, Random(1), PLACES[0], count=3)
    with agency_scope(access):
        place = Incident.objects.visible_to(access).order_by("number")[0].location
        assert place is not None
        at = {"reported_at": START, "occurred_from": START, "occurred_until": START}
        Incident.objects.bulk_create(
            Incident(agency_id=access.agency_id, number=f"S{n}", location=place, **at) for n in range(40)
        )
        filters = IncidentFilters(near=Near(place, 500.0))
        wanted = wanted_by(access, filters)
        whole = found(filters.ordered(wanted))

        assert [d for _, d in whole[:40]] == [0.0] * 40
        assert found(filters.ordered(wanted, 10)[:10]) == whole[:10]


def test_more_than_are_found_by_the_index_are_sorted(cast: Cast, monkeypatch: Any) -> None:
    access = access_for(cast.officer)
    scatter(access, Random(2), PLACES[0], count=50)
    monkeypatch.setattr("incidents.querysets.MOST_NEAREST", 10)
    with agency_scope(access):
        filters = IncidentFilters(near=Near(Point(*PLACES[0], srid=4326), 6000.0))
        wanted = wanted_by(access, filters)

        assert found(filters.ordered(wanted, 20)[:20]) == found(filters.ordered(wanted))[:20]


def test_the_total_is_of_the_whole_circle(cast: Cast) -> None:
    access = access_for(cast.officer)
    scatter(access, Random(3), PLACES[0])
    near = f"near={PLACES[0][0]},{PLACES[0][1]},6000"

    paged = get(cast.officer, f"incidents?{near}&size=5&page=2").json()
    plain = get(cast.officer, f"incidents?{near}&size=1000").json()
    uncounted = get(cast.officer, f"incidents?{near}&size=5&page=2&count=none").json()

    assert paged["total"] == plain["total"] == len(plain["data"])
    assert paged["data"] == uncounted["data"] == plain["data"][5:10]
    assert uncounted["has_more"] is True
