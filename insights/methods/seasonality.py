"""Seasons: which months, weekdays or hours hold more incidents than their days would."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from insights.methods.aoristic import HOUR_SECONDS, HOURS, hour_of_week, seconds_of
from insights.methods.base import Events, Floats, Integers, Method, MethodFault, Parameters, parameter
from insights.methods.counts import poisson_interval
from insights.methods.needs import dated

MONTH, WEEKDAY, HOUR = "month", "weekday", "hour"
#: Fewer than this many for each month, weekday or hour and the test of evenness fails.
EACH = 5


@dataclass(frozen=True)
class SeasonParameters(Parameters):
    """The cycle that is looked at."""

    cycle: str = parameter(MONTH, "Cycle", choices=(MONTH, WEEKDAY, HOUR))


@dataclass(frozen=True)
class Seasons:
    """One row for each month, weekday or hour that the period has days of.

    ``number``: the month 1 to 12, the weekday from 0 for Monday, or the hour 0 to 23; ``days`` of the period that
    belong to it; ``index``: incidents per day by the mean of all days, 1 where it is as usual, with its 95 % interval
    ``low`` to ``high``. ``p``: that all have one rate (chi-squared). ``left_out`` incidents have no time, lie outside
    of the period, or, by hour, are not known to the hour.
    """

    cycle: str
    number: Integers
    count: Integers
    days: Floats
    index: Floats
    low: Floats
    high: Floats
    p: float
    left_out: int


def seasonality(
    events: Events, parameters: SeasonParameters, first_day: float | None = None, until: float | None = None
) -> Seasons:
    """Return the index of each month, weekday or hour: its incidents per day by those of all days.

    Incidents count at their begin. The period goes from ``first_day`` to the day before ``until``, by default from the
    first to the last day with incidents. The interval is Poisson's exact one (Garwood, 1936). MethodFault: fewer than
    five incidents for each, or a period that holds only one of them.
    """
    found = dated(events, 1)
    if parameters.cycle == HOUR:
        found = known_to_the_hour(found)
    day = np.rint(found.begin * 86_400).astype(np.int64) // 86_400
    first = int(np.floor(first_day)) if first_day is not None else int(day.min())
    end = int(np.floor(until)) if until is not None else int(day.max()) + 1
    held = (day >= first) & (day < end)
    number, days = exposure(parameters.cycle, first, end)
    count = np.bincount(_numbers(found.taken(held), day[held], parameters.cycle), minlength=25)[number]
    return _indexed(parameters.cycle, number, count.astype(np.int64), days, len(events) - int(held.sum()))


def known_to_the_hour(events: Events) -> Events:
    """Return the events that began and ended within one hour of the clock; MethodFault where there is none."""
    begin, end = seconds_of(events)
    known = begin // HOUR_SECONDS == np.maximum(begin, end - 1) // HOUR_SECONDS
    if not known.any():
        raise MethodFault(
            "No incident is known to the hour; look at weekdays or at the aoristic week.", "cycle"
        )
    return events.taken(known)


def exposure(cycle: str, first: int, until: int) -> tuple[Integers, Floats]:
    """Return the months, weekdays or hours of the days from ``first`` to before ``until``, and the days of each.

    MethodFault: the period holds only one of them.
    """
    days = np.arange(first, max(first, until))
    if cycle == HOUR:
        number, held = np.arange(HOURS), np.full(HOURS, len(days) / HOURS)
    else:
        number, counted = np.unique(_of_days(days, cycle), return_counts=True)
        held = counted.astype(np.float64)
    if len(number) < 2 or not len(days):
        raise MethodFault(f"The period holds no two {cycle}s to compare; choose a longer one.")
    return number.astype(np.int64), held


def _of_days(days: Integers, cycle: str) -> Integers:
    if cycle == WEEKDAY:
        return (days + 3) % 7
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return months % 12 + 1


def _numbers(events: Events, day: Integers, cycle: str) -> Integers:
    if cycle != HOUR:
        return _of_days(day, cycle)
    return hour_of_week(seconds_of(events)[0]) % HOURS


def _indexed(cycle: str, number: Integers, count: Integers, days: Floats, left_out: int) -> Seasons:
    needed, total = EACH * len(number), int(count.sum())
    if total < needed:
        raise MethodFault(
            f"At least {needed} incidents are needed and {total} were found; choose a longer period."
        )
    expected = total * days / days.sum()
    low, high = poisson_interval(count)
    p = float(chi2.sf(((count - expected) ** 2 / expected).sum(), len(number) - 1))
    return Seasons(cycle, number, count, days, count / expected, low / expected, high / expected, p, left_out)


METHOD = Method(
    key="seasonality",
    title="Seasons",
    question="Which months, weekdays or hours hold more incidents than their days would?",
    version="1",
    parameters=SeasonParameters,
    run=seasonality,
    minimum=10,
    assumes=(
        "Incidents are independent of each other, so counts spread as Poisson's do.",
        "All incidents of the period are known; give its bounds where it begins or ends with quiet days.",
    ),
    fails=(
        "A trend over the years leaks into the months of a period that is not of whole years.",
        "Over several years months vary more than Poisson's intervals say, because years differ.",
        "Incidents whose time is only known as a day all look as if they were at midnight.",
    ),
    sources=("Garwood (1936): exact Poisson intervals", "Pearson (1900): chi-squared test"),
)
