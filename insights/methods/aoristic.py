"""When incidents happened whose time is known only between two bounds: the aoristic week."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from insights.methods.base import Events, Floats, Integers, Method, MethodFault, Parameters, parameter
from insights.methods.compiled import compiled
from insights.methods.needs import dated

DAYS, HOURS = 7, 24
WEEK = DAYS * HOURS
DAY_SECONDS, HOUR_SECONDS = 86_400, 3600
WEEK_SECONDS = DAYS * DAY_SECONDS
#: 1970-01-01 was a Thursday, and weeks begin on Monday.
FROM_MONDAY = 3 * DAY_SECONDS
ALL, CERTAIN = "all", "certain only"


@dataclass(frozen=True)
class AoristicParameters(Parameters):
    """Which incidents count."""

    counted: str = parameter(
        ALL,
        "Incidents",
        choices=(ALL, CERTAIN),
        help="Certain incidents began and ended within one hour of the clock.",
    )


@dataclass(frozen=True)
class AoristicWeek:
    """Expected incidents by weekday (0 is Monday) and hour of the day.

    ``weights``: shape (7, 24), sums to ``total``; ``certain``: those known to the hour, shape (7, 24), and
    ``certain_share``, their share of the incidents read. ``by_hour`` (24) and ``by_weekday`` (7) are sums of
    ``weights``. ``undated`` incidents have no time and were left out.
    """

    weights: Floats
    certain: Integers
    by_hour: Floats
    by_weekday: Floats
    total: int
    certain_share: float
    undated: int


def aoristic(events: Events, parameters: AoristicParameters) -> AoristicWeek:
    """Return the week of the incidents, each shared out over the hours it may have happened in.

    An hour that an incident's span from begin to end touches weighs overlap / duration; a moment weighs 1 in its
    hour; a span of seven days or more weighs 1/168 in every hour; without an end the begin is the moment (Ratcliffe,
    2002). Times are read to the second. MethodFault: no incident has a time, or one ends before it begins.
    """
    found = dated(events, 1)
    begin, end = seconds_of(found)
    known = begin // HOUR_SECONDS == np.maximum(begin, end - 1) // HOUR_SECONDS
    certain = np.bincount(hour_of_week(begin[known]), minlength=WEEK).reshape(DAYS, HOURS)
    counted = known if parameters.counted == CERTAIN else np.ones(len(begin), np.bool_)
    if not counted.any():
        raise MethodFault("No incident is known to the hour; count all of them instead.", "counted")
    weights = week_weights(begin[counted], end[counted])
    return AoristicWeek(
        weights=weights,
        certain=certain.astype(np.int64),
        by_hour=weights.sum(axis=0),
        by_weekday=weights.sum(axis=1),
        total=int(counted.sum()),
        certain_share=float(known.mean()),
        undated=len(events) - len(found),
    )


def seconds_of(events: Events) -> tuple[Integers, Integers]:
    """Return begin and end in whole seconds since 1970-01-01; MethodFault where an end is before its begin.

    Days as floats cannot hold every hour exactly: without rounding 10:00 may lie in the hour before.
    """
    ends = np.where(np.isfinite(events.end), events.end, events.begin)
    begin, end = (np.rint(days * DAY_SECONDS).astype(np.int64) for days in (events.begin, ends))
    wrong = int((end < begin).sum())
    if wrong:
        noun = "incident ends before it begins" if wrong == 1 else "incidents end before they begin"
        raise MethodFault(f"{wrong} {noun}; correct the times or leave them out.")
    return begin, end


def hour_of_week(seconds: Integers) -> Integers:
    """Return the hour of the week, 0 to 167 from Monday midnight, of seconds since 1970-01-01."""
    hours: Integers = (seconds + FROM_MONDAY) % WEEK_SECONDS // HOUR_SECONDS
    return hours


def week_weights(begin: Integers, end: Integers) -> Floats:
    """Return the aoristic weights of spans in whole seconds, shape (7, 24)."""
    weights = np.zeros(WEEK)
    _share_out(begin, end, weights)
    return weights.reshape(DAYS, HOURS)


@compiled
def _share_out(begin: Integers, end: Integers, weights: Floats) -> None:
    for i in range(len(begin)):
        first = (begin[i] + FROM_MONDAY) // HOUR_SECONDS
        duration = end[i] - begin[i]
        if duration == 0:
            weights[first % WEEK] += 1.0
        elif duration >= WEEK_SECONDS:
            weights += 1.0 / WEEK
        else:
            start, stop = begin[i] + FROM_MONDAY, end[i] + FROM_MONDAY
            while start < stop:
                until = min(stop, (first + 1) * HOUR_SECONDS)
                weights[first % WEEK] += (until - start) / duration
                start, first = until, first + 1


def busiest(week: AoristicWeek, hours: int) -> tuple[int, int, float]:
    """Return the run of so many hours of the day that holds most incidents: first hour, hour after, share.

    Runs may pass midnight; of equal runs the earliest is told. MethodFault: hours are not 1 to 23.
    """
    if not 1 <= hours < HOURS:
        raise MethodFault("A run of hours must be 1 to 23 hours long.", "hours")
    around = np.concatenate((week.by_hour, week.by_hour[: hours - 1]))
    sums = np.convolve(around, np.ones(hours), mode="valid")
    # Rounding must not decide between equal runs.
    first = int(np.flatnonzero(sums >= sums.max() - 1e-9)[0])
    return first, (first + hours) % HOURS, float(sums[first] / math.fsum(week.by_hour))


METHOD = Method(
    key="aoristic",
    title="Hours of the week (aoristic)",
    question="On which weekdays and at which hours do incidents happen, where their time is only a span?",
    version="1",
    parameters=AoristicParameters,
    run=aoristic,
    minimum=1,
    assumes=(
        "Within its span an incident is equally likely at every moment.",
        "Times are those of the agency's wall clock.",
    ),
    fails=(
        "Long spans smear peaks away: look at the share that is certain, and at those incidents alone.",
        "Times that stand for unknown ones, such as midnight or noon, make peaks that are none.",
        "In the hours when clocks change, spans are an hour longer or shorter than they look.",
    ),
    sources=(
        "Ratcliffe and McCullagh (1998)",
        "Ratcliffe (2002): aoristic signatures",
        "Ashby and Bowers (2013)",
    ),
)
