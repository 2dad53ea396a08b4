from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest

from insights.methods.base import Events, MethodFault
from insights.methods.cylinders import Searched, Study, best_cylinders, best_of_permuted, zones
from insights.methods.scan import METHOD, ScanParameters, cost, scan
from tests.insights.methods.data import chicago_burglaries

SMALL = ScanParameters(cell=100, radius=300, study=30, longest=10, replications=99)
WEEKLY = ScanParameters(cell=2000, radius=100_000, nearest=10, study=56, longest=56, step=7)


def scattered(n: int = 150, seed: int = 2) -> Events:
    rng = np.random.default_rng(seed)
    return Events.of(
        rng.uniform(0, 900, n), rng.uniform(0, 900, n), rng.uniform(0, 30, n), key=rng.permutation(n)
    )


def with_cluster(seed: int = 3, n: int = 18) -> Events:
    """Return scattered incidents and some in one place during the last five days."""
    rng = np.random.default_rng(seed)
    base = scattered(200, seed)
    return Events.of(
        np.append(base.x, rng.uniform(300, 500, n)),
        np.append(base.y, rng.uniform(300, 500, n)),
        np.append(base.begin, rng.uniform(25, 30, n)),
    )


def test_the_last_eight_weeks_of_chicago_have_the_published_cluster() -> None:
    found = scan(chicago_burglaries(), WEEKLY)

    assert found.score[0] == pytest.approx(5.496250, abs=1e-6)
    assert found.expected[0] == pytest.approx(6.1356, abs=5e-5)
    assert (found.observed[0], found.cell_first[1]) == (16, 6)
    assert found.last[0] - found.first[0] + 1 == 14
    assert found.last[0] == np.datetime64("2016-12-31", "D").astype(int)
    assert found.p[0] == pytest.approx(0.07, abs=0.025)


def test_the_score_by_expectation_is_that_of_its_formula() -> None:
    found = scan(chicago_burglaries(), replace(WEEKLY, score="expectation", replications=99))

    c, mean = found.observed, found.expected
    np.testing.assert_allclose(found.score, c * np.log(c / mean) + mean - c, rtol=1e-12)


def by_hand(events: Events, parameters: ScanParameters) -> float:
    """Return the best score of all cylinders, each counted by itself."""
    cells = np.floor(np.column_stack([events.x, events.y]) / parameters.cell)
    back = np.floor(events.begin).max() - np.floor(events.begin)
    best, every = 0.0, len(events)
    for centre in np.unique(cells, axis=0):
        apart = np.hypot(*(cells - centre).T) * parameters.cell
        order = sorted({(a, cell[1], cell[0]) for a, cell in zip(apart, cells.tolist(), strict=True)})
        within = np.zeros(every, bool)
        for a, row, column in order:
            within |= (cells == (column, row)).all(axis=1)
            if a > parameters.radius or within.sum() > parameters.most_share * every:
                break
            for last in range(parameters.study if parameters.windows == "retrospective" else 1):
                for first in range(last, min(last + parameters.longest, parameters.study)):
                    during = (back >= last) & (back <= first)
                    best = max(
                        best, _score(int((within & during).sum()), within.sum() * during.sum() / every, every)
                    )
    return best


def _score(c: int, mean: float, every: int) -> float:
    if c < 2 or c <= mean:
        return 0.0
    return float(c * np.log(c / mean) + (every - c) * np.log((every - c) / (every - mean)))


@pytest.mark.parametrize("windows", ["prospective", "retrospective"])
def test_the_best_is_the_best_of_all_cylinders_in_turn(windows: str) -> None:
    for seed in range(2):
        events = scattered(50, seed)
        events = Events.of(events.x, events.y, events.begin)
        parameters = replace(SMALL, windows=windows)

        assert scan(events, parameters).score[0] == pytest.approx(by_hand(events, parameters), abs=1e-9)


@pytest.mark.parametrize("expectation", [False, True])
@pytest.mark.parametrize("prospective", [False, True])
def test_a_replication_has_the_score_that_a_search_of_it_has(expectation: bool, prospective: bool) -> None:
    rng = np.random.default_rng(4)
    row, column = np.divmod(np.arange(25), 5)
    step = rng.integers(0, 12, 100).astype(np.int32)
    first = np.arange(0, 101, 4)
    near = zones(column, row, 2, 9)
    searched = Searched(5, prospective, expectation, 2, 0.5)
    permuted = rng.permuted(np.repeat(step[None, :], 8, axis=0), axis=1)

    found = best_of_permuted(Study(first, step, 12), near, searched, permuted)

    for number, steps in enumerate(permuted):
        whole = best_cylinders(Study(first, steps, 12), near, searched)
        assert found[number] == pytest.approx(whole.score.max(), abs=1e-9)


def test_a_cluster_that_was_put_there_is_found() -> None:
    found = scan(with_cluster(), SMALL)

    assert found.p[0] == 0.01
    assert 300 <= found.x[0] <= 500
    assert 300 <= found.y[0] <= 500
    assert found.last[0] == 29
    assert found.first[0] + 1 >= 25
    assert found.observed[0] >= 10


def test_a_past_cluster_is_found_looking_back_but_not_looking_ahead() -> None:
    events = with_cluster()
    past = Events.of(events.x, events.y, np.where(events.begin >= 25, events.begin - 15, events.begin))

    back, ahead = (scan(past, replace(SMALL, windows=name)) for name in ("retrospective", "prospective"))

    assert back.p[0] == 0.01
    assert back.last[0] < 16
    assert ahead.p[0] > 0.05


