from __future__ import annotations

from typing import Any

import pytest

from incidents.choices import AreaKind
from incidents.models import Incident
from nethra.core.querysets import unscoped
from tests.api.calls import ROOT, get, patch, post, refusal
from tests.support.people import Cast, access_for, api_client
from tests.support.records import make_area, make_incident

pytestmark = pytest.mark.django_db

GOOD: dict[str, Any] = {
    "offences": [{"code": "220", "completion": "attempted"}, {"code": "290"}],
    "occurred_from": "2026-03-02T10:00:00-08:00",
    "occurred_until": "2026-03-02T20:00:00Z",
    "reported_at": "2026-03-03T08:00:00Z",
    "location": {"type": "Point", "coordinates": [-122.42, 37.77]},
    "address": "1 Oak Lane",
    "description": "Rear window forced.",
    "notes": "Dog on site.",
}


def test_an_incident_is_recorded_whole(cast: Cast) -> None:
    beat = make_area(access_for(cast.admin), AreaKind.BEAT, "B1", (-122.43, 37.76, -122.41, 37.78))

    answer = post(cast.officer, "incidents", GOOD)

    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert made["occurred_from"] == "2026-03-02T18:00:00Z"
    assert made["beat"] == str(beat.pk)
    assert made["reported_by"] == str(cast.officer.pk)
    assert made["source"] == "api"
    assert made["location"] == GOOD["location"]
    assert [(o["code"], o["completion"], o["is_primary"]) for o in made["offences"]] == [
        ("220", "attempted", True),
        ("290", "completed", False),
    ]
    assert answer.headers["Location"] == f"{ROOT}/incidents/{made['id']}"
    assert get(cast.officer, f"incidents/{made['id']}").json() == made


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        (
            {"location": {"type": "Point", "coordinates": [-122.4, 95]}},
            "location",
            "The latitude must be between -90 and 90.",
        ),
        (
            {"location": {"type": "Point", "coordinates": [500, 12]}},
            "location",
            "The longitude must be between -180 and 180.",
        ),
        (
            {"location": {"type": "Point", "coordinates": ["a", 1]}},
            "location",
            "A point has two coordinates, longitude and latitude.",
        ),
        ({"location": "POINT(1 2)"}, "location", None),
        (
            {"location": {"type": "Point", "coordinates": [1, 2], "crs": {"type": "link"}}},
            "location",
            None,
        ),
        (
            {"occurred_until": "2026-03-01T00:00:00Z"},
            "occurred_until",
            "The end must not be before the start.",
        ),
        ({"offences": [{"code": "999"}]}, "offences", "'999' is not a NIBRS offence code."),
        ({"offences": []}, "offences", None),
        ({"offences": [{"code": "220"}] * 11}, "offences", None),
        ({"offences": [{"code": "220", "completion": "half"}]}, "offences.0.completion", None),
        ({"offences": [{"code": "220", "colour": "red"}]}, "offences.0.colour", "This field is not known."),
        ({"offences": "220"}, "offences", None),
        ({"description": "a\x00b"}, "description", None),
        ({"address": "x" * 201}, "address", None),
        ({"occurred_from": "soon"}, "occurred_from", None),
        ({"occurred_from": "0001-01-01T00:00:00+14:00"}, "occurred_from", None),
        ({"status": "lost"}, "status", None),
        ({"number": "I2026-1"}, "number", "This field is not known."),
        ({"agency": "00000000-0000-7000-8000-000000000000"}, "agency", "This field is not known."),
    ],
)
def test_a_wrong_value_is_told_and_nothing_is_written(
    cast: Cast, change: dict[str, Any], field: str, sentence: str | None
) -> None:
    answer = post(cast.officer, "incidents", {**GOOD, **change})

    assert refusal(answer) == (400, "invalid_input")
    errors = answer.json()["errors"]
    assert list(errors) == [field]
    assert sentence is None or errors[field] == [sentence]
    with unscoped("test"):
        assert not Incident.objects.exists()


