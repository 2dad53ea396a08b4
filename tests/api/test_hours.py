"""Weekday and hour: filters of every list and the counts beside the map, in the agency's own time zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.api.calls import get, numbers, refusal
from tests.support.people import Cast, access_for, console_client
from tests.support.records import make_incident

pytestmark = pytest.mark.django_db
#: Monday 2 March 2026, 23:30 in Los Angeles, which is Tuesday in UTC.
MONDAY_NIGHT = datetime(2026, 3, 3, 7, 30, tzinfo=UTC)
#: The Sunday on which the clocks went forward: 03:30 there.
SUNDAY_EARLY = datetime(2026, 3, 8, 10, 30, tzinfo=UTC)


@pytest.fixture
def week(cast: Cast) -> Cast:
    """A burglary at Monday's last hour, another of an uncertain time, a robbery on Sunday morning."""
    access = access_for(cast.officer)
    until = MONDAY_NIGHT + timedelta(hours=6)
    for offence, start, end in (
        ("220", MONDAY_NIGHT, MONDAY_NIGHT),
        ("220", MONDAY_NIGHT, until),
        ("120", SUNDAY_EARLY, SUNDAY_EARLY),
    ):
        make_incident(access, offence, occurred_from=start, occurred_until=end, reported_at=end)
    return cast


def test_weekdays_and_hours_are_those_of_the_agency(week: Cast) -> None:
    answer = get(week.analyst, "insights/hours").json()

    cells = {
        (day, hour): count
        for day, row in enumerate(answer["counts"], 1)
        for hour, count in enumerate(row)
        if count
    }
    assert cells == {(1, 23): 2, (7, 3): 1}
    assert (answer["time_zone"], answer["total"], answer["vague"]) == ("America/Los_Angeles", 3, 1)
    assert [len(row) for row in answer["counts"]] == [24] * 7


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("weekday=1", 2),
        ("weekday=1&weekday=7", 3),
        ("hour=3", 1),
        ("weekday=1&hour=3", 0),
        ("weekday=1&hour=23&offence=220", 2),
        ("weekday=2", 0),
    ],
)
def test_every_door_counts_the_same(week: Cast, query: str, count: int) -> None:
    assert len(numbers(get(week.analyst, f"incidents?{query}"))) == count
    assert get(week.analyst, f"incidents.geojson?{query}").json()["total"] == count
    assert get(week.analyst, f"insights/grid?{query}").json()["total"] == count
    assert get(week.analyst, f"insights/areas?{query}").json()["total"] == count
    assert get(week.analyst, f"insights/hours?{query}").json()["total"] == count
    assert get(week.analyst, f"tiles/incidents/14/2620/6333.mvt?{query}").status_code == (
        200 if count else 204
    )


@pytest.mark.parametrize(
    "query", ["weekday=0", "weekday=8", "weekday=Monday", "hour=24", "hour=-1", "hour=٣"]
)
def test_what_is_no_weekday_or_hour_is_refused(cast: Cast, query: str) -> None:
    answer = get(cast.analyst, f"incidents?{query}")

    assert refusal(answer) == (400, "invalid_parameter")
    assert "must be a whole number from" in answer.json()["detail"]


def test_the_map_asks_for_the_same_counts(week: Cast) -> None:
    own = console_client(week.analyst).get("/console/map/hours?offence=120").json()

    assert (own["total"], own["counts"][6][3]) == (1, 1)
    assert console_client(week.south_admin).get("/console/map/hours").json()["total"] == 0


@pytest.mark.parametrize(("query", "count"), [("weekday=1", 2), ("hour=3", 1), ("weekday=1&hour=3", 0)])
def test_the_console_s_list_is_narrowed_by_the_same_clocks(week: Cast, query: str, count: int) -> None:
    page = console_client(week.analyst).get(f"/console/incidents/incident/?{query}").content.decode()

    assert page.count("field-primary_offence") == count
    assert console_client(week.analyst).get("/console/incidents/incident/?weekday=9").status_code == 302
