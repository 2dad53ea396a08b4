"""The transaction round a request: who is asking, what the database is told, what stays after a refusal."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.choices import SessionKind
from accounts.models import User
from accounts.services import enter_agency
from accounts.sessions import open_session
from nethra.audit.models import AuditEvent
from nethra.core.querysets import unscoped
from nethra.core.scope import agency_scope
from tests.support.people import Cast, access_for, api_client, bearer, console_client, make_user
from tests.support.records import make_incident


def denials(cast: Cast) -> list[AuditEvent]:
    with agency_scope(access_for(cast.admin)):
        return list(AuditEvent.objects.visible_to(access_for(cast.admin)).filter(result="denied"))


def test_every_answer_carries_id_duration_and_policy(cast: Cast) -> None:
    for path in ("/health", "/api/v1/auth/me", "/nowhere"):
        answer = Client().get(path)
        assert len(answer["X-Request-ID"]) == 36
        assert float(answer["X-Process-Time"]) >= 0
        assert "script-src 'self';" in answer["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("sent", "kept"), [("trace-0001", True), ("x", False), ("a b c d e f", False), ("é" * 9, False)]
)
def test_a_sensible_request_id_is_kept(sent: str, kept: bool) -> None:
    answer = Client().get("/health", headers={"X-Request-ID": sent})

    assert (answer["X-Request-ID"] == sent) is kept


def test_a_refusal_is_recorded_with_who_and_where(cast: Cast) -> None:
    answer = api_client(cast.analyst).post("/api/v1/incidents", {}, format="json")

    assert answer.status_code == 403
    (event,) = denials(cast)
    assert (event.actor_id, event.source) == (cast.analyst.pk, "api")
    assert "/api/v1/incidents" in event.body


def test_the_agency_is_unset_for_the_next_anonymous_request(cast: Cast) -> None:
    make_incident(access_for(cast.officer))
    client = api_client(cast.officer)
    assert client.get("/api/v1/incidents").json()["total"] == 1

    Client().get("/api/v1/incidents")

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM incidents_incident")
        assert cursor.fetchone() == (0,)


def test_a_cookie_opens_the_console_only_and_a_token_the_api_only(cast: Cast) -> None:
    token = bearer(cast.officer)

    assert console_client(cast.officer).get("/api/v1/auth/me").status_code == 401
    assert Client().get(reverse("admin:index"), headers={"Authorization": token}).status_code == 302


def test_a_deactivated_person_is_out_at_once(cast: Cast) -> None:
    client = api_client(cast.officer)
    assert client.get("/api/v1/auth/me").status_code == 200
    with agency_scope(access_for(cast.admin)), unscoped("test"):
        User.objects.filter(pk=cast.officer.pk).update(is_active=False, deactivated_at="2026-01-01T00:00Z")

    assert client.get("/api/v1/auth/me").status_code == 401


def test_a_visiting_superadmin_reads_the_entered_agency_and_the_audit_says_so(cast: Cast) -> None:
    incident = make_incident(access_for(cast.south_officer))
    visitor = make_user(cast.north, "admin", "Vera Visitor")
    with agency_scope(access_for(visitor)):
        User.objects.visible_to(access_for(visitor)).filter(pk=visitor.pk).update(is_platform_admin=True)
    visitor.is_platform_admin = True
    client = api_client(visitor)
    with agency_scope(access_for(visitor)):
        session = visitor.sessions.visible_to(access_for(visitor)).get(kind=SessionKind.API)
        enter_agency(user=visitor, session=session, code="south", reason="Support call 4711")

    assert client.get(f"/api/v1/incidents/{incident.pk}").status_code == 200
    answer = client.patch(f"/api/v1/incidents/{incident.pk}", {"status": "verified"}, format="json")

    assert answer.status_code == 200
    with agency_scope(access_for(cast.south_admin)):
        events = AuditEvent.objects.visible_to(access_for(cast.south_admin))
        event = events.get(entity="incidents_incident", action="update")
        entered = events.get(action="agency_entered")
    assert (event.actor_id, event.reason) == (visitor.pk, "entered: Support call 4711")
    assert (entered.actor_id, entered.reason) == (visitor.pk, "Support call 4711")
    with agency_scope(access_for(cast.admin)):
        assert AuditEvent.objects.visible_to(access_for(cast.admin)).get(action="agency_entered")


@pytest.mark.django_db(transaction=True)
def test_what_a_failing_view_wrote_is_undone_and_the_refusal_stays(committed_cast: Cast) -> None:
    cast = committed_cast
    body: dict[str, Any] = {"occurred_from": "2026-03-02T14:30:00Z", "offences": [{"code": "XYZ"}]}

    answer = api_client(cast.officer).post("/api/v1/incidents", body, format="json")

    assert answer.status_code == 400
    with agency_scope(access_for(cast.admin)), unscoped("test"):
        assert not AuditEvent.objects.filter(entity="incidents_incident").exists()


def test_a_session_of_another_agency_cannot_be_named(cast: Cast) -> None:
    with agency_scope(access_for(cast.south_officer)):
        session = open_session(cast.south_officer, SessionKind.CONSOLE)
    client = console_client(cast.officer)
    store = client.session
    store["session_id"] = str(session.pk)
    store.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = store.session_key or ""

    assert client.get(reverse("admin:index")).status_code == 302
