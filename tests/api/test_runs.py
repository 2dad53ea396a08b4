"""Analyses over the API: the methods, a run, what it found, and what is wrong in one sentence."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from insights.answers.table import ANALYSES
from nethra.audit.models import AuditEvent
from nethra.core.scope import agency_scope
from tests.insights.test_runs import plant
from tests.support.people import Cast, access_for, api_client

pytestmark = pytest.mark.django_db
RUNS = "/api/v1/insights/runs"
COUNTS = {"analysis": "counts", "why": "Weekly briefing"}


@pytest.fixture
def analyst(cast: Cast) -> Any:
    plant(access_for(cast.officer))
    return api_client(cast.analyst)


def run(client: Any, **values: Any) -> Any:
    answer = client.post(RUNS, {**COUNTS, **values}, format="json")
    assert answer.status_code == 201, answer.json()
    return answer


def test_the_methods_say_what_they_ask(analyst: Any) -> None:
    methods = analyst.get("/api/v1/insights/methods").json()["data"]
    assert [method["key"] for method in methods] == list(ANALYSES)
    size = methods[0]["parameters"][1]
    assert (size["name"], size["type"], size["default"], size["least"]) == ("size", "number", 250.0, 10)


def test_a_run_is_done_read_and_listed(analyst: Any) -> None:
    answer = run(analyst, parameters={"size": 500}, filters="offence=220")
    made = answer.json()
    assert answer["Location"] == f"{RUNS}/{made['id']}"
    assert made["headline"] == "12 incidents lie in 2 cells; the fullest holds 9."
    assert analyst.get(f"{RUNS}/{made['id']}").json() == made
    assert [one["id"] for one in analyst.get(f"{RUNS}?analysis=counts").json()["data"]] == [made["id"]]
    assert analyst.get(f"{RUNS}?pinned=true").json()["data"] == []
    result = analyst.get(f"{RUNS}/{made['id']}/result").json()
    assert result["is_whole"]
    assert [len(result["shapes"]), result["rows"], result["hidden"]] == [2, 2, 0]


def test_two_runs_are_told_side_by_side(analyst: Any) -> None:
    first, second = run(analyst).json(), run(analyst, parameters={"size": 5000}).json()
    told = analyst.get(f"{RUNS}/{first['id']}/compare?with={second['id']}").json()
    assert (told["same_input"], told["same_result"]) == (True, False)
    assert {"name": "size", "first": 250, "second": 5000} in told["asked"]
    again = analyst.post(f"{RUNS}/{first['id']}/repeat", {"why": "Check"}, format="json").json()
    assert again["result_digest"] == first["result_digest"]
    assert again["repeats"] == first["id"]


def test_a_run_is_pinned_for_everybody(analyst: Any, cast: Cast) -> None:
    made = run(analyst).json()
    answer = api_client(cast.officer).post(f"{RUNS}/{made['id']}/pin", {"is_pinned": True}, format="json")
    assert answer.json()["is_pinned"]
    assert analyst.get(f"{RUNS}?pinned=true").json()["total"] == 1


def test_files_hold_the_rows_and_are_recorded(analyst: Any, cast: Cast) -> None:
    made = run(analyst).json()
    drawn = analyst.get(f"{RUNS}/{made['id']}/file?format=geojson").json()
    assert [feature["properties"]["count"] for feature in drawn["features"]] == [9, 3]
    assert drawn["nethra"]["result_digest"] == made["result_digest"]
    assert drawn["nethra"]["cautions"]
    answer = analyst.get(f"{RUNS}/{made['id']}/file?format=csv")
    table = list(csv.reader(io.StringIO(answer.content.decode())))
    assert table[0] == ["Incidents", "Incidents per km² (per km²)"]
    assert [row[0] for row in table[1:]] == ["9", "3"]
    admin = access_for(cast.admin)
    with agency_scope(admin):
        events = AuditEvent.objects.visible_to(admin).filter(action="analysis_downloaded")
        assert events.filter(object_id=made["id"]).count() == 2


@pytest.mark.parametrize(
    ("values", "status", "name"),
    [
        ({"parameters": {"size": 0}}, 400, "size"),
        ({"parameters": {"size": True}}, 400, "size"),
        ({"parameters": {"size": [1]}}, 400, "size"),
        ({"filters": "occurred_before=2020-01-01T00:00:00Z"}, 400, None),
        ({"filters": "area=01a205b4-0000-7000-8000-000000000000"}, 400, None),
        ({"about": {"subject": 7}}, 400, "about.subject"),
        ({"why": ""}, 400, "why"),
        ({"analysis": "palmistry"}, 404, None),
    ],
)
def test_what_is_wrong_is_one_sentence_and_nothing_is_kept(
    analyst: Any, values: dict[str, Any], status: int, name: str | None
) -> None:
    answer = analyst.post(RUNS, {**COUNTS, **values}, format="json")
    told = answer.json()
    assert answer.status_code == status
    assert told["detail"].count(". ") == 0
    if name is not None:
        assert name in told["errors"]
    assert analyst.get(RUNS).json()["total"] == 0


@pytest.mark.parametrize(
    ("tail", "status"),
    [
        ("/compare", 400),
        ("/compare?with=7", 400),
        ("/file", 400),
        ("/file?format=pptx", 400),
        ("?size=0", 400),
    ],
)
def test_wrong_queries_are_refused(analyst: Any, tail: str, status: int) -> None:
    made = run(analyst).json()
    where = f"{RUNS}{tail}" if tail.startswith("?") else f"{RUNS}/{made['id']}{tail}"
    assert analyst.get(where).status_code == status


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"parameters": {"size": 0}}, "Size of the cells must be at least 10 m."),
        ({"analysis": "density", "parameters": {"bandwidth": 0}}, "Bandwidth must be at least 10 m."),
        ({"analysis": "hotspots", "filters": "occurred_before=2026-03-02T23:00:00Z"}, "cells are needed"),
        ({"filters": "occurred_after=2031-01-01T00:00:00Z"}, "No incident with a place"),
        ({"filters": "bbox=-20,10,-19,11"}, "No incident with a place"),
        ({"filters": "bbox=-122.43,37.76,-122.43,37.76"}, "The area holds nothing"),
        ({"analysis": "candidates"}, "Name the incident that the analysis is about."),
        ({"analysis": "operations"}, "Name the area of the operation and the area to compare it with."),
        ({"analysis": "series"}, "solved"),
    ],
)
def test_no_wrong_question_is_answered_with_an_empty_map(
    analyst: Any, values: dict[str, Any], sentence: str
) -> None:
    answer = analyst.post(RUNS, {**COUNTS, **values}, format="json")
    told = answer.json()
    assert answer.status_code == 400
    assert sentence in told["detail"] + str(told["errors"])
    assert "Traceback" not in answer.content.decode()
