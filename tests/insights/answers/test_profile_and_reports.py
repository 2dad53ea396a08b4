"""Where a series may come from, and which reports use the same words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely

from insights.answers.base import Study
from insights.answers.dates import told_day, told_days
from insights.answers.profile import answer_geoprofile, cost
from insights.answers.reports import answer_narratives
from insights.methods.base import MethodFault
from insights.methods.geoprofile import Profile, profiled
from insights.methods.narratives import Narratives, alike
from tests.insights.answers import studies
from tests.insights.answers.studies import column, figure, told
from tests.support import planted


def series(number: int = 0) -> Study:
    made = studies.agency()
    return Study(made.crimes.events.taken(made.series[number]), studies.TODAY)


@pytest.mark.parametrize("decay", ["rossmo", "exponential"])
def test_rows_are_the_best_cells_of_the_profile(decay: str) -> None:
    asked = Profile(decay=decay, cell=50)
    answer, found = answer_geoprofile(series(), asked), profiled(series().events, asked)
    mask = found.top(0.05)

    np.testing.assert_array_equal(column(answer, "score"), np.sort(found.scores[mask])[::-1])
    assert column(answer, "searched")[-1] <= 0.05
    assert answer.shapes is not None
    assert shapely.area(np.array(answer.shapes)).tolist() == [2_500.0] * answer.rows
    # The best cell is the peak.
    peak = shapely.Point(figure(answer, "peak_x"), figure(answer, "peak_y"))
    assert shapely.contains(answer.shapes[0], peak)
    assert figure(answer, "buffer") == (found.buffer if decay == "rossmo" else None)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_planted_home_lies_in_the_ground_to_search_first(number: int) -> None:
    answer = answer_geoprofile(series(number), Profile())
    home = shapely.Point(planted.SERIES[number].home)

    assert answer.shapes is not None
    assert shapely.distance(shapely.union_all(np.array(answer.shapes)), home) < 300
    assert np.hypot(figure(answer, "centre_x") - home.x, figure(answer, "centre_y") - home.y) < 400


def test_crimes_in_another_order_or_without_a_place_give_the_same_profile() -> None:
    whole = series()
    turned = replace(whole, events=whole.events.taken(np.arange(len(whole.events))[::-1]))

    assert told(answer_geoprofile(turned, Profile())) == told(answer_geoprofile(whole, Profile()))
    lost = replace(
        whole, events=replace(whole.events, x=np.where(np.arange(14) == 3, np.nan, whole.events.x))
    )
    assert figure(answer_geoprofile(lost, Profile()), "left_out") == 1


def test_fewer_than_five_places_are_refused_and_few_are_cautioned() -> None:
    whole = series()

    with pytest.raises(MethodFault, match="5 or more different places; these have 4"):
        answer_geoprofile(replace(whole, events=whole.events.taken(np.arange(4))), Profile())
    six = answer_geoprofile(replace(whole, events=whole.events.taken(np.arange(6))), Profile())
    assert any("With 6 places" in caution for caution in six.cautions)


def test_finer_cells_cost_more() -> None:
    assert cost(series(), Profile(cell=20)) > cost(series(), Profile())


def test_reports_with_the_same_rare_word_come_first() -> None:
    study = replace(studies.whole(), subject=40)
    answer = answer_narratives(study, Narratives())
    assert study.texts is not None
    direct = alike(study.texts, study.events.key, 40, Narratives())

    assert list(column(answer, "incident")) == direct.key.tolist()
    np.testing.assert_array_equal(column(answer, "likeness"), direct.cosine)
    assert "crowbar" in column(answer, "words")[0]
    assert all(key % 40 == 0 for key in column(answer, "incident"))
    # A reader who may not see that report is not told of its words.
    assert "crowbar" not in " ".join(answer.sentences)
    assert told(answer_narratives(studies.mixed(study), Narratives())) == told(answer)


def test_a_report_that_shares_no_rare_word_is_told_to() -> None:
    lone = ["alpha beta", "beta gamma", "gamma delta", "delta alpha", "zulu yankee"]
    study = studies.of(studies.whole().events.taken(np.arange(5)), texts=lone, subject=4)

    with pytest.raises(MethodFault, match="no word that another shares"):
        answer_narratives(study, Narratives())


def test_days_are_told_as_dates() -> None:
    assert told_day(0) == "1 January 1970"
    assert told_day(19_000.9) == "8 January 2022"
    assert told_days(19_000, 19_007) == "from 8 January 2022 to 14 January 2022"
    assert told_days(19_000, 19_001) == "on 8 January 2022"
    assert told_days(19_000.5, 19_001.5) == "from 8 January 2022 to 9 January 2022"
    assert told_day(1e12) == told_day(float("nan")) == "an unknown day"
