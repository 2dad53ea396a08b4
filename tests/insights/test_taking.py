"""Incidents become columns: every one in its place and day, whoever asks the same ones, and the same digest again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import numpy as np
import pytest
from django.contrib.gis.geos import Point
from django.db import connection

from incidents.filters import IncidentFilters
from incidents.sealing import seal_incident
from incidents.services import change_incident
from insights.taking import middle_of, projected_srid, take_events
from nethra.core.capabilities import Capability
from nethra.core.errors import NotAllowed
from nethra.core.scope import agency_scope
from tests.support.people import Cast, access_for
from tests.support.records import make_incident
from tests.support.secrets import ORDER

pytestmark = pytest.mark.django_db
ALL = IncidentFilters()


def test_every_incident_stands_at_its_metres_and_days(cast: Cast) -> None:
    access = access_for(cast.analyst)
    # Eleven in the evening of 1 March in Los Angeles; half an hour long.
    begin, end = datetime(2026, 3, 2, 7, 0, tzinfo=UTC), datetime(2026, 3, 2, 7, 30, tzinfo=UTC)
    here = make_incident(
        access_for(cast.officer), "23F", occurred_from=begin, occurred_until=end, reported_at=end
    )
    nowhere = make_incident(access_for(cast.officer), "220", location=None)

    with agency_scope(access):
        taken = take_events(access, ALL)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT ST_X(p), ST_Y(p) FROM (SELECT"
                " ST_Transform(ST_SetSRID(ST_MakePoint(-122.42, 37.77), 4326), 32610) AS p) AS moved"
            )
            metres = cursor.fetchone()

    keys = [UUID(bytes=bytes(key)) for key in taken.keys]
    assert keys == sorted([here.pk, nowhere.pk])
    at, other = keys.index(here.pk), keys.index(nowhere.pk)
    events = taken.events
    assert (events.x[at], events.y[at]) == pytest.approx(metres, abs=1e-6)
    assert np.isnan(events.x[other])
    assert events.begin[at] == pytest.approx((datetime(2026, 3, 1) - datetime(1970, 1, 1)).days + 23 / 24)
    assert events.end[at] - events.begin[at] == pytest.approx(0.5 / 24)
    assert taken.kinds == ("220", "23F")
    assert taken.kinds[events.kind[at]] == "23F"
    assert (taken.srid, taken.zone) == (32610, "America/Los_Angeles")


def test_the_same_rows_have_the_same_digest_for_everybody(cast: Cast) -> None:
    for _ in range(3):
        incident = make_incident(access_for(cast.officer))
    analyst, supervisor = access_for(cast.analyst), access_for(cast.supervisor)

    with agency_scope(analyst):
        first, again = take_events(analyst, ALL), take_events(analyst, ALL)
    with agency_scope(supervisor):
        other = take_events(supervisor, ALL)
        change_incident(access=supervisor, incident=incident, location=Point(-122.43, 37.78, srid=4326))
        corrected = take_events(supervisor, ALL)

    assert first.digest == again.digest == other.digest
    assert corrected.digest != first.digest


def test_what_is_guarded_is_in_nobody_s_columns(cast: Cast) -> None:
    incident = make_incident(access_for(cast.officer))
    admin = access_for(cast.admin)
    with agency_scope(admin):
        seal_incident(access=admin, incident=incident, parts=["narrative"], **ORDER)
    make_incident(access_for(cast.south_officer))

    for person in (cast.analyst, cast.supervisor):
        with agency_scope(access_for(person)):
            assert len(take_events(access_for(person), ALL).events) == 0


def test_nothing_wanted_is_no_events(cast: Cast) -> None:
    make_incident(access_for(cast.officer))
    access = access_for(cast.analyst)

    with agency_scope(access):
        taken = take_events(access, IncidentFilters(occurred_before=datetime(2000, 1, 1, tzinfo=UTC)))

    assert (len(taken.events), taken.kinds, len(taken.keys)) == (0, (), 0)


def test_who_may_not_look_at_figures_takes_nothing(cast: Cast) -> None:
    access = access_for(cast.analyst)
    for missing in (Capability.VIEW_INSIGHTS, Capability.VIEW_INCIDENTS):
        with agency_scope(access), pytest.raises(NotAllowed):
            take_events(replace(access, capabilities=access.capabilities - {missing}), ALL)


@pytest.mark.parametrize(
    ("longitude", "latitude", "srid"),
    [(-122.4, 37.8, 32610), (151.2, -33.9, 32756), (179.99, 10.0, 32660), (-180.0, -10.0, 32701)],
)
def test_metres_are_those_of_the_zone_of_the_agency(
    cast: Cast, longitude: float, latitude: float, srid: int
) -> None:
    make_incident(access_for(cast.officer), location=Point(longitude, latitude, srid=4326))
    access = access_for(cast.analyst)

    with agency_scope(access):
        assert projected_srid(access) == srid


@pytest.mark.parametrize("place", [(0.0, 0.0), (179.0, -40.0), (57.5, 90.0)])
def test_a_place_on_another_side_of_the_earth_is_none(cast: Cast, place: tuple[float, float]) -> None:
    """PROJ has no metres for it: one 0, 0 for "unknown" must not stop every analysis."""
    officer = access_for(cast.officer)
    make_incident(officer, "220", location=Point(-122.42, 37.77, srid=4326))
    make_incident(officer, "220", location=Point(*place, srid=4326))

    with agency_scope(officer):
        events = take_events(officer, IncidentFilters()).events

    assert sorted(np.isfinite(events.x).tolist()) == [False, True]


@pytest.mark.parametrize(
    ("srid", "middle"), [(32610, -123), (32601, -177), (32760, 177), (32631, 3), (32730, -3)]
)
def test_the_middle_of_a_zone(srid: int, middle: int) -> None:
    assert middle_of(srid) == middle
