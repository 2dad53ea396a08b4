"""Which weeks are out of the usual, and when the level changed."""

from __future__ import annotations

import numpy as np

from insights.answers.base import MOST_ROWS, Analysis, Answer, Column, Figure, Kind, Picture, Study, of_many
from insights.answers.dates import told_day
from insights.answers.spans import cautions_left_out, cautions_of_days, until_of
from insights.answers.words import is_or_are, told_list
from insights.methods import alarms as method
from insights.methods.alarms import NO_DATA, AlarmParameters, Alarms
from insights.methods.base import Floats, Integers

#: Weeks and changes that sentences speak of, the newest.
TOLD = 5
#: Below this mean a week is judged by single incidents.
FEW_A_WEEK = 2.0


def answer_alarms(study: Study, parameters: AlarmParameters) -> Answer:
    """Return the weeks in their order, the newest of them where there are too many."""
    found = method.alarms(study.events, parameters, study.first_day, until_of(study))
    shown = slice(-MOST_ROWS, None)
    level = _levels(found)
    return Answer(
        sentences=_sentences(found),
        figures=_figures(found, parameters),
        columns=(
            Column("week", "Week from", found.week[shown], Kind.DAY),
            Column("count", "Incidents", found.count[shown], Kind.COUNT),
            Column("ewma", "Smoothed (EWMA)", _of_all(found, found.ewma)[shown]),
            Column("mean", "Usual", _of_all(found, found.mean)[shown]),
            Column("low", "Lowest usual", _of_all(found, found.low)[shown]),
            Column("high", "Highest usual", _of_all(found, found.high)[shown]),
            Column("verdict", "Verdict", _verdicts(found)[shown], Kind.TEXT),
            Column("level", "Level", level[shown], unit="a week"),
        ),
        pictures=(Picture("lines", "Incidents by week", "week", ("count", "ewma", "low", "high", "level")),),
        cautions=_cautions(study, found, parameters),
        cut=max(0, len(found.week) - MOST_ROWS),
    )


def _of_all(found: Alarms, judged: Floats) -> Floats:
    """Return values of judged weeks as those of all, not a number before."""
    return np.concatenate((np.full(found.judged, np.nan), judged))


def _verdicts(found: Alarms) -> list[str]:
    words = {-1: "low", 0: "usual", 1: "high"}
    return ["not judged"] * found.judged + [words[int(alarm)] for alarm in found.alarm]


def _levels(found: Alarms) -> Floats:
    ends = np.append(found.levels.start[1:], len(found.week))
    return np.repeat(found.levels.rate, ends - found.levels.start)


def _sentences(found: Alarms) -> tuple[str, ...]:
    weeks = found.week[found.judged :]
    out = np.flatnonzero(found.alarm)
    if len(out):
        newest = [_week(found, int(at)) for at in out[-TOLD:]]
        which = "it is" if len(out) == 1 else "they are" if len(out) <= TOLD else "the newest are"
        told = [
            f"{len(out):,} of {of_many(len(weeks), 'judged week')} {is_or_are(len(out))} out of the usual: {which}"
            f" {told_list(newest)}."
        ]
    else:
        told = [
            f"None of {of_many(len(weeks), 'judged week')} is out of the usual: the ups and downs are noise."
        ]
    state = {-1: "below the usual", 0: "usual", 1: "above the usual"}[int(found.alarm[-1])]
    told.append(
        f"The last week, from {told_day(weeks[-1])}, holds {of_many(int(found.count[-1]), 'incident')} where"
        f" {found.mean[-1]:.1f} is the mean; the smoothed series is {state} ({found.ewma[-1]:.1f}, between"
        f" {found.low[-1]:.1f} and {found.high[-1]:.1f})."
    )
    return (*told, _change_sentence(found))


def _week(found: Alarms, at: int) -> str:
    way = "high" if found.alarm[at] > 0 else "low"
    return f"that from {told_day(found.week[found.judged + at])} ({way})"


def _change_sentence(found: Alarms) -> str:
    start, rate = found.levels.start, found.levels.rate
    if len(start) == 1:
        return f"The level did not change: {rate[0]:.1f} a week throughout."
    changes = len(start) - 1
    return (
        f"The level changed {'once' if changes == 1 else f'{changes} times'}, last in the week from"
        f" {told_day(found.week[start[-1]])}: from {rate[-2]:.1f} to {rate[-1]:.1f} a week."
    )


def _figures(found: Alarms, parameters: AlarmParameters) -> tuple[Figure, ...]:
    alarm: Integers = found.alarm
    return (
        Figure("incidents", "Incidents in whole weeks", int(found.count.sum()), Kind.COUNT),
        Figure("cut", "In weeks that are not whole", found.cut, Kind.COUNT),
        Figure("undated", "Without a time", found.undated, Kind.COUNT),
        Figure("weeks", "Weeks", len(found.week), Kind.COUNT),
        Figure("judged", "Weeks judged", len(alarm), Kind.COUNT),
        Figure("high", "Weeks above the usual", int((alarm > 0).sum()), Kind.COUNT),
        Figure("low", "Weeks below the usual", int((alarm < 0).sum()), Kind.COUNT),
        Figure("changes", "Changes of level", len(found.levels.start) - 1, Kind.COUNT),
        Figure("spread", "Variance by mean", found.levels.spread),
        Figure("ewma", "Smoothed last week", float(found.ewma[-1])),
        Figure("smoothing", "Weight of the newest week (λ)", parameters.smoothing),
        Figure("limit", "Limit (L)", parameters.limit),
    )


def _cautions(study: Study, found: Alarms, parameters: AlarmParameters) -> tuple[str, ...]:
    told = [*cautions_of_days(study), *cautions_left_out(undated=found.undated)]
    if found.cut:
        told.append(
            f"{of_many(found.cut, 'incident')} {is_or_are(found.cut)} in weeks that are not whole, which are left out."
        )
    if parameters.empty == NO_DATA:
        told.append(
            "Weeks without incidents are left out as weeks without data; weeks beside them may be apart."
        )
    if found.count.mean() < FEW_A_WEEK:
        told.append(f"There were {found.count.mean():.1f} incidents a week: one offender can raise an alarm.")
    return tuple(told)


ALARMS = Analysis(method.METHOD, answer_alarms)
