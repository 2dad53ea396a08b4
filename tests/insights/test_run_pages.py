"""The console's pages of analyses: asked by a form, shown with map, pictures and table, compared, taken away."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from incidents.choices import AreaKind
from insights.answers.table import ANALYSES
from insights.models import AnalysisRun
from insights.pages.asking import QUESTIONS
from insights.pages.forms import ABOUT, FILTERS
from insights.running import services
from insights.running.methods import parameters_of
from nethra.core.scope import agency_scope
from tests.insights.test_runs import counts, plant
from tests.support.people import Cast, access_for, console_client
from tests.support.records import make_area

pytestmark = pytest.mark.django_db
ASK = "/console/analyses/counts/"
FORM = {
    "shape": "squares",
    "size": "500",
    "why": "Weekly briefing",
    "first_day": "",
    "last_day": "",
    "area": "",
}


@pytest.fixture
def analyst(cast: Cast) -> Any:
    plant(access_for(cast.officer))
    return console_client(cast.analyst)


def stored(cast: Cast) -> list[AnalysisRun]:
    access = access_for(cast.analyst)
    with agency_scope(access):
        return list(AnalysisRun.objects.visible_to(access))


def test_every_method_answers_a_question() -> None:
    asked = [key for keys in QUESTIONS.values() for key in keys]
    assert sorted(set(ANALYSES) - set(asked)) == []
    assert len(asked) == len(set(asked))


def test_no_parameter_has_the_name_of_another_field() -> None:
    taken = {*ABOUT, *FILTERS, "why"}
    named = {one["name"] for analysis in ANALYSES.values() for one in parameters_of(analysis)}
    assert named & taken == set()


def test_a_form_is_asked_and_answered(analyst: Any, cast: Cast) -> None:
    assert b"Which cells are" not in analyst.get("/console/analyses/").content
    assert ANALYSES["counts"].method.question.encode() in analyst.get(ASK).content

    answer = analyst.post(
        ASK, {**FORM, "offence": ["220"], "first_day": "2026-03-01", "last_day": "2026-03-03"}
    )

    (run,) = stored(cast)
    assert answer["Location"] == reverse("admin:insights_analysisrun_change", args=[run.pk])
    assert run.filters == (
        "offence=220&occurred_after=2026-03-01T00%3A00%3A00-08%3A00"
        "&occurred_before=2026-03-04T00%3A00%3A00-08%3A00"
    )
    page = analyst.get(answer["Location"]).content.decode()
    assert "12 incidents lie in 2 cells; the fullest holds 9." in page
    assert re.search(r'<td class="number">9</td>', page)
    assert run.result_digest in page


def test_what_the_map_showed_goes_along(analyst: Any, cast: Cast) -> None:
    page = analyst.get("/console/analyses/?weekday=1&offence=220").content.decode()
    assert "/console/analyses/counts/?weekday=1&amp;offence=220" in page
    assert "weekday (1 is Monday): 1" in analyst.get(f"{ASK}?weekday=1&offence=220").content.decode()
    analyst.post(f"{ASK}?weekday=1&offence=220", {**FORM, "offence": ["220"]})
    assert stored(cast)[0].filters == "offence=220&weekday=1"


def test_a_list_of_incidents_is_analysed_as_it_shows(analyst: Any) -> None:
    page = analyst.get("/console/incidents/incident/?offence=220").content.decode()
    assert "/console/analyse-incidents/?offence=220" in page
    answer = analyst.get("/console/analyse-incidents/?offence=220")
    assert answer["Location"] == "/console/analyses/?offence=220"
    assert analyst.get("/console/analyse-incidents/?offence=999").status_code == 302


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"size": "0"}, "Size of the cells must be at least 10 m."),
        ({"size": "wide"}, "Size of the cells must be a number."),
        ({"why": ""}, "This field is required."),
        ({"first_day": "2026-03-03", "last_day": "2026-03-01"}, "The last day must not be before the first."),
        (
            {"first_day": "2020-01-01", "last_day": "2020-02-01"},
            "No incident with a place is in what was asked for",
        ),
        ({"area": "01a205b4-0000-7000-8000-000000000000"}, "Select a valid choice."),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_nothing_is_kept(
    analyst: Any, cast: Cast, values: dict[str, str], sentence: str
) -> None:
    answer = analyst.post(ASK, {**FORM, **values})
    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert stored(cast) == []


def test_two_runs_stand_side_by_side(analyst: Any, cast: Cast) -> None:
    access = access_for(cast.analyst)
    first, second = counts(access), counts(access, parameters={"size": 5000})
    page = analyst.get(f"/console/insights/analysisrun/{first.pk}/compare/?with={second.pk}").content.decode()
    assert "Both read the same records and were asked something else." in page
    assert page.count("data-run-map") == 2
    for wrong in ("", "?with=7", f"?with={'0' * 32}"):
        assert analyst.get(f"/console/insights/analysisrun/{first.pk}/compare/{wrong}").status_code in (
            302,
            404,
        )


def test_pinned_repeated_and_taken_away(analyst: Any, cast: Cast) -> None:
    run = counts(access_for(cast.analyst))
    page = f"/console/insights/analysisrun/{run.pk}/"
    analyst.post(f"{page}pin/", {"pinned": "1"})
    assert stored(cast)[0].is_pinned
    assert analyst.get(f"{page}pin/").status_code == 403
    answer = analyst.post(f"{page}repeat/", {"why": "Places corrected"})
    again = next(one for one in stored(cast) if one.repeats_id == run.pk)
    assert str(again.pk) in answer["Location"]
    assert again.result_digest == run.result_digest
    for format in ("csv", "geojson"):
        assert analyst.get(f"{page}file/{format}/")["Content-Disposition"].endswith(f'.{format}"')
    assert analyst.get(f"{page}file/exe/").status_code == 302


def test_a_long_one_shows_its_progress_and_is_cancelled(
    analyst: Any, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "AT_ONCE_INCIDENTS", -1)
    run = counts(access_for(cast.analyst))
    page = f"/console/insights/analysisrun/{run.pk}/"
    assert b"Waiting for the worker to begin." in analyst.get(f"{page}change/").content
    assert analyst.get(f"{page}progress/").json()["stage"] == "waiting"
    analyst.post(f"{page}cancel/")
    assert stored(cast)[0].status == "cancelled"
    assert analyst.post(f"{page}cancel/", follow=True).status_code == 200


def test_who_may_only_look_is_offered_no_verbs(analyst: Any, cast: Cast) -> None:
    del analyst
    run = counts(access_for(cast.analyst))
    auditor = console_client(cast.auditor)
    page = f"/console/insights/analysisrun/{run.pk}/"
    shown = auditor.get(f"{page}change/").content
    assert b"12 incidents lie in 2 cells" in shown
    assert b"Run again" not in shown
    assert auditor.get("/console/analyses/").status_code == 403
    assert auditor.post(f"{page}pin/", {"pinned": "1"}).status_code == 403
    assert auditor.post(f"{page}repeat/", {"why": "x"}).status_code == 403
    assert console_client(cast.prosecutor).get(f"{page}change/").status_code in (302, 403, 404)


def test_days_that_no_calendar_has_are_said_and_not_stumbled_over(analyst: Any) -> None:
    late = analyst.post(ASK, {**FORM, "offence": ["220"], "last_day": "9999-12-31"})
    early = analyst.get(f"{ASK}?occurred_after=0001-01-01T00:00:00Z")

    assert late.status_code == 200
    assert b"Choose a day before the year 3000." in late.content
    assert early.status_code == 200


def test_runs_of_different_methods_stand_side_by_side(analyst: Any, cast: Cast) -> None:
    access = access_for(cast.analyst)
    first = counts(access)
    other = counts(access, analysis="autocorrelation", parameters={"cell": 50, "permutations": 99})

    page = analyst.get(f"/console/insights/analysisrun/{first.pk}/compare/?with={other.pk}")

    assert page.status_code == 200
    assert "Moran" in page.content.decode()


def test_the_days_of_an_operation_are_dates(analyst: Any, cast: Cast) -> None:
    officer = access_for(cast.officer)
    areas = [
        make_area(access_for(cast.admin), AreaKind.BEAT, code, box)
        for code, box in (("T", (-122.43, 37.76, -122.41, 37.78)), ("C", (-122.41, 37.76, -122.39, 37.78)))
    ]
    plant(officer, 30)
    asked = {
        "treated": str(areas[0].pk),
        "control": str(areas[1].pk),
        "before_from": "2026-03-02",
        "before_until": "2026-03-03",
        "after_from": "2026-03-03",
        "after_until": "2026-03-04",
        "metres": "0",
        "least": "5",
        "why": "Did it work",
        "first_day": "",
        "last_day": "",
        "area": "",
    }
    address = "/console/analyses/operations/"
    form = analyst.get(address).content.decode()
    assert 'type="date" name="before_from"' in form

    wrong = analyst.post(address, {**asked, "after_from": ""})
    assert b"This field is required." in wrong.content

    answer = analyst.post(address, asked)
    (run,) = stored(cast)
    # 2026-03-02 is the 20,514th day after 1970-01-01.
    assert (run.parameters["before_from"], run.parameters["after_until"]) == (20514, 20516)
    assert "Before, from: 2026-03-02" in analyst.get(answer["Location"]).content.decode()


def test_the_briefing_reaches_back_to_what_january_is_compared_with(analyst: Any, cast: Cast) -> None:
    with time_machine.travel(datetime(2026, 3, 4, 20, tzinfo=UTC), tick=False):
        analyst.post(reverse("admin:analysis_briefing"))

    (run,) = stored(cast)
    assert "occurred_after=2024-01-01" in run.filters
