"""The dashboard's numbers: what falls into the newest weeks, by the agency's own calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from insights.overview import Overview, overview
from nethra.core.scope import agency_scope
from tests.support.people import Cast, access_for
from tests.support.records import make_incident

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("America/Los_Angeles")
NEWEST = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)


def happened(cast: Cast, moment: datetime, *codes: str) -> None:
    make_incident(
        access_for(cast.officer), *codes, occurred_from=moment, occurred_until=moment, reported_at=moment
    )


def numbers(cast: Cast) -> Overview:
    access = access_for(cast.analyst)
    with agency_scope(access):
        found = overview(access, ZONE)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("days_ago", "week", "month"),
    [
        (0, (2, 0), (2, 0)),
        (6, (2, 0), (2, 0)),
        (7, (1, 1), (2, 0)),
        (14, (1, 0), (2, 0)),
        (28, (1, 0), (1, 1)),
    ],
)
def test_a_period_ends_with_the_newest_incidents_day(
    cast: Cast, days_ago: int, week: tuple[int, int], month: tuple[int, int]
) -> None:
    happened(cast, NEWEST)
    happened(cast, NEWEST - timedelta(days=days_ago))

    found = numbers(cast)

    assert found.day == date(2026, 3, 2)
    assert (found.week.count, found.week.before) == week
    assert (found.month.count, found.month.before) == month


def test_midnight_is_the_agencys(cast: Cast) -> None:
    happened(cast, datetime(2026, 3, 2, 7, 59, tzinfo=UTC))

    assert numbers(cast).day == date(2026, 3, 1)


def test_primary_offences_are_compared_with_the_month_before(cast: Cast) -> None:
    happened(cast, NEWEST, "220", "290")
    happened(cast, NEWEST - timedelta(days=30), "220")
    happened(cast, NEWEST, "23C")

    rows = {row.label: (row.count, row.before) for row in numbers(cast).offences}

    assert rows == {"Burglary/Breaking & Entering": (1, 1), "Shoplifting": (1, 0)}


def test_the_weeks_add_up(cast: Cast) -> None:
    for days in (0, 3, 7, 100, 181, 182):
        happened(cast, NEWEST - timedelta(days=days))

    weeks = numbers(cast).weeks

    assert len(weeks) == 26
    assert (weeks[-1], weeks[-2][1], sum(count for _, count in weeks)) == ((date(2026, 2, 24), 2), 1, 5)


def test_an_agency_without_incidents_has_no_numbers(cast: Cast) -> None:
    happened(cast, NEWEST)
    south = access_for(cast.south_admin)

    with agency_scope(south):
        assert overview(south, ZONE) is None
