from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from insights.methods import blend, boosted, forecast_densities, hawkes, prior_counts, promap
from insights.methods.base import Events, Floats, Grid, MethodFault
from insights.methods.forecast_densities import (
    DensityParameters,
    SpaceTimeParameters,
    density,
    space_time_density,
)
from insights.methods.forecast_surfaces import history, quartic, smoothed
from insights.methods.forecasts import MODELS, Model, model_of
from insights.methods.prior_counts import CountParameters
from insights.methods.promap import ProMapParameters
from insights.methods.scores import scored

SIZE = 200.0
START = 900.0


def city(n: int = 900, seed: int = 3, until: float = 1000) -> Events:
    """Return incidents round six places, a third of them soon after another nearby."""
    rng = np.random.default_rng(seed)
    middles = rng.uniform(800, 5200, (6, 2))
    places = middles[rng.choice(6, n, p=[0.4, 0.2, 0.15, 0.1, 0.1, 0.05])] + rng.normal(0, 300, (n, 2))
    begin = rng.uniform(0, until, n)
    again = rng.permutation(n)[: n // 3]
    begin[again] = np.minimum(begin[again - 1] + rng.exponential(8, len(again)), until - 0.1)
    places[again] = places[again - 1] + rng.normal(0, 60, (len(again), 2))
    x, y = np.clip(places, 10, 5990).T
    return Events.of(x, y, begin)


def grid() -> Grid:
    inside = np.ones((30, 30), dtype=np.bool_)
    inside[:3, :3] = False
    return Grid(SIZE, 0, 0, inside)


@pytest.fixture(params=MODELS, ids=lambda model: model.name)
def model(request: pytest.FixtureRequest) -> Model:
    named: Model = request.param
    return named


def test_a_forecast_is_expected_events_of_the_area_alone(model: Model) -> None:
    events = city()

    found = model.forecast(events, grid(), START, 14)

    assert found.shape == (30, 30)
    assert np.isfinite(found).all()
    assert (found >= 0).all()
    assert (found[~grid().inside] == 0).all()
    assert found.sum() == pytest.approx(900 * 14 / 1000, rel=0.35)


def test_the_future_may_be_anything(model: Model) -> None:
    events = city()
    future = events.begin >= START
    rng = np.random.default_rng(8)
    moved = Events.of(
        np.where(future, rng.uniform(0, 6000, 900), events.x),
        np.where(future, rng.uniform(0, 6000, 900), events.y),
        np.where(future, rng.uniform(START, START + 90, 900), events.begin),
    )

    found = model.forecast(events, grid(), START, 14)

    np.testing.assert_array_equal(found, model.forecast(moved, grid(), START, 14))
    np.testing.assert_array_equal(found, model.forecast(events.taken(~future), grid(), START, 14))


def test_rows_in_another_order_forecast_the_same(model: Model) -> None:
    events = city()
    mixed = events.taken(np.random.default_rng(1).permutation(len(events)))

    np.testing.assert_array_equal(
        model.forecast(events, grid(), START, 14, 7), model.forecast(mixed, grid(), START, 14, 7)
    )


def test_a_city_moved_by_whole_cells_forecasts_the_same(model: Model) -> None:
    events = city()
    snapped = Events.of(np.round(events.x, 3), np.round(events.y, 3), events.begin)
    moved = Events.of(snapped.x + 2048 * SIZE, snapped.y - 512 * SIZE, snapped.begin)
    there = replace(grid(), first_column=2048, first_row=-512)

    np.testing.assert_allclose(
        model.forecast(moved, there, START, 14),
        model.forecast(snapped, grid(), START, 14),
        rtol=1e-6,
        atol=1e-9,
    )


def test_incidents_without_a_place_or_time_or_outside_change_nothing(model: Model) -> None:
    events = city()
    more = Events.of(
        np.append(events.x, [np.nan, 1e6, 100, 900, 900]),
        np.append(events.y, [5, 1e6, 100, 900, 900]),
        np.append(events.begin, [10, 10, 10, np.nan, -np.inf]),
    )

    np.testing.assert_array_equal(
        model.forecast(events, grid(), START, 14), model.forecast(more, grid(), START, 14)
    )


def test_every_model_finds_more_than_chance(model: Model) -> None:
    events = city()
    ahead = events.taken((events.begin >= START) & (events.begin < START + 90))

    found = model.forecast(events, grid(), START, 90)

    inside = grid().inside
    assert scored(found[inside], grid().counts(ahead.x, ahead.y)[inside], 45).pai > 3


def test_one_model_refuses_no_history_like_another(model: Model) -> None:
    for events in (Events.of([], [], []), city().taken(city().begin >= START), Events.of([np.nan], [1], [1])):
        with pytest.raises(MethodFault, match="Nothing happened"):
            model.forecast(events, grid(), START, 14)


def test_no_days_ahead_are_refused(model: Model) -> None:
    with pytest.raises(MethodFault, match="at least one day"):
        model.forecast(city(), grid(), START, 0)


def test_one_incident_or_many_at_one_place_are_a_forecast_or_a_plain_word(model: Model) -> None:
    for n in (1, 40):
        events = Events.of([3100.0] * n, [3100.0] * n, START - 1 - np.arange(n) % 20)
        try:
            found = model.forecast(events, grid(), START, 7)
        except MethodFault as fault:
            assert "too little history" in str(fault)  # noqa: PT017
        else:
            assert np.isfinite(found).all()
            assert found.argmax() == 15 * 30 + 15


def test_counts_are_counts_by_day() -> None:
    events = Events.of([100, 100, 700], [700, 700, 700], [0, 50, 10.0])

    found = prior_counts.prior_counts(events, grid(), 100, 10, CountParameters())

    assert found[3, 0] == pytest.approx(2 * 10 / 100)
    assert found[3, 3] == pytest.approx(1 * 10 / 100)
    assert found.sum() == pytest.approx(0.3)


def test_counts_of_a_year_take_no_older_ones() -> None:
    events = Events.of([100, 700], [700, 700], [0, 900.0])

    found = prior_counts.prior_counts(events, grid(), 1000, 10, CountParameters(years=1))

    assert found[3, 0] == 0
    assert found[3, 3] == pytest.approx(10 / 365.25)


def test_years_without_incidents_are_told() -> None:
    with pytest.raises(MethodFault, match="1 years before"):
        prior_counts.prior_counts(Events.of([700.0], [700], [0]), grid(), 1000, 10, CountParameters(years=1))


@pytest.mark.parametrize("kernel", ["gaussian", "quartic"])
def test_density_keeps_the_sum_and_equals_its_kernel_at_the_middle_of_cells(kernel: str) -> None:
    events = Events.of([3100.0, 2100.0], [3100.0, 2900.0], [0.0, 5])

    found = density(events, grid(), 10, 10, DensityParameters(years=0, bandwidth=500, kernel=kernel))

    across, upwards = grid().centres()
    by_hand: Floats = np.zeros((30, 30))
    for x, y in zip(events.x, events.y, strict=True):
        squared = ((across - x)[None, :] ** 2 + (upwards - y)[:, None] ** 2) / 500**2
        by_hand += (
            np.exp(-squared / 2) if kernel == "gaussian" else np.where(squared < 1, (1 - squared) ** 2, 0)
        )
    assert found.sum() == pytest.approx(2)
    np.testing.assert_allclose(found, by_hand * 2 / by_hand.sum(), atol=1e-4)


def test_a_quartic_kernel_narrower_than_a_cell_stays_in_it() -> None:
    assert quartic(200, 100).tolist() == [[1.0]]


def test_what_would_fall_outside_comes_back() -> None:
    counts = np.zeros((30, 30))
    counts[0, 29] = 4

    assert smoothed(counts, grid(), 800).sum() == pytest.approx(4)
    assert smoothed(np.zeros((30, 30)), grid(), 800).sum() == 0


def test_weights_in_space_and_time_halve_by_half_life() -> None:
    events = Events.of([1100.0, 5100.0], [1100.0, 5100.0], [80.0, 50.0])

    found = space_time_density(events, grid(), 80.0001, 10, SpaceTimeParameters(half_life=30, bandwidth=25))

    assert found[5, 5] / found[25, 25] == pytest.approx(2, rel=1e-3)


def test_promap_is_the_sum_of_its_weights() -> None:
    events = Events.of([1100.0, 1500.0, 1100.0], [1100.0, 1100.0, 1100.0], [92.0, 80.0, 1.0])
    across, upwards = grid().centres()
    risk = np.zeros((30, 30))
    for x, weeks in ((1100.0, 1), (1500.0, 2)):
        apart = np.hypot(across[None, :] - x, upwards[:, None] - 1100)
        risk += np.where(apart <= 400, 1 / ((1 + weeks) * (1 + apart // 100)), 0)
    risk[~grid().inside] = 0

    found = promap.promap(events, grid(), 100, 7, ProMapParameters())

    np.testing.assert_allclose(found, risk / risk.sum() * 2 * 7 / 61, rtol=1e-12)


def test_promap_without_recent_incidents_says_so() -> None:
    with pytest.raises(MethodFault, match="last 61 days"):
        promap.promap(Events.of([700.0], [700.0], [1.0]), grid(), 100, 7, ProMapParameters())


def test_trees_are_told_of_each_period_only_what_came_before() -> None:
    events = city()
    early = boosted.features(history(events, grid(), 400, 14), grid(), 400)
    past = events.taken(events.begin < 400)

    np.testing.assert_array_equal(early, boosted.features(history(past, grid(), 400, 14), grid(), 400))
    assert early.shape[0] == grid().inside.sum()
    assert np.isfinite(early).all()


def test_trees_without_enough_history_say_so() -> None:
    with pytest.raises(MethodFault, match="too little history"):
        model_of("boosted trees").forecast(Events.of([700.0, 900], [700.0, 700], [1.0, 5]), grid(), 10, 7)


def test_weights_of_a_mixture_have_the_greatest_likelihood() -> None:
    rng = np.random.default_rng(2)
    likelihood = rng.gamma(1, 1, (400, 2))
    likelihood[:, 0] *= np.where(rng.random(400) < 0.7, 3, 0.3)

    found = blend.mixture_weights(likelihood)

    shares = np.linspace(0, 1, 2001)
    whole = [np.log(likelihood @ [share, 1 - share]).sum() for share in shares]
    assert found[0] == pytest.approx(shares[np.argmax(whole)], abs=1e-3)
    assert found.sum() == pytest.approx(1)
    assert blend.mixture_weights(np.zeros((0, 4))).tolist() == [0.25] * 4


def test_a_blend_weighs_a_wrong_component_least() -> None:
    rng = np.random.default_rng(5)
    x, y = rng.normal(3000, 700, (2, 1500))
    events = Events.of(x, y, rng.uniform(0, 1000, 1500))
    parameters = blend.BlendParameters(components=("density, 3 years", "ProMap"), periods=10)

    found = blend.blended(events, grid(), START, 14, parameters)

    assert found.weights[0] > found.weights[1]
    assert found.weights.sum() == pytest.approx(1)


def test_a_blend_of_nothing_or_of_an_unknown_is_refused() -> None:
    with pytest.raises(MethodFault, match="must be one of"):
        blend.BlendParameters(components=("magic",))
    with pytest.raises(MethodFault, match="at least one component"):
        blend.blend(city(), grid(), START, 14, blend.BlendParameters(components=()))


def test_an_unknown_model_is_named_with_those_there_are() -> None:
    with pytest.raises(MethodFault, match="counts, all years"):
        model_of("oracle")


def test_every_family_says_what_it_assumes_and_warns_of_feedback() -> None:
    entries = [module.METHOD for module in (prior_counts, forecast_densities, promap, hawkes, boosted, blend)]

    for entry in (*entries, forecast_densities.SPACE_TIME):
        assert entry.assumes
        assert entry.sources
        assert any("more patrol finds more" in sentence for sentence in entry.fails)
    assert len({entry.key for entry in entries}) == 6
