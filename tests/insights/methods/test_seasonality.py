"""Seasons: days counted, intervals, scipy's test of evenness."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import chisquare

from insights.methods.base import Events, MethodFault
from insights.methods.seasonality import HOUR, MONTH, WEEKDAY, SeasonParameters, exposure, seasonality
from tests.insights.methods.data import EPOCH, chicago_burglaries, san_francisco

START = date(2023, 1, 1).toordinal() - EPOCH
LEAP = date(2024, 1, 1).toordinal() - EPOCH


def _events(begin: NDArray[Any], end: NDArray[Any] | None = None) -> Events:
    return Events.of(np.zeros(len(begin)), np.zeros(len(begin)), begin, end)


def test_one_incident_a_day_has_no_season() -> None:
    days = np.arange(START, START + 365) + 0.4

    months = seasonality(_events(days), SeasonParameters(MONTH))

    assert months.number.tolist() == list(range(1, 13))
    assert months.days.tolist() == [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    assert months.index == pytest.approx(np.ones(12))
    assert months.p == pytest.approx(1.0)


@pytest.mark.parametrize("cycle", [MONTH, WEEKDAY])
def test_days_are_those_of_the_calendar(cycle: str) -> None:
    number, days = exposure(cycle, LEAP, LEAP + 400)
    calendar = [date.fromordinal(EPOCH + LEAP) + timedelta(days=d) for d in range(400)]
    expected = [d.month if cycle == MONTH else d.weekday() for d in calendar]

    assert dict(zip(number.tolist(), days.tolist(), strict=True)) == {
        n: expected.count(n) for n in set(expected)
    }


def test_a_double_weekday_has_its_index() -> None:
    days = np.repeat(np.arange(LEAP, LEAP + 70) + 0.5, [2 if d % 7 == 4 else 1 for d in range(70)])

    found = seasonality(_events(days), SeasonParameters(WEEKDAY))

    # 1 January 2024 is a Monday, so the fifth day is a Friday.
    assert found.number[found.index.argmax()] == 4
    assert found.index[4] == pytest.approx(20 / (80 / 7))
    assert ((found.low <= found.index) & (found.index <= found.high)).all()


def test_p_is_that_of_scipy() -> None:
    found = seasonality(chicago_burglaries(), SeasonParameters(WEEKDAY))
    expected = found.count.sum() * found.days / found.days.sum()

    assert found.p == pytest.approx(chisquare(found.count, expected).pvalue)
    assert found.count.sum() == 11_700


def test_hours_of_larceny_in_san_francisco() -> None:
    found = seasonality(san_francisco().of("LARCENY/THEFT"), SeasonParameters(HOUR))

    assert found.number[found.index.argmax()] == 18
    assert found.index[found.number == 5][0] < 0.4
    assert found.p < 1e-12


@pytest.mark.parametrize("hour", range(24))
def test_a_moment_on_the_hour_lies_in_that_hour(hour: int) -> None:
    begin = LEAP + np.arange(150) + hour / 24

    found = seasonality(_events(begin), SeasonParameters(HOUR), LEAP, LEAP + 150)

    assert found.count[hour] == 150


def test_incidents_not_known_to_the_hour_are_left_out_of_hours() -> None:
    begin = LEAP + np.arange(240) / 24
    end = begin + np.where(np.arange(240) < 40, 0.5, 0.0)

    found = seasonality(_events(begin, end), SeasonParameters(HOUR))

    assert (found.count.sum(), found.left_out) == (200, 40)
    with pytest.raises(MethodFault, match="known to the hour"):
        seasonality(_events(begin, begin + 1), SeasonParameters(HOUR))


def test_a_period_counts_its_quiet_days() -> None:
    days = np.concatenate((np.repeat(LEAP + np.arange(31), 2), [np.nan, LEAP + 99])) + 0.5

    found = seasonality(_events(days), SeasonParameters(MONTH), LEAP, LEAP + 60)

    assert found.number.tolist() == [1, 2]
    assert found.index == pytest.approx([60 / 31, 0.0])
    assert found.low[1] == 0
    assert found.high[1] > 0
    assert found.left_out == 2


def test_whole_weeks_later_and_other_orders_change_nothing() -> None:
    begin = LEAP + np.random.default_rng(3).uniform(0, 100, 400)

    one = seasonality(_events(begin), SeasonParameters(WEEKDAY), LEAP, LEAP + 100)
    other = seasonality(_events(begin[::-1] + 70), SeasonParameters(WEEKDAY), LEAP + 70, LEAP + 170)

    assert np.array_equal(one.index, other.index)


def test_what_is_wrong_is_said() -> None:
    with pytest.raises(MethodFault, match="At least 35 incidents are needed and 14 were found"):
        seasonality(_events(LEAP + np.arange(14.0)), SeasonParameters(WEEKDAY))
    with pytest.raises(MethodFault, match="no two months"):
        seasonality(_events(LEAP + np.arange(14.0)), SeasonParameters(MONTH))
    with pytest.raises(MethodFault, match="no two weekdays"):
        seasonality(_events(np.full(50, LEAP + 0.5)), SeasonParameters(WEEKDAY))
    with pytest.raises(MethodFault, match="No incident with a time"):
        seasonality(_events(np.array([np.nan])), SeasonParameters())
    with pytest.raises(MethodFault, match="Cycle must be one of"):
        SeasonParameters("moon")
