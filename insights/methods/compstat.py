"""Periods against earlier periods per beat or offence, with noise called noise."""

from __future__ import annotations

import math
from calendar import isleap
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache

import numpy as np
from scipy.stats import norm, poisson_means_test

from insights.methods.base import Events, Flags, Floats, Integers, Method, MethodFault, Parameters, parameter
from insights.methods.needs import dated

EPOCH = date(1970, 1, 1).toordinal()
FALL, NOISE, RISE = -1, 0, 1


@dataclass(frozen=True)
class CompStatParameters(Parameters):
    """When a change is more than noise."""

    beyond: float = parameter(
        3.0, "Flag beyond a z of", least=1, most=10, help="Used where either count is above the small ones."
    )
    level: float = parameter(
        0.01, "Flag small counts at p", least=0.0001, most=0.2, help="p of the E-test, two-sided."
    )
    small: int = parameter(20, "Small counts are at most", least=0, most=100)


@dataclass(frozen=True)
class Comparison:
    """Two spans of days that are compared: each from its first day to the day after its last, since 1970-01-01."""

    name: str
    now: tuple[int, int]
    before: tuple[int, int]


@dataclass(frozen=True)
class CompStat:
    """One row for each of ``groups``, one column for each of ``comparisons``; shape (groups, comparisons).

    ``percent`` is the change in %, not a number where nothing was before (``from_nothing``). ``z`` is
    2 (√now - √before); ``p`` is that of the E-test where both counts are small, else that of z / √2. ``verdict``: 1 a
    rise, -1 a fall, 0 noise. ``covered`` (by comparison): False where the data begin after the earlier span does.
    """

    groups: Integers
    comparisons: tuple[Comparison, ...]
    now: Integers
    before: Integers
    percent: Floats
    from_nothing: Flags
    z: Floats
    p: Floats
    verdict: Integers
    covered: Flags
    undated: int


def compstat(
    events: Events,
    parameters: CompStatParameters,
    until: float | None = None,
    group: Integers | None = None,
    first_day: float | None = None,
) -> CompStat:
    """Return 7 days, 28 days and the year to date against the span before and the same span of last year.

    ``until`` is the day after the last one (by default after the last incident), ``group`` the number of each event's
    beat or offence (by default its kind), ``first_day`` that from which all incidents are known (by default that of
    the first). Incidents count at their begin. MethodFault: no incident has a time, none lies before ``until``, or
    groups are not as many as events.
    """
    grouped = events.kind if group is None else group
    if len(grouped) != len(events):
        raise MethodFault("Each incident needs one group.", "group")
    kept = np.isfinite(events.begin)
    day = np.floor(dated(events, 1).begin).astype(np.int64)
    end = int(day.max()) + 1 if until is None else int(np.floor(until))
    known_from = int(day.min()) if first_day is None else int(np.floor(first_day))
    if known_from >= end:
        raise MethodFault("No incident lies before the last day; choose a later day.", "until")
    day = np.floor(events.begin[kept]).astype(np.int64)
    compared = comparisons(end)
    groups, position = np.unique(grouped[kept], return_inverse=True)
    now, before = (
        np.stack([_counted(day, position, len(groups), span) for span in spans], axis=1)
        for spans in ([c.now for c in compared], [c.before for c in compared])
    )
    covered = np.array([c.before[0] >= known_from for c in compared])
    return _judged(groups, compared, now, before, covered, int((~kept).sum()), parameters)


def comparisons(until: int) -> tuple[Comparison, ...]:
    """Return what is compared for the days before ``until``; the same span of last year has the same dates.

    A span that would end after 28 February of a year without the 29th ends there. On 1 January the year to date is
    the whole year before.
    """
    found = []
    for days in (7, 28):
        now = (until - days, until)
        found.append(Comparison(f"{days} days, before", now, (until - 2 * days, until - days)))
        earlier = _a_year_before(until - 1) + 1
        found.append(Comparison(f"{days} days, last year", now, (earlier - days, earlier)))
    year = date.fromordinal(EPOCH + until - 1).year
    start, earlier_start = (date(y, 1, 1).toordinal() - EPOCH for y in (year, year - 1))
    last_year = (earlier_start, _a_year_before(until - 1) + 1)
    found.append(Comparison("year to date, last year", (start, until), last_year))
    return tuple(found)


