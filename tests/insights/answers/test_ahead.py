"""Forecasts name the cells expected highest, know nothing of their future, and are scored as they were stored."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import shapely

from insights.answers.ahead import answer_forecast
from insights.answers.base import Study
from insights.answers.scoring import score_forecast
from insights.answers.stored import grid_of, surface_of
from insights.methods.base import Events, MethodFault
from insights.methods.forecast import SILENCE, ForecastParameters, first_day_ahead
from insights.methods.forecasts import MODELS, model_of
from insights.methods.scores import recapture_rate, scored
from tests.insights.answers import studies
from tests.insights.answers.studies import column, figure, told
from tests.support import planted

START = float(planted.FIRST_DAY + 280)
NAMES = [model.name for model in MODELS]
ASKED = ForecastParameters(model="self-exciting", days=28)


def study(events: Events | None = None) -> Study:
    """Return the agency as it is asked about on the day before the forecast."""
    return Study(studies.whole().events if events is None else events, today=START - 0.4, until=START)


@pytest.mark.parametrize("name", NAMES)
def test_a_forecast_never_looks_ahead(name: str) -> None:
    events = studies.whole().events
    past = events.taken(events.begin < START)
    future = events.taken(events.begin >= START)
    chance = np.random.default_rng(4)
    moved = replace(
        future,
        x=chance.uniform(-50_000, 50_000, len(future)),
        y=chance.uniform(-50_000, 50_000, len(future)),
        begin=chance.permutation(future.begin),
    )
    shuffled = Events(*(np.append(getattr(past, f), getattr(moved, f)) for f in Events.__dataclass_fields__))
    asked = ForecastParameters(model=name)

    found = told(answer_forecast(study(), asked))

    assert told(answer_forecast(study(shuffled), asked)) == found
    alone = told(answer_forecast(study(past), asked))
    # Alone the past has no later rows to count as not looked at.
    assert [part for at, part in enumerate(alone) if at != 1] == [
        part for at, part in enumerate(found) if at != 1
    ]


@pytest.mark.parametrize("name", NAMES)
def test_rows_in_another_order_give_the_same_forecast(name: str) -> None:
    asked = ForecastParameters(model=name)
    mixed = studies.mixed(studies.whole()).events

    assert told(answer_forecast(study(mixed), asked)) == told(answer_forecast(study(), asked))


def test_the_named_cells_are_the_highest_of_the_surface() -> None:
    answer = answer_forecast(study(), ASKED)
    surface = surface_of(answer.kept, "expected")
    expected = column(answer, "expected")

    assert answer.rows == round(0.03 * len(surface)) == figure(answer, "named")
    np.testing.assert_array_equal(expected, np.sort(surface)[::-1][: answer.rows])
    assert answer.shapes is not None
    events = studies.whole().events
    known = events.taken(events.begin < START)
    for square, prior in zip(answer.shapes, column(answer, "prior"), strict=True):
        left, bottom, right, top = shapely.bounds(square)
        held = (known.x >= left) & (known.x < right) & (known.y >= bottom) & (known.y < top)
        assert held.sum() == prior
    assert figure(answer, "used") + figure(answer, "left_out") == len(known)


def test_no_cell_where_nothing_is_expected_is_named_and_ties_are_told() -> None:
    chance = np.random.default_rng(2)
    x = np.append(chance.choice([150.0, 350.0, 550.0], 60), [0.0, 7_990.0])
    few = Events.of(x, np.append(np.full(60, 100.0), [0.0, 7_990.0]), START - 1 - np.arange(62.0))

    asked = ForecastParameters(cell=100, share=0.01)
    answer = answer_forecast(study(few), asked)

    assert answer.rows == 5 < asked.share * 6_400
    assert (np.asarray(column(answer, "expected")) > 0).all()
    assert any("room for 64 cells" in caution for caution in answer.cautions)
    tied = answer_forecast(study(), ForecastParameters(model="counts, all years"))
    assert any("tie for the last" in caution for caution in tied.cautions)


def test_an_area_is_all_that_is_forecast() -> None:
    area = studies.ZONES[0]
    answer = answer_forecast(replace(study(), area=area), ASKED)

    assert answer.shapes is not None
    assert shapely.contains(area, shapely.centroid(np.array(answer.shapes))).all()
    assert figure(answer, "cells") == round(area.area / 250**2)


def test_the_first_day_is_the_one_asked_for_or_tomorrow_or_the_day_after_the_records_end() -> None:
    events = Events.of([0.0, 0.0], [0.0, 0.0], [100.2, 120.7])

    assert first_day_ahead(events, 121.5, 110.0) == 110
    assert first_day_ahead(events, 120.9) == 121
    assert first_day_ahead(events, 121 + SILENCE - 0.5) == 121 + SILENCE
    assert first_day_ahead(events, 900.0) == 121
    # What lies ahead of the day of asking is not known.
    assert first_day_ahead(events, 105.0) == 106


def test_a_look_back_is_called_one() -> None:
    late = replace(study(), today=START + 40)

    assert any("look back" in caution for caution in answer_forecast(late, ASKED).cautions)
    assert not any("look back" in caution for caution in answer_forecast(study(), ASKED).cautions)


def test_a_stored_forecast_scores_as_its_arrays_do() -> None:
    events = studies.whole().events
    kept = json.loads(json.dumps(answer_forecast(study(), ASKED).kept, allow_nan=False))

    answer = score_forecast(kept, events, today=START + 28)

    known = events.taken(events.begin < START)
    grid = grid_of(kept)
    ahead = events.taken((events.begin >= START) & (events.begin < START + 28))
    before = events.taken((events.begin >= START - 28) & (events.begin < START))
    happened = grid.counts(ahead.x, ahead.y)[grid.inside]
    for prefix, name in (("", "self-exciting"), ("counts_", "counts, all years")):
        surface = model_of(name).forecast(known, grid, START, 28)[grid.inside]
        direct = scored(surface, happened, kept["cells"])
        earlier = scored(surface, grid.counts(before.x, before.y)[grid.inside], kept["cells"])
        assert figure(answer, f"{prefix}hits") == direct.hits
        assert figure(answer, f"{prefix}pai") == direct.pai
        assert figure(answer, f"{prefix}pei") == direct.pei
        assert figure(answer, f"{prefix}hit_rate") == direct.hit_rate
        index = recapture_rate(direct.hits, direct.total, earlier.hits, earlier.total)
        assert figure(answer, f"{prefix}rri") == pytest.approx(index)
        assert figure(answer, f"{prefix}expected") == surface.sum()
    assert figure(answer, "total") == happened.sum()
    assert np.nansum(column(answer, "happened")) == happened.sum()
    assert np.nansum(column(answer, "expected_by_counts")) == pytest.approx(figure(answer, "counts_expected"))


def test_better_and_worse_than_the_baseline_are_said_plainly() -> None:
    events = studies.whole().events
    kept = answer_forecast(study(), ASKED).kept
    grid, surface = grid_of(kept), surface_of(kept, "expected")
    baseline = surface_of(kept, "expected_of_baseline")
    rows, columns = np.nonzero(grid.inside)
    across, upwards = grid.centres()

    def put(at: int) -> Events:
        return Events.of([across[columns[at]]] * 9, [upwards[rows[at]]] * 9, [START + 1.0] * 9)

    lucky = np.where(baseline == baseline.min(), surface, -1).argmax()
    unlucky = np.where(surface < np.sort(surface)[-kept["cells"]], baseline, -1).argmax()
    better = score_forecast(kept, put(int(lucky)), START + 28)
    worse = score_forecast(kept, put(int(unlucky)), START + 28)

    assert "better than prior counts" in better.sentences[1]
    assert figure(better, "hits") == 9
    assert "worse than prior counts" in worse.sentences[1]
    assert figure(worse, "difference") < 0
    own = answer_forecast(study(), ForecastParameters(days=28)).kept
    assert "the baseline itself" in score_forecast(own, events, START + 28).sentences[1]


def test_no_score_is_told_before_the_end_or_of_nothing() -> None:
    kept = answer_forecast(study(), ASKED).kept
    events = studies.whole().events

    with pytest.raises(MethodFault, match="The period ends with"):
        score_forecast(kept, events, START + 27.9)
    with pytest.raises(MethodFault, match="Nothing happened"):
        score_forecast(kept, events.taken(events.begin < START), START + 30)
    for broken in ({}, {**kept, "expected": "?"}, {**kept, "grid": None}):
        with pytest.raises(MethodFault, match="stored no forecast"):
            score_forecast(broken, events, START + 30)


def test_borders_of_the_area_are_stored_to_the_cell() -> None:
    area = shapely.Point(6_000, 4_500).buffer(3_000)
    answer = answer_forecast(replace(study(), area=area), ASKED)

    grid = replace(study(), area=area).grid(250)

    assert grid is not None
    np.testing.assert_array_equal(grid_of(answer.kept).inside, grid.inside)
    assert len(surface_of(answer.kept, "expected")) == grid.inside.sum()


def test_too_few_or_one_cell_or_too_many_are_refused() -> None:
    with pytest.raises(MethodFault, match="At least 50 incidents"):
        answer_forecast(study(studies.whole().events.taken(np.arange(49))), ASKED)
    far = Events.of(np.linspace(0, 300_000, 60), np.linspace(0, 300_000, 60), START - 1 - np.arange(60.0))
    with pytest.raises(MethodFault, match="choose larger"):
        answer_forecast(study(far), ASKED)
