"""Persona x route: exactly one status each; nobody but the table decides."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.urls import URLPattern

from cases.people import add_person
from cases.tasks import add_task
from nethra import api_urls
from nethra.core.api import CapabilityPermission
from nethra.core.scope import agency_scope
from nethra.core.viewsets import ApiViewSet
from tests.api.calls import ROOT, anonymous, refusal
from tests.support.cases import make_case
from tests.support.people import Cast, access_for, api_client
from tests.support.records import make_incident

pytestmark = pytest.mark.django_db

INCIDENT = {"offences": [{"code": "220"}], "occurred_from": "2026-03-02T10:00:00Z"}
PERSON = {"email": "new@north.test", "name": "New", "role": "officer"}
EXPORT = {"resource": "incidents", "format": "csv", "reason": "Map"}
RUN = {"analysis": "counts", "why": "Map"}
SCHEDULE = {"name": "Mondays", "analysis": "counts", "every": "week", "why": "Map"}
DECISION = {"verdict": "rejected", "why": "Not alike"}
NOWHERE = "00000000-0000-7000-8000-000000000000"

# method, path, body, then the status for admin, officer, analyst, auditor, the other agency's admin
TABLE: list[tuple[str, str, Any, int, int, int, int, int]] = [
    ("get", "auth/me", None, 200, 200, 200, 200, 200),
    ("post", "auth/logout", {}, 204, 204, 204, 204, 204),
    ("get", "users", None, 200, 200, 200, 200, 200),
    ("post", "users", PERSON, 201, 403, 403, 403, 201),
    ("get", "users/{officer}", None, 200, 200, 404, 200, 404),
    ("patch", "users/{officer}", {"badge_number": "7"}, 200, 403, 403, 403, 404),
    ("post", "users/{officer}/deactivate", {}, 200, 403, 403, 403, 404),
    ("post", "users/{officer}/reactivate", {}, 200, 403, 403, 403, 404),
    ("post", "users/{officer}/release", {}, 200, 403, 403, 403, 404),
    ("post", "users/{officer}/link", {}, 202, 403, 403, 403, 404),
    ("post", "users/{officer}/end-sessions", {}, 200, 403, 403, 403, 404),
    ("post", "users/{officer}/password", {"password": "quite long enough words"}, 403, 400, 404, 403, 404),
    ("post", "auth/logout-all", {}, 200, 200, 200, 200, 200),
    ("post", "auth/step-up", {}, 401, 401, 401, 401, 401),
    ("get", "auth/sessions", None, 200, 200, 200, 200, 200),
    ("delete", "auth/sessions/{nowhere}", None, 404, 404, 404, 404, 404),
    ("get", "auth/keys", None, 200, 200, 200, 200, 200),
    ("post", "auth/keys", {"name": "QGIS", "scopes": ["view_incidents"]}, 201, 201, 201, 201, 201),
    ("delete", "auth/keys/{nowhere}", None, 404, 404, 404, 404, 404),
    ("get", "units", None, 200, 200, 200, 200, 200),
    ("post", "units", {"name": "Night"}, 201, 403, 403, 403, 201),
    ("get", "units/{nowhere}", None, 404, 404, 404, 404, 404),
    ("patch", "units/{nowhere}", {"name": "Night"}, 404, 403, 403, 403, 404),
    ("post", "units/{nowhere}/close", {}, 404, 403, 403, 403, 404),
    ("get", "agencies", None, 200, 200, 200, 200, 200),
    ("get", "agencies/{north}", None, 200, 200, 200, 200, 404),
    ("patch", "agencies/{north}", {"name": "North PD"}, 200, 403, 403, 403, 404),
    ("get", "incidents", None, 200, 200, 200, 200, 200),
    ("get", "incidents.geojson", None, 200, 200, 200, 200, 200),
    ("post", "incidents", INCIDENT, 201, 201, 403, 403, 201),
    ("get", "incidents/{incident}", None, 200, 200, 200, 200, 404),
    ("patch", "incidents/{incident}", {"address": "1 Oak"}, 200, 200, 403, 403, 404),
    ("get", "cases", None, 200, 200, 200, 200, 200),
    ("get", "cases.geojson", None, 200, 200, 200, 200, 200),
    ("post", "cases", {"primary_incident": "{incident}"}, 201, 201, 403, 403, 400),
    ("get", "cases/{case}", None, 200, 200, 200, 200, 404),
    ("patch", "cases/{case}", {"title": "Other"}, 428, 428, 403, 403, 404),
    ("get", "cases/{case}/transitions", None, 200, 200, 200, 200, 404),
    ("post", "cases/{case}/transitions", {"to": "suspended", "reason": "x"}, 200, 200, 403, 403, 404),
    ("post", "cases/{case}/transitions", {"to": "closed_unfounded", "reason": "x"}, 200, 403, 403, 403, 404),
    ("get", "cases/{case}/history", None, 200, 200, 200, 200, 404),
    ("get", "cases/{case}/incidents", None, 200, 200, 200, 200, 404),
    ("post", "cases/{case}/incidents", {"incident": "{incident}"}, 201, 201, 403, 403, 404),
    ("delete", "cases/{case}/incidents/{nowhere}", None, 404, 404, 403, 403, 404),
    ("get", "cases/{case}/members", None, 200, 200, 200, 200, 404),
    ("post", "cases/{case}/members", {"user": "{officer}"}, 201, 201, 403, 403, 404),
    ("delete", "cases/{case}/members/{nowhere}", None, 404, 404, 403, 403, 404),
    ("get", "cases/{case}/people", None, 200, 200, 403, 200, 404),
    ("post", "cases/{case}/people", {"role": "witness", "name": "Ida"}, 201, 201, 403, 403, 404),
    ("get", "cases/{case}/people/{person}", None, 200, 200, 403, 200, 404),
    ("patch", "cases/{case}/people/{person}", {"name": "Ada"}, 200, 200, 403, 403, 404),
    ("delete", "cases/{case}/people/{person}", None, 204, 204, 403, 403, 404),
    ("get", "cases/{case}/tasks", None, 200, 200, 200, 200, 404),
    ("post", "cases/{case}/tasks", {"title": "Ask"}, 201, 201, 403, 403, 404),
    ("get", "cases/{case}/tasks/{task}", None, 200, 200, 200, 200, 404),
    ("patch", "cases/{case}/tasks/{task}", {"status": "done"}, 200, 200, 403, 403, 404),
    ("get", "cases/{case}/evidence", None, 200, 200, 403, 200, 404),
    ("post", "cases/{case}/evidence", {}, 415, 415, 403, 403, 404),
    ("post", "cases/{case}/evidence/uploads", {}, 412, 412, 403, 403, 404),
    ("patch", "uploads/{nowhere}", {}, 404, 404, 403, 403, 404),
    ("delete", "uploads/{nowhere}", None, 404, 404, 403, 403, 404),
    ("get", "evidence", None, 200, 200, 403, 200, 200),
    ("get", "evidence/{nowhere}", None, 404, 404, 403, 404, 404),
    ("patch", "evidence/{nowhere}", {"title": "Other"}, 404, 404, 403, 403, 404),
    ("get", "evidence/{nowhere}/alike", None, 404, 404, 403, 404, 404),
    ("post", "evidence/{nowhere}/clock", {"seconds_ahead": None}, 404, 404, 403, 403, 404),
    ("get", "evidence/{nowhere}/facts", None, 404, 404, 403, 404, 404),
    ("get", "evidence/{nowhere}/preview", None, 404, 404, 403, 404, 404),
    ("post", "evidence/{nowhere}/quarantined-file", {"reason": "x"}, 404, 403, 403, 403, 404),
    ("get", "evidence/{nowhere}/file", None, 404, 404, 403, 404, 404),
    ("get", "evidence/{nowhere}/thumbnail", None, 404, 404, 403, 404, 404),
    ("get", "evidence/{nowhere}/checks", None, 404, 404, 403, 404, 404),
    ("get", "evidence/{nowhere}/custody", None, 404, 404, 403, 404, 404),
    ("post", "evidence/{nowhere}/custody", {"kind": "accepted"}, 404, 404, 403, 403, 404),
    ("get", "evidence/{nowhere}/page", None, 404, 404, 403, 403, 404),
    ("get", "evidence/{nowhere}/redactions", None, 404, 404, 403, 404, 404),
    ("post", "evidence/{nowhere}/redactions", {"regions": []}, 404, 404, 403, 403, 404),
    ("get", "cases/{nowhere}/disclosures", None, 404, 404, 403, 404, 404),
    ("post", "cases/{nowhere}/disclosures", {}, 404, 403, 403, 403, 404),
    ("get", "disclosures/{nowhere}", None, 404, 404, 403, 404, 404),
    ("post", "disclosures/{nowhere}/revoke", {"reason": "x"}, 404, 403, 403, 403, 404),
    ("get", "redactions/{nowhere}", None, 404, 404, 403, 404, 404),
    ("post", "redactions/{nowhere}/cancel", {}, 404, 404, 403, 403, 404),
    ("get", "redactions/{nowhere}/file", None, 404, 404, 403, 404, 404),
    ("post", "redactions/{nowhere}/release", {"to_name": "A", "reason": "x"}, 404, 403, 403, 403, 404),
    ("post", "evidence/{nowhere}/verify", {}, 404, 404, 403, 404, 404),
    ("get", "evidence/{nowhere}/retention", None, 404, 404, 403, 404, 404),
    ("post", "evidence/{nowhere}/retention", {"categories": []}, 404, 403, 403, 403, 404),
    ("get", "retention-categories", None, 200, 200, 403, 200, 200),
    ("post", "retention-categories", {"name": "Drugs", "days": 90}, 201, 403, 403, 403, 201),
    ("get", "retention-categories/{nowhere}", None, 404, 404, 403, 404, 404),
    ("patch", "retention-categories/{nowhere}", {"days": 90}, 404, 403, 403, 403, 404),
    ("get", "disposals", None, 200, 200, 403, 200, 200),
    ("post", "disposals", {"evidence": "{nowhere}", "reason": "x"}, 404, 403, 403, 403, 404),
    ("get", "disposals/{nowhere}", None, 404, 404, 403, 404, 404),
    ("post", "disposals/{nowhere}/approve", {}, 404, 403, 403, 403, 404),
    ("post", "disposals/{nowhere}/decline", {"reason": "x"}, 404, 403, 403, 403, 404),
    ("post", "disposals/{nowhere}/call-back", {"reason": "x"}, 404, 403, 403, 403, 404),
    ("get", "disposals/{nowhere}/certificate", None, 404, 404, 403, 404, 404),
    ("post", "cases/{case}/evidence/items", {}, 400, 400, 403, 403, 404),
    ("get", "evidence/{nowhere}/item", None, 404, 404, 403, 404, 404),
    ("get", "evidence/{nowhere}/label", None, 404, 404, 403, 404, 404),
    ("post", "evidence/{nowhere}/move", {}, 404, 404, 403, 403, 404),
    ("post", "evidence/{nowhere}/seal", {}, 404, 404, 403, 403, 404),
    ("post", "evidence/{nowhere}/check-out", {}, 404, 403, 403, 403, 404),
    ("post", "evidence/{nowhere}/check-in", {}, 404, 403, 403, 403, 404),
    ("post", "evidence/{nowhere}/destroy", {}, 404, 403, 403, 403, 404),
    ("get", "items", None, 200, 200, 403, 200, 200),
    ("get", "items/labels", None, 400, 400, 403, 400, 400),
    ("get", "searches", None, 200, 200, 200, 200, 200),
    ("post", "searches", {"name": "All", "resource": "incidents"}, 201, 201, 201, 201, 201),
    ("get", "searches/{nowhere}", None, 404, 404, 404, 404, 404),
    ("patch", "searches/{nowhere}", {"name": "Mine"}, 404, 404, 404, 404, 404),
    ("delete", "searches/{nowhere}", None, 404, 404, 404, 404, 404),
    ("post", "searches/{nowhere}/seen", {}, 404, 404, 404, 404, 404),
    ("get", "storage-locations", None, 200, 200, 403, 200, 200),
    ("post", "storage-locations", {"path": "PR1"}, 201, 403, 403, 403, 201),
    ("get", "storage-locations/{nowhere}", None, 404, 404, 403, 404, 404),
    ("patch", "storage-locations/{nowhere}", {"label": "x"}, 404, 403, 403, 403, 404),
    ("post", "storage-locations/{nowhere}/close", {}, 404, 403, 403, 403, 404),
    ("get", "inventories", None, 200, 200, 403, 200, 200),
    ("post", "inventories", {"size": 1}, 409, 403, 403, 403, 409),
    ("get", "inventories/{nowhere}", None, 404, 404, 403, 404, 404),
    ("post", "inventories/{nowhere}/close", {}, 404, 403, 403, 403, 404),
    ("get", "inventories/{nowhere}/lines", None, 404, 404, 403, 404, 404),
    ("post", "inventories/{nowhere}/lines/{nowhere}/find", {}, 404, 403, 403, 403, 404),
    ("post", "inventories/{nowhere}/lines/{nowhere}/settle", {}, 404, 403, 403, 403, 404),
    ("get", "audit-events", None, 200, 403, 403, 200, 200),
    ("get", "audit-events.csv", None, 400, 403, 403, 400, 400),
    ("get", "audit-events/{nowhere}", None, 404, 403, 403, 404, 404),
    ("get", "insights/methods", None, 200, 200, 200, 200, 200),
    ("get", "insights/runs", None, 200, 200, 200, 200, 200),
    ("post", "insights/runs", RUN, 201, 201, 201, 403, 400),
    ("get", "insights/runs/{nowhere}", None, 404, 404, 404, 404, 404),
    ("post", "insights/runs/{nowhere}/cancel", {}, 404, 404, 404, 403, 404),
    ("get", "insights/runs/{nowhere}/compare?with={nowhere}", None, 404, 404, 404, 404, 404),
    ("get", "insights/runs/{nowhere}/file?format=csv", None, 404, 404, 404, 404, 404),
    ("post", "insights/runs/{nowhere}/pin", {"is_pinned": True}, 404, 404, 404, 403, 404),
    ("post", "insights/runs/{nowhere}/repeat", {"why": "Check"}, 404, 404, 404, 403, 404),
    ("get", "insights/runs/{nowhere}/result", None, 404, 404, 404, 404, 404),
    ("get", "insights/runs/{nowhere}/series/decisions", None, 404, 404, 404, 404, 404),
    ("post", "insights/runs/{nowhere}/series/1/decisions", DECISION, 404, 404, 404, 403, 404),
    ("post", "insights/runs/{nowhere}/series/1/case", {"title": "Vans"}, 404, 404, 403, 403, 404),
    ("get", "insights/schedules", None, 200, 200, 200, 200, 200),
    ("post", "insights/schedules", SCHEDULE, 201, 201, 201, 403, 201),
    ("get", "insights/schedules/{nowhere}", None, 404, 404, 404, 404, 404),
    ("post", "insights/schedules/{nowhere}/stop", {}, 404, 404, 404, 403, 404),
    ("get", "exports", None, 200, 200, 200, 200, 200),
    ("post", "exports", EXPORT, 202, 202, 202, 202, 202),
    ("get", "exports/{nowhere}", None, 404, 404, 404, 404, 404),
    ("post", "exports/{nowhere}/cancel", {}, 404, 404, 404, 404, 404),
    ("get", "exports/{nowhere}/file", None, 404, 404, 404, 404, 404),
    ("get", "tasks", None, 200, 200, 200, 200, 200),
    ("get", "offences", None, 200, 200, 200, 200, 200),
    ("get", "offence-categories", None, 200, 200, 200, 200, 200),
    ("get", "areas", None, 200, 200, 200, 200, 200),
    ("get", "areas.geojson", None, 200, 200, 200, 200, 200),
    ("get", "areas/{nowhere}", None, 404, 404, 404, 404, 404),
    ("get", "places?q=mission", None, 200, 200, 200, 200, 200),
    ("get", "areas/at?point=-122.4,37.7", None, 200, 200, 200, 200, 200),
    ("get", "area-versions", None, 200, 200, 200, 200, 200),
    ("post", "area-versions", {"kind": "beat"}, 201, 403, 201, 403, 201),
    ("get", "area-versions/{nowhere}", None, 404, 404, 404, 404, 404),
    ("delete", "area-versions/{nowhere}", None, 404, 403, 404, 403, 404),
    ("post", "area-versions/{nowhere}/put-in-force", {"reason": "Reform"}, 404, 403, 404, 403, 404),
    ("get", "area-versions/{nowhere}/areas", None, 404, 404, 404, 404, 404),
    ("post", "area-versions/{nowhere}/areas", {}, 404, 403, 404, 403, 404),
    ("get", "area-versions/{nowhere}/areas/{nowhere}", None, 404, 404, 404, 404, 404),
    ("patch", "area-versions/{nowhere}/areas/{nowhere}", {}, 404, 403, 404, 403, 404),
    ("delete", "area-versions/{nowhere}/areas/{nowhere}", None, 404, 403, 404, 403, 404),
    ("get", "area-versions/{nowhere}/areas.geojson", None, 404, 404, 404, 404, 404),
    ("get", "area-versions/{nowhere}/areas.gpkg", None, 404, 404, 404, 404, 404),
    ("get", "area-versions/{nowhere}/faults", None, 404, 404, 404, 404, 404),
    ("get", "import-batches", None, 200, 403, 200, 200, 200),
    ("get", "import-batches/{nowhere}", None, 404, 403, 404, 404, 404),
    ("get", "import-batches/{nowhere}/rejects", None, 404, 403, 404, 404, 404),
    ("get", "insights/areas", None, 200, 200, 200, 200, 200),
    ("get", "insights/grid", None, 200, 200, 200, 200, 200),
    ("get", "insights/hours", None, 200, 200, 200, 200, 200),
    ("get", "tiles/incidents.json", None, 200, 200, 200, 200, 200),
    ("get", "tiles/incidents/14/2620/6332.mvt", None, 204, 204, 204, 204, 204),
]
PERSONAS = ("admin", "officer", "analyst", "auditor", "south_admin")
#: Where a supervisor's status is not the officer's.
SUPERVISOR = {
    ("post", "users/{officer}/password", ""): 403,
    ("post", "cases/{case}/transitions", "closed_unfounded"): 200,
    ("post", "evidence/{nowhere}/retention", ""): 404,
    ("post", "retention-categories", ""): 201,
    ("patch", "retention-categories/{nowhere}", ""): 404,
    ("post", "disposals", ""): 404,
    ("post", "disposals/{nowhere}/approve", ""): 404,
    ("post", "disposals/{nowhere}/decline", ""): 404,
    ("post", "disposals/{nowhere}/call-back", ""): 404,
    ("post", "redactions/{nowhere}/release", ""): 404,
    ("post", "evidence/{nowhere}/quarantined-file", ""): 404,
    ("post", "evidence/{nowhere}/check-out", ""): 404,
    ("post", "evidence/{nowhere}/check-in", ""): 404,
    ("post", "evidence/{nowhere}/destroy", ""): 404,
    ("post", "storage-locations", ""): 201,
    ("patch", "storage-locations/{nowhere}", ""): 404,
    ("post", "storage-locations/{nowhere}/close", ""): 404,
    ("post", "inventories", ""): 409,
    ("post", "inventories/{nowhere}/close", ""): 404,
    ("post", "inventories/{nowhere}/lines/{nowhere}/find", ""): 404,
    ("post", "inventories/{nowhere}/lines/{nowhere}/settle", ""): 404,
    ("post", "cases/{nowhere}/disclosures", ""): 404,
    ("post", "disclosures/{nowhere}/revoke", ""): 404,
}


def is_words(body: Any) -> bool:
    return isinstance(body, dict) and all(isinstance(value, str) for value in body.values())


def plain_rows(cast: Cast) -> dict[str, Any]:
    """Return the keys of rows of North that the paths name."""
    incident = make_incident(access_for(cast.officer))
    return {
        "officer": cast.officer.pk,
        "north": cast.north.pk,
        "incident": incident.pk,
        "nowhere": NOWHERE,
    }


def rows_of_north(cast: Cast) -> dict[str, Any]:
    """Return the keys of rows of North, with a case and its parts."""
    access = access_for(cast.officer)
    case = make_case(access)
    with agency_scope(access):
        person = add_person(access=access, case=case, role="witness", name="Ida")
        task = add_task(access=access, case=case, title="Ask")
    return {**plain_rows(cast), "case": case.pk, "person": person.pk, "task": task.pk}


def expected_of(line: tuple[Any, ...], who: str) -> int:
    """Return the status that the table gives a persona."""
    if who == "supervisor":
        return int(SUPERVISOR.get((line[0], line[1], (line[2] or {}).get("to", "")), line[4]))
    return int(line[3 + PERSONAS.index(who)])


@pytest.mark.parametrize("who", [*PERSONAS, "supervisor"])
def test_every_persona_gets_its_status(cast: Cast, who: str) -> None:
    keys = {**rows_of_north(cast), "incident": plain_rows(cast)["incident"]}
    wrong = {}
    for line in TABLE:
        method, path, body = line[:3]
        body = {n: value.format(**keys) for n, value in body.items()} if is_words(body) else body
        point = transaction.savepoint()
        # A client of its own: some of these end the session.
        client = api_client(getattr(cast, who))
        answer = getattr(client, method)(f"{ROOT}/{path.format(**keys)}", body, format="json")
        transaction.savepoint_rollback(point)
        if answer.status_code != expected_of(line, who):
            wrong[f"{method} {path} {body}"] = (expected_of(line, who), answer.status_code, answer.content)

    assert wrong == {}


@pytest.mark.parametrize("line", TABLE, ids=[f"{line[0]} {line[1]}" for line in TABLE])
def test_nobody_gets_in_without_a_token(db: None, line: tuple[Any, ...]) -> None:
    names = ("officer", "north", "incident", "nowhere", "case", "person", "task", "evidence")
    address = line[1].format(**dict.fromkeys(names, NOWHERE))

    answer = getattr(anonymous(), line[0])(f"{ROOT}/{address}", line[2], format="json")

    assert refusal(answer) == (401, "not_signed_in")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def routes() -> list[tuple[str, Any, dict[str, str]]]:
    """Return path, view class and method -> action of every API route made of a viewset."""
    found = []
    for pattern in api_urls.version_1:
        callback: Any = pattern.callback
        view = getattr(callback, "cls", None)
        if isinstance(pattern, URLPattern) and isinstance(view, type) and issubclass(view, ApiViewSet):
            found.append((str(pattern.pattern), view, callback.actions))
    return found


def test_every_action_stands_in_its_viewsets_table() -> None:
    missing = [
        (path, action)
        for path, view, actions in routes()
        for action in actions.values()
        if action not in view.actions
    ]

    assert missing == []


def test_an_action_that_no_table_names_is_refused(cast: Cast) -> None:
    class Unnamed(ApiViewSet):
        def list(self, request: Any) -> Any:
            raise AssertionError("reached")

    view = Unnamed()
    view.action_map, view.action = {"get": "list"}, "list"
    request: Any = type("Request", (), {"method": "GET", "auth": access_for(cast.admin)})()

    assert CapabilityPermission().has_permission(request, view) is False


def test_a_console_cookie_is_no_api_token(cast: Cast) -> None:
    from tests.support.people import console_client

    answer = console_client(cast.admin).get(f"{ROOT}/incidents")

    assert refusal(answer) == (401, "not_signed_in")


def test_the_deactivated_cannot_use_the_token_they_had(cast: Cast) -> None:
    answer = api_client(cast.deactivated).get(f"{ROOT}/incidents")

    assert refusal(answer) == (401, "session_ended")
    assert "ask an administrator" in answer.json()["detail"]
