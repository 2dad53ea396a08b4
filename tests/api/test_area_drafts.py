"""Drafts of areas over the API: begun, drawn, changed, put in force and discarded, as in the console."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction
from rest_framework.test import APIClient

from incidents.models import Area, AreaPlacing, AreaSet
from nethra.audit.models import AuditEvent
from nethra.core.access import Access, operator_access
from nethra.core.scope import agency_scope
from tests.api.calls import ROOT, get, patch, post, refusal
from tests.support.areas import EAST, WEST, Box, draft, own_area, rectangle, version
from tests.support.people import Cast, api_client, bearer
from tests.support.records import make_incident

pytestmark = pytest.mark.django_db

Json = dict[str, Any]


def shape(box: Box) -> Json:
    found: Json = json.loads(rectangle(box).json)
    return found


def polygon(*corners: list[Any]) -> Json:
    return {"type": "Polygon", "coordinates": [list(corners)]}


@pytest.fixture
def north(cast: Cast) -> Access:
    return operator_access(cast.north.pk)


def area_of(access: Access, area_set: AreaSet, code: str) -> Area:
    with agency_scope(access):
        found: Area = Area.objects.visible_to(access).get(area_set_id=area_set.pk, code=code)
        return found


def codes(access: Access, key: Any) -> list[str]:
    with agency_scope(access):
        areas = Area.objects.visible_to(access).filter(area_set_id=key)
        return list(areas.order_by("code").values_list("code", flat=True))


def events(access: Access, entity: str) -> list[tuple[str, str]]:
    """Return action and reason of what was done to a kind of record over the API, the oldest first."""
    with agency_scope(access):
        found = AuditEvent.objects.visible_to(access).filter(entity=entity, source="api")
        return list(found.order_by("id").values_list("action", "reason"))


def test_a_draft_is_begun_drawn_and_put_in_force(cast: Cast, north: Access) -> None:
    current = version(north, west=WEST, east=EAST)
    make_incident(north)

    begun = post(cast.analyst, "area-versions", {"kind": "beat", "drawn_from": str(current.pk)})
    key = begun.json()["id"]
    address = f"area-versions/{key}/areas"
    west = next(each for each in get(cast.analyst, address).json()["data"] if each["code"] == "west")
    changed = patch(
        cast.analyst,
        f"{address}/{west['id']}",
        {"code": "docks", "shape": shape((-122.5, 37.7, -122.45, 37.8))},
    )
    added = post(cast.analyst, address, {"code": "hills", "shape": shape((-122.45, 37.7, -122.42, 37.8))})
    forced = post(cast.analyst, f"area-versions/{key}/put-in-force", {"reason": "New station"})

    assert (begun.status_code, begun.headers["Location"]) == (201, f"{ROOT}/area-versions/{key}")
    assert {name: begun.json()[name] for name in ("kind", "version", "is_current", "in_force_from")} == {
        "kind": "beat",
        "version": 2,
        "is_current": False,
        "in_force_from": None,
    }
    assert (changed.status_code, changed.json()["code"], changed.json()["name"]) == (200, "docks", "West")
    assert changed.json()["shape"]["type"] == "MultiPolygon"
    assert (added.status_code, added.headers["Location"]) == (201, f"{ROOT}/{address}/{added.json()['id']}")
    assert added.json()["name"] == "hills"
    assert get(cast.officer, f"{address}/{added.json()['id']}").json() == {**added.json(), "is_current": True}
    assert (forced.status_code, forced.json()["is_current"]) == (200, True)
    assert codes(north, key) == ["docks", "east", "hills"]
    with agency_scope(north):
        assert AreaPlacing.objects.visible_to(north).latest("ordered_at").reason == "New station"
        assert not AreaSet.objects.visible_to(north).get(pk=current.pk).is_current


def test_what_was_read_is_written_back_corner_for_corner(cast: Cast, north: Access) -> None:
    third = polygon([-122.5, 37.7], [-122.4 - 1 / 3, 37.7], [-122.4, 37.7 + 1 / 7], [-122.5, 37.7])
    address = f"area-versions/{draft(north).pk}/areas"

    drawn = post(cast.analyst, address, {"code": "third", "shape": third}).json()
    address = f"{address}/{drawn['id']}"
    with agency_scope(north):
        before = bytes(Area.objects.visible_to(north).get().shape.wkb)
    again = patch(cast.analyst, address, {"shape": get(cast.analyst, address).json()["shape"]})

    assert again.json() == drawn
    with agency_scope(north):
        shape = Area.objects.visible_to(north).get().shape
        assert bytes(shape.wkb) == before
        assert shape.coords[0][0] == tuple(tuple(corner) for corner in third["coordinates"][0])


def test_every_change_is_audited_with_its_door_and_reason(cast: Cast, north: Access) -> None:
    key = post(cast.analyst, "area-versions", {"kind": "district"}).json()["id"]
    address = f"area-versions/{key}/areas"
    gone = post(cast.analyst, address, {"code": "gone", "shape": shape(EAST)}).json()["id"]
    post(cast.analyst, address, {"code": "stays", "shape": shape(WEST)})
    patch(cast.analyst, f"{address}/{gone}", {"name": "Going"})
    api_client(cast.analyst).delete(f"{ROOT}/{address}/{gone}")
    post(cast.analyst, f"area-versions/{key}/put-in-force", {"reason": "Reform"})
    other = post(cast.analyst, "area-versions", {"kind": "district"}).json()["id"]
    api_client(cast.analyst).delete(f"{ROOT}/area-versions/{other}")

    assert [action for action, _ in events(north, "incidents_area")] == [
        "insert",
        "insert",
        "update",
        "delete",
    ]
    assert events(north, "incidents_areaset") == [
        ("insert", ""),
        ("update", "Reform"),
        ("insert", ""),
        ("delete", ""),
    ]


def test_a_draft_is_discarded_with_its_areas(cast: Cast, north: Access) -> None:
    drawn = draft(north, west=WEST)

    answer = api_client(cast.analyst).delete(f"{ROOT}/area-versions/{drawn.pk}")

    assert (answer.status_code, answer.content) == (204, b"")
    assert refusal(get(cast.analyst, f"area-versions/{drawn.pk}")) == (404, "not_found")
    assert codes(north, drawn.pk) == []


#: Role, then the status for: begin, draw, change, remove, put in force, discard.
ROLES: list[tuple[str, int, int, int, int, int, int]] = [
    ("admin", 201, 201, 200, 204, 200, 204),
    ("supervisor", 403, 403, 403, 403, 403, 403),
    ("officer", 403, 403, 403, 403, 403, 403),
    ("analyst", 201, 201, 200, 204, 200, 204),
    ("auditor", 403, 403, 403, 403, 403, 403),
    ("custodian", 403, 403, 403, 403, 403, 403),
    ("prosecutor", 403, 403, 403, 403, 403, 403),
    ("south_admin", 201, 404, 404, 404, 404, 404),
    ("south_officer", 403, 403, 403, 403, 403, 403),
]


@pytest.mark.parametrize("row", ROLES, ids=[row[0] for row in ROLES])
def test_a_role_may_what_it_may_in_the_console(cast: Cast, north: Access, row: tuple[Any, ...]) -> None:
    drawn = draft(north, west=WEST)
    west = area_of(north, drawn, "west")
    bare = f"{ROOT}/area-versions/{drawn.pk}"
    asked: list[tuple[str, str, Any]] = [
        ("post", f"{ROOT}/area-versions", {"kind": "district"}),
        ("post", f"{bare}/areas", {"code": "east", "shape": shape(EAST)}),
        ("patch", f"{bare}/areas/{west.pk}", {"name": "Docks"}),
        ("delete", f"{bare}/areas/{west.pk}", None),
        ("post", f"{bare}/put-in-force", {"reason": "Reform"}),
        ("delete", bare, None),
    ]
    client, found = api_client(getattr(cast, row[0])), []

    for method, address, body in asked:
        point = transaction.savepoint()
        answer = getattr(client, method)(address, body, format="json", headers={"If-Match": "*"})
        found.append(answer.status_code)
        transaction.savepoint_rollback(point)

    assert found == list(row[1:])
    assert codes(north, drawn.pk) == ["west"]


def test_what_is_or_was_in_force_is_never_changed(cast: Cast, north: Access) -> None:
    former, current = version(north, west=WEST), version(north, west=WEST)
    client = api_client(cast.analyst)

    for area_set in (former, current):
        bare, key = f"{ROOT}/area-versions/{area_set.pk}", area_of(north, area_set, "west").pk
        for method, address, body in (
            ("post", f"{bare}/areas", {"code": "east", "shape": shape(EAST)}),
            ("patch", f"{bare}/areas/{key}", {"name": "Docks"}),
            ("delete", f"{bare}/areas/{key}", None),
            ("post", f"{bare}/put-in-force", {"reason": "Again"}),
            ("delete", bare, None),
        ):
            answer = getattr(client, method)(address, body, format="json")
            assert refusal(answer) == (409, "no_draft")
            assert answer.json()["detail"] == "This version is or was in force; draw a new one from it."
        assert codes(north, area_set.pk) == ["west"]


def test_a_second_draft_of_a_kind_is_refused(cast: Cast, north: Access) -> None:
    draft(north)

    answer = post(cast.analyst, "area-versions", {"kind": "beat"})

    assert refusal(answer) == (409, "draft_exists")
    assert answer.json()["detail"].startswith("There is a draft of beats already, version 1")
    assert post(cast.analyst, "area-versions", {"kind": "district"}).status_code == 201
    assert post(cast.south_admin, "area-versions", {"kind": "beat"}).status_code == 201


NOT_A_POLYGON = "Give a GeoJSON Polygon"
NOT_AN_OUTLINE = "Give the outline as POLYGON"
NO_DEGREES = "The corners are no degrees"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"type": "Point", "coordinates": [1, 2]}, NOT_A_POLYGON),
        ({"type": "GeometryCollection", "geometries": []}, NOT_A_POLYGON),
        ({"type": ["Polygon"], "coordinates": []}, NOT_A_POLYGON),
        ({"type": "Polygon"}, NOT_A_POLYGON),
        ("POLYGON((0 0, 1 0, 1 1, 0 0))", NOT_A_POLYGON),
        ([], NOT_A_POLYGON),
        (polygon([0, 0], [1, 0], [1, 1], [0, 0]) | {"crs": {"type": "name"}}, NOT_A_POLYGON),
        ({"type": "Polygon", "coordinates": []}, NOT_AN_OUTLINE),
        ({"type": "MultiPolygon", "coordinates": []}, NOT_AN_OUTLINE),
        ({"type": "Polygon", "coordinates": {"0": 1}}, NOT_AN_OUTLINE),
        ({"type": "Polygon", "coordinates": [[["a", "b"]] * 4]}, NOT_AN_OUTLINE),
        ({"type": "Polygon", "coordinates": [[[None, 0]] * 4]}, NOT_AN_OUTLINE),
        ({"type": "MultiPolygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}, NOT_AN_OUTLINE),
        (polygon([0, 0], [1, 0], [1, 1]), NOT_AN_OUTLINE),
        (polygon([0, 0], [1, 1], [0, 0]), NOT_AN_OUTLINE),
        (polygon([0, 0], [10, 10], [10, 0], [0, 10], [0, 0]), "crosses itself, at 5.00000, 5.00000"),
        (polygon([200, 0], [201, 0], [201, 1], [200, 0]), NO_DEGREES),
        (polygon([0, 89], [1, 91], [1, 89], [0, 89]), NO_DEGREES),
        (polygon([0, 0], [1e300, 0], [1, 1], [0, 0]), NO_DEGREES),
    ],
)
def test_a_shape_that_will_not_do_is_refused_in_one_sentence(
    cast: Cast, north: Access, wrong: Any, sentence: str
) -> None:
    drawn = draft(north, west=WEST)
    address = f"area-versions/{drawn.pk}/areas"

    for answer in (
        post(cast.analyst, address, {"code": "x", "shape": wrong}),
        patch(cast.analyst, f"{address}/{area_of(north, drawn, 'west').pk}", {"code": "x", "shape": wrong}),
    ):
        assert refusal(answer)[0] == 400
        assert list(answer.json()["errors"]) == ["shape"]
        assert sentence in answer.json()["detail"]
    assert codes(north, drawn.pk) == ["west"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"shape": shape(EAST)}, "code"),
        ({"code": "east"}, "shape"),
        ({"code": "west", "shape": shape(EAST)}, "code"),
        ({"code": " ", "shape": shape(EAST)}, "code"),
        ({"code": "x" * 41, "shape": shape(EAST)}, "code"),
        ({"code": "e\0", "shape": shape(EAST)}, "code"),
        ({"code": 12, "shape": shape(EAST)}, "code"),
        ({"code": "east", "name": "x" * 101, "shape": shape(EAST)}, "name"),
        ({"code": "east", "note": "x" * 501, "shape": shape(EAST)}, "note"),
        ({"code": "east", "kind": "district", "shape": shape(EAST)}, "kind"),
    ],
)
def test_an_area_that_is_not_right_is_refused_at_its_field(
    cast: Cast, north: Access, body: Json, field: str
) -> None:
    drawn = draft(north, west=WEST)

    answer = post(cast.analyst, f"area-versions/{drawn.pk}/areas", body)

    assert refusal(answer)[0] == 400
    assert list(answer.json()["errors"]) == [field]
    assert codes(north, drawn.pk) == ["west"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "kind"),
        ({"kind": "town"}, "kind"),
        ({"kind": "beat", "drawn_from": "first"}, "drawn_from"),
        ({"kind": "beat", "drawn_from": "00000000-0000-7000-8000-000000000000"}, "drawn_from"),
        ({"kind": "beat", "empty": True}, "empty"),
    ],
)
def test_a_draft_that_is_not_right_is_refused_at_its_field(
    cast: Cast, north: Access, body: Json, field: str
) -> None:
    answer = post(cast.analyst, "area-versions", body)

    assert refusal(answer)[0] == 400
    assert list(answer.json()["errors"]) == [field]
    assert get(cast.analyst, "area-versions").json()["total"] == 0


def test_a_draft_is_drawn_from_no_version_of_another_kind_or_agency(cast: Cast, north: Access) -> None:
    beats = version(north, west=WEST)
    body = {"kind": "district", "drawn_from": str(beats.pk)}

    for person, kind in ((cast.analyst, "district"), (cast.south_admin, "beat")):
        answer = post(person, "area-versions", {**body, "kind": kind})
        assert answer.json()["detail"] == f"There is no such version of {kind}s."


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, (400, "invalid_input")),
        ({"reason": " "}, (400, "invalid_input")),
        ({"reason": "x" * 151}, (400, "invalid_input")),
        ({"reason": "Reform", "since": "2999-01-01T00:00:00Z"}, (400, "invalid_input")),
        ({"reason": "Reform", "since": "2020-01-01T00:00:00Z"}, (400, "invalid_input")),
        ({"reason": "Reform", "since": "then"}, (400, "invalid_input")),
        ({"reason": "Reform", "take_faults": "yes"}, (400, "invalid_input")),
        ({"reason": "Reform"}, (400, "faulty_areas")),
    ],
)
def test_a_draft_that_may_not_come_into_force_stays_a_draft(
    cast: Cast, north: Access, body: Json, told: tuple[int, str]
) -> None:
    version(north, west=WEST)
    drawn = draft(north, a=WEST, b=WEST)
    faulty = {} if told[1] == "faulty_areas" else {"take_faults": True}

    answer = post(cast.analyst, f"area-versions/{drawn.pk}/put-in-force", {**faulty, **body})

    assert refusal(answer) == told
    assert get(cast.analyst, f"area-versions/{drawn.pk}").json()["in_force_from"] is None


def test_faults_are_taken_where_it_is_said_and_a_draft_without_areas_is_none(
    cast: Cast, north: Access
) -> None:
    version(north, west=WEST)
    drawn, empty = draft(north, a=WEST, b=WEST), draft(north, kind="district")
    body = {"reason": "Reform", "take_faults": True}

    taken = post(cast.analyst, f"area-versions/{drawn.pk}/put-in-force", body)

    assert taken.json()["is_current"]
    assert refusal(post(cast.analyst, f"area-versions/{empty.pk}/put-in-force", body)) == (400, "no_areas")


def test_a_version_comes_into_force_from_a_time(cast: Cast, north: Access) -> None:
    drawn = draft(north, west=WEST)
    body = {"reason": "Reform", "since": "2026-03-01T00:00:00Z"}

    answer = post(cast.analyst, f"area-versions/{drawn.pk}/put-in-force", body)

    assert answer.json()["in_force_from"] == "2026-03-01T00:00:00Z"


def test_an_area_is_of_the_version_that_the_address_names(cast: Cast, north: Access) -> None:
    beats, districts = draft(north, west=WEST), draft(north, kind="district", east=EAST)
    address = f"area-versions/{districts.pk}/areas/{area_of(north, beats, 'west').pk}"

    for answer in (
        get(cast.analyst, address),
        patch(cast.analyst, address, {"name": "x"}),
        api_client(cast.analyst).delete(f"{ROOT}/{address}"),
    ):
        assert refusal(answer) == (404, "not_found")


def test_a_draft_and_its_areas_are_not_there_for_others(cast: Cast, north: Access) -> None:
    drawn = draft(north, west=WEST)
    address = f"area-versions/{drawn.pk}/areas"

    for person in (cast.officer, cast.south_admin):
        assert refusal(get(person, address)) == (404, "not_found")
        assert refusal(get(person, f"{address}/{area_of(north, drawn, 'west').pk}")) == (404, "not_found")
    # What is not theirs is not there, whatever was sent.
    for body in ({}, {"code": "x", "shape": []}):
        assert refusal(post(cast.south_admin, address, body)) == (404, "not_found")


def test_areas_of_the_agencys_own_are_drawn_with_a_note(cast: Cast, north: Access) -> None:
    own = own_area(north, "school", WEST)
    address = f"area-versions/{own.area_set_id}/areas"

    added = post(cast.analyst, address, {"code": "project", "note": "Since May", "shape": shape(WEST)})

    assert (added.status_code, added.json()["kind"], added.json()["note"]) == (201, "own", "Since May")
    assert api_client(cast.analyst).delete(f"{ROOT}/{address}/{own.pk}").status_code == 204
    assert codes(north, own.area_set_id) == ["project"]


def test_the_agencys_own_areas_begin_over_the_api(cast: Cast, north: Access) -> None:
    refused = post(cast.officer, "area-versions", {"kind": "own"})
    begun, again = (post(cast.analyst, "area-versions", {"kind": "own"}) for _ in range(2))
    drawn_from = post(cast.analyst, "area-versions", {"kind": "own", "drawn_from": begun.json()["id"]})
    added = post(
        cast.analyst, f"area-versions/{begun.json()['id']}/areas", {"code": "project", "shape": shape(WEST)}
    )

    assert refusal(refused) == (403, "not_allowed")
    assert (begun.status_code, begun.json()["kind"], begun.json()["is_current"]) == (201, "own", True)
    assert again.json() == begun.json()
    assert refusal(drawn_from) == (400, "no_versions")
    assert (added.status_code, codes(north, begun.json()["id"])) == (201, ["project"])


@pytest.mark.django_db(transaction=True)
def test_of_two_who_begin_their_own_areas_at_once_both_get_the_same(committed_cast: Cast) -> None:
    def begin(_: int) -> Any:
        try:
            return post(committed_cast.analyst, "area-versions", {"kind": "own"}).json()["id"]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(begin, range(4)))) == 1


def test_an_area_is_changed_by_the_version_that_was_read(cast: Cast, north: Access) -> None:
    client, key = api_client(cast.analyst), draft(north).pk
    drawn = post(cast.analyst, f"area-versions/{key}/areas", {"code": "docks", "shape": shape(WEST)})
    address = f"{ROOT}/area-versions/{key}/areas/{drawn.json()['id']}"
    tag = client.get(address).headers["ETag"]

    def change(body: Json, **headers: str) -> Any:
        return client.patch(address, body, format="json", headers=headers)

    blind = change({"name": "One"})
    done = change({"shape": shape(EAST)}, **{"If-Match": tag})
    late = change({"name": "Three"}, **{"If-Match": tag})
    next_ = change({"name": "Four"}, **{"If-Match": f'"0", {done.headers["ETag"]}'})

    assert drawn.headers["ETag"] == tag
    assert refusal(blind) == (428, "precondition_required")
    assert (done.status_code, done.headers["ETag"] != tag) == (200, True)
    assert refusal(late) == (412, "changed_meanwhile")
    assert (next_.status_code, client.get(address).json()["name"]) == (200, "Four")
    assert client.get(address).headers["ETag"] == next_.headers["ETag"]


def test_the_same_again_is_done_once(cast: Cast, north: Access) -> None:
    client = api_client(cast.analyst)

    def twice(address: str, body: Json, key: str) -> list[Any]:
        headers: Any = {"HTTP_IDEMPOTENCY_KEY": key}
        return [client.post(f"{ROOT}/{address}", body, format="json", **headers) for _ in range(2)]

    begun = twice("area-versions", {"kind": "beat"}, "begin")
    address = f"area-versions/{begun[0].json()['id']}"
    drawn = twice(f"{address}/areas", {"code": "west", "shape": shape(WEST)}, "draw")
    forced = twice(f"{address}/put-in-force", {"reason": "Reform"}, "force")

    for first, second in (begun, drawn, forced):
        assert (second.status_code, second.json()) == (first.status_code, first.json())
        assert second.headers["Idempotent-Replayed"] == "true"
    assert [answer.status_code for answer in (begun[0], drawn[0], forced[0])] == [201, 201, 200]
    assert get(cast.analyst, "area-versions").json()["total"] == 1


def test_eight_at_once_begin_one_draft(committed_cast: Cast) -> None:
    token: Any = {"HTTP_AUTHORIZATION": bearer(committed_cast.analyst)}

    def begin(_: int) -> tuple[int, str]:
        try:
            answer = APIClient().post(f"{ROOT}/area-versions", {"kind": "beat"}, format="json", **token)
            return answer.status_code, answer.json().get("code", "")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        found = sorted(pool.map(begin, range(8)))

    assert found == [(201, ""), *[(409, "draft_exists")] * 7]
