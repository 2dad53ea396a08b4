"""When incidents happen: the hours of the week."""

from __future__ import annotations

import numpy as np
from scipy.stats import chi2

from insights.answers.base import Analysis, Answer, Column, Figure, Kind, Picture, Study, of_many
from insights.answers.spans import cautions_left_out
from insights.answers.words import told_p, told_share
from insights.methods import aoristic
from insights.methods.aoristic import DAYS, HOURS, AoristicParameters, AoristicWeek, busiest
from insights.methods.base import Floats

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
#: The length of a shift.
SHIFT = 8
LEVEL = 0.05
#: With fewer for each hour of the week, single cells of the matrix are noise.
FEW_EACH = 1.0
#: More incidents than this share at the stroke of midnight stand for an unknown hour.
MIDNIGHTS = 0.1


def answer_aoristic(study: Study, parameters: AoristicParameters) -> Answer:
    """Return the 168 hours of the week from Monday's first."""
    found = aoristic.aoristic(study.events, parameters)
    hours = [f"{hour:02}:00" for hour in range(HOURS)]
    return Answer(
        sentences=_week_sentences(found),
        figures=_week_figures(found),
        columns=(
            Column("weekday", "Weekday", np.repeat(WEEKDAYS, HOURS), Kind.TEXT),
            Column("hour", "Hour", hours * DAYS, Kind.TEXT),
            Column("incidents", "Expected incidents", found.weights.ravel()),
            Column("certain", "Known to the hour", found.certain.ravel(), Kind.COUNT),
        ),
        pictures=(
            Picture("matrix", "Incidents by weekday and hour", "hour", ("incidents",), down="weekday"),
        ),
        cautions=_week_cautions(study, found),
    )


def _week_sentences(found: AoristicWeek) -> tuple[str, ...]:
    return (
        _hours_sentence(found),
        _weekdays_sentence(found),
        f"{told_share(found.certain_share)} of the incidents are known to the hour.",
    )


def _hours_sentence(found: AoristicWeek) -> str:
    p = evenness(found.by_hour)
    if p > LEVEL:
        return f"The hours of the day differ no more than chance would make them ({told_p(p)}): noise."
    first, after, share = busiest(found, SHIFT)
    return (
        f"The busiest {SHIFT} hours are {first:02}:00 to {after:02}:00, with {told_share(share)} of"
        f" {of_many(found.total, 'incident')}; spread evenly it would be {told_share(SHIFT / HOURS)} ({told_p(p)})."
    )


def _weekdays_sentence(found: AoristicWeek) -> str:
    days, p = found.by_weekday, evenness(found.by_weekday)
    if p > LEVEL:
        return f"The weekdays differ no more than chance would make them ({told_p(p)}): noise."
    # Rounding must not decide between equal days.
    high, low = (int(np.flatnonzero(np.abs(days - bound) < 1e-9)[0]) for bound in (days.max(), days.min()))
    return (
        f"{WEEKDAYS[high]} is the fullest weekday with {told_share(days[high] / found.total)},"
        f" {WEEKDAYS[low]} the emptiest with {told_share(days[low] / found.total)} ({told_p(p)})."
    )


def evenness(weights: Floats) -> float:
    """Return the p that all have one rate (chi-squared); shared out spans make it larger, which is the safe side."""
    expected = weights.sum() / len(weights)
    return float(chi2.sf(((weights - expected) ** 2).sum() / expected, len(weights) - 1))


def _week_figures(found: AoristicWeek) -> tuple[Figure, ...]:
    first, after, share = busiest(found, SHIFT)
    return (
        Figure("incidents", "Incidents counted", found.total, Kind.COUNT),
        Figure("undated", "Without a time", found.undated, Kind.COUNT),
        Figure("certain_share", "Known to the hour", found.certain_share, Kind.SHARE),
        Figure("busiest", f"Busiest {SHIFT} hours", f"{first:02}:00 to {after:02}:00", Kind.TEXT),
        Figure("busiest_share", "Their share", share, Kind.SHARE),
        Figure("p_hours", "p that all hours have one rate", evenness(found.by_hour), Kind.P),
        Figure("p_weekdays", "p that all weekdays have one rate", evenness(found.by_weekday), Kind.P),
    )


def _week_cautions(study: Study, found: AoristicWeek) -> tuple[str, ...]:
    told = list(cautions_left_out(undated=found.undated))
    if found.certain_share < 0.5:
        told.append(
            "Most incidents are not known to the hour, so peaks are smeared: look at the certain ones too."
        )
    begin = study.events.begin[np.isfinite(study.events.begin)]
    midnight = int((begin == np.floor(begin)).sum())
    if midnight > MIDNIGHTS * len(begin):
        told.append(
            f"{midnight:,} of {of_many(len(begin), 'incident')} begin at exactly midnight, which often stands for an"
            " unknown hour."
        )
    if found.total < FEW_EACH * DAYS * HOURS:
        told.append(
            f"{of_many(found.total, 'incident')} on {DAYS * HOURS} hours of the week: read whole days and stretches of"
            " hours; a single hour is noise."
        )
    return tuple(told)


AORISTIC = Analysis(aoristic.METHOD, answer_aoristic)
