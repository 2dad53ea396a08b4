from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.gis.geos import Point

from incidents.choices import AreaKind
from incidents.models import Incident, OffenceCategory
from incidents.services import change_incident
from nethra.core.querysets import unscoped
from nethra.core.scope import agency_scope
from tests.api.calls import get, numbers, refusal
from tests.support.people import Cast, access_for
from tests.support.records import make_area, make_incident

pytestmark = pytest.mark.django_db

PARAMETER_CODES = {
    "invalid_parameter",
    "unknown_parameter",
    "unknown_offence",
    "end_before_start",
    "latitude_out_of_range",
}


def at(day: int, hour: int = 12) -> dict[str, datetime]:
    moment = datetime(2026, 3, day, hour, tzinfo=UTC)
    return {"occurred_from": moment, "occurred_until": moment, "reported_at": moment}


@pytest.fixture
def town(cast: Cast) -> dict[str, str]:
    """Four incidents, by name; returns name -> number."""
    access = access_for(cast.admin)
    centre = make_incident(access, "220", **at(1), address="1 Oak Lane")
    border = make_incident(access, "23F", **at(2), location=Point(-122.40, 37.77, srid=4326))
    away = make_incident(access, "13A", "220", **at(3), location=Point(-122.30, 37.80, srid=4326))
    nowhere = make_incident(access, "290", **at(4), location=None, status="verified", address="")
    make_incident(access_for(cast.south_admin), "220", **at(1))
    return {
        "centre": centre.number,
        "border": border.number,
        "away": away.number,
        "nowhere": nowhere.number,
    }


CASES = [
    ("", ["nowhere", "away", "border", "centre"]),
    ("offence=220", ["away", "centre"]),
    ("offence=23F&offence=290", ["nowhere", "border"]),
    ("occurred_after=2026-03-02T12:00:00Z", ["nowhere", "away", "border"]),
    ("occurred_before=2026-03-02T12:00:00Z", ["centre"]),
    ("occurred_after=2026-03-02T04:00:00-08:00", ["nowhere", "away", "border"]),
    ("occurred_after=2026-03-02T12:00:00+00:00", ["nowhere", "away", "border"]),
    ("bbox=-122.43,37.76,-122.40,37.78", ["border", "centre"]),
    ("bbox=-122.43,37.76,-122.4001,37.78", ["centre"]),
    ("near=-122.42,37.77,10", ["centre"]),
    ("near=-122.42,37.77,1770", ["border", "centre"]),
    ("near=-122.42,37.77,1750", ["centre"]),
    ("status=verified", ["nowhere"]),
    ("status=verified&status=reported", ["nowhere", "away", "border", "centre"]),
    ("q=oak", ["centre"]),
    ("q=jewellery", ["nowhere", "away", "border", "centre"]),
    ("q=nothing-like-it", []),
    ("area=00000000-0000-7000-8000-000000000000", []),
    ("offence=220&bbox=-122.43,37.76,-122.40,37.78&occurred_before=2026-03-02T00:00:00Z", ["centre"]),
]


@pytest.mark.parametrize(("query", "expected"), CASES, ids=[c[0] or "all" for c in CASES])
def test_filters_keep_what_they_name(
    cast: Cast, town: dict[str, str], query: str, expected: list[str]
) -> None:
    answer = get(cast.officer, f"incidents?{query}")

    assert sorted(numbers(answer)) == sorted(town[name] for name in expected)
    assert answer.json()["total"] == len(expected)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["nowhere", "away", "border", "centre"]),
        ("ordering=occurred_from", ["centre", "border", "away", "nowhere"]),
        ("ordering=-number", ["nowhere", "away", "border", "centre"]),
        ("near=-122.30,37.80,50000", ["away", "border", "centre"]),
        ("near=-122.30,37.80,50000&ordering=-distance", ["centre", "border", "away"]),
        ("near=-122.30,37.80,50000&ordering=occurred_from", ["centre", "border", "away"]),
    ],
)
def test_order_is_as_asked(cast: Cast, town: dict[str, str], query: str, expected: list[str]) -> None:
    assert numbers(get(cast.officer, f"incidents?{query}")) == [town[name] for name in expected]


def test_number_prefixes_are_found(cast: Cast, town: dict[str, str]) -> None:
    assert numbers(get(cast.officer, f"incidents?q={town['away'].lower()}")) == [town["away"]]


