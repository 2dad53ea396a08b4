"""Whatever the events are, an analysis answers in sentences or refuses with one."""

from __future__ import annotations

import json
import re
import warnings
from dataclasses import replace

import numpy as np
import pytest

from insights.answers import ahead, comparing, learning, operation, profile, proposals, reports, who
from insights.answers.base import Analysis, Study
from insights.methods.base import Events, MethodFault, Parameters
from insights.methods.comparison import ComparisonParameters
from insights.methods.forecast import ForecastParameters
from insights.methods.forecasts import MODELS
from insights.methods.series import Grouping
from insights.methods.solved import Solved
from tests.insights.answers import studies
from tests.support import planted

START = float(planted.FIRST_DAY)
OPERATION = operation.OperationAround(START, START + 28, START + 28, START + 56)
CALLS: list[tuple[str, Analysis, Parameters]] = [
    *(
        (f"forecast by {model.name}", ahead.FORECAST, ForecastParameters(model=model.name))
        for model in MODELS
    ),
    ("comparison", comparing.COMPARISON, ComparisonParameters(periods=4)),
    ("linkage", learning.LINKAGE, learning.LINKAGE.parameters()),
    ("candidates", who.CANDIDATES, who.CANDIDATES.parameters()),
    ("series", proposals.SERIES, Grouping(replications=2)),
    ("narratives", reports.NARRATIVES, reports.NARRATIVES.parameters()),
    ("geoprofile", profile.GEOPROFILE, profile.GEOPROFILE.parameters()),
    ("operations", operation.OPERATIONS, OPERATION),
]


def several(n: int) -> Events:
    chance = np.random.default_rng(n)
    return Events.of(
        chance.uniform(0, 9_000, n), chance.uniform(0, 9_000, n), START + np.sort(chance.uniform(0, 60, n))
    )


def cases() -> dict[str, Study]:
    many = several(120)
    nowhere, here = np.full(120, np.nan), np.full(120, 3_100.0)
    events = {
        "none": several(0),
        "one": several(1),
        "three": several(3),
        "all at one place": Events.of(here, here, many.begin),
        "all without a place": Events.of(nowhere, nowhere, many.begin),
        "all at one moment": Events.of(many.x, many.y, np.full(120, START + 20.5)),
        "all at one place and moment": Events.of(here, here, np.full(120, START + 20.5)),
    }
    found = {name: studies.of(one) for name, one in events.items()}
    return found | {
        f"{name}, in an area": studies.of(one, area=studies.ZONES[0])
        for name, one in events.items()
        if name in ("none", "all at one place", "all at one moment")
    }


@pytest.mark.parametrize("case", cases())
@pytest.mark.parametrize(
    ("analysis", "parameters"), [call[1:] for call in CALLS], ids=[call[0] for call in CALLS]
)
def test_any_events_are_answered_or_refused_in_a_sentence(
    case: str, analysis: Analysis, parameters: Parameters
) -> None:
    study = cases()[case]

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            answer = analysis.answer(study, parameters)
        except MethodFault as fault:
            assert re.fullmatch(r"[A-Z].{10,300}\.", str(fault)), str(fault)  # noqa: PT017
            return
        if analysis.cost is not None:
            assert analysis.cost(study, parameters) >= 0

    assert answer.sentences
    assert all(re.fullmatch(r"[A-Z0-9].+\.", sentence) for sentence in (*answer.sentences, *answer.cautions))
    assert not any("nan" in sentence.split() for sentence in answer.sentences)
    json.dumps(answer.kept, allow_nan=False)


@pytest.mark.parametrize(
    "analysis",
    [learning.LINKAGE, who.CANDIDATES, proposals.SERIES],
    ids=["linkage", "candidates", "series"],
)
@pytest.mark.parametrize("offenders", [0, 1, 5, 10])
def test_too_few_solved_series_are_told(analysis: Analysis, offenders: int) -> None:
    whole = studies.whole()
    few = planted.solved(1, offenders=offenders) if offenders else nobody()

    study = Study(whole.events, whole.today, crimes=whole.crimes, solved=few, subject=whole.subject)

    with pytest.raises(MethodFault, match="solved"):
        analysis.answer(study, analysis.parameters())


def nobody() -> Solved:
    none = np.empty(0, np.int64)
    return Solved(planted.solved(1).crimes.taken(none), none, none)


@pytest.mark.parametrize(
    ("analysis", "parameters"),
    [call[1:] for call in CALLS if call[1].needs],
    ids=[call[0] for call in CALLS if call[1].needs],
)
def test_what_was_not_given_is_asked_for(analysis: Analysis, parameters: Parameters) -> None:
    whole = studies.whole()

    with pytest.raises(MethodFault):
        analysis.answer(Study(whole.events, whole.today), parameters)


def test_a_subject_without_a_place_is_told() -> None:
    events = studies.agency().crimes.events
    lost = replace(events, x=np.where(events.key == 3, np.nan, events.x))

    with pytest.raises(MethodFault, match="has no place"):
        who.CANDIDATES.answer(studies.of(lost, subject=3), who.CANDIDATES.parameters())


def test_a_subject_that_is_not_among_the_crimes_is_told() -> None:
    with pytest.raises(MethodFault, match="not among"):
        who.CANDIDATES.answer(studies.of(several(30), subject=999), who.CANDIDATES.parameters())
