"""Exports over the API: ordered, followed, downloaded, refused."""

from __future__ import annotations

from typing import Any

import pytest

from nethra.exchange.jobs import make_export_job
from tests.api.calls import ROOT, refusal
from tests.support.people import Cast, access_for, api_client
from tests.support.records import make_incident

pytestmark = pytest.mark.django_db

ORDER = {"resource": "incidents", "format": "csv", "reason": "Monthly report"}


def test_an_export_is_ordered_made_and_downloaded(cast: Cast) -> None:
    number = make_incident(access_for(cast.officer)).number
    client = api_client(cast.officer)

    ordered = client.post(f"{ROOT}/exports", {**ORDER, "filters": "offence=220"}, format="json")
    address = ordered.headers["Location"]
    early = client.get(f"{address}/file")
    make_export_job(agency_id=cast.north.pk, export_id=ordered.json()["id"])
    told = client.get(address).json()
    file = client.get(f"{address}/file")
    part = client.get(f"{address}/file", HTTP_RANGE="bytes=0-1")

    assert (ordered.status_code, ordered.json()["status"]) == (202, "waiting")
    assert refusal(early) == (409, "not_made")
    assert (told["status"], told["rows_done"], told["rows_total"]) == ("done", 1, 1)
    assert file.headers["Content-Disposition"].startswith('attachment; filename="incidents-')
    assert file.headers["ETag"] == f'"{told["sha256"]}"'
    assert number.encode() in file.getvalue()
    assert (part.status_code, part.getvalue()) == (206, b"id")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"format": "pdf"}, "format"),
        ({"resource": "people"}, "resource"),
        ({"filters": "colour=red"}, "filters"),
        ({"reason": ""}, "reason"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_order_is_refused_by_name(cast: Cast, change: dict[str, Any], field: str) -> None:
    answer = api_client(cast.officer).post(f"{ROOT}/exports", {**ORDER, **change}, format="json")

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]
    assert api_client(cast.officer).get(f"{ROOT}/exports").json()["data"] == []


def test_a_repeated_order_is_done_once(cast: Cast) -> None:
    client = api_client(cast.officer)

    first, second = (
        client.post(f"{ROOT}/exports", ORDER, format="json", HTTP_IDEMPOTENCY_KEY="monthly") for _ in range(2)
    )

    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["id"] == second.json()["id"]


def test_one_that_waits_is_cancelled(cast: Cast) -> None:
    client = api_client(cast.officer)
    address = client.post(f"{ROOT}/exports", ORDER, format="json").headers["Location"]

    cancelled = client.post(f"{address}/cancel", {}, format="json")
    again = client.post(f"{address}/cancel", {}, format="json")

    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    assert refusal(again) == (409, "not_under_way")


def test_the_exports_of_others_are_not_there(cast: Cast) -> None:
    address = api_client(cast.officer).post(f"{ROOT}/exports", ORDER, format="json").headers["Location"]
    other = api_client(cast.admin)

    assert other.get(f"{ROOT}/exports").json()["data"] == []
    assert [other.get(f"{address}{tail}").status_code for tail in ("", "/file")] == [404, 404]
    assert other.post(f"{address}/cancel", {}, format="json").status_code == 404
