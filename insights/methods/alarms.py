"""Alarms on a weekly series: which weeks are out of the usual, and when the level changed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from insights.methods.base import Events, Floats, Integers, Method, MethodFault, Parameters, parameter
from insights.methods.changes import Stretches, change_points
from insights.methods.needs import dated

#: 1970-01-01 was a Thursday: the first Monday is day 4.
FIRST_MONDAY, WEEK = 4, 7
#: Of a century. More are a date that was mistyped, and change points take the square of the weeks.
MOST_WEEKS = 5_218
NO_INCIDENTS, NO_DATA = "no incidents", "no data"


@dataclass(frozen=True)
class AlarmParameters(Parameters):
    """How weeks are smoothed and judged."""

    smoothing: float = parameter(
        0.3, "Weight of the newest week (λ)", least=0.05, most=1.0, help="Smaller finds slower drifts."
    )
    limit: float = parameter(3.0, "Limit (L)", unit="standard deviations", least=1, most=10)
    baseline: int = parameter(26, "Baseline", unit="weeks", least=8, most=260)
    empty: str = parameter(
        NO_INCIDENTS,
        "A week without incidents means",
        choices=(NO_INCIDENTS, NO_DATA),
        help="Weeks without data are left out of the series.",
    )
    penalty: float = parameter(3.0, "Penalty of a change", least=0.5, most=50)
    shortest: int = parameter(4, "Shortest level", unit="weeks", least=2, most=104)


@dataclass(frozen=True)
class Alarms:
    """A weekly series with its alarms.

    ``week``: first days (Mondays) since 1970-01-01, ``count`` of each. From position ``judged`` on, columns of the
    judged weeks: ``ewma``, the ``mean`` of the baseline before, the bounds ``low`` and ``high``, and ``alarm``: -1
    low, 1 high, else 0. ``levels``: stretches of one rate over all weeks. ``cut`` incidents lie in weeks that are not
    whole, ``undated`` ones have no time.
    """

    week: Integers
    count: Integers
    judged: int
    ewma: Floats
    mean: Floats
    low: Floats
    high: Floats
    alarm: Integers
    levels: Stretches
    cut: int
    undated: int


def alarms(
    events: Events, parameters: AlarmParameters, first_day: float | None = None, until: float | None = None
) -> Alarms:
    """Return the weekly series of begins with EWMA alarms and change points.

    Whole weeks from ``first_day`` to the day before ``until`` count, by default all that the incidents cover.
    MethodFault: fewer whole weeks than the baseline and one more.
    """
    found = dated(events, 1)
    week, count = weekly(found.begin, first_day, until)
    cut = len(found) - int(count.sum())
    if parameters.empty == NO_DATA:
        week, count = week[count > 0], count[count > 0]
    needed = max(parameters.baseline + 1, 2 * parameters.shortest)
    if len(count) < needed:
        raise MethodFault(
            f"At least {needed} whole weeks are needed and there are {len(count)}; choose a longer period."
        )
    ewma, mean, reach = ewma_chart(count, parameters.smoothing, parameters.limit, parameters.baseline)
    alarm = np.where(ewma > mean + reach, 1, np.where(ewma < mean - reach, -1, 0)).astype(np.int64)
    levels = change_points(count, parameters.penalty, parameters.shortest)
    undated = len(events) - len(found)
    return Alarms(
        week, count, parameters.baseline, ewma, mean, mean - reach, mean + reach, alarm, levels, cut, undated
    )


def weekly(
    begin: Floats, first_day: float | None = None, until: float | None = None
) -> tuple[Integers, Integers]:
    """Return the Mondays of the whole weeks of a period, in days since 1970-01-01, and how many begins each holds.

    MethodFault: the period holds no whole week, or more than a century of them.
    """
    day = np.floor(begin).astype(np.int64)
    first = int(np.floor(first_day)) if first_day is not None else int(day.min())
    end = int(np.floor(until)) if until is not None else int(day.max()) + 1
    start = -((FIRST_MONDAY - first) // WEEK) * WEEK + FIRST_MONDAY
    weeks = (end - start) // WEEK
    if weeks < 1:
        raise MethodFault("The period holds no whole week from Monday to Sunday; choose a longer one.")
    if weeks > MOST_WEEKS:
        raise MethodFault(
            f"The period holds {weeks:,} weeks, more than a century; choose a shorter one, or correct the first dates."
        )
    number = (day - start) // WEEK
    held = (number >= 0) & (number < weeks)
    return start + WEEK * np.arange(weeks), np.bincount(number[held], minlength=weeks).astype(np.int64)


def ewma_chart(
    count: Integers, smoothing: float, limit: float, baseline: int
) -> tuple[Floats, Floats, Floats]:
    """Return the EWMA of the weeks after the first ``baseline``, the mean before each, and the reach of its bounds.

    z_t = λ x_t + (1 - λ) z_(t-1) begins at the mean of the first baseline (Roberts, 1959). A week is judged against
    the ``baseline`` weeks before it: mean ± L s √(λ / (2 - λ) · (1 - (1 - λ)^2t)), s their standard deviation, and at
    least Poisson's; a baseline without incidents counts as one with a single one.
    """
    values = count.astype(np.float64)
    windows = np.lib.stride_tricks.sliding_window_view(values, baseline)[:-1]
    mean = windows.mean(axis=1)
    spread = np.maximum(windows.std(axis=1, ddof=1), np.sqrt(np.maximum(mean, 1.0 / baseline)))
    ewma, smoothed = np.empty(len(mean)), float(mean[0])
    for t, value in enumerate(values[baseline:]):
        smoothed = smoothing * float(value) + (1 - smoothing) * smoothed
        ewma[t] = smoothed
    steps = np.arange(1, len(mean) + 1)
    widening = np.sqrt(smoothing / (2 - smoothing) * (1 - (1 - smoothing) ** (2.0 * steps)))
    return ewma, mean, limit * spread * widening


METHOD = Method(
    key="alarms",
    title="Weekly alarms",
    question="Which weeks are out of the usual, and when did the level change?",
    version="1",
    parameters=AlarmParameters,
    run=alarms,
    minimum=1,
    assumes=(
        "The weeks of the baseline are usual ones; after a change the new level becomes usual in time.",
        "Weeks are independent but for their level; there is no season within the baseline.",
    ),
    fails=(
        "A season looks like a drift: compare with the same weeks of earlier years.",
        "A change of recording or of law looks like a change of crime.",
        "The newest weeks may be incomplete, which looks like a fall.",
        "Many series watched together raise some alarms by chance.",
    ),
    sources=("Roberts (1959): EWMA", "Jackson and others (2005)", "Killick, Fearnhead and Eckley (2012)"),
)
