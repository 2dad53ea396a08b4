"""Every cookie is bound to this host, to TLS where there is TLS, and closed to scripts where it signs somebody in."""

from __future__ import annotations

import json
import sys
from http.cookies import Morsel
from typing import Any

import pytest
from django.test import Client

from tests.api.calls import ROOT
from tests.setup.commands import ROOT as CHECKOUT
from tests.setup.commands import run
from tests.support.people import PASSWORD, Cast

KINDS = ("SESSION", "CSRF", "MESSAGE", "REFRESH")
PLAIN = {
    "SESSION": "nethra_session",
    "CSRF": "csrftoken",
    "MESSAGE": "messages",
    "REFRESH": "nethra_refresh",
}
TELL = (
    "import json; from django.conf import settings;"
    f"print(json.dumps({{kind: getattr(settings, kind + '_COOKIE_NAME') for kind in {KINDS}}}))"
)


@pytest.mark.parametrize(("https", "prefix"), [("true", "__Host-"), ("false", "")])
def test_names_are_bound_to_the_host_where_there_is_tls(https: str, prefix: str) -> None:
    environment = {"HTTPS": https, "DJANGO_SETTINGS_MODULE": "nethra.settings"}

    told = run(sys.executable, "-c", TELL, cwd=CHECKOUT, environment=environment)

    assert json.loads(told.stdout) == {kind: prefix + name for kind, name in PLAIN.items()}


@pytest.mark.parametrize(("https", "name"), [("true", "__Secure-nethra_given"), ("false", "nethra_given")])
def test_the_cookie_of_one_link_is_bound_to_tls_where_there_is_tls(https: str, name: str) -> None:
    environment = {"HTTPS": https, "DJANGO_SETTINGS_MODULE": "nethra.settings"}
    tell = "from django.conf import settings; print(settings.GIVEN_COOKIE_NAME)"

    told = run(sys.executable, "-c", tell, cwd=CHECKOUT, environment=environment)

    assert told.stdout.strip() == name


def cookies_of_a_visit(cast: Cast) -> dict[str, Morsel[str]]:
    """Return all cookies of signing in to console and API, and of signing out."""
    client = Client()
    found: dict[str, Morsel[str]] = {}
    login = {"email": cast.officer.email, "password": PASSWORD}
    steps: tuple[Any, ...] = (
        lambda: client.get("/console/login/", secure=True),
        lambda: client.post("/console/login/", login, secure=True),
        lambda: client.post("/console/logout/", secure=True),
        lambda: client.post(
            f"{ROOT}/auth/login",
            {**login, "refresh_in_cookie": True},
            content_type="application/json",
            secure=True,
        ),
    )
    for step in steps:
        step()
        found |= {name: cookie for name, cookie in client.cookies.items() if cookie.value}
    return found


@pytest.mark.django_db
def test_every_cookie_that_is_set_is_one_of_those_and_guarded(cast: Cast, settings: Any) -> None:
    for kind, name in PLAIN.items():
        setattr(settings, f"{kind}_COOKIE_NAME", f"__Host-{name}")
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True

    cookies = cookies_of_a_visit(cast)

    assert set(cookies) == {f"__Host-{name}" for name in PLAIN.values()}
    # What browsers demand of such a name.
    assert {(bool(c["secure"]), c["path"], c["domain"]) for c in cookies.values()} == {(True, "/", "")}
    assert {name: c["samesite"] for name, c in cookies.items()} == {
        "__Host-nethra_session": "Lax",
        "__Host-csrftoken": "Lax",
        "__Host-messages": "Lax",
        "__Host-nethra_refresh": "Strict",
    }
    # The token of a form stands in the form as well: it signs nobody in.
    assert {name for name, c in cookies.items() if not c["httponly"]} == {"__Host-csrftoken"}
