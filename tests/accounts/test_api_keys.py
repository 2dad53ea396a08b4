"""Keys for programs: Bearer or Basic, no more than was chosen, until they end."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from accounts.people import change_role, deactivate_user
from nethra.core.scope import agency_scope
from tests.api.calls import ROOT, anonymous, post, refusal
from tests.support.people import Cast, access_for, api_client
from tests.support.records import make_incident

pytestmark = pytest.mark.django_db


def made(cast: Cast, *scopes: str, days: int = 30) -> str:
    body = {"name": "QGIS", "scopes": list(scopes) or ["view_incidents"], "days": days}
    answer = post(cast.officer, "auth/keys", body)
    assert answer.status_code == 201, answer.content
    return str(answer.json()["key"])


def ask(key: str, path: str = "incidents", scheme: str = "Bearer", **more: Any) -> Any:
    secret = key if scheme == "Bearer" else base64.b64encode(f"anybody:{key}".encode()).decode()
    return anonymous().get(f"{ROOT}/{path}", headers={"Authorization": f"{scheme} {secret}"}, **more)


@pytest.mark.parametrize("scheme", ["Bearer", "Basic"])
def test_a_key_opens_what_it_was_given_and_nothing_else(cast: Cast, scheme: str) -> None:
    make_incident(access_for(cast.officer))
    key = made(cast)

    assert ask(key, scheme=scheme).json()["total"] == 1
    assert refusal(ask(key, "cases", scheme=scheme)) == (403, "not_allowed")
    assert ask(key, "auth/me", scheme=scheme).json()["capabilities"] == ["view_incidents"]


@pytest.mark.parametrize("header", ["Basic", "Basic !!!", "Basic YTpi", "Bearer nethra_x_y"])
def test_what_is_no_key_opens_nothing(cast: Cast, header: str) -> None:
    answer = anonymous().get(f"{ROOT}/incidents", headers={"Authorization": header})

    assert refusal(answer) == (401, "invalid_token")


def test_a_key_is_told_once_and_kept_as_a_hash(cast: Cast) -> None:
    key = made(cast)

    listed = api_client(cast.officer).get(f"{ROOT}/auth/keys")

    assert key.encode() not in listed.content
    assert listed.json()["data"][0]["prefix"] == key[7:15]


def test_a_key_ends_when_it_should(cast: Cast) -> None:
    key = made(cast, days=30)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=29)):
        assert ask(key).status_code == 200
    with time_machine.travel(datetime.now(UTC) + timedelta(days=31)):
        assert ask(key).status_code == 401


def test_a_revoked_key_is_refused_at_once(cast: Cast) -> None:
    key = made(cast)
    client = api_client(cast.officer)
    (listed,) = client.get(f"{ROOT}/auth/keys").json()["data"]

    foreign = api_client(cast.analyst).delete(f"{ROOT}/auth/keys/{listed['id']}")
    client.delete(f"{ROOT}/auth/keys/{listed['id']}")

    assert foreign.status_code == 404
    assert ask(key).status_code == 401


def test_a_key_follows_its_persons_role_and_account(cast: Cast) -> None:
    key = made(cast, "view_incidents", "add_incidents")
    access = access_for(cast.admin)
    with agency_scope(access):
        change_role(access=access, user=cast.officer, role="analyst")
    assert ask(key, "auth/me").json()["capabilities"] == ["view_incidents"]
    with agency_scope(access):
        deactivate_user(access=access, user=cast.officer)

    assert ask(key).status_code == 401


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["manage_users"]}, "scopes"),
        ({"scopes": ["run_imports"]}, "scopes"),
        ({"scopes": ["everything"]}, "scopes.0"),
        ({"days": 0}, "days"),
        ({"days": 4000}, "days"),
    ],
)
def test_a_wrong_wish_is_named(cast: Cast, change: dict[str, Any], field: str) -> None:
    body = {"name": "QGIS", "scopes": ["view_incidents"], "days": 30, **change}

    answer = post(cast.officer, "auth/keys", body)

    assert refusal(answer)[0] == 400
    assert [name.split(".")[0] for name in answer.json()["errors"]] == [field.split(".")[0]]


def test_a_key_makes_no_keys_and_ends_no_sessions(cast: Cast) -> None:
    header = {"Authorization": f"Bearer {made(cast)}"}
    body = {"name": "more", "scopes": ["view_incidents"], "days": 300}

    more = anonymous().post(f"{ROOT}/auth/keys", body, format="json", headers=header)
    out = anonymous().post(f"{ROOT}/auth/logout-all", headers=header)
    up = anonymous().post(f"{ROOT}/auth/step-up", {"password": "x"}, format="json", headers=header)

    assert refusal(more) == (401, "session_needed")
    assert {refusal(out)[0], refusal(up)[0]} == {401}


def test_a_key_is_no_way_into_the_console(cast: Cast) -> None:
    answer = anonymous().get("/console/", headers={"Authorization": f"Bearer {made(cast)}"})

    assert answer.status_code == 302
