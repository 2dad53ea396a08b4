"""When incidents happen and what changed: the figures are the method's, and noise is called noise."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from insights.answers.alarms import answer_alarms
from insights.answers.base import Study
from insights.answers.emerging import answer_emerging
from insights.answers.periods import answer_beats, answer_offences
from insights.answers.seasons import answer_seasonality
from insights.answers.week import answer_aoristic
from insights.methods.alarms import AlarmParameters, alarms
from insights.methods.aoristic import AoristicParameters, aoristic
from insights.methods.base import Events, MethodFault
from insights.methods.compstat import CompStatParameters
from insights.methods.emerging import CATEGORIES, EmergingParameters, emerging
from insights.methods.seasonality import SeasonParameters
from tests.insights.answers.agencies import agency, column, figures
from tests.support.planted import DAYS, FIRST_DAY

MONDAY = (date(2024, 1, 1) - date(1970, 1, 1)).days


def _weekly(counts: list[int], kind: int = 0) -> Events:
    """Return so many incidents in each week, on its days in turn."""
    week = np.repeat(np.arange(len(counts)), counts)
    day = MONDAY + 7 * week + np.arange(len(week)) % 7 + 0.5
    return Events.of(np.zeros(len(week)), np.zeros(len(week)), day, kind=np.full(len(week), kind))


def test_emerging_cells_bear_category_and_spot() -> None:
    method = emerging(agency().events, EmergingParameters())

    found = answer_emerging(agency(), EmergingParameters())

    many = np.bincount(method.category.ravel(), minlength=len(CATEGORIES))
    assert found.rows == many[1:].sum() > 0
    assert [figures(found)[word] for word in CATEGORIES[1:]] == many[1:].tolist()
    order = [CATEGORIES.index(word) for word in column(found, "category")]
    assert order == sorted(order)
    assert (column(found, "spot") > 0).all()
    assert set(column(found, "spot")) <= set(method.spots.number.tolist())


def test_days_ahead_are_no_quiet_days() -> None:
    ahead = replace(agency(), until=float(FIRST_DAY + DAYS + 200))

    found = answer_emerging(ahead, EmergingParameters(periods=12))

    assert figures(found)["last_day"] == int(agency().today)
    assert found.cautions[0] == "The last day is today, which is not over: its count will still rise."


def test_the_week_sums_to_the_incidents_from_monday_on() -> None:
    method = aoristic(agency().events, AoristicParameters())

    found = answer_aoristic(agency(), AoristicParameters())

    assert column(found, "incidents").reshape(7, 24) == pytest.approx(method.weights)
    assert column(found, "weekday")[[0, 24, 167]].tolist() == ["Monday", "Tuesday", "Sunday"]
    assert column(found, "hour")[[0, 23, 24]].tolist() == ["00:00", "23:00", "00:00"]
    assert figures(found)["undated"] == method.undated > 0


def test_nights_are_found_and_flat_hours_are_noise() -> None:
    hours = np.tile(np.arange(24), 50)
    flat = Events.of(np.zeros(1200), np.zeros(1200), MONDAY + np.arange(1200) % 7 + hours / 24)
    nights = replace(flat, begin=np.floor(flat.begin) + 23 / 24, end=np.floor(flat.begin) + 23 / 24)

    quiet, loud = (
        answer_aoristic(Study(events, MONDAY + 9.0), AoristicParameters()) for events in (flat, nights)
    )

    assert quiet.sentences[0].startswith("The hours of the day differ no more than chance")
    assert loud.sentences[0].startswith(
        "The busiest 8 hours are 16:00 to 00:00, with 100 % of 1,200 incidents"
    )


def test_midnights_are_cautioned_against() -> None:
    begin = MONDAY + np.arange(200.0)

    found = answer_aoristic(Study(Events.of(begin, begin, begin), float(begin[-1]) + 1), AoristicParameters())

    assert any("200 of 200 incidents begin at exactly midnight" in caution for caution in found.cautions)


def test_weekdays_stand_out_or_are_noise() -> None:
    day = np.repeat(np.arange(70), 5)
    even = Events.of(day, day, MONDAY + day + 0.5)
    saturdays = MONDAY + np.repeat(np.arange(10) * 7 + 5, 20) + 0.4
    begin = np.append(even.begin, saturdays)
    busy = Events.of(begin, begin, begin)

    quiet, loud = (
        answer_seasonality(Study(events, MONDAY + 71.0), SeasonParameters(cycle="weekday"))
        for events in (even, busy)
    )

    assert quiet.sentences == ("The 7 weekdays differ no more than chance would make them (p 1): noise.",)
    assert set(column(quiet, "verdict")) == {"noise"}
    assert column(loud, "verdict")[5] == "high"
    assert loud.sentences[1] == "Saturday (+218 %) lies above."


def test_a_rise_is_told_and_what_cannot_be_compared_is_not_judged() -> None:
    few, many = _weekly([5, 5, 5, 5, 5, 5, 5, 40]), _weekly([5] * 8, kind=1)
    events = Events.of(
        *(np.append(getattr(few, n), getattr(many, n)) for n in ("x", "y", "begin", "end", "kind")),
    )

    found = answer_offences(Study(events, MONDAY + 57.0, ("Theft", "Burglary")), CompStatParameters())

    assert column(found, "group").tolist() == ["Theft", "Burglary"]
    assert column(found, "week").tolist() == [40, 5]
    assert column(found, "week_before").tolist() == [5, 5]
    assert column(found, "week_verdict").tolist() == ["rise", "noise"]
    assert set(column(found, "year_verdict")) == {"not known"}
    assert np.isnan(column(found, "year_percent").astype(float)).all()
    assert any(
        sentence.startswith("Theft rose: 40 against 5 (7 days, before") for sentence in found.sentences
    )
    assert (figures(found)["week_now"], figures(found)["week_before"]) == (45, 10)
    assert any("year to date, last year" in caution for caution in found.cautions)


def test_beats_are_named_and_incidents_without_one_too() -> None:
    found = answer_beats(agency(), CompStatParameters())

    assert set(column(found, "group")) == {"North", "South", "East", "No beat"}
    assert column(found, "month").sum() == figures(found)["month_now"]
    with pytest.raises(MethodFault, match="beats"):
        answer_beats(replace(agency(), groups=None), CompStatParameters())


def test_alarms_draw_the_series_and_tell_its_state() -> None:
    study = agency()
    method = alarms(study.events, AlarmParameters())

    found = answer_alarms(study, AlarmParameters())

    assert column(found, "count").tolist() == method.count.tolist()
    assert np.isnan(column(found, "ewma")[: method.judged]).all()
    assert column(found, "ewma")[method.judged :].tolist() == method.ewma.tolist()
    assert figures(found)["weeks"] == len(method.week)


def test_a_change_of_level_is_told_with_its_week() -> None:
    study = Study(_weekly([10] * 30 + [30] * 20), MONDAY + 7 * 50.0)

    found = answer_alarms(study, AlarmParameters())

    assert found.sentences[-1] == (
        "The level changed once, last in the week from 29 July 2024: from 10.0 to 30.0 a week."
    )
    assert column(found, "verdict")[30] == "high"
    assert column(found, "level")[[29, 30]].tolist() == [10, 30]
    assert figures(found)["high"] > 0


def test_quiet_weeks_are_noise() -> None:
    found = answer_alarms(Study(_weekly([10, 11, 9, 10] * 12), MONDAY + 7 * 48.0), AlarmParameters())

    assert found.sentences[0] == ("None of 22 judged weeks is out of the usual: the ups and downs are noise.")
    assert found.sentences[-1].startswith("The level did not change")


def test_days_from_before_recording_are_cautioned_against() -> None:
    study = Study(_weekly([10] * 40), MONDAY + 7 * 40.0 + 1, first_day=float(MONDAY - 140))

    found = answer_alarms(study, AlarmParameters())

    assert any("if recording began in between" in caution for caution in found.cautions)


@pytest.mark.parametrize(("quiet", "until", "is_told"), [(6, None, False), (21, None, True), (21, 21, False)])
def test_quiet_weeks_since_the_newest_incident_are_not_passed_over_in_silence(
    quiet: int, until: int | None, is_told: bool
) -> None:
    events = _weekly([3] * 40)
    last = float(np.floor(events.begin.max()))
    study = replace(agency(), events=events, groups=None, today=last + quiet + 0.5)
    asked = replace(study, until=None if until is None else last + until)

    found = answer_alarms(asked, AlarmParameters())

    told = f"the {quiet} days since then are not counted as quiet ones."
    assert any(told in caution for caution in found.cautions) is is_told
