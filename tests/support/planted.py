"""A made-up agency as arrays, with a truth that methods must find again: series, near repeats, a moving hot spot.

The city is 12 by 9 km, as the demonstration's. Everything follows from the seed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from insights.methods.base import Events, Floats, Integers
from insights.methods.evidence import Crimes
from insights.methods.solved import Solved

WIDTH, HEIGHT = 12_000.0, 9_000.0
FIELDS = ("entry point", "entry method", "property")
#: How many values each field has; the first are the commonest.
VALUES = (10, 8, 12)
FIRST_DAY = 19_000
DAYS = 364
QUIET_WEEKS = (20, 21, 40)
QUIET_SHARE = 0.2


@dataclass(frozen=True)
class SeriesPlan:
    """An offender: crimes around a home, on some days, at an hour, with habits kept nine times of ten."""

    crimes: int
    home: tuple[float, float]
    spread: float
    days: tuple[float, float]
    hour: float
    habits: tuple[int, ...]


SERIES = (
    SeriesPlan(14, (3_200, 7_400), 350, (60, 110), 19.5, (7, 5, 9)),
    SeriesPlan(12, (7_400, 1_900), 450, (180, 240), 3.5, (8, 6, 10)),
    SeriesPlan(10, (6_700, 4_400), 300, (300, 340), 23.0, (9, 7, 11)),
)


@dataclass(frozen=True)
class Planted:
    """The agency's unsolved crimes and the truth in them, by keys.

    ``series``: the keys of each planted series. ``near_repeats``: shape (m, 2), a crime and the one that follows it.
    ``hot_spot``: shape (4, 2), its centre in each quarter. ``quiet``: the weeks, from 0, with a fifth of the crimes.
    """

    crimes: Crimes
    series: tuple[Integers, ...]
    near_repeats: Integers
    hot_spot: Floats
    quiet: tuple[int, ...]


@dataclass
class _Drawn:
    x: list[Floats]
    y: list[Floats]
    begin: list[Floats]
    habits: list[Integers]

    def add(self, x: Floats, y: Floats, begin: Floats, habits: Integers) -> Integers:
        first = sum(map(len, self.x))
        for column, values in zip(
            (self.x, self.y, self.begin, self.habits), (x, y, begin, habits), strict=True
        ):
            column.append(values)  # type: ignore[attr-defined]
        return np.arange(first, first + len(x))

    def crimes(self, chance: np.random.Generator) -> Crimes:
        begin = np.concatenate(self.begin)
        # Half were found out hours later: windows, the others moments.
        end = begin + np.where(chance.random(len(begin)) < 0.5, chance.exponential(0.2, len(begin)), 0)
        events = Events.of(np.concatenate(self.x), np.concatenate(self.y), begin, end)
        return Crimes(events, np.concatenate(self.habits), FIELDS)


def planted(seed: int, *, background: int = 1_200, series: tuple[SeriesPlan, ...] = SERIES) -> Planted:
    """Return an agency of ``background`` crimes, 40 near repeats, a hot spot of 80 and the planned series."""
    chance = np.random.default_rng([seed, 1])
    drawn = _Drawn([], [], [], [])
    own = _background(drawn, background, chance)
    repeats = _near_repeats(drawn, own, 40, chance)
    centres = np.array([[2_600, 2_400], [4_200, 3_100], [6_000, 3_900], [7_600, 4_900]], np.float64)
    for quarter, centre in enumerate(centres):
        _cluster(drawn, 20, centre, 160, (quarter * 91, quarter * 91 + 91), chance)
    found = tuple(_series(drawn, plan, chance) for plan in series)
    return Planted(drawn.crimes(chance), found, repeats, centres, QUIET_WEEKS)


def solved(seed: int, offenders: int = 60) -> Solved:
    """Return an earlier year's solved crimes: offenders with two to eight each, three times as many with one."""
    chance = np.random.default_rng([seed, 2])
    drawn = _Drawn([], [], [], [])
    who: list[Integers] = []
    for offender in range(offenders):
        plan = SeriesPlan(
            int(chance.integers(2, 9)),
            (chance.uniform(0, WIDTH), chance.uniform(0, HEIGHT)),
            float(chance.uniform(200, 900)),
            _span(chance),
            float(chance.uniform(0, 24)),
            tuple(int(value) for value in _habits(1, chance)[0]),
        )
        who.append(np.full(len(_series(drawn, plan, chance)), offender))
    single = _background(drawn, 3 * offenders, chance)
    who.append(np.arange(offenders, offenders + len(single)))
    rows = np.concatenate(who)
    return Solved(drawn.crimes(chance), rows, np.arange(len(rows)))


def _span(chance: np.random.Generator) -> tuple[float, float]:
    first = float(chance.uniform(0, DAYS - 90))
    return first, first + float(chance.uniform(10, 90))


def _habits(n: int, chance: np.random.Generator) -> Integers:
    columns = []
    for size in VALUES:
        shares = 0.75 ** np.arange(size)
        columns.append(chance.choice(size, n, p=shares / shares.sum()))
    return np.column_stack(columns).astype(np.int64)


def _background(drawn: _Drawn, n: int, chance: np.random.Generator) -> Integers:
    shares = np.ones(DAYS)
    for week in QUIET_WEEKS:
        shares[7 * week : 7 * week + 7] = QUIET_SHARE
    day = chance.choice(DAYS, n, p=shares / shares.sum())
    begin = FIRST_DAY + day + chance.random(n)
    return drawn.add(chance.uniform(0, WIDTH, n), chance.uniform(0, HEIGHT, n), begin, _habits(n, chance))


def _near_repeats(drawn: _Drawn, own: Integers, n: int, chance: np.random.Generator) -> Integers:
    origin = chance.choice(own, n, replace=False)
    angle, away = chance.uniform(0, 2 * np.pi, n), chance.uniform(10, 190, n)
    x = drawn.x[0][origin] + away * np.cos(angle)
    y = drawn.y[0][origin] + away * np.sin(angle)
    begin = drawn.begin[0][origin] + chance.uniform(0.5, 13, n)
    return np.column_stack([origin, drawn.add(x, y, begin, _habits(n, chance))])


def _cluster(
    drawn: _Drawn, n: int, at: Floats, spread: float, days: tuple[float, float], chance: np.random.Generator
) -> Integers:
    place = chance.normal(at, spread, (n, 2))
    begin = FIRST_DAY + chance.uniform(*days, n)
    return drawn.add(place[:, 0], place[:, 1], begin, _habits(n, chance))


def _series(drawn: _Drawn, plan: SeriesPlan, chance: np.random.Generator) -> Integers:
    n = plan.crimes
    place = chance.normal(plan.home, plan.spread, (n, 2))
    day = np.floor(np.sort(chance.uniform(*plan.days, n)))
    begin = FIRST_DAY + day + (plan.hour + chance.uniform(-1.5, 1.5, n)) / 24
    kept = chance.random((n, len(FIELDS))) < 0.9
    habits = np.where(kept, np.array(plan.habits), _habits(n, chance))
    return drawn.add(place[:, 0], place[:, 1], begin, habits)
