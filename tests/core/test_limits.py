"""Bodies that are too large, too deep or of too many parts are refused, and told in one sentence."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from django.test import Client

from incidents.models import Incident
from nethra.core.limits import MAX_DEPTH, MAX_ITEMS, MAX_MEMBERS, TooIntricate, check_json, shortened
from nethra.core.scope import agency_scope
from tests.support.people import Cast, access_for, api_client


def nested(levels: int, *, kind: type = dict) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"a": value} if kind is dict else [value]
    return value


@pytest.mark.parametrize("kind", [dict, list])
def test_a_body_is_so_deep_and_no_deeper(kind: type) -> None:
    check_json(nested(MAX_DEPTH, kind=kind))
    with pytest.raises(TooIntricate, match=f"more than {MAX_DEPTH} levels"):
        check_json(nested(MAX_DEPTH + 1, kind=kind))


def test_members_and_items_are_counted_over_the_whole_body() -> None:
    half = {str(n): n for n in range(MAX_MEMBERS // 2 - 1)}
    check_json([half, half])
    with pytest.raises(TooIntricate, match="fields"):
        check_json([half, half, {"a": 1, "b": 2, "c": 3}])
    check_json([0] * MAX_ITEMS)
    with pytest.raises(TooIntricate, match="items"):
        check_json({"coordinates": [[0] * MAX_ITEMS]})


def test_not_every_unknown_name_is_told() -> None:
    told = shortened(["x" * 500] * 10_000)
    assert len(told) == 20
    assert len(told[0]) == 100


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (orjson.dumps({f"field{n}": n for n in range(10_000)}), 400, "body_too_intricate"),
        (b"[" * 100_000 + b"]" * 100_000, 400, "malformed_body"),
        (b'{"a":' * 500 + b"1" + b"}" * 500, 400, "body_too_intricate"),
        (b'{"description": "' + b"x" * 3_000_000 + b'"}', 413, "body_too_large"),
        (b'{"description": NaN}', 400, "malformed_body"),
        (b'{"description": "\\ud800"}', 400, "malformed_body"),
        (b"\xff\xfe", 400, "malformed_body"),
    ],
)
def test_such_a_body_is_refused_and_nothing_is_written(
    cast: Cast, body: bytes, status: int, code: str
) -> None:
    answer = api_client(cast.officer).post("/api/v1/incidents", body, content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert len(answer.content) < 1_000
    access = access_for(cast.officer)
    with agency_scope(access):
        assert not Incident.objects.visible_to(access).exists()
    assert api_client(cast.officer).get("/api/v1/incidents").status_code == 200


def test_a_form_of_ten_thousand_fields_is_refused(client: Client, db: None) -> None:
    answer = client.post("/console/login/", {f"field{n}": "x" for n in range(10_000)})
    assert answer.status_code == 400
