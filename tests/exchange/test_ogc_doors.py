"""Who comes in to the OGC API, by what, and what they are told otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.passwords import Argon2idHasher
from tests.api.calls import anonymous, refusal
from tests.exchange.ogc import ROOT, ask, basic, key_for
from tests.support.people import PASSWORD, Cast, access_for, bearer, console_client
from tests.support.records import make_incident

pytestmark = pytest.mark.django_db
ITEMS = f"{ROOT}/collections/incidents/items"


@pytest.fixture
def unhashed(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail where a password is hashed, which takes half a second."""

    def hashed(*_: Any) -> bool:
        raise AssertionError("hashed")

    monkeypatch.setattr(Argon2idHasher, "verify", hashed)


def knock(authorization: str, path: str = ITEMS, **headers: str) -> Any:
    return anonymous().get(path, headers={"Authorization": authorization, **headers})


@pytest.mark.parametrize("name", ["token", "", "noel.officer@north.test"])
def test_a_key_is_the_password_of_any_name(cast: Cast, unhashed: None, name: str) -> None:
    make_incident(access_for(cast.officer))
    key = key_for(cast.officer)

    assert knock(basic(key, name)).json()["numberMatched"] == 1
    assert knock(f"Bearer {key}").json()["numberMatched"] == 1
    assert knock(bearer(cast.officer)).json()["numberMatched"] == 1


def test_a_key_opens_the_collections_that_it_was_given(cast: Cast) -> None:
    key = key_for(cast.officer, "view_incidents")

    found = knock(basic(key), f"{ROOT}/collections").json()["collections"]

    assert [each["id"] for each in found] == ["incidents"]
    assert refusal(knock(basic(key), f"{ROOT}/collections/cases/items")) == (403, "not_allowed")


def test_a_persons_own_password_is_refused_and_not_even_hashed(cast: Cast, unhashed: None) -> None:
    answer = knock(basic(PASSWORD, cast.officer.email))

    assert refusal(answer) == (401, "key_needed")
    assert "API key" in answer.json()["detail"]
    assert "password" in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("header", ["Basic", "Basic !!!", "Basic YTpi", "Bearer nethra_x_y", "Digest x"])
@pytest.mark.parametrize("path", [ITEMS, f"{ROOT}/collections"])
def test_what_is_no_key_opens_nothing_and_a_name_is_asked_for(cast: Cast, header: str, path: str) -> None:
    answer = knock(header, path)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith('Basic realm="')
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_nobody_is_asked_for_a_name_and_a_password(db: None) -> None:
    answer = anonymous().get(ITEMS)

    assert refusal(answer) == (401, "not_signed_in")
    assert answer.headers["WWW-Authenticate"].startswith('Basic realm="')


def test_other_doors_ask_for_a_token_as_before(cast: Cast) -> None:
    assert anonymous().get("/api/v1/incidents").headers["WWW-Authenticate"] == "Bearer"


def test_a_console_cookie_opens_nothing(cast: Cast) -> None:
    assert console_client(cast.officer).get(ITEMS).status_code == 401


def test_in_clear_it_is_refused_where_tls_is_demanded(cast: Cast, settings: Any) -> None:
    key = key_for(cast.officer)
    settings.SECURE_SSL_REDIRECT = True

    for path in ("/ogc", "/ogc/", ITEMS):
        assert refusal(knock(basic(key), path)) == (403, "https_required")


def test_more_than_the_limit_are_told_to_wait(cast: Cast, settings: Any) -> None:
    settings.REQUESTS_PER_MINUTE, header = 2, basic(key_for(cast.officer))

    answers = [knock(header) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[2].headers["Retry-After"]) > 0


def test_the_deactivated_are_told_that_it_is_over(cast: Cast) -> None:
    assert refusal(ask(cast.deactivated, "collections")) == (401, "session_ended")
