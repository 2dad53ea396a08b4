"""Which months, weekdays or hours hold more than their days would."""

from __future__ import annotations

import numpy as np

from insights.answers.base import Analysis, Answer, Column, Figure, Kind, Picture, Study, of_many
from insights.answers.spans import cautions_of_days, until_of
from insights.answers.week import WEEKDAYS
from insights.answers.words import told_list, told_p
from insights.methods import seasonality
from insights.methods.base import Integers
from insights.methods.seasonality import HOUR, MONTH, SeasonParameters, Seasons

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
LEVEL = 0.05


def answer_seasonality(study: Study, parameters: SeasonParameters) -> Answer:
    """Return the months, weekdays or hours in their order."""
    found = seasonality.seasonality(study.events, parameters, study.first_day, until_of(study))
    stands = _stands(found)
    return Answer(
        sentences=_season_sentences(found, stands),
        figures=_season_figures(found),
        columns=(
            Column("name", found.cycle.capitalize(), names(found), Kind.TEXT),
            Column("count", "Incidents", found.count, Kind.COUNT),
            Column("days", "Days", found.days),
            Column("index", "Index (1 is usual)", found.index),
            Column("low", "Low end of 95 %", found.low),
            Column("high", "High end of 95 %", found.high),
            Column("verdict", "Verdict", np.array(["low", "noise", "high"])[stands + 1], Kind.TEXT),
        ),
        pictures=(Picture("bars", f"Incidents per day by {found.cycle}, 1 is usual", "name", ("index",)),),
        cautions=_season_cautions(study, found),
    )


def names(found: Seasons) -> list[str]:
    """Return what each month, weekday or hour is called."""
    if found.cycle == HOUR:
        return [f"{hour:02}:00" for hour in found.number]
    if found.cycle == MONTH:
        return [MONTHS[month - 1] for month in found.number]
    return [WEEKDAYS[day] for day in found.number]


def _stands(found: Seasons) -> Integers:
    """Return 1 where the whole interval is above the usual, -1 where it is below, else 0; all 0 without a season."""
    if found.p > LEVEL:
        return np.zeros(len(found.index), np.int64)
    return np.where(found.low > 1, 1, np.where(found.high < 1, -1, 0)).astype(np.int64)


def _season_sentences(found: Seasons, stands: Integers) -> tuple[str, ...]:
    if found.p > LEVEL:
        return (
            f"The {len(found.number)} {found.cycle}s differ no more than chance would make them"
            f" ({told_p(found.p)}): noise.",
        )
    told = [f"The {found.cycle}s differ more than by chance ({told_p(found.p)})."]
    for sign, word in ((1, "above"), (-1, "below")):
        at = np.flatnonzero(stands == sign)
        at = at[np.argsort(-sign * found.index[at], kind="stable")]
        if len(at):
            told.append(
                f"{told_list([_off(found, int(one)) for one in at])} {'lies' if len(at) == 1 else 'lie'} {word}."
            )
    return tuple(told)


def _off(found: Seasons, at: int) -> str:
    return f"{names(found)[at]} ({100 * (found.index[at] - 1):+.0f} %)"


def _season_figures(found: Seasons) -> tuple[Figure, ...]:
    per_day = float(found.count.sum() / found.days.sum())
    return (
        Figure("incidents", "Incidents counted", int(found.count.sum()), Kind.COUNT),
        Figure("left_out", "Left out", found.left_out, Kind.COUNT),
        Figure("days", "Days of the period", round(float(found.days.sum())), Kind.COUNT, "days"),
        Figure("per_day", "Incidents per day", per_day),
        Figure("p", "p that all have one rate", found.p, Kind.P),
    )


def _season_cautions(study: Study, found: Seasons) -> tuple[str, ...]:
    told = list(cautions_of_days(study))
    if found.left_out:
        why = " or not known to the hour" if found.cycle == HOUR else ""
        told.append(
            f"{of_many(found.left_out, 'incident')} without a time, outside of the period{why}: left out."
        )
    if found.cycle == MONTH and found.days.sum() < 2 * 365:
        told.append(
            "Less than two years are covered, so a season cannot be told from a trend or one odd month."
        )
    if found.cycle == MONTH and len(found.number) < len(MONTHS):
        told.append(f"Only {len(found.number)} of 12 months are covered; the usual is that of those.")
    return tuple(told)


SEASONALITY = Analysis(seasonality.METHOD, answer_seasonality)
