"""The short way answers a plain reading exactly as the ordinary way, and nothing else at all."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.gis.geos import Point
from django.test import Client, RequestFactory
from django.test.client import ClientHandler
from django.urls import resolve
from rest_framework.response import Response

from accounts import short_way
from accounts.api_keys import make_key
from accounts.choices import EndReason
from accounts.models import Agency, RoleRule, User, UserSession
from accounts.session_rows import _fields
from accounts.sessions import end_sessions_of
from accounts.short_way import _known, answer
from incidents.models import IncidentReading
from incidents.sealing import seal_incident
from nethra.core import throttles
from nethra.core.access import operator_access
from nethra.core.models import uuid7
from nethra.core.querysets import unscoped
from nethra.core.scope import agency_scope
from nethra.core.short_routes import short_routes
from tests.support.people import Cast, access_for, bearer, make_user
from tests.support.records import make_incident
from tests.support.secrets import ORDER

pytestmark = pytest.mark.django_db
PEOPLE = ("admin", "supervisor", "officer", "analyst", "auditor", "custodian", "prosecutor", "south_officer")
#: One of each route that has a short way, by the route as the log names it; {key} is an incident's.
PATHS = {
    "api/v1/incidents": ["incidents", "incidents?cursor=&size=3", "incidents?bbox=-122.5,37.7,-122.4,37.8"],
    "api/v1/incidents.geojson": ["incidents.geojson", "incidents.geojson?near=-122.42,37.77,900&count=none"],
    "api/v1/incidents/<uuid:id>": ["incidents/{key}"],
    "api/v1/insights/grid": ["insights/grid?bbox=-122.5,37.7,-122.4,37.8"],
    "api/v1/insights/areas": ["insights/areas"],
    "api/v1/insights/hours": ["insights/hours"],
    "api/v1/insights/methods": ["insights/methods"],
    "api/v1/tiles/incidents.json": ["tiles/incidents.json"],
    "api/v1/tiles/incidents/<int:z>/<int:x>/<int:y>.mvt": [
        "tiles/incidents/12/655/1583.mvt",
        "tiles/incidents/12/0/0.mvt",
    ],
}
#: Refused, whichever way: a parameter that is none, a record that is not there, a page past the end.
REFUSED = (
    "incidents?nothing=1",
    "incidents?page=99",
    "incidents/00000000-0000-0000-0000-000000000000",
    "tiles/incidents/12/9999/0.mvt",
)
OWN = ("X-Request-ID", "X-Process-Time")


@pytest.fixture
def keys(cast: Cast) -> list[str]:
    """The keys of three incidents of North: a plain one, one of which a part is sealed, and one that is sealed."""
    officer, admin = access_for(cast.officer), access_for(cast.admin)
    made = [make_incident(officer, location=Point(-122.42, 37.77 + n / 2000, srid=4326)) for n in range(3)]
    with agency_scope(admin):
        seal_incident(access=admin, incident=made[1], parts=["narrative"], **ORDER)
        seal_incident(access=admin, incident=made[2], parts=["whole"], **ORDER)
    return [str(incident.pk) for incident in made]


def asked(path: str, token: str, **more: Any) -> Any:
    """Return a request, as the short way is given it."""
    return RequestFactory().get(f"/api/v1/{path}", HTTP_AUTHORIZATION=token, **more)


def both(settings: Any, path: str, token: str, **headers: str) -> list[Any]:
    """Return the answers to a request with and without the short way."""
    answers = []
    for is_short in (True, False):
        settings.SHORT_WAY = is_short
        client = Client(raise_request_exception=False)
        answers.append(client.get(f"/api/v1/{path}", headers={"Authorization": token, **headers}))
    return answers


def said(response: Any) -> tuple[int, bytes, dict[str, Any]]:
    """Return all that an answer says, but for its own id and duration."""
    headers = {name: value for name, value in response.headers.items() if name not in OWN}
    headers["Vary"] = sorted(headers.get("Vary", "").lower().split(", "))
    content = response.content
    if response.status_code >= 400:
        content = content.replace(response.headers["X-Request-ID"].encode(), b"")
    return response.status_code, content, headers


def test_every_short_route_is_tried_here_and_is_the_one_that_answers(keys: list[str]) -> None:
    assert {route.match.route for route in short_routes()} == set(PATHS)
    for route in short_routes():
        for path in PATHS[route.match.route]:
            found = resolve("/api/v1/" + path.format(key=keys[0]).partition("?")[0])
            assert found.func is route.pattern.callback


@pytest.mark.parametrize("person", PEOPLE)
def test_both_ways_say_the_same_to_everybody(cast: Cast, keys: list[str], settings: Any, person: str) -> None:
    token = bearer(getattr(cast, person))
    paths = [path for several in PATHS.values() for path in several]
    for path in [one.format(key=key) for one in paths for key in (keys if "{key}" in one else keys[:1])]:
        short, ordinary = both(settings, path, token)
        assert said(short) == said(ordinary), path
    for path in REFUSED:
        short, ordinary = both(settings, path, token)
        assert said(short) == said(ordinary), path
        assert short.status_code >= 400


@pytest.mark.parametrize(
    "accept", ["application/geo+json", "application/json", "*/*", "text/html", "*/*;q=0.5"]
)
def test_both_ways_give_what_is_accepted(cast: Cast, keys: list[str], settings: Any, accept: str) -> None:
    for path in ("incidents", "tiles/incidents/12/655/1583.mvt"):
        short, ordinary = both(settings, path, bearer(cast.officer), Accept=accept)
        assert said(short) == said(ordinary)


def test_what_goes_well_goes_the_short_way(cast: Cast, keys: list[str]) -> None:
    token = bearer(cast.officer)
    for path in (path for several in PATHS.values() for path in several):
        response = answer(asked(path.format(key=keys[0]), token))
        assert response is not None, path
        assert response.status_code in (200, 204)


@pytest.mark.parametrize("is_short", [True, False])
def test_an_answer_is_freed_with_its_records_and_not_left_to_the_collector(
    cast: Cast, keys: list[str], settings: Any, is_short: bool
) -> None:
    settings.SHORT_WAY = is_short
    token = bearer(cast.officer)
    paths = [path.format(key=keys[0]) for several in PATHS.values() for path in several]
    gc.collect()
    gc.disable()
    try:
        for path in paths:
            assert _served(f"/api/v1/{path}", token) in (200, 204)
            assert not [one for one in gc.get_objects() if isinstance(one, Response)], path
    finally:
        gc.enable()


def _served(path: str, token: str) -> int:
    """Return the status of an answer of which nothing is kept, as a web server does."""
    environ = RequestFactory().get(path, HTTP_AUTHORIZATION=token).environ
    status: int = ClientHandler()(environ).status_code
    return status


def test_what_fails_on_the_short_way_alone_is_answered_and_logged_without_its_words(
    cast: Cast, keys: list[str], settings: Any, monkeypatch: Any
) -> None:
    logged: list[str] = []
    monkeypatch.setattr(short_way.log, "warning", lambda text, *values: logged.append(text % values))
    for path in REFUSED:
        both(settings, path, bearer(cast.officer))
    assert logged == [], "a refusal is no failure"

    def fail(*_: Any) -> None:
        raise RuntimeError("a narrative")

    monkeypatch.setattr(short_way, "keep_plans", lambda **_: fail())
    short, ordinary = both(settings, "incidents", bearer(cast.officer))

    assert (short.status_code, said(short)) == (200, said(ordinary))
    assert logged == ["RuntimeError on the short way of api/v1/incidents"]


def test_what_is_remembered_of_a_person_holds_no_password(cast: Cast) -> None:
    _known.cache_clear()
    assert answer(asked("incidents", bearer(cast.officer))) is not None
    assert _known.cache_info().currsize == 1
    assert "password" not in {field.name for field in _fields(User)}


def test_a_tile_that_the_caller_has_is_not_sent_again_either_way(
    cast: Cast, keys: list[str], settings: Any
) -> None:
    path, token = "tiles/incidents/12/655/1583.mvt", bearer(cast.officer)
    tag = both(settings, path, token)[0].headers["ETag"]
    short, ordinary = both(settings, path, token, **{"If-None-Match": tag})
    assert said(short) == said(ordinary)
    assert short.status_code == 304


def _deactivated(cast: Cast) -> None:
    User.objects.filter(pk=cast.officer.pk).update(is_active=False, deactivated_at=datetime.now(UTC))


def _ended(cast: Cast) -> None:
    end_sessions_of(cast.officer, because=EndReason.SIGNED_OUT)


def _expired(cast: Cast) -> None:
    UserSession.objects.filter(user_id=cast.officer.pk).update(
        expires_at=datetime.now(UTC) - timedelta(seconds=1)
    )


def _unseen(cast: Cast) -> None:
    UserSession.objects.filter(user_id=cast.officer.pk).update(
        last_seen_at=datetime.now(UTC) - timedelta(seconds=61)
    )


def _agency_closed(cast: Cast) -> None:
    Agency.objects.filter(pk=cast.north.pk).update(deactivated_at=datetime.now(UTC))


def _emergency(cast: Cast) -> None:
    User.objects.filter(pk=cast.officer.pk).update(emergency_until=datetime.now(UTC) + timedelta(hours=1))


def _must_enrol(cast: Cast) -> None:
    Agency.objects.filter(pk=cast.north.pk).update(second_factor_roles=["officer"])


def _other_language(cast: Cast) -> None:
    User.objects.filter(pk=cast.officer.pk).update(language="en-gb")


def _withdrawn(cast: Cast) -> None:
    RoleRule(agency_id=cast.north.pk, role="officer", withdrawn=["view_incidents"]).save()


@pytest.mark.parametrize(
    "change",
    [
        _deactivated,
        _ended,
        _expired,
        _unseen,
        _agency_closed,
        _emergency,
        _must_enrol,
        _other_language,
        _withdrawn,
    ],
)
def test_whatever_happened_to_the_session_counts_at_once(
    cast: Cast, keys: list[str], settings: Any, change: Callable[[Cast], None]
) -> None:
    token = bearer(cast.officer)
    assert answer(asked("incidents", token)) is not None
    with agency_scope(operator_access(cast.north.pk)), unscoped("the test"):
        change(cast)
    assert answer(asked("incidents", token)) is None
    settings.SHORT_WAY = False
    ordinary = Client().get("/api/v1/incidents", headers={"Authorization": token})
    settings.SHORT_WAY = True
    # The ordinary way notes whoever was not seen for a minute: asked again, the short way is open to them.
    is_open = change in (_unseen, _emergency, _other_language)
    assert ordinary.status_code == (200 if is_open else 403 if change in (_must_enrol, _withdrawn) else 401)
    assert (answer(asked("incidents", token)) is not None) == (change is _unseen)


@pytest.mark.parametrize(
    "more",
    [
        {"HTTP_ORIGIN": "https://elsewhere.test"},
        {"HTTP_X_READING_REASON": "assigned"},
        {"HTTP_HOST": "elsewhere.test"},
        {"HTTP_ACCEPT": "text/html"},
        {"HTTP_AUTHORIZATION": ""},
        {"HTTP_AUTHORIZATION": "Bearer v4.local.AAAA"},
        {"HTTP_AUTHORIZATION": "Basic b2ZmaWNlcjpwYXNz"},
    ],
)
def test_whatever_needs_more_goes_the_ordinary_way(cast: Cast, more: dict[str, str]) -> None:
    token: dict[str, Any] = {"HTTP_AUTHORIZATION": bearer(cast.officer)}
    assert answer(RequestFactory().get("/api/v1/incidents", **token)) is not None
    assert answer(RequestFactory().get("/api/v1/incidents", **{**token, **more})) is None


def test_other_methods_and_other_routes_go_the_ordinary_way(cast: Cast, settings: Any) -> None:
    token = {"Authorization": bearer(cast.officer)}
    for method, path in (("head", "incidents"), ("options", "incidents"), ("get", "cases"), ("get", "users")):
        settings.SHORT_WAY = True
        short = getattr(Client(), method)(f"/api/v1/{path}", headers=token)
        settings.SHORT_WAY = False
        assert said(short) == said(getattr(Client(), method)(f"/api/v1/{path}", headers=token))


def test_in_clear_nothing_is_answered_where_tls_is_asked_for(cast: Cast, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    token = bearer(cast.officer)
    assert answer(asked("incidents", token)) is None
    assert answer(asked("incidents", token, **{"wsgi.url_scheme": "https"})) is not None


def test_a_key_goes_the_ordinary_way(cast: Cast) -> None:
    officer = replace(access_for(cast.officer), session_id=uuid7())
    with agency_scope(officer):
        _, secret = make_key(access=officer, user=cast.officer, name="gis", scopes=["view_incidents"], days=1)
    assert answer(asked("incidents", f"Bearer {secret}")) is None
    assert Client().get("/api/v1/incidents", headers={"Authorization": f"Bearer {secret}"}).status_code == 200


def test_a_superadmin_goes_the_ordinary_way(cast: Cast) -> None:
    admin = make_user(cast.north, "admin", "Pat Form", is_platform_admin=True)
    assert answer(asked("incidents", bearer(admin))) is None


@pytest.mark.django_db(transaction=True)
def test_a_request_is_counted_once_whichever_way_it_goes(committed_cast: Cast, settings: Any) -> None:
    settings.REQUESTS_PER_MINUTE = 3
    throttles.allowance.__init__()  # type: ignore[misc]
    headers = {"Authorization": bearer(committed_cast.officer)}
    paths = ("incidents", "incidents?nothing=1", "users", "incidents")
    assert [Client().get(f"/api/v1/{path}", headers=headers).status_code for path in paths] == [
        200,
        400,
        200,
        429,
    ]


def test_a_look_at_what_is_sealed_is_noted_and_a_refused_one_leaves_nothing(
    cast: Cast, keys: list[str]
) -> None:
    token = bearer(cast.supervisor)
    with agency_scope(operator_access(cast.north.pk)), unscoped("the test"):
        RoleRule(agency_id=cast.north.pk, role="supervisor", granted=["read_sealed"]).save()
    assert answer(asked(f"incidents/{keys[1]}", token)) is None
    answered = Client().get(
        f"/api/v1/incidents/{keys[1]}", headers={"Authorization": token, "X-Reading-Reason": "supervision"}
    )
    assert answered.status_code == 200
    with agency_scope(operator_access(cast.north.pk)):
        assert IncidentReading._base_manager.count() == 1
