"""Alarms: vehicle theft in San Francisco, weeks, the chart and change points."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import numpy as np
import pytest

from insights.methods.alarms import NO_DATA, AlarmParameters, Alarms, alarms, ewma_chart, weekly
from insights.methods.base import Events, Integers, MethodFault
from insights.methods.changes import change_points, spread_of
from tests.insights.methods.data import EPOCH, san_francisco

BREAK = date(2006, 1, 9).toordinal() - EPOCH
MONDAY = date(2020, 1, 6).toordinal() - EPOCH


@pytest.fixture(scope="module")
def vehicle_theft() -> Alarms:
    return alarms(san_francisco().of("VEHICLE THEFT"), AlarmParameters(empty=NO_DATA))


def _events(counts: Integers | list[int], first: int = MONDAY) -> Events:
    begin = np.repeat(first + 7 * np.arange(len(counts)), counts) + 2.25
    return Events.of(np.zeros(len(begin)), np.zeros(len(begin)), begin)


def test_the_first_low_alarm_of_vehicle_theft_is_the_week_it_broke(vehicle_theft: Alarms) -> None:
    judged = vehicle_theft.week[vehicle_theft.judged :]

    assert judged[vehicle_theft.alarm == -1][0] == BREAK
    assert not (vehicle_theft.alarm[judged < BREAK] == 1).any()
    at = vehicle_theft.week.tolist().index(BREAK)
    assert vehicle_theft.count[at - 1 : at + 1].tolist() == [273, 140]


def test_the_level_of_vehicle_theft_changed_that_week(vehicle_theft: Alarms) -> None:
    levels = vehicle_theft.levels
    which = vehicle_theft.week[levels.start].tolist().index(BREAK)

    assert levels.rate[which] < 0.5 * levels.rate[which - 1]


def test_only_weeks_with_data_are_read(vehicle_theft: Alarms) -> None:
    # Alternate weeks from Monday 2003-01-06 on; the last one is not whole.
    assert len(vehicle_theft.week) == 321
    assert (np.diff(vehicle_theft.week) >= 14).all()
    assert vehicle_theft.cut > 0


def test_weeks_run_from_monday_to_sunday() -> None:
    begin = np.array([MONDAY - 0.01, MONDAY, MONDAY + 6.99, MONDAY + 7.0, MONDAY + 14.0])

    week, count = weekly(begin)

    assert week.tolist() == [MONDAY, MONDAY + 7]
    assert count.tolist() == [2, 1]
    assert weekly(begin, MONDAY - 7, MONDAY + 21)[1].tolist() == [1, 2, 1, 1]


@pytest.mark.parametrize("day", range(7))
def test_a_week_that_is_not_whole_is_cut(day: int) -> None:
    week, _ = weekly(np.array([MONDAY + day, MONDAY + 20.0]))

    assert week[0] == (MONDAY if day == 0 else MONDAY + 7)


def test_the_chart_is_its_formula() -> None:
    count = np.random.default_rng(2).poisson(50, 40)
    ewma, mean, reach = ewma_chart(count, 0.3, 3.0, 10)

    smoothed = count[:10].mean()
    for t in range(30):
        smoothed = 0.3 * count[10 + t] + 0.7 * smoothed
        before = count[t : t + 10]
        spread = max(before.std(ddof=1), before.mean() ** 0.5)
        assert ewma[t] == pytest.approx(smoothed)
        assert mean[t] == pytest.approx(before.mean())
        assert reach[t] == pytest.approx(3 * spread * (0.3 / 1.7 * (1 - 0.7 ** (2 * t + 2))) ** 0.5)


def test_an_even_series_raises_few_alarms() -> None:
    random = np.random.default_rng(7)

    raised = [
        float((alarms(_events(random.poisson(30, 300)), AlarmParameters()).alarm != 0).mean())
        for _ in range(10)
    ]

    assert np.mean(raised) < 0.02


def test_a_doubled_series_raises_a_high_alarm_and_one_change() -> None:
    count = np.concatenate((np.full(40, 20), np.full(20, 40)))

    found = alarms(_events(count), AlarmParameters(), MONDAY, MONDAY + 7 * 60)

    assert found.week[found.judged :][found.alarm == 1][0] == MONDAY + 7 * 40
    assert found.levels.start.tolist() == [0, 40]
    assert found.levels.rate.tolist() == [20.0, 40.0]


def test_a_baseline_without_incidents_bears_one() -> None:
    count = np.zeros(40, np.int64)
    count[-1], count[0] = 1, 1

    found = alarms(_events(count), AlarmParameters(baseline=30))

    assert np.isfinite(found.ewma).all()
    assert not found.alarm.any()


def test_the_order_of_rows_and_whole_weeks_change_nothing() -> None:
    count = np.random.default_rng(1).poisson(20, 80)
    events = _events(count)
    shuffled = events.taken(np.random.default_rng(2).permutation(len(events)))

    one, other, later = (
        alarms(e, AlarmParameters()) for e in (events, shuffled, _events(count, MONDAY + 70))
    )

    assert np.array_equal(one.ewma, other.ewma)
    assert np.array_equal(one.ewma, later.ewma)


def test_change_points_are_the_best_of_all_partitions() -> None:
    count = np.array([3, 4, 2, 9, 11, 8, 10, 2, 3, 1])
    found = change_points(count, 0.5, 2)

    def cost(starts: tuple[int, ...]) -> float:
        total = (len(starts) - 1) * 0.5 * 2 * np.log(len(count))
        for start, end in pairwise((*starts, len(count))):
            incidents = count[start:end].sum()
            total -= 2 * incidents * np.log(incidents / (end - start)) / found.spread
        return float(total)

    cuts = [tuple(p for p in range(1, 10) if number >> p & 1) for number in range(0, 1024, 2)]
    whole = [(0, *cut) for cut in cuts if all(b - a >= 2 for a, b in pairwise((0, *cut, 10)))]
    assert tuple(found.start) == min(whole, key=cost)


def test_wild_series_need_more_evidence() -> None:
    random = np.random.default_rng(5)
    wild = random.negative_binomial(4, 4 / 54, 200)

    assert spread_of(wild) > 5
    assert len(change_points(wild).start) == 1
    assert spread_of(np.zeros(9, np.int64)) == 1.0


def test_what_is_wrong_is_said() -> None:
    with pytest.raises(MethodFault, match="At least 27 whole weeks"):
        alarms(_events([5] * 10), AlarmParameters())
    with pytest.raises(MethodFault, match="no whole week"):
        alarms(Events.of([0.0], [0.0], [MONDAY + 2.0]), AlarmParameters())
    with pytest.raises(MethodFault, match="No incident"):
        alarms(Events.of([], [], []), AlarmParameters())
    with pytest.raises(MethodFault, match="At least 8 periods"):
        change_points(np.array([1, 2, 3]))
    with pytest.raises(MethodFault, match="penalty above 0"):
        change_points(np.arange(20), 0.0)
    with pytest.raises(MethodFault, match="newest week"):
        AlarmParameters(smoothing=0)


def test_a_mistyped_year_is_told_instead_of_counted_for_hours() -> None:
    mistyped = Events.of([0.0, 0.0], [0.0, 0.0], [date(202, 1, 1).toordinal() - EPOCH, MONDAY])

    with pytest.raises(MethodFault, match="more than a century"):
        alarms(mistyped, AlarmParameters())