def test_text_that_is_everywhere_is_refused(
    cast: Cast, town: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("incidents.querysets.MAX_MATCHES", 3)

    assert refusal(get(cast.officer, "incidents?q=jewellery")) == (400, "too_many_matches")
    assert numbers(get(cast.officer, "incidents?q=oak")) == [town["centre"]]


def test_an_areas_incidents_are_those_placed_in_it(cast: Cast) -> None:
    access = access_for(cast.admin)
    beat = make_area(access, AreaKind.BEAT, "B1", (-122.43, 37.76, -122.41, 37.78))
    inside = make_incident(access)
    make_incident(access, location=Point(-122.30, 37.80, srid=4326))

    assert numbers(get(cast.officer, f"incidents?area={beat.pk}")) == [inside.number]


def test_categories_are_the_agencys_own(cast: Cast) -> None:
    access = access_for(cast.admin)
    with agency_scope(access):
        category = OffenceCategory.objects.create(agency_id=cast.north.pk, name="Shed", offence_code_id="220")
    incident = make_incident(access)
    with agency_scope(access):
        from incidents.rules import OffenceInput

        change_incident(
            access=access, incident=incident, offences=[OffenceInput("220", category_id=category.pk)]
        )

    assert numbers(get(cast.officer, f"incidents?category={category.pk}")) == [incident.number]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("colour=red", "colour"),
        ("offence=999", "offence"),
        ("offence=220%00", "offence"),
        ("category=shed", "category"),
        ("occurred_after=2026-01-01", "occurred_after"),
        ("occurred_after=yesterday", "occurred_after"),
        ("occurred_after=0001-01-01T00:00:00%2B14:00", "occurred_after"),
        ("occurred_after=2026-02-01T00:00:00Z&occurred_before=2026-01-01T00:00:00Z", "occurred_before"),
        ("bbox=1,2,3", "bbox"),
        ("bbox=-122,37,-123,38", "bbox"),
        ("bbox=-122,37,nan,38", "bbox"),
        ("near=-122,95,100", "near"),
        ("near=-122,37,1e9", "near"),
        ("status=lost", "status"),
        ("area=1", "area"),
        ("area=" + "0" * 401, "area"),
        ("q=" + "x" * 201, "q"),
        ("q=%00", "q"),
        ("ordering=notes", "ordering"),
        ("ordering=distance", "ordering"),
        ("near=1,2,3&near=1,2,3", "near"),
        ("page=0", "page"),
        ("page=-1", "page"),
        ("page=x", "page"),
        ("page=%C2%B2", "page"),
        ("size=1001", "size"),
        ("page=102&size=100", "page"),
        ("count=maybe", "count"),
        ("cursor=abc", "cursor"),
        ("cursor=&page=1", "cursor"),
        ("cursor=&ordering=number", "ordering"),
    ],
)
def test_a_malformed_parameter_is_named(cast: Cast, query: str, parameter: str) -> None:
    answer = get(cast.officer, f"incidents?{query}")

    status, code = refusal(answer)
    assert status == 400
    assert code in PARAMETER_CODES
    assert list(answer.json()["errors"]) == [parameter]


def test_pages_divide_the_list(cast: Cast, town: dict[str, str]) -> None:
    first = get(cast.officer, "incidents?size=3").json()
    second = get(cast.officer, "incidents?size=3&page=2").json()

    envelope = {k: v for k, v in second.items() if k != "data"}
    assert envelope == {"total": 4, "total_is_capped": False, "page": 2, "size": 3, "pages": 2}
    assert [r["number"] for r in first["data"] + second["data"]] == list(reversed(town.values()))
    assert refusal(get(cast.officer, "incidents?size=3&page=3")) == (404, "no_such_page")


def test_totals_stop_at_the_cap(cast: Cast, town: dict[str, str], monkeypatch: Any) -> None:
    monkeypatch.setattr("nethra.core.pagination.TOTAL_CAP", 3)

    capped = get(cast.officer, "incidents?size=2").json()
    exact = get(cast.officer, "incidents?size=2&count=exact").json()

    assert (capped["total"], capped["total_is_capped"]) == (3, True)
    assert (exact["total"], exact["total_is_capped"]) == (4, False)


def test_pages_without_a_total_say_whether_more_follow(cast: Cast, town: dict[str, str]) -> None:
    answers = [get(cast.officer, f"incidents?size=2&count=none&page={page}").json() for page in (1, 2, 3)]

    envelopes = [{k: v for k, v in answer.items() if k != "data"} for answer in answers]
    assert envelopes == [
        {"page": 1, "size": 2, "has_more": True},
        {"page": 2, "size": 2, "has_more": False},
        {"page": 3, "size": 2, "has_more": False},
    ]
    assert [r["number"] for answer in answers for r in answer["data"]] == list(reversed(town.values()))


@pytest.mark.parametrize("ordering", ["-occurred_from", "occurred_from"])
def test_a_cursor_walks_the_whole_list_once(cast: Cast, ordering: str) -> None:
    access = access_for(cast.admin)
    made = [make_incident(access, **at(day)).number for day in (1, 1, 1, 2, 3)]
    seen: list[str] = []
    cursor: str | None = ""

    while cursor is not None:
        page = get(cast.officer, f"incidents?size=2&ordering={ordering}&cursor={quote(cursor)}").json()
        seen += [record["number"] for record in page["data"]]
        cursor = page["next"]

    assert set(page) == {"data", "next", "size"}
    assert len(seen) == len(set(seen))
    assert seen == (made if ordering == "occurred_from" else made[::-1])


def test_notes_need_their_capability(cast: Cast) -> None:
    incident = make_incident(access_for(cast.officer), notes="Informant: the neighbour.")

    for path in ("incidents", "incidents.geojson", f"incidents/{incident.pk}"):
        hidden = get(cast.analyst, path)
        assert b"neighbour" not in hidden.content
        assert b'"redacted":["notes"]' in hidden.content
        assert b"neighbour" in get(cast.officer, path).content
    assert numbers(get(cast.analyst, "incidents?q=neighbour")) == []


@pytest.mark.parametrize("who", ["admin", "officer", "analyst", "auditor", "south_admin"])
def test_list_and_detail_agree(cast: Cast, town: dict[str, str], who: str) -> None:
    user = getattr(cast, who)
    with unscoped("test"), agency_scope(access_for(cast.admin)):
        keys = set(Incident.objects.values_list("id", flat=True))
    with unscoped("test"), agency_scope(access_for(cast.south_admin)):
        keys |= set(Incident.objects.values_list("id", flat=True))

    listed = {record["id"]: record for record in get(user, "incidents").json()["data"]}

    answers = {str(key): get(user, f"incidents/{key}") for key in keys}
    assert {key for key, answer in answers.items() if answer.status_code == 200} == set(listed)
    # What lists go without.
    more: dict[str, Any] = {"modus_operandi": [], "found_by_address": ""}
    assert all(answers[key].json() == {**record, **more} for key, record in listed.items())
