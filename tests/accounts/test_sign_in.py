from __future__ import annotations

import pytest
from django.db import transaction
from django.test import Client

from accounts.authentication import sign_in
from accounts.choices import SessionKind
from accounts.people import choose_password
from nethra.audit.models import AuditEvent
from nethra.core.errors import NotSignedIn
from nethra.core.querysets import unscoped
from nethra.core.scope import Scope, agency_scope, set_scope
from tests.api.calls import ROOT, anonymous
from tests.support.people import PASSWORD, Cast, access_for


def attempt(email: str, password: str) -> str:
    """Return the code of the refusal, or 'ok'."""
    with transaction.atomic():
        set_scope(Scope(source="api"))
        try:
            sign_in(email=email, password=password, kind=SessionKind.API, scope=Scope(source="api"))
        except NotSignedIn as refusal:
            return refusal.code
    return "ok"


@pytest.mark.parametrize(
    ("email", "password", "expected"),
    [
        ("noel.officer@north.test", PASSWORD, "ok"),
        ("NOEL.Officer@north.test", PASSWORD, "ok"),
        ("noel.officer@north.test", "wrong", "wrong_login"),
        ("nobody@north.test", PASSWORD, "wrong_login"),
        ("ned.gone@north.test", "wrong", "wrong_login"),
        # Whoever knows the password is no stranger.
        ("ned.gone@north.test", PASSWORD, "account_closed"),
        ("noel.officer@north.test\x00", PASSWORD, "wrong_login"),
        ("", "", "wrong_login"),
    ],
)
def test_every_refusal_sounds_the_same(cast: Cast, email: str, password: str, expected: str) -> None:
    assert attempt(email, password) == expected


LONG = "A long tail: " + "kelp and herons, " * 5


@pytest.mark.parametrize(
    "typed",
    [
        LONG.strip(),
        f" {LONG}",
        f"{LONG} ",
        LONG.upper(),
        LONG.swapcase(),
        LONG[:72],
        f"{LONG}x",
        LONG.replace("e", "é"),
    ],
)
def test_a_password_counts_exactly_as_it_was_typed(cast: Cast, typed: str) -> None:
    with agency_scope(access_for(cast.officer)):
        choose_password(user=cast.officer, password=LONG)
    body = {"email": cast.officer.email, "password": typed}

    assert LONG.endswith(" ")
    assert Client().post("/console/login/", body).status_code == 200
    assert anonymous().post(f"{ROOT}/auth/login", body, format="json").status_code == 401
    body["password"] = LONG
    assert Client().post("/console/login/", body).status_code == 302
    assert anonymous().post(f"{ROOT}/auth/login", body, format="json").status_code == 200


def test_a_failed_sign_in_is_recorded_in_the_persons_agency(cast: Cast) -> None:
    attempt("noel.officer@north.test", "wrong")

    with transaction.atomic(), unscoped("test"):
        set_scope(Scope(cast.north.pk))
        event = AuditEvent.objects.filter(action="sign_in").get()
    assert (event.result, event.object_id) == ("failed", cast.officer.pk)
