"""Signing in to the console and out of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import UserSession
from nethra.audit.models import AuditEvent
from nethra.core.querysets import unscoped
from nethra.core.scope import agency_scope
from tests.support.people import PASSWORD, Cast, access_for, console_client

pytestmark = pytest.mark.django_db
LOGIN = "/console/login/"


def sign_in(client: Client, email: str, password: str = PASSWORD, **more: str) -> Any:
    return client.post(LOGIN, {"email": email, "password": password, **more})


def test_the_right_password_opens_a_session(cast: Cast) -> None:
    client = Client()

    answer = sign_in(client, cast.officer.email)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/console/")
    assert client.get("/console/").status_code == 200


@pytest.mark.parametrize("email", ["noel.officer@north.test", "ned.gone@north.test", "nobody@north.test"])
def test_every_failure_reads_the_same_and_keeps_the_address(cast: Cast, email: str) -> None:
    password = "not the password at all"

    answer = sign_in(Client(), email, password)

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "The e-mail address or the password is wrong." in page
    assert f'value="{email}"' in page
    assert password not in page


def test_a_failed_attempt_stays_in_the_audit(cast: Cast) -> None:
    sign_in(Client(), cast.officer.email, "not the password at all")

    with agency_scope(access_for(cast.admin)):
        failed = AuditEvent.objects.visible_to(access_for(cast.admin)).filter(
            action="sign_in", result="failed"
        )
        assert [event.object_id for event in failed] == [cast.officer.pk]


def test_an_empty_form_asks_for_both(cast: Cast) -> None:
    assert set(sign_in(Client(), "", "").context["form"].errors) == {"email", "password"}


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/console/accounts/agency/", "/console/accounts/agency/"),
        ("https://elsewhere.example/console/", "/console/"),
        ("//elsewhere.example/console/", "/console/"),
        ("/\\elsewhere.example", "/console/"),
        ("/console/logout/", "/console/"),
        ("/api/v1/users", "/console/"),
        ("javascript:alert(1)", "/console/"),
    ],
)
def test_next_leads_to_pages_of_the_console_only(cast: Cast, wanted: str, reached: str) -> None:
    assert sign_in(Client(), cast.officer.email, next=wanted).headers["Location"] == reached


def test_whoever_is_signed_in_goes_to_the_dashboard(cast: Cast) -> None:
    assert console_client(cast.officer).get(LOGIN).headers["Location"] == "/console/"


def test_signing_out_ends_the_session_on_the_server(cast: Cast) -> None:
    client = Client()
    sign_in(client, cast.officer.email)
    stolen = client.cookies[settings.SESSION_COOKIE_NAME].value

    answer = client.post("/console/logout/")

    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = stolen
    assert answer.headers["Location"] == LOGIN
    assert thief.get("/console/").status_code == 302
    with agency_scope(access_for(cast.officer)), unscoped("looking at the test's session"):
        assert UserSession.objects.get(user=cast.officer).revoked_because == "signed_out"


def test_a_link_cannot_sign_anybody_out(cast: Cast) -> None:
    client = console_client(cast.officer)

    assert client.get("/console/logout/").status_code == 405
    assert client.get("/console/").status_code == 200


def test_a_form_without_its_token_gets_a_plain_page(cast: Cast) -> None:
    answer = Client(enforce_csrf_checks=True).post(LOGIN, {"email": "a", "password": "b"})

    assert answer.status_code == 403
    assert "This form has expired" in answer.content.decode()
