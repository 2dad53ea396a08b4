"""The aoristic week: its definitions case by case, a slow twin, and what must not change it."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest

from insights.methods.aoristic import CERTAIN, AoristicParameters, aoristic, busiest
from insights.methods.base import Events, Floats, MethodFault

ORIGIN = datetime(1970, 1, 1)
MONDAY = datetime(2024, 3, 4)


def days(*moments: datetime) -> list[float]:
    """Return moments as days since 1970-01-01."""
    return [(moment - ORIGIN) / timedelta(days=1) for moment in moments]


def _events(begin: list[float], end: list[float]) -> Events:
    return Events.of([0.0] * len(begin), [0.0] * len(begin), begin, end)


def _span(begin: datetime, hours: float) -> Events:
    return _events(days(begin), days(begin + timedelta(hours=hours)))


def _random(number: int = 300) -> Events:
    random = np.random.default_rng(12)
    begin = np.round(random.uniform(19_000, 19_400, number) * 1440) / 1440
    long = random.choice([0, 0.2, 3, 30, 167, 168, 500], number) * random.uniform(0.5, 1, number)
    return _events(list(begin), list(begin + np.round(long * 60) / 1440))


def _by_the_minute(events: Events) -> Floats:
    """Return the week minute by minute, for spans of whole minutes."""
    week = np.zeros((7, 24))
    for begin, end in zip(events.begin, events.end, strict=True):
        first, minutes = ORIGIN + timedelta(minutes=round(begin * 1440)), round((end - begin) * 1440)
        if minutes >= 7 * 1440:
            week += 1 / 168
            continue
        for minute in range(max(1, minutes)):
            at = first + timedelta(minutes=minute)
            week[at.weekday(), at.hour] += 1 / max(1, minutes)
    return week


def test_the_week_is_that_of_a_slow_twin() -> None:
    events = _random()

    found = aoristic(events, AoristicParameters())

    assert found.weights == pytest.approx(_by_the_minute(events), abs=1e-9)


def test_every_incident_weighs_one() -> None:
    found = aoristic(_random(), AoristicParameters())

    assert found.weights.sum() == pytest.approx(300)
    assert found.by_hour.sum() == pytest.approx(300)
    assert found.by_weekday.sum() == pytest.approx(300)


@pytest.mark.parametrize("hour", range(24))
def test_a_moment_on_the_hour_lies_in_that_hour(hour: int) -> None:
    begin = days(*(MONDAY + timedelta(days=day, hours=hour) for day in range(364)))

    found = aoristic(_events(begin, begin), AoristicParameters())

    assert found.weights[:, hour].tolist() == [52.0] * 7
    assert found.certain_share == 1.0


def test_a_span_weighs_by_overlap() -> None:
    found = aoristic(_span(MONDAY + timedelta(hours=22.5), 2), AoristicParameters())

    assert found.weights[0, 22] == pytest.approx(0.25)
    assert found.weights[0, 23] == pytest.approx(0.5)
    assert found.weights[1, 0] == pytest.approx(0.25)


def test_the_week_goes_on_from_sunday_to_monday() -> None:
    found = aoristic(_span(MONDAY - timedelta(hours=1), 2), AoristicParameters())

    assert found.weights[6, 23] == found.weights[0, 0] == 0.5


def test_seven_days_and_more_are_spread_evenly() -> None:
    for hours in (168, 1000):
        found = aoristic(_span(MONDAY + timedelta(hours=5.3), hours), AoristicParameters())

        assert found.weights == pytest.approx(np.full((7, 24), 1 / 168))


def test_a_missing_end_is_the_begin() -> None:
    found = aoristic(_events(days(MONDAY), [np.nan]), AoristicParameters())

    assert found.weights[0, 0] == 1.0


def test_certain_incidents_are_told_and_may_stand_alone() -> None:
    begin = days(MONDAY, MONDAY + timedelta(hours=8), MONDAY)
    end = days(MONDAY, MONDAY + timedelta(hours=9), MONDAY + timedelta(hours=4))

    found = aoristic(_events(begin, end), AoristicParameters())
    alone = aoristic(_events(begin, end), AoristicParameters(CERTAIN))

    assert found.certain_share == pytest.approx(2 / 3)
    assert (found.certain[0, 0], found.certain[0, 8], found.certain.sum()) == (1, 1, 2)
    assert np.array_equal(alone.weights, found.certain)
    assert alone.total == 2


def test_whole_weeks_later_is_the_same_week() -> None:
    events = _random()
    later = _events(list(events.begin + 70), list(events.end + 70))

    assert aoristic(later, AoristicParameters()).weights == pytest.approx(
        aoristic(events, AoristicParameters()).weights
    )


def test_the_order_of_rows_changes_no_bit() -> None:
    events = _random()
    shuffled = events.taken(np.random.default_rng(4).permutation(300))

    one, other = (aoristic(e, AoristicParameters()).weights for e in (events, shuffled))

    assert np.array_equal(one, other)


def test_the_busiest_hours_may_pass_midnight() -> None:
    moments = [MONDAY + timedelta(hours=h) for h in (22, 23, 24, 25, 36)]
    week = aoristic(_events(days(*moments), days(*moments)), AoristicParameters())

    assert busiest(week, 4) == (22, 2, 0.8)
    with pytest.raises(MethodFault, match="1 to 23"):
        busiest(week, 24)


def test_what_is_wrong_is_said() -> None:
    with pytest.raises(MethodFault, match="1 incident ends before it begins; correct"):
        aoristic(_span(MONDAY, -1), AoristicParameters())
    with pytest.raises(MethodFault, match="No incident with a time"):
        aoristic(_events([np.nan], [np.nan]), AoristicParameters())
    with pytest.raises(MethodFault, match="known to the hour"):
        aoristic(_span(MONDAY, 5), AoristicParameters(CERTAIN))
    with pytest.raises(MethodFault, match="one of"):
        AoristicParameters("some")


def test_incidents_without_a_time_are_told() -> None:
    found = aoristic(_events([np.nan, 19_000.0], [np.nan, 19_000.0]), AoristicParameters())

    assert (found.total, found.undated) == (1, 1)
