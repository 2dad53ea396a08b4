from __future__ import annotations

import pytest

from tests.api.calls import anonymous, get, patch, post, refusal
from tests.support.people import PASSWORD, Cast, api_client

pytestmark = pytest.mark.django_db

NEW = {
    "email": "new@north.test",
    "name": "New Officer",
    "role": "officer",
}


def names(user: object, path: str = "users") -> list[str]:
    return [record["name"] for record in get(user, path).json()["data"]]  # type: ignore[arg-type]


def test_the_list_is_the_agencys_people(cast: Cast) -> None:
    assert names(cast.admin) == [
        "Nadia Analyst",
        "Ned Gone",
        "Neil Auditor",
        "Nell Supervisor",
        "Nick Custodian",
        "Nina Prosecutor",
        "Noel Officer",
        "Nora Admin",
    ]
    assert names(cast.admin, "users?active=false") == ["Ned Gone"]
    assert names(cast.admin, "users?role=analyst") == ["Nadia Analyst"]


def test_who_may_not_view_users_sees_themselves(cast: Cast) -> None:
    assert names(cast.officer) == ["Noel Officer"]
    assert get(cast.officer, f"users/{cast.admin.pk}").status_code == 404


def test_no_answer_holds_a_password(cast: Cast) -> None:
    answer = post(cast.admin, "users", NEW)

    assert answer.status_code == 201, answer.content
    assert "password" not in answer.json()
    assert b"argon2" not in get(cast.admin, "users").content


def test_the_seeds_paths_are_the_same_views(cast: Cast) -> None:
    client = api_client(cast.admin)

    for path in ("/users", f"/users/{cast.officer.pk}"):
        assert client.get(path).json() == client.get(f"/api/v1{path}").json()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "sue.officer@south.test"}, "email"),
        ({"email": "noel.officer@north.test"}, "email"),
        ({"email": "not-an-address"}, "email"),
        # Nobody chooses another person's password.
        ({"password": "quite long enough words"}, "password"),
        ({"role": "chief"}, "role"),
        ({"is_platform_admin": True}, "is_platform_admin"),
        ({"agency": "x"}, "agency"),
    ],
)
def test_a_wrong_value_is_named(cast: Cast, change: dict[str, object], field: str) -> None:
    answer = post(cast.admin, "users", {**NEW, **change})

    assert refusal(answer)[0] == 400
    assert list(answer.json()["errors"]) == [field]


def test_a_taken_address_sounds_alike_wherever_it_is_taken(cast: Cast) -> None:
    here = post(cast.admin, "users", {**NEW, "email": "noel.officer@north.test"}).json()
    there = post(cast.admin, "users", {**NEW, "email": "sue.officer@south.test"}).json()

    assert here["errors"] == there["errors"]


def test_nobody_changes_their_own_role(cast: Cast) -> None:
    assert refusal(patch(cast.admin, f"users/{cast.admin.pk}", {"role": "officer"})) == (403, "own_role")


def test_deactivating_ends_the_sessions_at_once(cast: Cast) -> None:
    client = api_client(cast.officer)

    answer = post(cast.admin, f"users/{cast.officer.pk}/deactivate", {"reason": "left"})

    assert answer.json()["is_active"] is False
    assert client.get("/auth/me").status_code == 401
    assert refusal(post(cast.admin, f"users/{cast.admin.pk}/deactivate", {})) == (409, "own_account")


def test_ones_own_password_asks_for_the_current_one(cast: Cast) -> None:
    path, new = f"users/{cast.officer.pk}/password", "another good set of words"

    wrong = post(cast.officer, path, {"password": new, "current_password": "guess"})
    right = post(cast.officer, path, {"password": new, "current_password": PASSWORD})

    assert refusal(wrong) == (401, "wrong_login")
    assert right.status_code == 204
    login = anonymous().post("/auth/login", {"email": cast.officer.email, "password": new}, format="json")
    assert login.status_code == 200
