"""Recording and changing incidents: numbers, placing, offences, and one sentence for each wrong value."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.gis.geos import Point

from incidents.choices import AreaKind
from incidents.models import Incident, IncidentOffence
from incidents.services import OffenceInput, change_incident, create_incident
from nethra.core.errors import InvalidInput, NotAllowed, NotFound
from nethra.core.scope import agency_scope
from tests.support.people import Cast, access_for
from tests.support.records import make_area, make_incident

MOMENT = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)


def attempt(cast: Cast, *offences: OffenceInput, **values: Any) -> dict[str, list[str]]:
    """Return the errors of recording an incident with these values."""
    access = access_for(cast.officer)
    values = {"occurred_from": MOMENT, "reported_at": MOMENT, **values}
    with agency_scope(access):
        try:
            create_incident(access=access, offences=offences or [OffenceInput("220")], **values)
        except InvalidInput as refusal:
            return refusal.errors or {refusal.code: [refusal.message]}
    return {}


def test_an_incident_gets_number_author_and_areas(cast: Cast) -> None:
    access = access_for(cast.officer)
    district = make_area(access, AreaKind.DISTRICT, "D1", (-122.5, 37.7, -122.4, 37.8))
    beat = make_area(access, AreaKind.BEAT, "B1", (-122.43, 37.76, -122.41, 37.78))

    incident = make_incident(access)

    assert incident.number.startswith("I2026-")
    assert (incident.reported_by_id, incident.district_id, incident.beat_id) == (
        cast.officer.pk,
        district.pk,
        beat.pk,
    )


def test_numbers_increase(cast: Cast) -> None:
    numbers = [make_incident(access_for(cast.officer)).number for _ in range(3)]

    assert numbers == sorted(set(numbers))


def test_on_a_shared_border_the_lowest_code_wins(cast: Cast) -> None:
    access = access_for(cast.officer)
    make_area(access, AreaKind.BEAT, "B2", (-122.42, 37.7, -122.3, 37.8))
    first = make_area(access, AreaKind.BEAT, "B1", (-122.5, 37.7, -122.42, 37.8))

    assert make_incident(access).beat_id == first.pk


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"occurred_until": MOMENT - timedelta(minutes=1)}, "occurred_until"),
        ({"occurred_from": None}, "occurred_from"),
        ({"reported_at": datetime(2999, 1, 1, tzinfo=UTC)}, "reported_at"),
        ({"reported_at": MOMENT - timedelta(days=1)}, "reported_at"),
        ({"location": Point(0, 95, srid=4326)}, "latitude_out_of_range"),
        ({"status": "lost"}, "status"),
        ({"address": "x" * 201}, "address"),
        ({"number": "mine"}, "number"),
    ],
)
def test_a_wrong_value_gets_a_sentence_and_writes_nothing(
    cast: Cast, values: dict[str, Any], field: str
) -> None:
    errors = attempt(cast, **values)

    assert list(errors) == [field]
    assert all(sentence.endswith(".") for sentence in errors[field])
    with agency_scope(access_for(cast.officer)):
        assert Incident.objects.visible_to(access_for(cast.officer)).count() == 0


@pytest.mark.parametrize(
    "offences",
    [
        [OffenceInput("XYZ")],
        [OffenceInput("220", completion="maybe")],
        [OffenceInput("220"), OffenceInput("220")],
        [OffenceInput("220")] * 11,
    ],
)
def test_wrong_offences_are_refused(cast: Cast, offences: list[OffenceInput]) -> None:
    assert list(attempt(cast, *offences)) == ["offences"]


def test_changing_offences_keeps_one_primary(cast: Cast) -> None:
    access = access_for(cast.officer)
    incident = make_incident(access, "220", "290")
    with agency_scope(access):
        change_incident(access=access, incident=incident, offences=[OffenceInput("120"), OffenceInput("220")])
        rows = IncidentOffence.objects.visible_to(access).filter(incident=incident).order_by("position")
        kept = list(rows.values_list("offence_code_id", "is_primary"))

    assert kept == [("120", True), ("220", False)]


def test_moving_an_incident_places_it_again(cast: Cast) -> None:
    access = access_for(cast.officer)
    make_area(access, AreaKind.BEAT, "B1", (-122.43, 37.76, -122.41, 37.78))
    incident = make_incident(access)
    with agency_scope(access):
        incident = change_incident(access=access, incident=incident, location=Point(-122.0, 37.0, srid=4326))

    assert incident.beat_id is None


def test_another_agencys_incident_cannot_be_changed(cast: Cast) -> None:
    theirs = make_incident(access_for(cast.south_officer))
    access = access_for(cast.officer)

    with agency_scope(access), pytest.raises(NotFound):
        change_incident(access=access, incident=theirs, status="closed")


@pytest.mark.parametrize("role", ["analyst", "auditor"])
def test_who_may_not_record_is_refused(cast: Cast, role: str) -> None:
    access = access_for(getattr(cast, role))

    with agency_scope(access), pytest.raises(NotAllowed):
        create_incident(access=access, offences=[OffenceInput("220")], occurred_from=MOMENT)
