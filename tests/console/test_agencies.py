"""A platform superadmin enters another agency for a reason, acts there, and leaves."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from nethra.audit.models import AuditEvent
from nethra.core.scope import agency_scope
from tests.support.people import Cast, access_for, console_client, make_agency, make_user

pytestmark = pytest.mark.django_db
ENTER, LEAVE = "/console/agencies/enter/", "/console/agencies/leave/"
REASON = "Helping with the first import"


@pytest.fixture
def superadmin(cast: Cast) -> User:
    """Somebody of the platform's own agency."""
    return make_user(make_agency("platform"), "admin", "Petra Super", is_platform_admin=True)


def people_seen(client: Client) -> set[str]:
    return {person.name for person in client.get("/console/accounts/user/").context["cl"].result_list}


def test_inside_one_sees_that_agency_and_a_banner(cast: Cast, superadmin: User) -> None:
    client = console_client(superadmin)

    answer = client.post(ENTER, {"code": "north", "reason": REASON})

    assert answer.headers["Location"] == "/console/"
    assert "You are inside North Police" in client.get("/console/").content.decode()
    assert "Noel Officer" in people_seen(client)


def test_leaving_takes_one_home_and_both_audits_know(cast: Cast, superadmin: User) -> None:
    client = console_client(superadmin)
    client.post(ENTER, {"code": "north", "reason": REASON})

    client.post(LEAVE)

    assert people_seen(client) == {"Petra Super"}
    for user in (cast.admin, superadmin):
        with agency_scope(access_for(user)):
            left = AuditEvent.objects.visible_to(access_for(user)).filter(action="agency_left")
            assert [event.actor_id for event in left] == [superadmin.pk]


def test_signing_out_inside_ends_the_session(cast: Cast, superadmin: User) -> None:
    client = console_client(superadmin)
    client.post(ENTER, {"code": "north", "reason": REASON})
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value

    client.post("/console/logout/")

    client.cookies[settings.SESSION_COOKIE_NAME] = cookie
    assert client.get("/console/").status_code == 302


@pytest.mark.parametrize(
    ("code", "reason", "field"),
    [("nowhere", REASON, "code"), ("north", "short", "reason"), ("", REASON, "code")],
)
def test_a_wrong_code_or_a_missing_reason_is_said_at_its_field(
    superadmin: User, code: str, reason: str, field: str
) -> None:
    answer = console_client(superadmin).post(ENTER, {"code": code, "reason": reason})

    assert set(answer.context["form"].errors) == {field}


def test_nobody_else_enters_or_leaves(cast: Cast) -> None:
    client = console_client(cast.admin)

    assert client.get(ENTER).status_code == 403
    assert client.post(ENTER, {"code": "south", "reason": REASON}).status_code == 403
    assert client.post(LEAVE).status_code == 403
    assert client.get(LEAVE).status_code == 405


def test_inside_ones_own_password_waits(cast: Cast, superadmin: User) -> None:
    client = console_client(superadmin)
    client.post(ENTER, {"code": "north", "reason": REASON})

    assert client.get("/console/account/").status_code == 200
    assert client.post("/console/password_change/", {}).status_code == 403
