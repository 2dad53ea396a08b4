"""The days that an analysis covers, and what must be said of them."""

from __future__ import annotations

import numpy as np

from insights.answers.base import Study, of_many
from insights.answers.dates import told_day
from insights.answers.words import was_or_were
from insights.methods.base import Events

#: A first incident so many days after the first day that was asked for makes one ask when recording began.
LATE_DAYS = 28
WEEK = 7


def timed(events: Events) -> tuple[Events, int]:
    """Return the events that have a time, and how many have none."""
    known = np.isfinite(events.begin)
    return events.taken(known), int((~known).sum())


def until_of(study: Study) -> float | None:
    """Return the day before which the analysis ends; None is the day after the last incident.

    Days that have not begun are no quiet days, so it is no later than tomorrow.
    """
    return None if study.until is None else min(study.until, float(np.floor(study.today)) + 1)


def cautions_of_days(study: Study) -> tuple[str, ...]:
    """Return what is to be said of a day that is not over, and of days that may be from before recording began."""
    days = np.floor(study.events.begin[np.isfinite(study.events.begin)])
    if not len(days):
        return ()
    told = []
    until = until_of(study)
    last = days.max() if until is None else np.floor(until) - 1
    quiet = int(np.floor(study.today) - last)
    if until is None and quiet >= WEEK:
        told.append(
            f"The days end with the newest incident, of {told_day(last)}: the {quiet:,} days since then are not"
            " counted as quiet ones. Choose a last day to count them."
        )
    if last == np.floor(study.today):
        told.append("The last day is today, which is not over: its count will still rise.")
    if study.first_day is not None and days.min() - study.first_day >= LATE_DAYS:
        told.append(
            f"The first incident is of {told_day(days.min())}, but days from {told_day(study.first_day)} were asked"
            " for: if recording began in between, the days before look quiet and were not."
        )
    return tuple(told)


def cautions_left_out(unplaced: int = 0, undated: int = 0, outside: int = 0) -> tuple[str, ...]:
    """Return one sentence for each reason for which incidents were left out."""
    reasons = ((unplaced, "without a place"), (undated, "without a time"), (outside, "outside of the area"))
    return tuple(
        f"{of_many(many, 'incident')} {why} {was_or_were(many)} left out." for many, why in reasons if many
    )


def day_of_last(study: Study) -> int | None:
    """Return the last day of the period that was asked for, None where none was."""
    until = until_of(study)
    return None if until is None else int(np.ceil(until)) - 1
