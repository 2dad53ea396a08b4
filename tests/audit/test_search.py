"""Searching the audit over the API, reading one event, and handing events out as a table."""

from __future__ import annotations

import csv
import hashlib
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from nethra.audit.models import AuditEvent
from nethra.core.scope import agency_scope
from nethra.core.tables import cell
from tests.api.calls import ROOT, get, refusal
from tests.support.people import Cast, access_for, api_client, console_client
from tests.support.records import make_incident

pytestmark = pytest.mark.django_db
REASON = {"X-Export-Reason": "yearly review"}


@pytest.fixture
def told(cast: Cast) -> Any:
    """Events of an incident that the officer recorded, with a reason of its own."""
    access = access_for(cast.officer)
    incident = make_incident(access, description="Window broken")
    with agency_scope(access, reason="asked by the desk"):
        incident.status = "closed"
        incident.save(update_fields=["status"])
    return incident


def found(cast: Cast, query: str) -> list[dict[str, Any]]:
    answer = get(cast.auditor, f"audit-events?{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()["data"]  # type: ignore[no-any-return]


def test_events_are_found_by_record_actor_action_and_reason(cast: Cast, told: Any) -> None:
    about = found(cast, f"object={told.pk}")

    assert {row["action"] for row in about} == {"insert", "update"}
    assert {row["actor"] for row in about} == {str(cast.officer.pk)}
    assert len(found(cast, f"object={told.pk}&action=update")) == 1
    assert [row["reason"] for row in found(cast, "reason=by the DESK")] == ["asked by the desk"]
    assert found(cast, f"object={told.pk}&actor={cast.admin.pk}") == []
    assert found(cast, f"object={told.pk}&source=job&source=sql") == []
    assert len(found(cast, f"object={told.pk}&entity=incidents_incident&result=done&source=console")) == 2


def test_events_are_found_by_time_the_latest_first(cast: Cast, told: Any) -> None:
    now = datetime.now(UTC)
    soon, past = (now + timedelta(minutes=1)).isoformat(), (now - timedelta(hours=1)).isoformat()
    rows = found(cast, f"since={past}&until={soon}".replace("+", "%2B"))
    client = api_client(cast.auditor)
    walked, listed = (client.get(f"{ROOT}/audit-events?{part}size=2").json() for part in ("cursor=&", ""))

    times = [row["recorded_at"] for row in rows]
    assert times == sorted(times, reverse=True)
    assert len(times) > 3
    assert found(cast, f"since={soon}".replace("+", "%2B")) == []
    assert walked["data"] == listed["data"]
    assert walked["next"]


def test_one_event_says_what_it_changed_and_where_it_was_sealed(cast: Cast, told: Any) -> None:
    (row,) = found(cast, f"object={told.pk}&action=update")
    event = get(cast.auditor, f"audit-events/{row['id']}").json()

    assert {"field": "Status", "old": "reported", "new": "closed"} in event["changes"]
    assert (event["seq"], event["sealed_at"]) == (None, None)
    assert len(event["leaf"]) == 64


@pytest.mark.parametrize("role", ["officer", "analyst", "supervisor", "south_officer"])
def test_the_audit_is_for_who_may_read_it(cast: Cast, role: str) -> None:
    for path in ("audit-events", "audit-events.csv", f"audit-events/{cast.north.pk}"):
        assert refusal(get(getattr(cast, role), path)) == (403, "not_allowed")


def test_another_agency_finds_nothing(cast: Cast, told: Any) -> None:
    event = found(cast, f"object={told.pk}")[0]

    assert get(cast.south_admin, f"audit-events?object={told.pk}").json()["total"] == 0
    assert refusal(get(cast.south_admin, f"audit-events/{event['id']}")) == (404, "not_found")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("actor=me", "invalid_parameter"),
        ("since=yesterday", "invalid_parameter"),
        ("result=odd", "invalid_parameter"),
        ("since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z", "invalid_input"),
        ("who=me", "unknown_parameter"),
        (f"reason={'x' * 101}", "invalid_parameter"),
    ],
)
def test_a_wrong_filter_is_named(cast: Cast, query: str, code: str) -> None:
    assert refusal(get(cast.auditor, f"audit-events?{query}")) == (400, code)


def test_a_table_is_handed_out_and_that_is_recorded(cast: Cast, told: Any) -> None:
    answer: Any = api_client(cast.auditor).get(f"{ROOT}/audit-events.csv?object={told.pk}", headers=REASON)
    content = b"".join(answer.streaming_content)
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))

    assert [row["action"] for row in rows] == ["update", "insert"]
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    auditor = access_for(cast.auditor)
    with agency_scope(auditor):
        event = AuditEvent.objects.visible_to(auditor).get(action="export")
    assert '"rows": 2' in event.body
    assert f'"query": "object={told.pk}"' in event.body
    assert event.reason == REASON["X-Export-Reason"]
    assert hashlib.sha256(content).hexdigest() in event.body
    assert event.actor_id == cast.auditor.pk


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201, "a\u0007b"])
def test_a_table_without_a_reason_is_refused(cast: Cast, told: Any, reason: str) -> None:
    answer = get(cast.auditor, "audit-events.csv", **{"X-Export-Reason": reason})
    assert refusal(answer) == (400, "export_reason_needed")
    auditor = access_for(cast.auditor)
    with agency_scope(auditor):
        assert not AuditEvent.objects.visible_to(auditor).filter(action="export").exists()


def test_the_console_hands_out_what_its_list_shows(cast: Cast, told: Any) -> None:
    client = console_client(cast.auditor)
    query = f"?q={told.pk}&action=update"
    assert (
        f"audit/auditevent/export/{query.replace('&', '&amp;')}"
        in client.get(f"/console/audit/auditevent/{query}").content.decode()
    )
    asked = client.get(f"/console/audit/auditevent/export/{query}").content.decode()
    empty = client.post(f"/console/audit/auditevent/export/{query}", {"reason": " "})
    answer: Any = client.post(f"/console/audit/auditevent/export/{query}", {"reason": "yearly review"})
    table = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))

    assert "1 event, as the list shows, into a table" in asked
    assert b"This field is required" in empty.content
    assert [row["action"] for row in table] == ["update"]
    auditor = access_for(cast.auditor)
    with agency_scope(auditor):
        event = AuditEvent.objects.visible_to(auditor).get(action="export")
    assert (event.reason, event.source) == ("yearly review", "console")
    assert console_client(cast.officer).get("/console/audit/auditevent/export/").status_code == 403


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("+49", "'+49"),
        ("-x", "'-x"),
        ("@a", "'@a"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("a=b", "a=b"),
        ("", ""),
        (None, ""),
        (-3, "-3"),
        (True, "true"),
        (datetime(2026, 1, 31, 12, tzinfo=UTC), "2026-01-31T12:00:00.000000Z"),
    ],
)
def test_a_cell_is_never_a_formula(value: Any, shown: str) -> None:
    assert cell(value) == shown
