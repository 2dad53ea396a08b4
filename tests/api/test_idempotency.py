"""A POST that comes again with its Idempotency-Key is done once; what came of it is read again by today's rights."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from accounts.jobs import forget_requests
from cases.models import Case, InvolvedPerson
from incidents.models import Incident
from media_evidence.models import Evidence
from nethra.core.scope import agency_scope
from tests.support.cases import make_case
from tests.support.files import jpeg, sent
from tests.support.people import Cast, access_for, api_client, bearer
from tests.support.records import make_incident
from tests.support.secrets import exclude

INCIDENT = {"offences": [{"code": "220"}], "occurred_from": "2026-03-02T10:00:00Z"}
KEY = {"HTTP_IDEMPOTENCY_KEY": "0b7f-one"}


def number_of(cast: Cast, model: Any) -> int:
    access = access_for(cast.admin)
    with agency_scope(access):
        return int(model.objects.visible_to(access).count())


def post(client: APIClient, path: str, body: Any, **headers: Any) -> Any:
    return client.post(f"/api/v1/{path}", body, format="json", **headers)


def test_the_same_again_makes_nothing_again(cast: Cast) -> None:
    client = api_client(cast.officer)
    first = post(client, "incidents", INCIDENT, **KEY)
    second = post(client, "incidents", INCIDENT, **KEY)

    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json() == first.json()
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert number_of(cast, Incident) == 1


def test_another_key_or_none_makes_another(cast: Cast) -> None:
    client = api_client(cast.officer)
    for headers in (KEY, {"HTTP_IDEMPOTENCY_KEY": "two"}, {}, {}):
        assert post(client, "incidents", INCIDENT, **headers).status_code == 201
    assert number_of(cast, Incident) == 4


def test_a_key_is_of_one_person(cast: Cast) -> None:
    for user in (cast.officer, cast.supervisor, cast.south_officer):
        assert "Idempotent-Replayed" not in post(api_client(user), "incidents", INCIDENT, **KEY).headers
    assert number_of(cast, Incident) == 2


@pytest.mark.parametrize("change", [{"description": "Another one"}, {}])
def test_a_key_for_another_request_is_refused(cast: Cast, change: dict[str, str]) -> None:
    client = api_client(cast.officer)
    incident = post(client, "incidents", INCIDENT, **KEY).json()["id"]
    path, body = (
        ("incidents", {**INCIDENT, **change}) if change else ("cases", {"primary_incident": incident})
    )
    refused = post(client, path, body, **KEY)

    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
    assert (number_of(cast, Incident), number_of(cast, Case)) == (1, 0)


def test_what_was_refused_may_be_tried_again(cast: Cast) -> None:
    client = api_client(cast.officer)
    assert post(client, "incidents", {**INCIDENT, "offences": []}, **KEY).status_code == 400
    made = post(client, "incidents", INCIDENT, **KEY)

    assert made.status_code == 201
    assert "Idempotent-Replayed" not in made.headers


@pytest.mark.parametrize("key", ["", "two words", "x" * 256, "\u00e4"])
def test_a_key_is_visible_ascii(cast: Cast, key: str) -> None:
    refused = post(api_client(cast.officer), "incidents", INCIDENT, HTTP_IDEMPOTENCY_KEY=key)
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_idempotency_key")
    assert number_of(cast, Incident) == 0


def test_what_is_hidden_by_now_is_not_told_again(cast: Cast) -> None:
    incident = make_incident(access_for(cast.supervisor))
    client = api_client(cast.supervisor)
    body = {"primary_incident": str(incident.pk)}
    made = post(client, "cases", body, **KEY)
    with agency_scope(access_for(cast.admin)):
        case = Case._base_manager.get(pk=made.json()["id"])
    exclude(access_for(cast.admin), case, cast.supervisor)

    again = post(client, "cases", body, **KEY)
    assert again.status_code in (403, 409)
    assert case.number not in again.content.decode()


def test_a_part_and_a_move_are_told_again(cast: Cast) -> None:
    case = make_case(access_for(cast.officer), lead_id=cast.officer.pk)
    client = api_client(cast.officer)
    person = {"role": "witness", "name": "Ida"}
    people = [post(client, f"cases/{case.pk}/people", person, **KEY).json()["id"] for _ in range(2)]
    move, other = {"to": "suspended", "reason": "x"}, {"HTTP_IDEMPOTENCY_KEY": "move"}
    moves = [post(client, f"cases/{case.pk}/transitions", move, **other) for _ in range(2)]

    assert people[0] == people[1]
    assert number_of(cast, InvolvedPerson) == 1
    assert [answer.status_code for answer in moves] == [200, 200]
    assert moves[1].json()["status"] == "suspended"
    assert moves[1].headers["ETag"] == moves[0].headers["ETag"]


def test_a_file_is_taken_in_once(cast: Cast) -> None:
    case = make_case(access_for(cast.officer), lead_id=cast.officer.pk)
    client, path = api_client(cast.officer), f"/api/v1/cases/{case.pk}/evidence"

    def send(content: bytes) -> Any:
        form = {"title": "Photo", "file": sent(content)}
        return client.post(path, form, format="multipart", **headers)

    picture = jpeg()
    headers: Any = KEY
    first, second, third = send(picture), send(picture), send(picture + b"\0")
    assert (first.status_code, second.status_code, third.status_code) == (201, 201, 422), third.content
    assert second.json()["id"] == first.json()["id"]
    assert number_of(cast, Evidence) == 1


def test_what_is_no_record_is_said_to_be_done(cast: Cast) -> None:
    client = api_client(cast.admin)
    path = f"users/{cast.officer.pk}/end-sessions"
    first, second = (post(client, path, {}, **KEY) for _ in range(2))

    assert first.status_code == 200
    assert (second.status_code, second.json()["code"]) == (409, "already_done")


def test_a_key_s_secret_is_told_once(cast: Cast) -> None:
    """Where an answer holds what is never told again, the header is not for it."""
    client = api_client(cast.officer)
    body = {"name": "QGIS", "scopes": ["view_incidents"]}
    first, second = (post(client, "auth/keys", body, **KEY).json() for _ in range(2))
    assert first["id"] != second["id"]


def test_after_a_day_a_key_is_new(cast: Cast) -> None:
    client = api_client(cast.officer)
    post(client, "incidents", INCIDENT, **KEY)
    post(client, "incidents", INCIDENT, HTTP_IDEMPOTENCY_KEY="young")
    with agency_scope(access_for(cast.admin)), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE core_keptrequest SET made_at = made_at - interval '25 hours' WHERE key = '0b7f-one'"
        )

    assert "Idempotent-Replayed" not in post(client, "incidents", INCIDENT, **KEY).headers
    with agency_scope(access_for(cast.admin)), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE core_keptrequest SET made_at = made_at - interval '25 hours' WHERE key = '0b7f-one'"
        )
    forget_requests(agency_id=cast.north.pk)
    with agency_scope(access_for(cast.admin)), connection.cursor() as cursor:
        cursor.execute("SELECT key FROM core_keptrequest")
        assert cursor.fetchall() == [("young",)]


def test_eight_at_once_make_one(committed_cast: Cast) -> None:
    token: Any = {"HTTP_AUTHORIZATION": bearer(committed_cast.officer)}

    def send(_: int) -> tuple[int, str]:
        try:
            answer = post(APIClient(), "incidents", INCIDENT, **KEY, **token)
            return answer.status_code, answer.json()["id"]
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(send, range(8)))

    assert len(found) == 1
    assert {status for status, _ in found} == {201}
    assert number_of(committed_cast, Incident) == 1