@pytest.mark.parametrize("missing", ["offences", "occurred_from"])
def test_a_missing_value_is_named(cast: Cast, missing: str) -> None:
    answer = post(cast.officer, "incidents", {k: v for k, v in GOOD.items() if k != missing})

    assert refusal(answer) == (400, "invalid_input")
    assert answer.json()["detail"] == f"{missing}: This field is required."


@pytest.mark.parametrize(
    "body", [b"{", b"", b"[" * 100_000, b'{"notes": NaN}', b'"\\ud800"', b"\xff\xfe", b'{"a": 1,}']
)
def test_malformed_json_is_told(cast: Cast, body: bytes) -> None:
    answer = api_client(cast.officer).post(f"{ROOT}/incidents", data=body, content_type="application/json")

    status, code = refusal(answer)
    assert (status, code) in {(400, "malformed_body"), (400, "invalid_input")}


def test_another_media_type_is_told(cast: Cast) -> None:
    answer = api_client(cast.officer).post(f"{ROOT}/incidents", data="<a/>", content_type="text/xml")

    assert refusal(answer) == (415, "unsupported_media_type")


def test_a_change_touches_what_it_names(cast: Cast) -> None:
    incident = make_incident(access_for(cast.officer), address="1 Oak Lane")

    answer = patch(cast.officer, f"incidents/{incident.pk}", {"status": "verified", "location": None})

    assert answer.status_code == 200, answer.content
    changed = answer.json()
    assert (changed["status"], changed["location"], changed["address"]) == ("verified", None, "1 Oak Lane")
    assert [offence["code"] for offence in changed["offences"]] == ["220"]


def test_offences_are_replaced_as_a_whole(cast: Cast) -> None:
    incident = make_incident(access_for(cast.officer), "220", "290")

    changed = patch(cast.officer, f"incidents/{incident.pk}", {"offences": [{"code": "23F"}]}).json()

    assert [(o["code"], o["is_primary"]) for o in changed["offences"]] == [("23F", True)]


def test_a_replaced_offence_needs_its_code(cast: Cast) -> None:
    incident = make_incident(access_for(cast.officer))

    answer = patch(cast.officer, f"incidents/{incident.pk}", {"offences": [{"completion": "attempted"}]})

    assert refusal(answer) == (400, "invalid_input")
    assert list(answer.json()["errors"]) == ["offences.0.code"]


def test_a_refused_change_leaves_all_as_it_was(cast: Cast) -> None:
    incident = make_incident(access_for(cast.officer))
    before = get(cast.officer, f"incidents/{incident.pk}").json()

    answer = patch(
        cast.officer,
        f"incidents/{incident.pk}",
        {"address": "2 Elm", "occurred_until": "2020-01-01T00:00:00Z"},
    )

    assert refusal(answer) == (400, "invalid_input")
    assert get(cast.officer, f"incidents/{incident.pk}").json() == before


def test_incidents_are_never_deleted(cast: Cast) -> None:
    incident = make_incident(access_for(cast.officer))

    answer = api_client(cast.admin).delete(f"{ROOT}/incidents/{incident.pk}")

    assert refusal(answer) == (405, "method_not_allowed")
    assert answer.headers["Allow"] == "GET, PATCH, HEAD"


def test_another_agencys_category_does_not_exist(cast: Cast) -> None:
    from incidents.models import OffenceCategory
    from nethra.core.scope import agency_scope

    with agency_scope(access_for(cast.south_admin)):
        foreign = OffenceCategory.objects.create(agency_id=cast.south.pk, name="Shed", offence_code_id="220")

    answer = post(
        cast.officer, "incidents", {**GOOD, "offences": [{"code": "220", "category": str(foreign.pk)}]}
    )

    assert refusal(answer) == (400, "invalid_input")
    assert answer.json()["errors"] == {"offences": ["There is no such category of offence."]}
