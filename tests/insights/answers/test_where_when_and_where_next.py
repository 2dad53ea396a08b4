"""Every analysis of where, when and where next: it answers in words, or says in one sentence why it cannot."""

from __future__ import annotations

import re
import warnings
from dataclasses import replace

import numpy as np
import pytest
import shapely

from insights.answers.base import MOST_ROWS, Answer, Study
from insights.answers.table import ANALYSES
from insights.methods.base import Events, MethodFault
from tests.insights.answers.agencies import CITY, LITTLE, agency, of_events, shuffled
from tests.support.planted import FIRST_DAY

KEYS = (
    "counts",
    "density",
    "density_contours",
    "hotspots",
    "autocorrelation",
    "concentration",
    "clusters",
    "emerging",
    "aoristic",
    "seasonality",
    "compstat",
    "compstat_beats",
    "alarms",
    "near_repeat",
    "chains",
    "risk",
    "space_time_scan",
)
CHANCE = np.random.default_rng(11)
MANY = 400
X, Y = CHANCE.uniform(0, 5000, (2, MANY))
DAYS = FIRST_DAY + CHANCE.uniform(0, 400, MANY)
NAN, SAME = np.full(MANY, np.nan), np.full(MANY, 1000.0)
POOR = {
    "no events": Events.of([], [], []),
    "one event": Events.of([100], [200], [FIRST_DAY + 0.5]),
    "three events": Events.of([100, 900, 5000], [200, 300, 7000], FIRST_DAY + np.array([0.5, 3, 40])),
    "all at one place": Events.of(SAME, SAME, DAYS),
    "all without a place": Events.of(NAN, NAN, DAYS),
    "all without a time": Events.of(X, Y, NAN, NAN),
    "all at one moment": Events.of(X, Y, np.full(MANY, FIRST_DAY + 0.5)),
    "all of one day": Events.of(X, Y, FIRST_DAY + CHANCE.random(MANY)),
    "vague throughout": Events.of(X, Y, DAYS, DAYS + 9),
}


def answered(key: str, study: Study) -> Answer:
    """Return the answer with parameters that take little time; a warning of numpy is an error."""
    analysis = ANALYSES[key]
    parameters = analysis.parameters(**LITTLE.get(key, {}))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        if analysis.cost is not None:
            assert analysis.cost(study, parameters) >= 0
        return analysis.answer(study, parameters)


def test_the_analyses_come_in_the_order_of_the_questions() -> None:
    assert [key for key in ANALYSES if key in KEYS] == list(KEYS)
    assert all(key == analysis.method.key for key, analysis in ANALYSES.items())


@pytest.mark.parametrize("events", POOR.values(), ids=POOR)
@pytest.mark.parametrize("key", KEYS)
def test_little_or_nothing_gets_a_sentence(key: str, events: Events) -> None:
    try:
        found = answered(key, of_events(events))
    except MethodFault as fault:
        told: tuple[str, ...] = (str(fault),)
    else:
        told = found.sentences
        assert found.figures

    assert told
    assert all(re.fullmatch(r"[A-Z0-9].{20,}\.", sentence) for sentence in told), told
    assert not any("nan" in sentence.split() or "inf" in sentence.split() for sentence in told), told


@pytest.mark.parametrize("name", ["no events", "all without a place", "all without a time"])
@pytest.mark.parametrize("key", KEYS)
def test_nothing_at_all_is_a_fault_unless_the_method_needs_no_place_or_no_time(key: str, name: str) -> None:
    without = {
        "all without a place": ("aoristic", "seasonality", "compstat", "compstat_beats", "alarms"),
        "all without a time": (
            "counts",
            "density",
            "density_contours",
            "hotspots",
            "autocorrelation",
            "concentration",
        ),
    }
    if key in without.get(name, ()):
        assert answered(key, of_events(POOR[name])).rows
    else:
        with pytest.raises(MethodFault):
            answered(key, of_events(POOR[name]))


@pytest.mark.parametrize("key", KEYS)
def test_an_answer_has_words_figures_and_rows_that_can_be_drawn(key: str) -> None:
    found = answered(key, agency())

    assert all(re.fullmatch(r"[A-Z0-9].*\.", sentence) for sentence in (*found.sentences, *found.cautions))
    assert len({figure.name for figure in found.figures}) == len(found.figures) > 3
    names = [column.name for column in found.columns]
    assert len(set(names)) == len(names)
    assert 0 < found.rows <= MOST_ROWS
    if found.shapes is None:
        assert found.pictures or key.startswith("compstat")
    else:
        assert found.coloured_by in names
        assert shapely.is_valid(found.shapes).all()
        assert (shapely.area(found.shapes) > 0).all()
    for picture in found.pictures:
        assert {picture.across, *picture.values, *filter(None, [picture.down])} <= set(names)


@pytest.mark.parametrize("key", KEYS)
def test_the_order_of_the_rows_changes_nothing(key: str) -> None:
    one, other = answered(key, agency()), answered(key, shuffled(agency()))

    assert one.sentences == other.sentences
    assert one.figures == other.figures
    assert one.cautions == other.cautions
    assert one.cut == other.cut
    for column, same in zip(one.columns, other.columns, strict=True):
        np.testing.assert_array_equal(np.asarray(column.values), np.asarray(same.values))
    if one.shapes is not None and other.shapes is not None:
        assert shapely.equals_exact(one.shapes, other.shapes).all()


@pytest.mark.parametrize("key", ["counts", "density", "hotspots", "emerging"])
def test_only_the_area_that_was_asked_for_is_told(key: str) -> None:
    west = shapely.box(0, 0, 6000, 9000)

    found = answered(key, replace(agency(), area=west))

    assert found.shapes is not None
    assert shapely.covers(west, shapely.centroid(found.shapes)).all()
    assert found.rows < answered(key, replace(agency(), area=CITY)).rows


@pytest.mark.parametrize(
    "key", ["counts", "density", "hotspots", "autocorrelation", "concentration", "emerging"]
)
def test_an_area_without_incidents_is_a_fault(key: str) -> None:
    far = shapely.box(500_000, 500_000, 520_000, 520_000)

    with pytest.raises(MethodFault, match="No incident"):
        answered(key, replace(agency(), area=far))


@pytest.mark.parametrize("key", ["density", "autocorrelation", "near_repeat", "risk", "space_time_scan"])
def test_progress_is_told_and_may_stop_the_work(key: str) -> None:
    class Stopped(Exception):
        pass

    def stop(part: float) -> None:
        raise Stopped(part)

    with pytest.raises(Stopped):
        answered(key, replace(agency(), progress=stop))
