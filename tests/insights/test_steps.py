"""The hexagons of a view with their days, from which the browser draws a moved period by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.gis.gdal import DataSource
from django.contrib.gis.geos import Point
from django.test import Client

from incidents.sealing import seal_incident
from insights import steps
from nethra.core.scope import agency_scope
from tests.support.people import Cast, access_for, console_client
from tests.support.records import make_incident
from tests.support.secrets import ORDER

pytestmark = pytest.mark.django_db
#: Monday 2 March 2026, 23:30 in Los Angeles, which is Tuesday in UTC.
MONDAY_NIGHT = datetime(2026, 3, 3, 7, 30, tzinfo=UTC)
PERIOD = {"occurred_after": "2026-03-01T08:00:00Z", "occurred_before": "2026-03-31T07:00:00Z"}
#: The tile of zoom 10 that the places below lie in.
Z, X, Y = 10, 163, 395
HERE, THERE = Point(-122.42, 37.775, srid=4326), Point(-122.47, 37.755, srid=4326)


@pytest.fixture
def month(cast: Cast) -> Cast:
    """Two incidents at one place, eight days apart, the earlier late on a Monday; one at another place."""
    access = access_for(cast.officer)
    for place, days in ((HERE, 0), (HERE, 8), (THERE, 8), (THERE, 60)):
        at = MONDAY_NIGHT + timedelta(days=days)
        make_incident(access, location=place, occurred_from=at, occurred_until=at, reported_at=at)
    return cast


def asked(client: Client, **changes: str) -> Any:
    return client.get("/console/map/steps", {**PERIOD, "z": str(Z), **changes})


def days_of(answer: Any) -> list[list[int]]:
    return sorted(sorted(days) for _, _, days in answer.json()["cells"])


def test_days_are_those_of_the_agency_counted_from_the_first(month: Cast) -> None:
    answer = asked(console_client(month.analyst))

    assert answer.json()["first"] == "2026-03-01"
    # Half an hour before midnight and, since the clocks went forward, half an hour after it.
    assert days_of(answer) == [[1, 10], [10]]
    assert answer.headers["Cache-Control"].startswith("private")


def test_the_hexagons_are_those_of_the_tile(month: Cast, tmp_path: Path) -> None:
    client = console_client(month.analyst)
    tile = client.get(f"/console/map/tiles/{Z}/{X}/{Y}.mvt", {**PERIOD, "bins": "1"})

    path = tmp_path / "tile.mvt"
    path.write_bytes(tile.content)
    bins = {feature.get("mvt_id"): feature.get("count") for feature in DataSource(path)[0]}

    found = asked(client).json()
    assert bins == {((i & 0xFFFFF) << 20) | (j & 0xFFFFF): len(days) for i, j, days in found["cells"]}
    assert sorted(bins.values()) == [1, 2]
    assert len(found["ring"]) == 7


def test_filters_and_the_box_narrow_them(month: Cast) -> None:
    client = console_client(month.analyst)

    assert days_of(asked(client, bbox="-122.43,37.77,-122.41,37.78")) == [[1, 10]]
    assert days_of(asked(client, weekday="1")) == [[1]]
    assert days_of(asked(client, offence="09A")) == []


def test_nobody_counts_what_is_hidden_from_them(month: Cast) -> None:
    # The statement is kept by then; what it answers is not.
    client, neighbour = console_client(month.analyst), console_client(month.south_admin)
    assert len(days_of(asked(client))) == 2
    at = {"occurred_from": MONDAY_NIGHT, "occurred_until": MONDAY_NIGHT, "reported_at": MONDAY_NIGHT}
    sealed = make_incident(access_for(month.officer), location=Point(-122.44, 37.76, srid=4326), **at)
    assert len(days_of(asked(client))) == 3

    with agency_scope(access_for(month.admin)):
        seal_incident(access=access_for(month.admin), incident=sealed, parts=["place"], **ORDER)

    assert len(days_of(asked(client))) == 2
    assert days_of(asked(neighbour)) == []


@pytest.mark.parametrize(
    "changes", [{"z": ""}, {"z": "23"}, {"occurred_before": ""}, {"occurred_after": "2020-01-01T00:00:00Z"}]
)
def test_what_cannot_be_held_is_refused(month: Cast, changes: dict[str, str]) -> None:
    assert asked(console_client(month.analyst), **changes).status_code == 400


def test_too_many_are_left_to_tiles(month: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "MOST_INCIDENTS", 2)

    assert asked(console_client(month.analyst)).status_code == 204
