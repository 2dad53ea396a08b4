"""What is composed once answers as what is composed each time: for everybody, whatever is asked."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.gis.geos import Point
from django.http import QueryDict

from accounts.models import User
from incidents.fields import INCIDENT
from incidents.filters import IncidentFilters, wanted_by
from incidents.hot import nearest_rows, read_inside, shape_of, walked_rows
from incidents.looking import MOST_GUARDED, looked_up
from incidents.models import Incident
from incidents.querysets import IncidentQuerySet
from incidents.sealing import seal_incident
from nethra.core import pagination, rows
from nethra.core.access import Access, operator_access
from nethra.core.answers import answer_of
from nethra.core.scope import agency_scope
from tests.support.cases import make_case
from tests.support.people import Cast, access_for
from tests.support.records import make_incident
from tests.support.secrets import ORDER

pytestmark = pytest.mark.django_db
PEOPLE = ("admin", "supervisor", "officer", "analyst", "auditor", "custodian", "prosecutor", "south_officer")
QUERIES = (
    "",
    "bbox=-122.43,37.76,-122.41,37.78",
    "occurred_after=2026-03-01T00:00:00Z",
    "occurred_after=2026-03-01T00:00:00Z&occurred_before=2026-03-02T15:00:00Z&bbox=-122.5,37.7,-122.4,37.8",
    "near=-122.42,37.77,900",
    "near=-122.42,37.77,900&occurred_before=2026-03-03T00:00:00Z",
)


@pytest.fixture
def secrets(cast: Cast) -> Cast:
    """An agency of which some incidents are sealed, in part or whole, and some hidden by a restricted case."""
    officer, admin = access_for(cast.officer), access_for(cast.admin)
    made = [
        make_incident(officer, location=Point(-122.42 + n / 1000, 37.77 + n / 2000, srid=4326))
        for n in range(12)
    ]
    with agency_scope(admin):
        for incident, part in zip(made, ("whole", "narrative", "place"), strict=False):
            seal_incident(access=admin, incident=incident, parts=[part], **ORDER)
    case = make_case(access_for(cast.supervisor), made[5])
    with agency_scope(operator_access(cast.north.pk)):
        case.is_restricted = case.hides_incidents = True
        case.save()
    make_incident(access_for(cast.south_officer))
    return cast


def access_of(cast: Cast, person: str) -> Access:
    user: User = getattr(cast, person)
    return access_for(user)


def told(access: Access, found: Any) -> bytes:
    return rows.dumps(answer_of(INCIDENT, access).records(found))


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("query", QUERIES)
def test_a_walk_is_the_same_page_by_page(secrets: Cast, person: str, query: str) -> None:
    access, filters = access_of(secrets, person), IncidentFilters.from_query(QueryDict(query))
    columns = answer_of(INCIDENT, access).columns
    with agency_scope(access):
        for descending, sign in ((True, ""), (False, "occurred_from")):
            asked = IncidentFilters.from_query(QueryDict(f"{query}&ordering={sign}" if sign else query))
            position = None
            for _ in range(4):
                kept = walked_rows(access, asked, position, 3)
                plain = pagination.walk(
                    wanted_by(access, filters), "occurred_from", position, is_descending=descending
                )
                expected = rows.select(plain[:3], columns, is_raw=True)
                assert kept is not None
                assert told(access, kept) == told(access, expected)
                if len(kept) < 3:
                    break
                position = (kept[-1][5], kept[-1][0])


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("query", QUERIES[4:])
@pytest.mark.parametrize(("start", "count"), [(0, 4), (4, 4), (0, 100)])
def test_the_nearest_are_the_same(secrets: Cast, person: str, query: str, start: int, count: int) -> None:
    access, filters = access_of(secrets, person), IncidentFilters.from_query(QueryDict(query))
    columns = answer_of(INCIDENT, access).columns

    with agency_scope(access):
        kept = nearest_rows(access, filters, start, count)
        wanted: Any = wanted_by(access, filters)
        ordered = wanted.order_by("distance", "id")[start : start + count]
        expected = rows.select(ordered, columns, is_raw=True)

    assert kept is not None
    assert told(access, kept) == told(access, expected)


def counted(inside: IncidentQuerySet) -> rows.Compiled:
    return rows.compiled(inside.order_by("id").values_list("id"))


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("query", [*QUERIES, "status=reported", "offence=220&bbox=-122.5,37.7,-122.4,37.8"])
def test_a_drawing_shows_the_same(secrets: Cast, person: str, query: str) -> None:
    access, filters = access_of(secrets, person), IncidentFilters.from_query(QueryDict(query))
    bounds = (-122.425, 37.765, -122.412, 37.775)

    with agency_scope(access):
        for inner in (bounds, None):
            wanted = wanted_by(access, filters, reading=("location",))
            expected = [row.pk for row in wanted.order_by("id") if inner is None or _lies_in(row, bounds)]
            assert [key for (key,) in read_inside(access, filters, inner, counted)] == expected


def _lies_in(row: Incident, bounds: tuple[float, float, float, float]) -> bool:
    west, south, east, north = bounds
    place = row.location
    return place is not None and west <= place.x <= east and south <= place.y <= north


@pytest.mark.parametrize(
    "query", ["status=reported", "q=window", "offence=220", "weekday=1", "ordering=reported_at"]
)
def test_what_changes_the_statement_is_not_hot(query: str) -> None:
    assert shape_of(IncidentFilters.from_query(QueryDict(query))) is None


def test_by_longitude_and_latitude_no_box_is_a_hole(settings: Any) -> None:
    settings.GEO_INDEX = "lonlat"

    assert shape_of(IncidentFilters.from_query(QueryDict(QUERIES[1]))) is None
    assert shape_of(IncidentFilters.from_query(QueryDict(QUERIES[2]))) == ("occurred_after",)


@pytest.mark.parametrize("person", PEOPLE)
def test_looking_up_what_is_guarded_changes_nothing_of_what_is_seen(secrets: Cast, person: str) -> None:
    access = access_of(secrets, person)

    with agency_scope(access):
        once = looked_up(access)
        seen = list(Incident.objects.visible_to(access).order_by("id").values_list("pk", flat=True))
        assert list(Incident.objects.visible_to(once).order_by("id").values_list("pk", flat=True)) == seen
        assert looked_up(once) is once

    assert (once.seen_guarded is None) == (person == "prosecutor")


def test_what_is_guarded_afterwards_is_hidden_at_once(cast: Cast) -> None:
    incident = make_incident(access_for(cast.officer))
    officer, admin = access_for(cast.officer), access_for(cast.admin)
    with agency_scope(officer):
        once = looked_up(officer)
    with agency_scope(admin):
        seal_incident(access=admin, incident=incident, parts=["whole"], **ORDER)

    with agency_scope(officer):
        assert not Incident.objects.visible_to(once).filter(pk=incident.pk).exists()


def test_many_guarded_incidents_are_not_listed_but_asked_for(
    secrets: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = access_for(secrets.officer)
    assert MOST_GUARDED == 200
    monkeypatch.setattr("incidents.looking.MOST_GUARDED", 1)

    with agency_scope(access):
        assert looked_up(access) is access


def test_the_agency_itself_sees_all_without_looking(cast: Cast) -> None:
    whole = operator_access(cast.north.pk)

    assert looked_up(whole) is whole
