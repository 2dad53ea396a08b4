"""One's own sessions over the API: cookies for browsers, step-up, lists, and what is told at the end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.models import UserSession
from nethra.core.querysets import unscoped
from nethra.core.scope import agency_scope
from tests.api.calls import ROOT, anonymous, refusal
from tests.support.people import PASSWORD, Cast, access_for, api_client

pytestmark = pytest.mark.django_db
COOKIE = "nethra_refresh"


def log_in(cast: Cast, **more: Any) -> Any:
    body = {"email": cast.officer.email, "password": PASSWORD, **more}
    return anonymous().post(f"{ROOT}/auth/login", body, format="json")


def renew(cookie: str, **headers: str) -> Any:
    client = anonymous()
    client.cookies[COOKIE] = cookie
    return client.post(f"{ROOT}/auth/refresh", {}, format="json", headers=headers)


def test_a_browser_gets_its_refresh_token_where_no_script_reads_it(cast: Cast, settings: Any) -> None:
    settings.SESSION_COOKIE_SECURE = True

    answer = log_in(cast, refresh_in_cookie=True)

    cookie = answer.cookies[COOKIE]
    assert answer.json()["refresh_token"] is None
    assert (cookie["httponly"], cookie["secure"], cookie["samesite"]) == (True, True, "Strict")
    assert cookie["path"] == "/"


def test_the_cookie_is_renewed_and_a_spent_one_ends_the_session(cast: Cast) -> None:
    first = log_in(cast, refresh_in_cookie=True).cookies[COOKIE].value
    second = renew(first)
    third = renew(second.cookies[COOKIE].value)

    assert (second.status_code, third.status_code) == (200, 200)
    assert refusal(renew(first)) == (401, "refresh_token_reused")
    assert refusal(renew(third.cookies[COOKIE].value)) == (401, "session_ended")


@pytest.mark.parametrize(
    ("origin", "status"),
    [("https://evil.example", 403), ("null", 403), ("http://testserver", 200)],
)
def test_a_foreign_page_does_not_use_the_cookie(cast: Cast, origin: str, status: int) -> None:
    cookie = log_in(cast, refresh_in_cookie=True).cookies[COOKIE].value

    assert renew(cookie, Origin=origin).status_code == status


def test_signing_out_takes_the_cookie_away(cast: Cast) -> None:
    answer = api_client(cast.officer).post(f"{ROOT}/auth/logout")

    assert answer.cookies[COOKIE].value == ""


def test_sessions_are_listed_and_ended(cast: Cast) -> None:
    here, there = api_client(cast.officer), api_client(cast.officer)
    foreign = api_client(cast.analyst)

    listed = here.get(f"{ROOT}/auth/sessions").json()["data"]
    # The newest stands first.
    status = foreign.delete(f"{ROOT}/auth/sessions/{listed[0]['id']}").status_code
    here.delete(f"{ROOT}/auth/sessions/{listed[0]['id']}")

    assert (len(listed), status) == (2, 404)
    assert refusal(there.get(f"{ROOT}/auth/me")) == (401, "session_ended")
    assert here.get(f"{ROOT}/auth/me").status_code == 200


def test_an_administrator_does_not_see_others_among_their_own(cast: Cast) -> None:
    api_client(cast.officer)

    listed = api_client(cast.admin).get(f"{ROOT}/auth/sessions").json()["data"]

    assert len(listed) == 1


def test_logging_out_everywhere_ends_all(cast: Cast) -> None:
    clients = [api_client(cast.officer) for _ in range(3)]

    assert clients[0].post(f"{ROOT}/auth/logout-all").json() == {"ended": 3}
    assert {client.get(f"{ROOT}/auth/me").status_code for client in clients} == {401}


def age_proof(cast: Cast) -> None:
    with agency_scope(access_for(cast.admin)), unscoped("test"):
        UserSession.objects.update(confirmed_at=datetime.now(UTC) - timedelta(hours=1))


def test_other_sessions_end_after_a_recent_proof_only(cast: Cast) -> None:
    here, there = api_client(cast.officer), api_client(cast.officer)
    other, own = [row["id"] for row in here.get(f"{ROOT}/auth/sessions").json()["data"]]
    age_proof(cast)

    refused = [here.delete(f"{ROOT}/auth/sessions/{other}"), here.post(f"{ROOT}/auth/logout-all")]
    still = there.get(f"{ROOT}/auth/me").status_code
    here.post(f"{ROOT}/auth/step-up", {"password": PASSWORD}, format="json")
    ended = here.delete(f"{ROOT}/auth/sessions/{other}").status_code
    age_proof(cast)

    assert [refusal(answer) for answer in refused] == [(403, "step_up_required")] * 2
    assert (still, ended, there.get(f"{ROOT}/auth/me").status_code) == (200, 204, 401)
    # Going away oneself takes no proof.
    assert here.delete(f"{ROOT}/auth/sessions/{own}").status_code == 204


def test_a_role_is_changed_after_a_step_up_only(cast: Cast) -> None:
    admin = api_client(cast.admin)
    age_proof(cast)
    path, body = f"{ROOT}/users/{cast.officer.pk}", {"role": "analyst"}

    before = admin.patch(path, body, format="json")
    wrong = admin.post(f"{ROOT}/auth/step-up", {"password": "a guess"}, format="json")
    right = admin.post(f"{ROOT}/auth/step-up", {"password": PASSWORD}, format="json")
    after = admin.patch(path, body, format="json")

    assert refusal(before) == (403, "step_up_required")
    assert refusal(wrong) == (401, "wrong_login")
    assert (right.status_code, after.json()["role"]) == (204, "analyst")


def test_wrong_step_ups_count_like_wrong_sign_ins(cast: Cast) -> None:
    officer = api_client(cast.officer)
    for _ in range(5):
        officer.post(f"{ROOT}/auth/step-up", {"password": "a guess"}, format="json")

    answer = officer.post(f"{ROOT}/auth/step-up", {"password": PASSWORD}, format="json")

    assert refusal(answer) == (401, "wrong_login")
    # What is open stays open: a stranger's guesses must not throw anybody out.
    assert officer.get(f"{ROOT}/auth/me").status_code == 200


@pytest.mark.parametrize(
    ("reason", "words"),
    [("limit", "another device"), ("ended_by_admin", "ask them why"), ("refresh_reuse", "as a thief would")],
)
def test_whoever_held_a_session_is_told_why_it_ended(cast: Cast, reason: str, words: str) -> None:
    client = api_client(cast.officer)
    with agency_scope(access_for(cast.admin)), unscoped("test"):
        UserSession.objects.update(revoked_at=datetime.now(UTC), revoked_because=reason)

    answer = client.get(f"{ROOT}/auth/me")

    assert refusal(answer) == (401, "session_ended")
    assert words in answer.json()["detail"]


def test_units_are_kept_by_administrators(cast: Cast) -> None:
    admin = api_client(cast.admin)
    made = admin.post(
        f"{ROOT}/units", {"name": "Night", "supervisor": str(cast.supervisor.pk)}, format="json"
    )
    unit = made.json()
    path = f"{ROOT}/units/{unit['id']}"
    admin.patch(f"{ROOT}/users/{cast.officer.pk}", {"unit": unit["id"]}, format="json")

    assert unit["supervisor_name"] == "Nell Supervisor"
    assert refusal(admin.post(f"{ROOT}/units", {"name": "Night"}, format="json"))[0] == 400
    assert refusal(admin.patch(path, {"parent": unit["id"]}, format="json")) == (400, "invalid_input")
    assert refusal(admin.post(f"{path}/close")) == (409, "unit_in_use")
    assert admin.get(f"{ROOT}/users/{cast.officer.pk}").json()["unit_name"] == "Night"
    admin.patch(f"{ROOT}/users/{cast.officer.pk}", {"unit": None}, format="json")
    assert admin.post(f"{path}/close").json()["deactivated_at"] is not None