def _a_year_before(day: int) -> int:
    on = date.fromordinal(EPOCH + day)
    if (on.month, on.day) == (2, 29) and not isleap(on.year - 1):
        on -= timedelta(days=1)
    return on.replace(year=on.year - 1).toordinal() - EPOCH


def _counted(day: Integers, position: Integers, groups: int, span: tuple[int, int]) -> Integers:
    held = (day >= span[0]) & (day < span[1])
    return np.bincount(position[held], minlength=groups).astype(np.int64)


def _judged(
    groups: Integers,
    compared: tuple[Comparison, ...],
    now: Integers,
    before: Integers,
    covered: Flags,
    undated: int,
    parameters: CompStatParameters,
) -> CompStat:
    z = poisson_z(now, before)
    small = (now <= parameters.small) & (before <= parameters.small)
    p = 2 * norm.sf(np.abs(z) / math.sqrt(2.0))
    p[small] = [e_test(int(a), int(b)) for a, b in zip(now[small], before[small], strict=True)]
    notable = np.where(small, p <= parameters.level, np.abs(z) > parameters.beyond)
    direction = np.sign(now - before)
    nothing = before == 0
    percent = np.divide(100.0 * (now - before), before, out=np.full(now.shape, np.nan), where=~nothing)
    verdict = np.where(notable, direction, NOISE).astype(np.int64)
    return CompStat(groups, compared, now, before, percent, nothing, z, p, verdict, covered, undated)


def poisson_z(now: Integers, before: Integers) -> Floats:
    """Return 2 (√now - √before) of spans of equal length (Anscombe, 1948; for police reports Wheeler, 2016).

    Against a known mean it is near a standard normal; as ``before`` is a count itself its spread is √2, so by chance
    it is beyond 3 about once in thirty.
    """
    z: Floats = 2.0 * (np.sqrt(np.asarray(now, np.float64)) - np.sqrt(np.asarray(before, np.float64)))
    return z


@cache
def e_test(now: int, before: int, exposure: float = 1.0, exposure_before: float = 1.0) -> float:
    """Return the two-sided p of the E-test that two Poisson counts have one rate (Krishnamoorthy and Thomson, 2004).

    Exposures are days, or other amounts that the counts are of. MethodFault: a count is negative, an exposure is not
    above 0.
    """
    if now < 0 or before < 0 or exposure <= 0 or exposure_before <= 0:
        raise MethodFault("Counts must be at least 0 and their exposures above 0.")
    if now == before == 0:
        return 1.0
    return float(poisson_means_test(now, exposure, before, exposure_before).pvalue)


METHOD = Method(
    key="compstat",
    title="Periods compared (CompStat)",
    question="Which offences changed more than chance, this week, this month and this year?",
    version="1",
    parameters=CompStatParameters,
    run=compstat,
    minimum=1,
    assumes=(
        "Incidents are independent of each other, so counts spread as Poisson's do.",
        "Recording was the same in both spans; the last days may still be incomplete.",
    ),
    fails=(
        "Percentages of small counts jump: from 2 to 4 is +100 % and noise.",
        "Of many groups some are flagged by chance; a series by one offender is a rise that is not chance.",
        "Comparing with one earlier span inherits that span's luck: see the alarms for the whole series.",
    ),
    sources=("Anscombe (1948)", "Krishnamoorthy and Thomson (2004)", "Wheeler (2016): tables and graphs"),
)

#: The same table by beat: another question to people, so another entry.
BEATS = replace(
    METHOD,
    key="compstat_beats",
    title="Beats compared (CompStat)",
    question="Which beats changed more than chance, this week, this month and this year?",
)
