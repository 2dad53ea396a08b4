"""The made-up agency holds what it says was planted."""

from __future__ import annotations

import numpy as np

from tests.support import planted


def test_the_same_seed_makes_the_same_agency() -> None:
    one, other = planted.planted(3), planted.planted(3)

    assert np.array_equal(one.crimes.events.x, other.crimes.events.x)
    assert np.array_equal(one.crimes.events.end, other.crimes.events.end)
    assert not np.array_equal(one.crimes.events.x, planted.planted(4).crimes.events.x)


def test_series_keep_near_home_and_to_their_habits() -> None:
    made = planted.planted(1)

    for plan, keys in zip(planted.SERIES, made.series, strict=True):
        events, habits = made.crimes.events.taken(keys), made.crimes.habits[keys]
        assert len(keys) == plan.crimes
        assert np.hypot(events.x - plan.home[0], events.y - plan.home[1]).max() < 5 * plan.spread
        assert (habits == np.array(plan.habits)).mean() > 0.7
        day = events.begin - planted.FIRST_DAY
        assert plan.days[0] <= day.min() <= day.max() <= plan.days[1] + 1.1


def test_near_repeats_follow_within_two_weeks_and_two_hundred_metres() -> None:
    made = planted.planted(1)
    first, second = (made.crimes.events.taken(made.near_repeats[:, side]) for side in (0, 1))

    assert len(first) == 40
    assert np.hypot(first.x - second.x, first.y - second.y).max() <= 200
    gap = second.begin - first.begin
    assert 0 < gap.min() < gap.max() < 14


def test_quiet_weeks_hold_fewer() -> None:
    events = planted.planted(1, background=4_000, series=()).crimes.events
    weeks = np.bincount(((events.begin - planted.FIRST_DAY) // 7).astype(int), minlength=52)
    quiet = np.isin(np.arange(len(weeks)), planted.QUIET_WEEKS)

    assert weeks[quiet].max() < 0.5 * np.median(weeks)


def test_the_hot_spot_moves_every_quarter() -> None:
    made = planted.planted(1)
    events = made.crimes.events
    quarter = ((events.begin - planted.FIRST_DAY) // 91).astype(int)

    for number, (x, y) in enumerate(made.hot_spot):
        near = np.hypot(events.x - x, events.y - y) < 400
        counts = np.bincount(quarter[near], minlength=4)[:4]
        assert counts.argmax() == number
        assert counts[number] >= 15


def test_solved_offenders_have_several_crimes_or_one() -> None:
    made = planted.solved(2)
    counts = np.bincount(made.offender)

    assert np.array_equal(np.sort(made.crime), np.arange(len(made.crimes)))
    assert (counts[:60] >= 2).all()
    assert (counts[60:] == 1).all()
