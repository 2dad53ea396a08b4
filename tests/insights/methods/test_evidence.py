"""The evidence of a pair is exact, and equals the published pairs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import dblquad

from insights.methods.base import Events, MethodFault
from insights.methods.evidence import Crimes, circular_difference, evidence, expected_difference
from tests.insights.methods import crimes as linkage

WINDOWS = st.tuples(st.floats(0, 30), st.floats(0, 9))


def _crimes(n: int = 3) -> Crimes:
    events = Events.of(np.arange(n) * 300.0, np.arange(n) * 400.0, np.arange(n) * 2.0)
    return Crimes(events, np.array([[1, -1], [1, -1], [2, 4]][:n]), ("MO1", "MO2"))


@pytest.mark.data
def test_equals_the_published_pairs() -> None:
    found, _ = linkage.crimes()
    reference, _ = linkage.published()

    ours = evidence(found, reference.pairs).values
    theirs = reference.evidence.values

    length = found.events.end - found.events.begin
    moment = (length[reference.pairs] < 1e-9).any(axis=1)
    exact = np.ones(ours.shape[1], bool)
    exact[2:4] = False
    assert np.abs(ours - theirs)[:, exact].max() < 1e-6
    assert moment.sum() > 5_000
    assert np.abs(ours - theirs)[moment].max() < 1e-6
    # Where both are windows the reference sums a circle in 2,000 steps: 24 h / 2,000 and 7 d / 2,000 are its steps.
    assert np.abs(ours - theirs)[:, 2].max() < 24 / 2_000
    assert np.abs(ours - theirs)[:, 3].max() < 7 / 2_000


@pytest.mark.parametrize(
    ("windows", "expected"),
    [
        ((0, 0, 3, 3), 3),
        ((0, 1, 0, 1), 1 / 3),
        ((0, 2, 5, 5), 4),
        ((0, 4, 1, 1), 1.25),
        ((0, 1, 2, 5), 3),
        ((1, 1, 1, 1), 0),
    ],
)
def test_expected_difference_of_known_windows(windows: tuple[float, ...], expected: float) -> None:
    assert expected_difference(*map(float, windows)) == pytest.approx(expected, abs=1e-12)


@given(WINDOWS, WINDOWS)
def test_the_order_of_a_pair_does_not_matter(one: tuple[float, float], other: tuple[float, float]) -> None:
    a, b, c, d = one[0], sum(one), other[0], sum(other)

    assert expected_difference(a, b, c, d) == pytest.approx(expected_difference(c, d, a, b), abs=1e-9)
    assert expected_difference(a, b, c, d) >= abs((a + b) / 2 - (c + d) / 2) - 1e-9
    way = circular_difference(a, b, c, d, 7.0)
    assert way == pytest.approx(circular_difference(c, d, a, b, 7.0), abs=1e-9)
    assert way == pytest.approx(circular_difference(a + 700, b + 700, c, d, 7.0), abs=1e-9)
    assert 0 <= way <= 3.5 + 1e-9


@pytest.mark.parametrize(
    "windows", [(0.2, 1.9, 6.5, 8.1), (3, 5, 4, 4.5), (6.9, 7.3, 0, 6.9), (1, 7.5, 2, 8.9)]
)
def test_circular_difference_is_the_integral(windows: tuple[float, float, float, float]) -> None:
    a, b, c, d = windows
    steps = 2_000
    u = a + (np.arange(steps) + 0.5) * (b - a) / steps
    v = c + (np.arange(steps) + 0.5) * (d - c) / steps
    gap = np.abs(u[:, None] - v[None, :]) % 7
    assert circular_difference(a, b, c, d, 7.0) == pytest.approx(np.minimum(gap, 7 - gap).mean(), abs=1e-5)


def test_expected_difference_is_the_integral() -> None:
    area = dblquad(lambda v, u: abs(u - v), 0.3, 2.1, 1.0, 4.0, epsabs=1e-7)[0]

    assert expected_difference(0.3, 2.1, 1.0, 4.0) == pytest.approx(area / (1.8 * 3), abs=1e-6)


def test_a_minute_long_ago_keeps_its_precision() -> None:
    far = 20_000.0
    near = expected_difference(0.0, 1 / 1440, 0.0, 30.0)

    assert expected_difference(far, far + 1 / 1440, far, far + 30) == pytest.approx(near, rel=1e-9)


@pytest.mark.parametrize(("length", "expected"), [(1.0, 6.0), (5.0, 6.0)])
def test_a_window_of_a_day_or_more_says_nothing_of_the_clock(length: float, expected: float) -> None:
    events = Events.of([0, 0], [0, 0], [0.0, 0.5], [length, 0.5])

    assert (
        evidence(Crimes(events, np.empty((2, 0), np.int64), ()), np.array([[0, 1]])).values[0, 2] == expected
    )


def test_fields_match_when_equal_or_both_missing() -> None:
    found = evidence(_crimes(), np.array([[0, 1], [0, 2]]))

    assert found.names == ("spatial", "temporal", "tod", "dow", "MO1", "MO2")
    np.testing.assert_allclose(
        found.values, np.array([[0.5, 2, 0, 2, 1, 1], [1, 4, 0, 3, 0, 0.0]]), atol=1e-12
    )


@pytest.mark.data
def test_moving_the_map_and_the_calendar_by_weeks_changes_nothing() -> None:
    found, _ = linkage.crimes()
    pairs = linkage.published()[0].pairs[:500]
    e = found.events
    moved = replace(found, events=replace(e, x=e.x + 5e5, y=e.y - 4e5, begin=e.begin + 700, end=e.end + 700))

    np.testing.assert_allclose(evidence(moved, pairs).values, evidence(found, pairs).values, atol=1e-6)


def test_no_pairs_are_no_evidence() -> None:
    assert len(evidence(_crimes(), np.empty((0, 2), np.int64))) == 0


def test_what_describes_a_person_is_refused() -> None:
    with pytest.raises(MethodFault, match="sex may not be compared"):
        replace(_crimes(), fields=("MO1", "sex"))


def test_crimes_without_a_place_and_wrong_columns_are_refused() -> None:
    found = _crimes()
    with pytest.raises(MethodFault, match="without a place"):
        evidence(replace(found, events=replace(found.events, x=np.array([0, np.nan, 1]))), np.array([[0, 1]]))
    with pytest.raises(MethodFault, match="one value"):
        replace(found, habits=found.habits[:2])
    with pytest.raises(MethodFault, match="ends before"):
        replace(found, events=replace(found.events, end=found.events.begin - 1))
    with pytest.raises(MethodFault, match="no time"):
        replace(found, events=replace(found.events, end=found.events.begin + np.nan))
