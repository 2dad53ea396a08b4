"""Incidents in the console: who may, what is found, what a form says, what it stores."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.gis.geos import Point
from django.test import Client
from django.urls import reverse

from incidents.choices import AreaKind
from incidents.models import Area, Incident
from incidents.sealing import seal_incident
from nethra.core.access import operator_access
from nethra.core.scope import agency_scope
from tests.support.areas import WEST, own_area, version
from tests.support.people import Cast, access_for, console_client
from tests.support.records import make_area, make_incident

pytestmark = pytest.mark.django_db
LIST = "/console/incidents/incident/"
ADD = f"{LIST}add/"


def form_of(**values: str) -> dict[str, str]:
    """Return a filled form with one offence."""
    return {
        "status": "reported",
        "occurred_from_0": "2026-03-02",
        "occurred_from_1": "06:30",
        "occurred_until_0": "",
        "occurred_until_1": "",
        "reported_at_0": "",
        "reported_at_1": "",
        "address": "12 Mission Street",
        "location_latitude": "37.77",
        "location_longitude": "-122.42",
        "description": "Rear window forced.",
        "notes": "",
        "offences-TOTAL_FORMS": "1",
        "offences-INITIAL_FORMS": "0",
        "offences-0-code": "220",
        "offences-0-completion": "completed",
        "habits-TOTAL_FORMS": "0",
        "habits-INITIAL_FORMS": "0",
        **values,
    }


def stored(cast: Cast) -> Incident:
    with agency_scope(operator_access(cast.north.pk)):
        return Incident.objects.visible_to(operator_access(cast.north.pk)).latest("created_at")


def offences_of(incident: Incident) -> list[tuple[str, str, bool]]:
    with agency_scope(operator_access(incident.agency_id)):
        rows = incident.offences.visible_to(operator_access(incident.agency_id)).order_by("position")
        return list(rows.values_list("offence_code_id", "completion", "is_primary"))


def page(client: Client, path: str, **query: str) -> str:
    answer = client.get(path, query)
    assert answer.status_code == 200, answer.status_code
    return str(answer.content.decode())


@pytest.mark.parametrize(
    ("person", "read", "add"),
    [("admin", 200, 200), ("officer", 200, 200), ("analyst", 200, 403), ("auditor", 200, 403)],
)
def test_roles_open_what_their_capabilities_name(cast: Cast, person: str, read: int, add: int) -> None:
    incident = make_incident(access_for(cast.officer))
    client = console_client(getattr(cast, person))

    assert client.get(LIST).status_code == read
    assert client.get(f"{LIST}{incident.pk}/change/").status_code == read
    assert client.get(ADD).status_code == add
    assert client.post(ADD, form_of()).status_code == (302 if add == 200 else 403)


def test_nobody_without_a_session_gets_past_the_sign_in(client: Client, cast: Cast) -> None:
    assert client.get(LIST).status_code == 302


def test_another_agency_s_incident_is_not_there(cast: Cast) -> None:
    incident = make_incident(access_for(cast.south_officer))
    client = console_client(cast.admin)

    assert client.get(f"{LIST}{incident.pk}/change/").status_code == 404
    assert client.post(f"{LIST}{incident.pk}/change/", form_of()).status_code == 404
    assert incident.number not in page(client, LIST)


def test_the_list_speaks_the_agency_s_time(cast: Cast) -> None:
    make_incident(access_for(cast.officer))

    assert "2 Mar 2026 06:30" in page(console_client(cast.analyst), LIST)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"offence": "220"}, {"220", "13A"}),
        ({"offence": "13A"}, {"13A"}),
        ({"status__exact": "verified"}, {"13A"}),
        ({"occurred_from_from": "2026-03-02", "occurred_from_to": "2026-03-02"}, {"220"}),
        ({"occurred_from_from": "2026-03-03"}, {"13A"}),
        ({"occurred_from_to": "2026-03-01"}, set()),
        ({"q": "jewellery"}, {"220"}),
        ({"q": "Castro"}, {"13A"}),
    ],
)
def test_filters_find(cast: Cast, query: dict[str, str], found: set[str]) -> None:
    access = access_for(cast.officer)
    from datetime import UTC, datetime

    late = datetime(2026, 3, 3, 9, tzinfo=UTC)
    burglary = make_incident(access, "220")
    assault = make_incident(
        access,
        "13A",
        "220",
        status="verified",
        occurred_from=late,
        occurred_until=late,
        reported_at=late,
        address="1 Castro Street",
        description="A blow.",
    )

    text = page(console_client(cast.analyst), LIST, **query)

    numbers = {"220": burglary.number, "13A": assault.number}
    assert {code for code, number in numbers.items() if number in text} == found


def test_a_page_says_which_beat_it_was_then(cast: Cast) -> None:
    north = operator_access(cast.north.pk)
    began, redrawn = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 4))
    version(north, began, old=WEST)
    version(north, redrawn, new=WEST)
    incident = make_incident(north, location=Point(-122.45, 37.75, srid=4326))
    earlier = make_incident(
        north,
        location=Point(-122.45, 37.75, srid=4326),
        **dict.fromkeys(("occurred_from", "occurred_until"), datetime(2025, 1, 1, tzinfo=UTC)),
    )
    client = console_client(cast.officer)

    found = page(client, f"{LIST}{incident.pk}/change/")

    assert "Old (version 1)" in found
    assert "New" in found
    unknown = page(client, f"{LIST}{earlier.pk}/change/")
    assert "No version of the areas is known for that time." in unknown


def test_a_sealed_place_does_not_say_which_beat_it_was(cast: Cast) -> None:
    north = operator_access(cast.north.pk)
    version(north, datetime(2026, 1, 1, tzinfo=UTC), secret=WEST)
    incident = make_incident(north, location=Point(-122.45, 37.75, srid=4326))
    with agency_scope(north):
        seal_incident(access=north, incident=incident, parts=["place"], order_number="1", authority="Court")

    assert "Secret" not in page(console_client(cast.officer), f"{LIST}{incident.pk}/change/")


def test_a_sealed_place_is_not_found_by_asking_area_after_area(cast: Cast) -> None:
    north = operator_access(cast.north.pk)
    version(north, datetime(2026, 1, 1, tzinfo=UTC), beat=WEST)
    own = own_area(north, "project", WEST)
    incident = make_incident(north, location=Point(-122.45, 37.75, srid=4326))
    open_one = make_incident(north, location=Point(-122.46, 37.75, srid=4326))
    with agency_scope(north):
        seal_incident(access=north, incident=incident, parts=["place"], order_number="1", authority="Court")
        beat = Area.objects.visible_to(north).get(code="beat")

    for area in (beat, own):
        found = page(console_client(cast.officer), LIST, area=str(area.pk))
        assert open_one.number in found
        assert incident.number not in found


def test_an_area_of_ones_own_finds_what_lies_in_it(cast: Cast) -> None:
    north = operator_access(cast.north.pk)
    own = own_area(north, "project", WEST)
    inside = make_incident(north, location=Point(-122.45, 37.75, srid=4326))
    outside = make_incident(north, location=Point(-122.3, 37.75, srid=4326))

    found = page(console_client(cast.officer), LIST, area=str(own.pk))

    assert "Own areas" in found
    assert inside.number in found
    assert outside.number not in found


def test_the_area_filter_finds_what_was_placed_there(cast: Cast) -> None:
    access = access_for(cast.officer)
    area = make_area(operator_access(cast.north.pk), AreaKind.BEAT, "b1", (-122.43, 37.76, -122.41, 37.78))
    inside = make_incident(access)
    client = console_client(cast.analyst)

    assert inside.number in page(client, LIST, area=str(area.pk))
    assert client.get(LIST, {"area": "nonsense"}).status_code == 302


@pytest.mark.parametrize(
    "query", [{"occurred_from_from": "tomorrow"}, {"occurred_from_from": "0001-01-01"}, {"agency__code": "x"}]
)
def test_filters_that_make_no_sense_lead_back_to_the_list(cast: Cast, query: dict[str, str]) -> None:
    assert console_client(cast.analyst).get(LIST, query).status_code in (302, 400)


def test_a_form_stores_an_incident_in_the_agency_s_time(cast: Cast) -> None:
    values = {
        "offences-TOTAL_FORMS": "2",
        "offences-1-code": "290",
        "offences-1-completion": "attempted",
    }

    answer = console_client(cast.officer).post(ADD, form_of(**values))

    incident = stored(cast)
    assert answer.status_code == 302, answer.context["errors"]
    assert incident.occurred_from.isoformat() == "2026-03-02T14:30:00+00:00"
    assert incident.occurred_until == incident.occurred_from
    assert incident.reported_by_id == cast.officer.pk
    assert incident.location.coords == (-122.42, 37.77)  # type: ignore[union-attr]
    assert offences_of(incident) == [("220", "completed", True), ("290", "attempted", False)]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"occurred_from_0": "2999-01-01"}, "cannot have begun in the future"),
        ({"occurred_until_0": "2026-03-01", "occurred_until_1": "10:00"}, "must not be before the start"),
        ({"location_latitude": "177"}, "Latitude must be a number from -90 to 90"),
        ({"location_latitude": ""}, "Give both latitude and longitude"),
        ({"offences-0-code": ""}, "This field is required"),
        ({"offences-0-code": "XYZ"}, "is not one of the available choices"),
        (
            {"offences-TOTAL_FORMS": "2", "offences-1-code": "220", "offences-1-completion": "completed"},
            "twice",
        ),
        ({"occurred_from_0": "", "occurred_from_1": ""}, "This field is required"),
        ({"offences-TOTAL_FORMS": "0"}, "State at least one offence"),
    ],
)
def test_a_form_says_what_is_wrong_and_stores_nothing(
    cast: Cast, values: dict[str, str], sentence: str
) -> None:
    answer = console_client(cast.officer).post(ADD, form_of(**values))

    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert not _count(cast)


def _count(cast: Cast) -> int:
    access = operator_access(cast.north.pk)
    with agency_scope(access):
        return Incident.objects.visible_to(access).count()


def _change_form(incident: Incident, **values: str) -> dict[str, str]:
    with agency_scope(operator_access(incident.agency_id)):
        row = incident.offences.visible_to(operator_access(incident.agency_id)).get()
    kept = {
        "occurred_until_0": "2026-03-02",
        "occurred_until_1": "06:30",
        "reported_at_0": "2026-03-02",
        "reported_at_1": "06:30",
        "description": "Rear window forced, jewellery taken.",
        "offences-INITIAL_FORMS": "1",
        "offences-0-id": str(row.pk),
        "offences-0-incident": str(incident.pk),
    }
    return form_of(**{**kept, **values})


def test_a_change_writes_what_was_changed_only(cast: Cast) -> None:
    incident = make_incident(access_for(cast.officer))

    answer = console_client(cast.officer).post(
        f"{LIST}{incident.pk}/change/", _change_form(incident, status="cleared")
    )

    after = stored(cast)
    assert answer.status_code == 302, answer.context["errors"]
    assert (after.status, after.address, after.number) == ("cleared", incident.address, incident.number)
    assert after.location.coords == incident.location.coords  # type: ignore[union-attr]
    assert offences_of(after) == [("220", "completed", True)]


def test_offences_are_changed_in_the_same_form(cast: Cast) -> None:
    incident = make_incident(access_for(cast.officer))
    values = {
        "offences-TOTAL_FORMS": "2",
        "offences-0-code": "120",
        "offences-1-code": "220",
        "offences-1-completion": "attempted",
    }

    console_client(cast.officer).post(f"{LIST}{incident.pk}/change/", _change_form(incident, **values))

    assert offences_of(stored(cast)) == [("120", "completed", True), ("220", "attempted", False)]


def test_an_incident_keeps_one_offence(cast: Cast) -> None:
    incident = make_incident(access_for(cast.officer))

    answer = console_client(cast.officer).post(
        f"{LIST}{incident.pk}/change/", _change_form(incident, **{"offences-0-DELETE": "on"})
    )

    assert answer.status_code == 200
    assert offences_of(incident) == [("220", "completed", True)]


@pytest.mark.parametrize(("person", "sees"), [("analyst", False), ("auditor", True), ("officer", True)])
def test_notes_are_absent_without_the_capability(cast: Cast, person: str, sees: bool) -> None:
    incident = make_incident(access_for(cast.officer), notes="Told by a neighbour.")

    text = page(console_client(getattr(cast, person)), f"{LIST}{incident.pk}/change/")

    assert ("Told by a neighbour." in text) is sees


def test_who_may_not_change_reads_the_place_on_a_map(cast: Cast) -> None:
    incident = make_incident(access_for(cast.officer))

    text = page(console_client(cast.auditor), f"{LIST}{incident.pk}/change/")

    assert "37.77" in text
    assert "-122.42" in text
    assert 'name="_save"' not in text
    assert console_client(cast.auditor).post(f"{LIST}{incident.pk}/change/", form_of()).status_code == 403


def test_nobody_deletes_an_incident(cast: Cast) -> None:
    incident = make_incident(access_for(cast.officer))

    assert console_client(cast.admin).post(f"{LIST}{incident.pk}/delete/", {"post": "yes"}).status_code == 403


def test_the_palette_finds_by_number(cast: Cast) -> None:
    incident = make_incident(access_for(cast.officer))
    client = console_client(cast.analyst)

    answer: Any = client.get(reverse("admin:search"), {"s": incident.number[:6].lower()})

    assert incident.number in answer.content.decode()
