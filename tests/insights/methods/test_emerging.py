"""Hot spots over time: esda's z on the space-time neighbours, every category, numbers that stay."""

from __future__ import annotations

import esda
import libpysal
import numpy as np
import pytest

from insights.methods.base import Events, Flags, Grid, MethodFault
from insights.methods.emerging import (
    CATEGORIES,
    Emerging,
    EmergingParameters,
    categories,
    emerging,
    numbered,
    space_time_gi,
)
from insights.methods.hotspots import gi_star
from tests.insights.methods.data import chicago_area, chicago_burglaries

UNTIL = 20_000
PARAMETERS = EmergingParameters(cell=100, days=7, periods=10)
GRID = Grid(100.0, 0, 0, np.ones((9, 12), dtype=np.bool_))


def _events(counts: np.ndarray) -> Events:
    """Return an event for each that is counted, in the middle of its cell and of its week."""
    period, row, column = np.nonzero(counts)
    number = counts[period, row, column]
    x, y = (np.repeat((at + 0.5) * 100, number) for at in (column, row))
    return Events.of(x, y, np.repeat(UNTIL - 7 * (10 - period) + 3.5, number))


def _background(seed: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).poisson(1.0, (10, 9, 12))


def _kind(history: str, trend: float = 0) -> str:
    """Return the category of a history of + (hot), - (cold) and . (neither)."""
    marks = np.array(list(history))[:, None]
    return CATEGORIES[categories(marks == "+", marks == "-", np.array([trend]))[0]]


def test_z_is_that_of_esda_on_the_space_time_neighbours() -> None:
    counts = _background()[:4]
    inside = GRID.inside.copy()
    inside[2:4, 5] = False
    where = [(t, r, c) for t in range(4) for r, c in zip(*np.nonzero(inside), strict=True)]
    at = {place: i for i, place in enumerate(where)}
    near = {
        i: [
            at[o, r + down, c + right]
            for o in (t, t - 1)
            for down in (-1, 0, 1)
            for right in (-1, 0, 1)
            if (o, r + down, c + right) in at and (o, down, right) != (t, 0, 0)
        ]
        for (t, r, c), i in at.items()
    }
    # libpysal warns of one-sided neighbours only where a cell has none.
    oracle = esda.G_Local(
        counts[:, inside].ravel().astype(float),
        libpysal.weights.W(near, silence_warnings=True),
        transform="B",
        star=True,
        permutations=0,
    )

    assert space_time_gi(counts, inside)[:, inside].ravel() == pytest.approx(oracle.Zs, abs=1e-12)


def test_one_period_alone_is_plain_gi() -> None:
    counts = _background()[:1]

    assert space_time_gi(counts, GRID.inside)[0] == pytest.approx(
        gi_star(counts[0].astype(float), GRID.inside), abs=1e-12
    )


@pytest.mark.parametrize(
    ("history", "trend", "kind"),
    [
        ("..........", 0, "none"),
        ("++++++++..", 0, "none"),
        (".........+", 0, "new"),
        ("--.......+", 0, "new"),
        ("........++", 0, "consecutive"),
        (".-++++++++", 0, "consecutive"),
        ("++++++++++", 1, "intensifying"),
        (".+++++++++", 1, "intensifying"),
        ("++++++++++", 0, "persistent"),
        ("++++++++++", -1, "diminishing"),
        ("+.......++", 0, "sporadic"),
        ("+.+......+", 0, "sporadic"),
        ("+.-......+", 0, "oscillating"),
        ("+++++++++.", 0, "historical"),
        ("+++++++++-", -1, "historical"),
    ],
)
def test_every_category(history: str, trend: float, kind: str) -> None:
    assert _kind(history, trend) == kind


def _spotted(begin: int, end: int, growth: int = 0) -> Emerging:
    counts = _background()
    for period in range(begin, end):
        counts[period, 4:6, 4:7] += 25 + growth * period
    return emerging(_events(counts), PARAMETERS, GRID, UNTIL)


def test_a_spot_that_lasts_and_one_that_grows() -> None:
    assert CATEGORIES[_spotted(0, 10).category[4, 5]] == "persistent"
    assert CATEGORIES[_spotted(0, 10, 15).category[4, 5]] == "intensifying"
    assert CATEGORIES[_spotted(5, 10).category[4, 5]] == "consecutive"
    assert CATEGORIES[_spotted(9, 10).category[4, 5]] == "new"


