"""Periods compared: the figures of San Francisco and of the E-test, spans of days, verdicts."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from insights.methods.base import Events, MethodFault
from insights.methods.compstat import (
    FALL,
    NOISE,
    RISE,
    Comparison,
    CompStat,
    CompStatParameters,
    comparisons,
    compstat,
    e_test,
    poisson_z,
)
from tests.insights.methods.data import EPOCH, san_francisco

PARAMETERS = CompStatParameters()
YEAR = 4


def day_of(*parts: int) -> int:
    """Return days since 1970-01-01."""
    return date(*parts).toordinal() - EPOCH


def _events(*counts: tuple[int, int, int]) -> Events:
    """Return events of (day, kind, number)."""
    number = [one[2] for one in counts]
    day, kind = (np.repeat([one[i] for one in counts], number) for i in (0, 1))
    return Events.of(np.zeros(len(day)), np.zeros(len(day)), day + 0.5, kind=kind)


@pytest.fixture(scope="module")
def vehicle_theft() -> CompStat:
    return compstat(san_francisco().of("VEHICLE THEFT"), PARAMETERS, until=day_of(2006, 7, 1))


@pytest.mark.parametrize(
    ("district", "before", "now", "z"),
    [("SOUTHERN", 366, 152, -13.60), ("MISSION", 592, 218, -19.13), ("TARAVAL", 577, 208, -19.20)],
)
def test_vehicle_theft_fell_in_the_first_half_of_2006(
    vehicle_theft: CompStat, district: str, before: int, now: int, z: float
) -> None:
    row = vehicle_theft.groups.tolist().index(san_francisco().districts.index(district))

    assert (vehicle_theft.before[row, YEAR], vehicle_theft.now[row, YEAR]) == (before, now)
    assert vehicle_theft.z[row, YEAR] == pytest.approx(z, abs=0.005)
    assert vehicle_theft.verdict[row, YEAR] == FALL


@pytest.mark.parametrize(
    ("counts", "p"), [((6, 2), 0.17487482), ((20, 10), 0.06883178), ((3, 0), 0.08837901)]
)
def test_the_e_test_has_its_published_p(counts: tuple[int, int], p: float) -> None:
    assert e_test(*counts) == pytest.approx(p, abs=5e-9)
    assert e_test(*counts[::-1]) == pytest.approx(p, abs=5e-9)


def test_the_e_test_knows_exposure_and_nothing_at_all() -> None:
    assert e_test(0, 0) == 1.0
    assert e_test(20, 10, 2.0, 1.0) > 0.9
    with pytest.raises(MethodFault, match="at least 0"):
        e_test(-1, 2)


def test_spans_of_a_common_day() -> None:
    until = day_of(2024, 5, 1)
    by_name = {c.name: c for c in comparisons(until)}

    assert by_name["7 days, before"] == Comparison(
        "7 days, before", (until - 7, until), (until - 14, until - 7)
    )
    assert by_name["28 days, last year"].before == (day_of(2023, 4, 3), day_of(2023, 5, 1))
    assert by_name["year to date, last year"].now == (day_of(2024, 1, 1), until)
    assert by_name["year to date, last year"].before == (day_of(2023, 1, 1), day_of(2023, 5, 1))


def test_spans_that_end_on_a_leap_day_or_with_the_year() -> None:
    leap = {c.name: c for c in comparisons(day_of(2024, 3, 1))}
    whole = {c.name: c for c in comparisons(day_of(2024, 1, 1))}

    assert leap["year to date, last year"].before == (day_of(2023, 1, 1), day_of(2023, 3, 1))
    assert whole["year to date, last year"].now == (day_of(2023, 1, 1), day_of(2024, 1, 1))
    assert whole["year to date, last year"].before == (day_of(2022, 1, 1), day_of(2023, 1, 1))


def test_noise_is_called_noise() -> None:
    until = day_of(2024, 5, 1)
    events = _events(
        (until - 1, 1, 4), (until - 8, 1, 2),  # doubled, and noise
        (until - 1, 2, 15), (until - 8, 2, 1),
        (until - 1, 3, 40), (until - 8, 3, 100),
        (until - 1, 4, 100), (until - 8, 4, 102),
    )  # fmt: skip

    found = compstat(events, PARAMETERS, until)

    assert found.groups.tolist() == [1, 2, 3, 4]
    assert found.verdict[:, 0].tolist() == [NOISE, RISE, FALL, NOISE]
    assert found.percent[:2, 0].tolist() == [100.0, 1400.0]
    assert found.p[0, 0] == pytest.approx(e_test(4, 2))


def test_nothing_before_has_no_percentage() -> None:
    until = day_of(2024, 5, 1)

    found = compstat(_events((until - 1, 1, 3)), PARAMETERS, until)

    assert found.from_nothing.tolist() == [[True] * 5]
    assert np.isnan(found.percent).all()
    assert np.isfinite(found.z).all()


def test_spans_before_the_data_are_told() -> None:
    until = day_of(2024, 5, 1)
    events = _events((until - 1, 1, 3), (until - 20, 1, 3))

    assert compstat(events, PARAMETERS, until).covered.tolist() == [True, False, False, False, False]
    assert compstat(events, PARAMETERS, until, first_day=0).covered.all()


def test_p_of_equal_rates_is_even() -> None:
    random = np.random.default_rng(3)
    now, before = random.poisson(60, 4000), random.poisson(60, 4000)

    # The spread of z is √2.
    assert poisson_z(now, before).std() == pytest.approx(2**0.5, rel=0.05)


def test_groups_may_be_others_than_kinds() -> None:
    until = day_of(2024, 5, 1)
    events = _events((until - 1, 1, 3), (until - 2, 1, 2))

    found = compstat(events, PARAMETERS, until, np.array([7, 7, 7, 9, 9]))

    assert found.groups.tolist() == [7, 9]
    assert found.now[:, 0].tolist() == [3, 2]
    with pytest.raises(MethodFault, match="one group"):
        compstat(events, PARAMETERS, until, np.array([1]))


def test_the_order_of_rows_changes_nothing_and_swapping_spans_turns_z() -> None:
    until = day_of(2024, 5, 1)
    events = _events((until - 1, 1, 30), (until - 9, 1, 10), (until - 3, 2, 5))
    shuffled = events.taken(np.random.default_rng(1).permutation(45))

    assert np.array_equal(compstat(events, PARAMETERS, until).now, compstat(shuffled, PARAMETERS, until).now)
    assert poisson_z(np.array([30]), np.array([10])) == -poisson_z(np.array([10]), np.array([30]))


def test_what_is_wrong_is_said() -> None:
    with pytest.raises(MethodFault, match="No incident with a time"):
        compstat(Events.of([0.0], [0.0], [np.nan]), PARAMETERS)
    with pytest.raises(MethodFault, match="before the last day"):
        compstat(_events((9000, 1, 1)), PARAMETERS, until=8000)
    with pytest.raises(MethodFault, match="Flag small counts"):
        CompStatParameters(level=0.5)


def test_incidents_without_a_time_are_told() -> None:
    found = compstat(Events.of([0.0, 0.0], [0.0, 0.0], [np.nan, 9000.0]), PARAMETERS)

    assert found.undated == 1
    assert found.now[0, 0] == 1
