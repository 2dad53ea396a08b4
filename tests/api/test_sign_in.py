from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import transaction

from accounts import tokens
from nethra.audit.models import AuditEvent
from nethra.core.models import uuid7
from nethra.core.querysets import unscoped
from nethra.core.scope import Scope, set_scope
from tests.api.calls import ROOT, anonymous, refusal
from tests.support.people import PASSWORD, Cast, api_client

pytestmark = pytest.mark.django_db


def log_in(email: str, password: str = PASSWORD, root: str = ROOT) -> dict[str, str]:
    answer = anonymous().post(f"{root}/auth/login", {"email": email, "password": password}, format="json")
    assert answer.status_code == 200, answer.content
    pair: dict[str, str] = answer.json()
    return pair


def me_with(token: str) -> tuple[int, str]:
    client = anonymous()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    answer = client.get(f"{ROOT}/auth/me")
    return (200, "") if answer.status_code == 200 else refusal(answer)


@pytest.mark.parametrize("root", [ROOT, ""])
def test_a_login_gives_a_token_that_works(cast: Cast, root: str) -> None:
    pair = log_in(cast.officer.email, root=root)

    assert set(pair) == {"token", "refresh_token", "expires_at", "user"}
    assert pair["expires_at"].endswith("Z")
    assert me_with(pair["token"]) == (200, "")


def test_a_stale_token_beside_the_password_does_no_harm(cast: Cast) -> None:
    client = anonymous()
    client.credentials(HTTP_AUTHORIZATION="Bearer old")

    answer = client.post(
        f"{ROOT}/auth/login", {"email": cast.officer.email, "password": PASSWORD}, format="json"
    )

    assert answer.status_code == 200


@pytest.mark.parametrize("password", ["wrong", "x" * 999])
def test_a_wrong_login_says_one_sentence(cast: Cast, password: str) -> None:
    body = {"email": cast.officer.email, "password": password}

    answer = anonymous().post(f"{ROOT}/auth/login", body, format="json")

    assert refusal(answer) == (401, "wrong_login")
    assert answer.json()["detail"].startswith("The e-mail address or the password is wrong. After 5 wrong")


@pytest.mark.parametrize(
    "body", [{}, [], {"email": "a@b.test"}, {"email": "a\x00", "password": "b"}, {"email": 5, "password": []}]
)
def test_an_odd_login_body_is_told(cast: Cast, body: object) -> None:
    answer = anonymous().post(f"{ROOT}/auth/login", body, format="json")

    assert refusal(answer) == (400, "invalid_input")


@pytest.mark.django_db(transaction=True)
def test_failed_sign_ins_and_spent_tokens_stay_in_the_audit(committed_cast: Cast) -> None:
    pair = log_in(committed_cast.officer.email)
    client = anonymous()
    client.post(
        f"{ROOT}/auth/login", {"email": committed_cast.officer.email, "password": "no"}, format="json"
    )
    body = {"refresh_token": pair["refresh_token"]}
    client.post(f"{ROOT}/auth/refresh", body, format="json")

    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=11)):
        again = client.post(f"{ROOT}/auth/refresh", body, format="json")

    assert refusal(again) == (401, "refresh_token_reused")
    with transaction.atomic(), unscoped("test"):
        set_scope(Scope(committed_cast.north.pk))
        kept = AuditEvent.objects.filter(action__in=["sign_in", "session_ended"]).values_list(
            "action", "result", "reason"
        )
        assert {("sign_in", "failed", ""), ("session_ended", "done", "refresh_reuse")} <= set(kept)
    assert me_with(pair["token"]) == (401, "session_ended")


def test_a_refresh_token_gives_a_new_pair(cast: Cast) -> None:
    pair = log_in(cast.officer.email)

    answer = anonymous().post(f"{ROOT}/auth/refresh", {"refresh_token": pair["refresh_token"]}, format="json")

    assert answer.status_code == 200
    assert answer.json()["refresh_token"] != pair["refresh_token"]
    assert me_with(answer.json()["token"]) == (200, "")


def test_an_unknown_refresh_token_is_refused(cast: Cast) -> None:
    answer = anonymous().post(f"{ROOT}/auth/refresh", {"refresh_token": "nothing"}, format="json")

    assert refusal(answer) == (401, "invalid_refresh_token")


def test_logging_out_ends_the_token(cast: Cast) -> None:
    pair = log_in(cast.officer.email)
    client = anonymous()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {pair['token']}")

    assert client.post(f"{ROOT}/auth/logout").status_code == 204
    assert me_with(pair["token"]) == (401, "session_ended")


def test_an_expired_token_is_refused(cast: Cast) -> None:
    token = log_in(cast.officer.email)["token"]

    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=61)):
        assert me_with(token) == (401, "invalid_token")


@pytest.mark.parametrize("place", [0, 20, 100, -1])
def test_a_mutated_token_is_refused(cast: Cast, place: int) -> None:
    token = log_in(cast.officer.email)["token"]
    other = "A" if token[place] != "A" else "B"
    mutated = token[:place] + other + (token[place + 1 :] if place != -1 else "")

    assert me_with(mutated) == (401, "invalid_token")


def test_a_token_that_names_another_agency_is_refused(cast: Cast) -> None:
    claims = tokens.read(log_in(cast.officer.email)["token"])
    forged = tokens.issue(
        user_id=claims.user_id,
        agency_id=cast.south.pk,
        session_id=claims.session_id,
        role="admin",
        token_id=uuid7(),
        now=datetime.now(UTC),
    )

    assert me_with(forged) == (401, "invalid_token")


def test_me_names_capabilities(cast: Cast) -> None:
    answer = api_client(cast.analyst).get("/auth/me").json()

    assert answer["user"]["email"] == cast.analyst.email
    assert "run_imports" in answer["capabilities"]
    assert "manage_users" not in answer["capabilities"]
