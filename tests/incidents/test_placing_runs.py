"""Incidents are placed anew when areas change: in batches, audited, stopped, and safe to run twice."""

from __future__ import annotations

import pytest
from django.contrib.gis.geos import Point
from django.db import connection

from incidents.jobs import place_incidents_job
from incidents.models import AreaPlacing, Incident
from incidents.placing_runs import order_again, run_placing, run_waiting, stop_placing
from nethra.audit.models import AuditEvent
from nethra.core.access import Access, operator_access
from nethra.core.errors import Conflict, NotAllowed, NotFound
from nethra.core.scope import agency_scope
from nethra.jobs.queue import is_under_way
from tests.support.areas import EAST, WEST, version
from tests.support.people import Cast, access_for
from tests.support.records import make_incident


@pytest.fixture
def access(cast: Cast) -> Access:
    return operator_access(cast.north.pk)


def beats(access: Access) -> dict[float, str | None]:
    with agency_scope(access):
        return dict(Incident.objects.visible_to(access).values_list("lon", "beat__code"))


def waiting(access: Access) -> AreaPlacing:
    with agency_scope(access):
        return AreaPlacing.objects.visible_to(access).get(status="waiting")


def scattered(access: Access) -> list[Incident]:
    return [
        make_incident(access, location=Point(longitude, 37.75, srid=4326))
        for longitude in (-122.45, -122.44, -122.4, -122.35)
    ]


def test_a_new_version_places_all_incidents_anew(access: Access) -> None:
    version(access, left=WEST)
    scattered(access)
    assert beats(access) == {-122.45: "left", -122.44: "left", -122.4: None, -122.35: None}

    version(access, left=EAST, right=WEST)
    placing = waiting(access)
    with agency_scope(access):
        assert is_under_way(place_incidents_job, agency_id=access.agency_id, placing_id=placing.pk)
    place_incidents_job(agency_id=access.agency_id, placing_id=placing.pk)

    assert beats(access) == {-122.45: "right", -122.44: "right", -122.4: "left", -122.35: "left"}
    with agency_scope(access):
        placing = AreaPlacing.objects.visible_to(access).get(pk=placing.pk)
    assert (placing.status, placing.total, placing.done, placing.changed) == ("done", 4, 4, 4)


def test_every_changed_row_is_audited_with_the_order_and_its_reason(access: Access) -> None:
    version(access, left=WEST)
    incident = make_incident(access, location=Point(-122.45, 37.75, srid=4326))
    make_incident(access, location=Point(-122.1, 37.75, srid=4326))

    version(access, right=WEST)
    placing = waiting(access)
    run_placing(access=access, placing_id=placing.pk)

    with agency_scope(access):
        events = AuditEvent.objects.visible_to(access).filter(entity="incidents_incident", action="update")
        found = [(event.object_id, event.reason) for event in events]
    assert found == [(incident.pk, f"placing {placing.pk}: beat areas loaded from test")]


def test_being_placed_anew_is_no_edit(access: Access) -> None:
    version(access, left=WEST)
    incident = make_incident(access, location=Point(-122.45, 37.75, srid=4326))
    version(access, right=WEST)

    run_waiting(access=access)

    with agency_scope(access):
        assert Incident.objects.visible_to(access).get().updated_at == incident.updated_at


def test_a_run_goes_batch_by_batch_and_twice_changes_nothing(access: Access) -> None:
    scattered(access)
    version(access, left=WEST)

    placing = run_placing(access=access, placing_id=waiting(access).pk, size=3)

    assert (placing.status, placing.done, placing.changed) == ("done", 4, 2)
    version(access, left=WEST)
    version(access, other=EAST)
    assert run_waiting(access=access) == 4
    assert run_waiting(access=access) == 0
    assert beats(access) == {-122.45: None, -122.44: None, -122.4: "other", -122.35: "other"}


def test_a_run_stops_before_its_next_batch_and_may_be_ordered_again(access: Access) -> None:
    scattered(access)
    version(access, left=WEST)
    placing = waiting(access)
    with agency_scope(access):
        stop_placing(access=access, placing_id=placing.pk)

    stopped = run_placing(access=access, placing_id=placing.pk)

    assert (stopped.status, stopped.done) == ("cancelled", 0)
    assert "keep their areas" in stopped.message
    with agency_scope(access):
        with pytest.raises(Conflict, match="ended already"):
            stop_placing(access=access, placing_id=placing.pk)
        order_again(access=access, placing_id=placing.pk)
    assert run_placing(access=access, placing_id=placing.pk).changed == 2
    with agency_scope(access), pytest.raises(Conflict, match="done already"):
        order_again(access=access, placing_id=placing.pk)


def test_a_run_that_finds_an_import_in_its_way_waits(access: Access) -> None:
    make_incident(access)
    version(access, left=WEST)
    placing = waiting(access)
    importer = connection.copy()
    try:
        with importer.cursor() as cursor:
            key = f"import {access.agency_id}"
            cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [key])
        with pytest.raises(Conflict, match="placed anew"):
            run_placing(access=access, placing_id=placing.pk)
        place_incidents_job(agency_id=access.agency_id, placing_id=placing.pk)
    finally:
        importer.close()

    assert waiting(access).pk == placing.pk


def test_without_incidents_nothing_is_ordered(access: Access) -> None:
    version(access, left=WEST)

    with agency_scope(access):
        assert not AreaPlacing.objects.visible_to(access).exists()


def test_runs_are_of_their_agency_and_of_whoever_manages_areas(cast: Cast, access: Access) -> None:
    make_incident(access)
    version(access, left=WEST)
    placing = waiting(access)
    south, officer = operator_access(cast.south.pk), access_for(cast.officer)

    with pytest.raises(NotFound):
        run_placing(access=south, placing_id=placing.pk)
    with agency_scope(officer), pytest.raises(NotAllowed):
        stop_placing(access=officer, placing_id=placing.pk)


def test_the_incidents_of_another_agency_stay_where_they_are(cast: Cast, access: Access) -> None:
    south = operator_access(cast.south.pk)
    version(south, their=WEST)
    make_incident(south, location=Point(-122.45, 37.75, srid=4326))
    make_incident(access, location=Point(-122.45, 37.75, srid=4326))
    version(access, ours=WEST)

    run_waiting(access=access)

    assert beats(access) == {-122.45: "ours"}
    assert beats(south) == {-122.45: "their"}