def test_a_spot_keeps_its_number() -> None:
    found = _spotted(2, 10)

    name = found.spot[9, 4, 5]
    assert (found.spot[2:, 4, 5] == name).all()
    at = found.spots.number.tolist().index(name)
    assert (found.spots.first[at], found.spots.last[at]) == (2, 9)
    assert found.spots.incidents[at] == found.counts[found.spot == name].sum()
    assert found.spots.cells[at] == (found.spot == name).any(axis=0).sum()


def _line(text: str) -> Flags:
    return np.array([[[mark == "#" for mark in line]] for line in text.split()])


@pytest.mark.parametrize(
    ("pictures", "names"),
    [
        ("##... .##.. ..##.", [[1, 1, 0, 0, 0], [0, 1, 1, 0, 0], [0, 0, 1, 1, 0]]),
        # Parting: the larger part keeps the number.
        ("##### #.###", [[1, 1, 1, 1, 1], [2, 0, 1, 1, 1]]),
        # Joining: the number with more cells in common lives on.
        ("#.### #####", [[1, 0, 2, 2, 2], [2, 2, 2, 2, 2]]),
        # A spot that was gone comes back as a new one.
        ("#.... ..... #....", [[1, 0, 0, 0, 0], [0, 0, 0, 0, 0], [2, 0, 0, 0, 0]]),
        # Of equal claims the older number wins.
        ("#.#.. ###..", [[1, 0, 2, 0, 0], [1, 1, 1, 0, 0]]),
    ],
)
def test_numbers_of_spots(pictures: str, names: list[list[int]]) -> None:
    assert numbered(_line(pictures))[:, 0].tolist() == names


def test_a_number_is_one_connected_spot_of_a_period() -> None:
    from scipy import ndimage

    hot = np.random.default_rng(4).random((12, 20, 20)) < 0.3

    spot = numbered(hot)

    assert np.array_equal(spot > 0, hot)
    for period in spot:
        for name in np.unique(period[period > 0]):
            assert ndimage.label(period == name, structure=np.ones((3, 3)))[1] == 1


def test_burglary_in_chicago_has_spots_of_several_kinds() -> None:
    found = emerging(chicago_burglaries(), EmergingParameters(), chicago_area(500.0))

    kinds = {CATEGORIES[k] for k in np.unique(found.category)}
    assert {"none", "sporadic", "consecutive"} <= kinds
    assert found.counts.sum() + found.left_out == 11_700
    assert (np.diff(found.begins) == 28).all()


def test_the_order_of_rows_and_whole_cells_and_days_change_nothing() -> None:
    events = _events(_background())
    shuffled = events.taken(np.random.default_rng(1).permutation(len(events)))
    moved = Events.of(events.x + 300, events.y - 500, events.begin + 30)

    one, other = (emerging(e, PARAMETERS, GRID, UNTIL) for e in (events, shuffled))
    third = emerging(moved, PARAMETERS, Grid(100.0, 3, -5, GRID.inside), UNTIL + 30)

    assert np.array_equal(one.spot, other.spot)
    assert np.array_equal(one.z, third.z)
    assert np.array_equal(one.category, third.category)


def test_no_hot_cell_is_an_answer() -> None:
    counts = np.ones((10, 9, 12), np.int64)
    counts[:, ::2] = 2

    found = emerging(_events(counts), PARAMETERS, GRID, UNTIL)

    assert (found.category == 0).all()
    assert len(found.spots.number) == 0


def test_incidents_that_cannot_count_are_told() -> None:
    events = _events(_background())
    more = Events.of(
        np.append(events.x, [np.nan, 1e6, 50.0]),
        np.append(events.y, [0.0, 50.0, 50.0]),
        np.append(events.begin, [UNTIL - 3.0, UNTIL - 3.0, np.nan]),
    )

    assert emerging(more, PARAMETERS, GRID, UNTIL).left_out == 3


def test_what_is_wrong_is_said() -> None:
    with pytest.raises(MethodFault, match="cover 4 of 10 periods"):
        emerging(
            _events(np.concatenate((np.zeros((6, 9, 12), np.int64), _background()[:4]))),
            PARAMETERS,
            GRID,
            UNTIL,
        )
    with pytest.raises(MethodFault, match="30 cells"):
        emerging(
            _events(_background()), PARAMETERS, Grid(100.0, 0, 0, np.ones((2, 3), dtype=np.bool_)), UNTIL
        )
    with pytest.raises(MethodFault, match="No incident"):
        emerging(Events.of([], [], []), PARAMETERS)
    with pytest.raises(MethodFault, match="too many"):
        emerging(
            _events(_background()),
            PARAMETERS,
            Grid(100.0, 0, 0, np.ones((2000, 2000), dtype=np.bool_)),
            UNTIL,
        )
    with pytest.raises(MethodFault, match="Periods must be at least 10"):
        EmergingParameters(periods=9)
