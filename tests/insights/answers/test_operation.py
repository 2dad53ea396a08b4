"""Did it work: zones counted before and after, and told as what chance explains and what it does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely

from insights.answers.base import Study
from insights.answers.operation import OPERATIONS, OperationAround, answer_operations
from insights.methods.base import Events, Floats, MethodFault
from tests.insights.answers.studies import column, figure, told

TREATED, CONTROL = shapely.box(0, 0, 1_000, 1_000), shapely.box(5_000, 0, 6_000, 1_000)
ASKED = OperationAround(100.0, 128.0, 128.0, 156.0, metres=200.0)
#: Incidents before and after in: treated, control, around the treated, around the control.
FELL = ((60, 20), (50, 50), (30, 10), (30, 30))


def study(counts: tuple[tuple[int, int], ...] = FELL, **changes: Any) -> Study:
    x: list[Floats] = []
    begin: list[Floats] = []
    for left, (before, after) in zip((500.0, 5_500.0, -100.0, 4_900.0), counts, strict=True):
        x.append(np.full(before + after, left))
        begin.append(np.append(np.linspace(100, 127.9, before), np.linspace(128, 155.9, after)))
    events = Events.of(np.concatenate(x), np.full(sum(map(len, x)), 500.0), np.concatenate(begin))
    made = Study(events, today=160.0, zones=(TREATED, CONTROL))
    return replace(made, **changes)


def test_zones_are_counted_before_and_after() -> None:
    answer = answer_operations(study(), ASKED)

    assert list(zip(column(answer, "before"), column(answer, "after"), strict=True)) == list(FELL)
    assert figure(answer, "local") == (20 - 60) - (50 - 50)
    assert figure(answer, "local_error") == pytest.approx(np.sqrt(180))
    assert figure(answer, "around") == -20
    assert figure(answer, "total") == -60
    assert figure(answer, "total_low") < -60 < figure(answer, "total_high") < 0
    assert figure(answer, "used") == sum(map(sum, FELL))
    assert "fewer than chance explains" in answer.sentences[0]
    assert answer.cautions == ()


def test_the_zones_are_drawn_as_they_were_counted() -> None:
    answer = answer_operations(study(), ASKED)

    assert answer.shapes is not None
    events = study().events
    held = [int(shapely.intersects_xy(zone, events.x, events.y).sum()) for zone in answer.shapes]
    assert held == [sum(pair) for pair in FELL]
    np.testing.assert_allclose(shapely.area(np.array(answer.shapes)) / 1e6, column(answer, "km2"))


def test_a_small_change_is_called_chance() -> None:
    answer = answer_operations(study(((30, 26), (30, 30), (5, 6), (5, 5))), ASKED)

    assert "chance alone may explain that" in answer.sentences[0]
    assert "neither displacement nor diffusion" in answer.sentences[1]
    assert figure(answer, "local_p") > 0.05


def test_crime_that_moved_around_the_corner_is_displacement() -> None:
    answer = answer_operations(study(((80, 20), (50, 50), (10, 70), (20, 20))), ASKED)

    assert "displacement" in answer.sentences[1]
    assert figure(answer, "around_p") < 0.05


def test_without_zones_around_displacement_is_not_looked_for() -> None:
    alone = answer_operations(study(), replace(ASKED, metres=0.0))

    assert alone.rows == 2
    assert figure(alone, "around") is None
    assert any("not looked for" in caution for caution in alone.cautions)
    empty = answer_operations(study(((60, 20), (50, 50), (0, 0), (0, 0))), ASKED)
    assert any("Nothing happened around" in caution for caution in empty.cautions)


def test_periods_of_other_lengths_are_weighted_and_told() -> None:
    answer = answer_operations(study(), replace(ASKED, after_until=142.0))

    assert column(answer, "as_before")[0] == pytest.approx(30)
    assert not any("whole weeks" in caution for caution in answer.cautions)
    odd = answer_operations(study(), replace(ASKED, after_until=140.0))
    assert any("whole weeks" in caution for caution in odd.cautions)


def test_a_larger_control_weighs_as_much_where_that_is_asked_for() -> None:
    wide = study(zones=(TREATED, shapely.box(5_000, 0, 7_000, 1_000)))

    weighed = answer_operations(wide, replace(ASKED, by_area=True))

    assert figure(weighed, "local_error") < figure(answer_operations(wide, ASKED), "local_error")
    # Told in its own incidents all the same.
    assert column(weighed, "as_before")[1] == pytest.approx(50)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"first_day": 101.0}, "beyond the period"),
        ({"until": 150.0}, "beyond the period"),
        ({"today": 155.9}, "has not ended"),
        ({"zones": None}, "Draw the area"),
        ({"zones": (TREATED, TREATED)}, "overlap"),
    ],
)
def test_what_would_mislead_is_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(MethodFault, match=sentence):
        answer_operations(study(**changes), ASKED)


def test_days_out_of_order_are_refused() -> None:
    with pytest.raises(MethodFault, match="in that order"):
        replace(ASKED, before_until=90.0)


def test_rows_in_another_order_give_the_same_answer() -> None:
    events = study().events
    mixed = events.taken(np.random.default_rng(1).permutation(len(events)))

    assert told(answer_operations(study(events=mixed), ASKED)) == told(answer_operations(study(), ASKED))


def test_people_are_asked_for_the_width_too() -> None:
    assert OPERATIONS.parameters is OperationAround
    with pytest.raises(MethodFault, match="at least 0 m"):
        replace(ASKED, metres=-1.0)
