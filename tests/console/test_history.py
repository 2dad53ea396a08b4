"""The history of a record and the audit's pages, both read from what the triggers wrote."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from accounts.models import User
from accounts.people import change_user
from nethra.audit.models import AuditEvent
from nethra.core.scope import agency_scope
from tests.console.rows import page
from tests.support.people import Cast, access_for, console_client

pytestmark = pytest.mark.django_db


def rename(cast: Cast, name: str) -> None:
    access = access_for(cast.admin)
    with agency_scope(access):
        change_user(
            access=access,
            user=User.objects.visible_to(access).get(pk=cast.officer.pk),
            name=name,
            badge_number="9",
        )


def test_a_history_says_who_changed_what(cast: Cast) -> None:
    rename(cast, "Noel Rise")

    entries = console_client(cast.auditor).get(page(User, "history", cast.officer.pk)).context["entries"]

    changes = {change.field: (change.old, change.new) for change in entries[0].changes}
    assert (entries[0].who, entries[0].action) == ("Nora Admin", "Changed")
    assert changes == {"Name": ("Noel Officer", "Noel Rise"), "Badge number": ("N-17", "9")}


def test_an_event_shows_its_fields(cast: Cast) -> None:
    rename(cast, "Noel Rise")
    access = access_for(cast.auditor)
    with agency_scope(access):
        event = AuditEvent.objects.visible_to(access).filter(object_id=cast.officer.pk, action="update").get()

    content = console_client(cast.auditor).get(page(AuditEvent, "change", event.pk)).content.decode()

    assert "Noel Rise" in content
    assert "Nora Admin" in content


def test_the_audit_is_searched_by_the_whole_id(cast: Cast) -> None:
    rename(cast, "Noel Rise")
    client = console_client(cast.auditor)

    def found(term: str) -> int:
        return len(client.get(page(AuditEvent, "changelist"), {"q": term}).context["cl"].result_list)

    assert found(str(cast.officer.pk)) >= 2
    assert found(str(cast.officer.pk)[:8]) == 0


@pytest.mark.parametrize(
    ("parameter", "value"),
    [("action", "update"), ("entity", "accounts_user"), ("source", "command"), ("result__exact", "done")],
)
def test_the_audit_is_filtered(cast: Cast, parameter: str, value: str) -> None:
    rename(cast, "Noel Rise")

    answer = console_client(cast.auditor).get(page(AuditEvent, "changelist"), {parameter: value})

    column = parameter.removesuffix("__exact")
    assert {getattr(event, column) for event in answer.context["cl"].result_list} <= {value}


@pytest.mark.parametrize(("days", "is_there"), [(-1, False), (0, True), (1, False)])
def test_a_period_holds_its_first_and_its_last_day(cast: Cast, days: int, is_there: bool) -> None:
    rename(cast, "Noel Rise")
    day = datetime.now(cast.north.zone).date() + timedelta(days=days)
    period = {"recorded_at_from": str(day), "recorded_at_to": str(day)}

    answer = console_client(cast.auditor).get(page(AuditEvent, "changelist"), period)

    assert bool(answer.context["cl"].result_list) is is_there
