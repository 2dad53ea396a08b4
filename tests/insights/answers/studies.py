"""Studies of the made-up agency, whole or in pieces, for the tests of answers."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import shapely

from insights.answers.base import Answer, Column, Study
from insights.methods.base import Events
from insights.methods.evidence import Crimes
from tests.support import planted

#: The day after the last of the agency's year.
TODAY = planted.FIRST_DAY + planted.DAYS + 0.5
ZONES = (shapely.box(2_000, 1_500, 6_000, 4_500), shapely.box(7_000, 5_500, 11_000, 8_500))


@cache
def agency(seed: int = 1) -> planted.Planted:
    """Return the planted agency, made once."""
    return planted.planted(seed)


@cache
def whole(seed: int = 1) -> Study:
    """Return all that a method may need of the agency, asked about the first crime of the first series."""
    made = agency(seed)
    events = made.crimes.events
    return Study(
        events=events,
        today=TODAY,
        crimes=made.crimes,
        solved=planted.solved(seed),
        texts=texts(len(events)),
        subject=int(made.series[0][0]),
        zones=ZONES,
    )


def texts(n: int) -> list[str]:
    """Return a report for each: words in turns, and a rare one in every fortieth."""
    common = ("door", "window", "street", "night", "garden", "kitchen", "lock")
    return [
        f"the {common[at % 7]} and {common[at * 3 % 5]}{' crowbar' if at % 40 == 0 else ''}"
        for at in range(n)
    ]


def of(events: Events, **changes: Any) -> Study:
    """Return the whole study with other events, whose habits are those of the agency's first crimes."""
    habits = np.resize(agency().crimes.habits, (len(events), len(planted.FIELDS)))
    known: dict[str, Any] = {"crimes": Crimes(events, habits, planted.FIELDS), "texts": texts(len(events))}
    subject = int(events.key[0]) if len(events) else 0
    return replace(whole(), events=events, **(known | {"subject": subject} | changes))


def mixed(study: Study, seed: int = 5) -> Study:
    """Return the same study with its events in another order."""
    order = np.random.default_rng(seed).permutation(len(study.events))
    assert study.crimes is not None
    assert study.texts is not None
    return replace(
        study,
        events=study.events.taken(order),
        crimes=study.crimes.taken(order),
        texts=[study.texts[at] for at in order],
    )


def column(answer: Answer, name: str) -> Any:
    """Return the values of a column by its name."""
    return next(one for one in answer.columns if one.name == name).values


def figure(answer: Answer, name: str) -> Any:
    """Return the value of a figure by its name."""
    return next(one for one in answer.figures if one.name == name).value


def told(answer: Answer) -> list[Any]:
    """Return all of an answer in a form that can be compared for equality."""

    def values(one: Column) -> list[Any]:
        return [None if value != value else value for value in np.asarray(one.values).tolist()]

    return [
        answer.sentences,
        [(one.name, one.value) for one in answer.figures],
        [(one.name, values(one)) for one in answer.columns],
        [shapely.to_wkb(shape, hex=True) for shape in answer.shapes] if answer.shapes is not None else None,
        answer.cautions,
        answer.cut,
        answer.kept,
    ]