def test_clusters_share_no_cell_and_fall_in_score() -> None:
    found = scan(scattered(), replace(SMALL, windows="retrospective"))

    cells = set(zip(found.cell_x, found.cell_y, strict=True))
    assert len(cells) == len(found.cell_x) == found.cell_first[-1]
    assert (np.diff(found.score) <= 0).all()
    assert (np.diff(found.p) >= 0).all()
    assert (found.radius <= 300).all()
    assert (found.last - found.first < 10).all()


@pytest.mark.parametrize("windows", ["prospective", "retrospective"])
def test_rows_in_another_order_change_nothing(windows: str) -> None:
    events = scattered()
    mixed = events.taken(np.random.default_rng(1).permutation(len(events)))

    here, there = (asdict(scan(rows, replace(SMALL, windows=windows))) for rows in (events, mixed))

    for name, value in here.items():
        np.testing.assert_array_equal(value, there[name])


def test_moving_everything_by_cells_and_days_changes_only_where_and_when() -> None:
    events = scattered()
    moved = Events.of(events.x + 12_800, events.y - 6400, events.begin + 400)

    here, there = scan(events, SMALL), scan(moved, SMALL)

    np.testing.assert_array_equal(here.score, there.score)
    np.testing.assert_array_equal(here.p, there.p)
    np.testing.assert_allclose(there.x - here.x, 12_800)
    np.testing.assert_array_equal(there.first - here.first, 400)


def test_without_a_cluster_p_is_seldom_low() -> None:
    low = sum(scan(scattered(80, seed), SMALL).p[0] <= 0.1 for seed in range(40))

    assert low <= 10


def test_a_wider_radius_never_lowers_the_best() -> None:
    best = [scan(scattered(), replace(SMALL, radius=radius)).score[0] for radius in (0, 100, 200, 400)]

    assert best == sorted(best)


def test_where_every_cell_has_the_same_days_there_is_no_cluster() -> None:
    x, y, day = (
        axis.ravel() for axis in np.meshgrid([50.0, 250, 450], [50.0, 250], np.arange(20.0), indexing="ij")
    )

    found = scan(Events.of(x, y, day), replace(SMALL, study=20))

    assert len(found.score) == 0
    assert found.cell_first.tolist() == [0]


def test_the_last_day_may_be_given_and_later_incidents_are_not_looked_at() -> None:
    events = scattered()
    before = events.taken(events.begin < 25)

    here, there = (asdict(scan(rows, replace(SMALL, study=20), 24)) for rows in (events, before))

    for name, value in here.items():
        np.testing.assert_array_equal(value, there[name])


def test_incidents_without_a_place_are_left_out_and_told() -> None:
    events = scattered()
    more = Events.of(np.append(events.x, np.nan), np.append(events.y, 1), np.append(events.begin, 3))

    found = scan(more, SMALL)

    assert (found.used, found.without_place) == (150, 1)


@pytest.mark.parametrize(
    ("events", "words"),
    [
        (Events.of([], [], []), "at least 10"),
        (Events.of([1], [1], [1]), "at least 10"),
        (Events.of([5.0] * 20, [5.0] * 20, np.arange(20.0)), "one cell"),
        (Events.of(np.arange(20) * 200.0, [5.0] * 20, [3.0] * 20), "one step of time"),
        (Events.of(np.arange(20.0), [5.0] * 20, [np.inf] * 20), "no time"),
    ],
)
def test_events_that_say_nothing_are_refused_in_words(events: Events, words: str) -> None:
    with pytest.raises(MethodFault, match=words):
        scan(events, SMALL)


@pytest.mark.parametrize(
    ("name", "value"), [("cell", 0), ("score", "bayes"), ("replications", 9), ("most_share", 2)]
)
def test_parameters_out_of_bounds_are_refused(name: str, value: Any) -> None:
    with pytest.raises(MethodFault) as fault:
        ScanParameters(**{name: value})

    assert fault.value.parameter == name


def test_a_window_shorter_than_a_step_is_refused() -> None:
    with pytest.raises(MethodFault, match="at least one step"):
        scan(scattered(), replace(SMALL, longest=3, step=7))


def test_too_many_cells_in_reach_are_refused() -> None:
    row, column = np.divmod(np.arange(6400), 80)

    with pytest.raises(MethodFault, match="larger cells"):
        zones(column, row, 200, 10_000)


def test_equal_distances_go_by_row_then_column() -> None:
    row, column = np.divmod(np.arange(9), 3)

    found = zones(column, row, 1, 5)

    assert found.near[found.first[4] : found.first[5]].tolist() == [4, 1, 3, 5, 7]


def test_the_cost_rises_with_what_is_looked_at_and_progress_may_cancel() -> None:
    events = scattered()
    told: list[float] = []

    def stop(share: float) -> None:
        told.append(share)
        if share > 0.5:
            raise KeyboardInterrupt

    prospective, retrospective = (
        cost(events, replace(SMALL, windows=name)) for name in ("prospective", "retrospective")
    )
    assert 0 < prospective.cylinders < retrospective.cylinders
    assert 0 < prospective.seconds < retrospective.seconds
    with pytest.raises(KeyboardInterrupt):
        scan(events, SMALL, progress=stop)
    assert told == sorted(told)


def test_it_says_what_it_assumes() -> None:
    assert METHOD.run is scan
    assert METHOD.assumes
    assert METHOD.fails
