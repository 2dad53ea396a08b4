"""Studies as runs would give them, of the made-up agency and of little or nothing."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import shapely

from insights.answers.base import Answer, Study
from insights.methods.base import Events
from tests.support.planted import DAYS, FIRST_DAY, HEIGHT, WIDTH, planted

#: What takes as little as can be, for methods that ask chance many times.
LITTLE: dict[str, dict[str, Any]] = {
    "autocorrelation": {"permutations": 99},
    "near_repeat": {"permutations": 99},
    "risk": {"permutations": 99},
    "space_time_scan": {"replications": 99},
}
KINDS = ("Burglary", "Theft", "Robbery")
BEATS = ("North", "South", "East")
CITY = shapely.box(0, 0, WIDTH, HEIGHT)


@cache
def agency() -> Study:
    """Return the made-up agency the day after its year ended; a beat is missing for some, a place or time for few."""
    return _study(planted(1).crimes.events)


def _study(events: Events) -> Study:
    x, begin, end = events.x.copy(), events.begin.copy(), events.end.copy()
    x[::200] = np.nan
    begin[50::300], end[50::300] = np.nan, np.nan
    events = replace(events, x=x, begin=begin, end=end, kind=(events.key % 3).astype(np.int64))
    groups = (events.key % 4 - 1).astype(np.int64)
    return Study(events, FIRST_DAY + DAYS + 0.5, KINDS, groups=groups, group_names=BEATS)


def of_events(events: Events) -> Study:
    """Return a study of these events the day after the last of them, without beats."""
    known = events.begin[np.isfinite(events.begin)]
    today = float(known.max()) + 1 if len(known) else float(FIRST_DAY)
    return Study(events, today, KINDS, groups=np.full(len(events), -1), group_names=())


def shuffled(study: Study, seed: int = 3) -> Study:
    """Return the study with its rows in another order."""
    order = np.random.default_rng(seed).permutation(len(study.events))
    assert study.groups is not None
    return replace(study, events=study.events.taken(order), groups=study.groups[order])


def figures(answer: Answer) -> dict[str, Any]:
    """Return the figures of an answer by their names."""
    return {figure.name: figure.value for figure in answer.figures}


def column(answer: Answer, name: str) -> Any:
    """Return the values of a column as an array."""
    return np.asarray(next(one.values for one in answer.columns if one.name == name))
