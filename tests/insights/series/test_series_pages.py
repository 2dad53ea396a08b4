"""The page of a run of series: its proposals with reasons, and the pages that decide about them."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from incidents.models import Incident
from insights.models import AnalysisRun
from insights.pages import series as pages
from tests.insights.test_runs import counts
from tests.support.people import Cast, access_for, api_client, console_client
from tests.support.series import REASON, make_crimes, make_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def crimes(cast: Cast) -> list[Incident]:
    return make_crimes(access_for(cast.officer), 6)


@pytest.fixture
def run(cast: Cast, crimes: list[Incident]) -> AnalysisRun:
    return make_run(access_for(cast.analyst), crimes[:3], crimes[3:])


def page_of(run: AnalysisRun) -> str:
    return f"/console/insights/analysisrun/{run.pk}/change/"


def decide_at(run: AnalysisRun, tail: str) -> str:
    return f"/console/analyses/runs/{run.pk}/series/{tail}"


def shown(client: Any, run: AnalysisRun, query: str = "") -> str:
    answer = client.get(page_of(run) + query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_each_series_is_shown_with_its_crimes_and_reasons(
    cast: Cast, crimes: list[Incident], run: AnalysisRun
) -> None:
    page = shown(console_client(cast.analyst), run)

    assert page.count('class="run-series"') == 2
    assert all(crime.number in page for crime in crimes)
    assert f"{REASON} (2)" in page
    assert decide_at(run, "2/decide/rejected/") in page
    assert decide_at(run, "1/case/") not in page
    assert "none was accepted or rejected yet; 2 are not decided." in page


def test_a_decision_is_asked_for_and_shown(cast: Cast, run: AnalysisRun) -> None:
    client = console_client(cast.analyst)
    asked = client.get(decide_at(run, "1/decide/accepted/"))
    assert "Accept the series" in asked.content.decode()

    empty = client.post(decide_at(run, "1/decide/accepted/"), {"why": ""})
    assert (empty.status_code, "This field is required." in empty.content.decode()) == (200, True)
    answer = client.post(decide_at(run, "1/decide/accepted/"), {"why": "Same pry bar"})
    client.post(decide_at(run, "2/decide/rejected/"), {"why": "Two groups"})

    assert answer.headers["Location"].endswith("#series-1")
    page = shown(client, run)
    assert "Same pry bar" in page
    assert "Two groups" in page
    assert "1 was accepted (50 %) and 1 rejected; 0 are not decided." in page


def test_a_series_becomes_a_case(cast: Cast, crimes: list[Incident], run: AnalysisRun) -> None:
    client = console_client(cast.supervisor)
    assert decide_at(run, "1/case/") in shown(client, run)

    answer = client.post(decide_at(run, "1/case/"), {"title": "Rear windows"}, follow=True)

    page = answer.content.decode()
    assert "2 incidents linked" in page
    assert "Made into a case." in page
    assert decide_at(run, "1/case/") not in page
    again = client.post(decide_at(run, "1/case/"), {"title": ""})
    assert "already." in again.content.decode()


def test_many_series_are_shown_in_parts(
    cast: Cast, run: AnalysisRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "SHOWN_SERIES", 1)
    client = console_client(cast.analyst)

    assert 'id="series-2"' not in shown(client, run)
    assert "?series_from=2#" in shown(client, run)
    second = shown(client, run, "?series_from=2")
    assert 'id="series-2"' in second
    assert "?series_from=1#" in second
    for wrong in ("0", "3", "x", "٢", "9" * 30):
        assert 'id="series-1"' in shown(client, run, f"?series_from={wrong}")


def test_wrong_pages_are_not_there(cast: Cast, run: AnalysisRun) -> None:
    client = console_client(cast.supervisor)
    other = counts(access_for(cast.analyst))
    for address in (
        decide_at(run, "3/decide/accepted/"),
        decide_at(run, "1/decide/perhaps/"),
        decide_at(run, "3/case/"),
        decide_at(other, "1/decide/accepted/"),
        f"/console/analyses/runs/{uuid4()}/series/1/case/",
    ):
        assert client.get(address).status_code == 404, address
        assert client.post(address, {"why": "x"}).status_code == 404, address
    assert 'class="run-series"' not in shown(client, other)


def test_who_may_only_look_decides_nothing(cast: Cast, run: AnalysisRun) -> None:
    auditor = console_client(cast.auditor)
    assert decide_at(run, "1/decide/accepted/") not in shown(auditor, run)
    assert auditor.post(decide_at(run, "1/decide/accepted/"), {"why": "x"}).status_code == 403
    assert console_client(cast.analyst).post(decide_at(run, "1/case/"), {}).status_code == 403
    south = console_client(cast.south_officer)
    assert south.post(decide_at(run, "1/decide/accepted/"), {"why": "x"}).status_code == 404


def test_the_api_decides_lists_and_makes_a_case(cast: Cast, crimes: list[Incident], run: AnalysisRun) -> None:
    where = f"/api/v1/insights/runs/{run.pk}/series"
    client = api_client(cast.supervisor)
    made = client.post(f"{where}/1/decisions", {"verdict": "accepted", "why": "Same bar"}, format="json")
    assert made.status_code == 201
    assert made.json()["incidents"] == [str(crime.pk) for crime in crimes[:3]]

    case = client.post(f"{where}/1/case", {"title": "Rear windows"}, format="json")

    assert case.status_code == 201
    told = case.json()
    assert (told["linked"], told["left_out"], told["decision"]) == (2, 0, made.json()["id"])
    assert client.get(case["Location"]).json()["title"] == "Rear windows"
    (listed,) = client.get(f"{where}/decisions").json()["data"]
    assert (listed["case"], listed["counts"], listed["verdict"]) == (told["case"], True, "accepted")


@pytest.mark.parametrize(
    ("tail", "body", "status"),
    [
        ("3/decisions", {"verdict": "accepted", "why": "x"}, 404),
        ("1/decisions", {"verdict": "accepted", "why": ""}, 400),
        ("1/decisions", {"verdict": "perhaps", "why": "x"}, 400),
        ("1/decisions", {"verdict": "accepted", "why": "x", "case": str(uuid4())}, 400),
        ("3/case", {}, 404),
        ("1/case", {"title": "x" * 201}, 400),
    ],
)
def test_the_api_refuses_what_is_wrong(
    cast: Cast, run: AnalysisRun, tail: str, body: dict[str, str], status: int
) -> None:
    where = f"/api/v1/insights/runs/{run.pk}/series"
    client = api_client(cast.supervisor)
    assert client.post(f"{where}/{tail}", body, format="json").status_code == status
    assert client.get(f"{where}/decisions").json()["data"] == []
    other = counts(access_for(cast.analyst))
    assert client.get(f"/api/v1/insights/runs/{other.pk}/series/decisions").status_code == 400


def test_the_api_asks_for_the_capability(cast: Cast, run: AnalysisRun) -> None:
    where = f"/api/v1/insights/runs/{run.pk}/series"
    body = {"verdict": "accepted", "why": "x"}
    assert api_client(cast.auditor).post(f"{where}/1/decisions", body, format="json").status_code == 403
    assert api_client(cast.auditor).get(f"{where}/decisions").status_code == 200
    assert api_client(cast.analyst).post(f"{where}/1/case", {}, format="json").status_code == 403
    assert api_client(cast.south_officer).get(f"{where}/decisions").status_code == 404
    assert api_client(cast.prosecutor).get(f"{where}/decisions").status_code in (403, 404)
