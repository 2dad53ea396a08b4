"""Schedules in the console and over the API: made of a run or in full, listed, stopped, and refused in a sentence."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from insights.models import AnalysisSchedule
from nethra.core.scope import agency_scope
from tests.insights.test_runs import counts, plant
from tests.insights.test_schedules import ASKED, scheduled
from tests.support.people import Cast, access_for, api_client, console_client

pytestmark = pytest.mark.django_db
SCHEDULES = "/api/v1/insights/schedules"
FILTERS = "offence=220&occurred_after=2026-03-01T00%3A00%3A00Z&occurred_before=2026-04-01T00%3A00%3A00Z"
FORM = {"name": "Morning counts", "every": "week", "latest_days": "28"}


def stored(cast: Cast) -> list[AnalysisSchedule]:
    access = access_for(cast.analyst)
    with agency_scope(access):
        return list(AnalysisSchedule.objects.visible_to(access))


def page_for(cast: Cast) -> str:
    plant(access_for(cast.officer))
    run = counts(access_for(cast.analyst), filters=FILTERS, parameters={"size": 500})
    return reverse("admin:insights_analysisschedule_of", args=[run.pk])


def test_a_run_is_scheduled_from_its_page_and_looks_at_the_latest_days(cast: Cast) -> None:
    client, page = console_client(cast.analyst), page_for(cast)
    (run_page,) = {client.get(page).context["back"]}
    assert page in client.get(run_page).content.decode()

    answer = client.post(page, FORM)

    (schedule,) = stored(cast)
    assert (schedule.filters, schedule.latest_days, schedule.every) == ("offence=220", 28, "week")
    assert schedule.parameters == {"shape": "squares", "size": 500.0}
    shown = client.get(answer["Location"]).content.decode()
    assert "offence: Burglary/Breaking &amp; Entering" in shown
    assert "Size of the cells: 500 m" in shown
    assert "Morning counts" in client.get("/console/insights/analysisschedule/").content.decode()


def test_without_a_number_the_days_of_the_run_stay(cast: Cast) -> None:
    client, page = console_client(cast.analyst), page_for(cast)
    client.post(page, {**FORM, "latest_days": ""})
    (schedule,) = stored(cast)
    assert (schedule.filters, schedule.latest_days) == (FILTERS, None)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("latest_days", "0", "Ensure this value is greater than or equal to 1."),
        ("every", "hour", "Select a valid choice."),
        ("name", "", "This field is required."),
    ],
)
def test_a_wrong_form_is_shown_again(cast: Cast, field: str, value: str, sentence: str) -> None:
    answer = console_client(cast.analyst).post(page_for(cast), {**FORM, field: value})
    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert stored(cast) == []


def test_who_may_not_analyse_or_is_of_another_agency_schedules_nothing(cast: Cast) -> None:
    page = page_for(cast)
    assert console_client(cast.auditor).post(page, FORM).status_code == 403
    assert console_client(cast.south_admin).post(page, FORM).status_code == 404
    assert stored(cast) == []


def test_it_is_stopped_on_its_page_by_whoever_may(cast: Cast) -> None:
    schedule = scheduled(access_for(cast.analyst))
    page = reverse("admin:insights_analysisschedule_change", args=[schedule.pk])
    stop = reverse("admin:insights_analysisschedule_stop", args=[schedule.pk])
    client = console_client(cast.analyst)
    assert stop in client.get(page).content.decode()
    assert stop not in console_client(cast.auditor).get(page).content.decode()

    assert client.post(stop)["Location"] == page

    assert [one.is_active for one in stored(cast)] == [False]
    assert stop not in client.get(page).content.decode()
    assert "This schedule has been stopped already." in client.post(stop).content.decode()


def test_the_api_makes_lists_reads_and_stops_them(cast: Cast) -> None:
    client = api_client(cast.analyst)
    made = client.post(SCHEDULES, ASKED, format="json")
    assert made.status_code == 201, made.json()
    one = made.json()
    assert made["Location"] == f"{SCHEDULES}/{one['id']}"
    assert (one["is_active"], one["owner"], one["latest_days"]) == (True, str(cast.analyst.pk), 28)
    assert client.get(made["Location"]).json() == one
    assert [row["id"] for row in client.get(f"{SCHEDULES}?active=true").json()["data"]] == [one["id"]]

    assert client.post(f"{made['Location']}/stop").json()["is_active"] is False

    assert client.get(f"{SCHEDULES}?active=true").json()["data"] == []
    again = client.post(f"{made['Location']}/stop")
    assert (again.status_code, again.json()["code"]) == (409, "not_active")


@pytest.mark.parametrize(
    ("values", "status", "name"),
    [
        ({"analysis": "palmistry"}, 404, None),
        ({"latest_days": 0}, 400, "latest_days"),
        ({"why": ""}, 400, "why"),
        ({"every": "hour"}, 400, "every"),
        ({"hour": 4}, 400, "hour"),
        ({"filters": "offence=999"}, 400, "offence"),
        ({"about": {"subject": "seven"}}, 400, "about.subject"),
    ],
)
def test_the_api_names_what_is_wrong(
    cast: Cast, values: dict[str, Any], status: int, name: str | None
) -> None:
    answer = api_client(cast.analyst).post(SCHEDULES, {**ASKED, **values}, format="json")
    assert answer.status_code == status, answer.json()
    assert name is None or name in answer.json()["errors"]
    assert stored(cast) == []


def test_another_agencys_schedule_is_not_there(cast: Cast) -> None:
    schedule = scheduled(access_for(cast.analyst))
    client = api_client(cast.south_admin)
    assert client.get(f"{SCHEDULES}/{schedule.pk}").status_code == 404
    assert client.post(f"{SCHEDULES}/{schedule.pk}/stop").status_code == 404
    assert client.get(SCHEDULES).json()["data"] == []
