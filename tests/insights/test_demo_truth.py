"""What was planted in the demonstration is found again by its analyst, and hardly anything where nothing was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from django.contrib.gis.geos import Point
from django.db import transaction

from accounts.models import User
from accounts.services import find_agency
from incidents.demo.habits import HABITS
from incidents.demo.offenders import LEAST, MOST, SOLVED_SERIES
from incidents.demo.rhythms import DAYS
from incidents.demo.seeding import seed_demo
from incidents.demo.values import DemoTruth
from incidents.demo_city import TIME_ZONE, planted_truth
from incidents.filters import IncidentFilters
from incidents.models import Incident
from insights.methods.alarms import AlarmParameters, alarms
from insights.methods.base import Events, Flags
from insights.methods.emerging import CATEGORIES, EmergingParameters, emerging
from insights.methods.evidence import Crimes
from insights.methods.linkage import Linkage, Trained, train
from insights.methods.nearrepeat import KnoxParameters, near_repeats
from insights.methods.series import Grouping, proposed, shuffled
from insights.methods.solved import Solved
from insights.taking import Taken, take_events
from insights.taking_crimes import digest_of_crimes, digest_of_solved, take_crimes, take_solved
from nethra.core.access import operator_access
from nethra.core.scope import agency_scope
from tests.support.people import access_for

NOW = datetime(2025, 6, 1, 12, tzinfo=ZoneInfo(TIME_ZONE))
#: The day after the last, since 1970-01-01.
END = (NOW.date() - date(1970, 1, 1)).days


@dataclass(frozen=True)
class Demo:
    """What the demonstration's analyst takes of it, with the position of each external id."""

    taken: Taken
    crimes: Crimes
    solved: Solved
    position: dict[str, int]
    digests: set[tuple[str, str, str]]
    truth: DemoTruth

    def of(self, *codes: str) -> Flags:
        numbers = [self.taken.kinds.index(code) for code in codes]
        return np.isin(self.taken.events.kind, numbers)

    def events(self, code: str) -> Events:
        return self.taken.events.taken(self.of(code))


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: Any) -> Iterator[Demo]:
    with django_db_blocker.unblock(), transaction.atomic():
        seed_demo(NOW, with_files=False)
        yield _taken_by_the_analyst()
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def trained(demo: Demo) -> Trained:
    return train(demo.solved, Linkage())


def _taken_by_the_analyst() -> Demo:
    whole = operator_access(find_agency("demo"))
    with agency_scope(whole):
        access = access_for(User.objects.visible_to(whole).get(role="analyst"))
    everything = IncidentFilters()
    with agency_scope(access):
        taken = take_events(access, everything)
        found = [(taken, take_crimes(access, taken), take_solved(access, taken)) for _ in range(2)]
        keys = Incident.objects.visible_to(access).values_list("external_id", "pk")
        position = {UUID(bytes=bytes(key)): at for at, key in enumerate(taken.keys)}
        named = {str(name): position[key] for name, key in keys if key in position}
    digests = {(taken.digest, digest_of_crimes(c), digest_of_solved(s)) for _, c, s in found}
    return Demo(*found[0], named, digests, planted_truth(until=NOW.date()))


def test_crimes_tell_how_they_were_done(demo: Demo) -> None:
    told = demo.of(*HABITS)

    assert len(demo.crimes) >= 4_900
    assert len(demo.digests) == 1
    for field in ("tool", "premises"):
        column = demo.crimes.habits[:, demo.crimes.fields.index(field)]
        assert (column[demo.of("220", "23F")] >= 0).all()
        assert (column[~told] == -1).all()


def test_the_solved_series_are_those_that_were_planted(demo: Demo) -> None:
    planted = {frozenset(demo.position[name] for name in names) for names in demo.truth.solved}
    did: dict[int, set[int]] = {}
    for offender, crime in zip(demo.solved.offender.tolist(), demo.solved.crime.tolist(), strict=True):
        did.setdefault(offender, set()).add(int(demo.solved.crimes.events.key[crime]))
    several = {frozenset(crimes) for crimes in did.values() if len(crimes) > 1}

    assert several == planted
    assert len(planted) == SOLVED_SERIES >= 20
    assert {len(crimes) for crimes in planted} <= set(range(LEAST, MOST + 1))


def test_all_three_planted_series_are_in_the_first_ten_proposals(demo: Demo, trained: Trained) -> None:
    found = proposed(demo.crimes.taken(demo.of(*HABITS)), trained.model, Grouping()).series[:10]

    assert len(demo.truth.series) == 3
    for series in demo.truth.series:
        keys = [demo.position[name] for name in series.incident_ids]
        shared, size = max((int(np.isin(one.keys, keys).sum()), len(one.keys)) for one in found)
        assert shared >= 0.8 * len(keys), series.name
        assert shared >= 0.8 * size, series.name


def test_burglaries_repeat_near_by_within_a_week(demo: Demo) -> None:
    found = near_repeats(demo.events("220"), KnoxParameters())

    # The first band is that of the same place; from there to 200 m, and a week.
    assert found.metres[:3].tolist() == [0, 0.1, 200]
    assert found.p[1, 0] <= 0.01
    assert found.ratio[1, 0] > 3
    assert found.p[1, 2] > 0.05


def test_the_moving_hot_spot_is_one_that_moved_and_is_new_where_it_is_now(demo: Demo) -> None:
    found = emerging(demo.events("23F"), EmergingParameters(periods=26), until=END)
    spots = [spot for spot in demo.truth.hot_spots if spot.offence == "23F"]
    cells = [_cell(demo, found.grid, spot.longitude, spot.latitude) for spot in spots]
    kinds = [CATEGORIES[found.category[cell]] for cell in cells]
    number = int(found.spot[-1, *cells[-1]])

    assert [spot.name.split()[-1] for spot in spots] == ["Ropewalk", "Market", "Station", "College"]
    # It came to its last place half a year ago, and has stayed hot there without a break.
    assert kinds[-1] == "consecutive"
    assert not {"new", "consecutive", "intensifying", "persistent"} & set(kinds[:-1])
    # One number for all four places, each in its own half year.
    for cell, spot in zip(cells, spots, strict=True):
        period = (found.begins >= _day(spot.from_on)) & (found.begins < _day(spot.until_on) - 28)
        assert (found.spot[period, *cell] == number).mean() >= 0.7, spot.name


def test_only_quiet_weeks_are_alarms_below_and_none_above(demo: Demo) -> None:
    quiet = [_day(monday) for monday in demo.truth.quiet_weeks]
    for asked in (AlarmParameters(), AlarmParameters(smoothing=1.0)):
        found = alarms(demo.taken.events, asked, first_day=END - DAYS, until=END)
        judged = found.week[found.judged :]
        low, high = set(judged[found.alarm < 0]), set(judged[found.alarm > 0])

        assert low <= set(quiet)
        assert not high & set(quiet)
        # Each week for itself: those are all.
        assert asked.smoothing < 1 or low == set(quiet) & set(judged)
    assert len(set(quiet) & set(judged)) >= 3
    counts = dict(zip(found.week.tolist(), found.count.tolist(), strict=True))
    assert max(counts[week] for week in quiet) < 0.5 * np.median(found.count)


def test_on_shuffled_copies_near_repeats_are_flagged_as_often_as_stated(demo: Demo) -> None:
    events, flagged = demo.events("220"), 0
    for seed in range(20):
        order = np.random.default_rng(seed).permutation(len(events))
        copy = replace(events, begin=events.begin[order], end=events.end[order])
        flagged += near_repeats(copy, KnoxParameters(permutations=199, seed=seed)).p[1, 0] <= 0.05

    # One in twenty is stated: of 20, more than 4 have a chance of .3 %.
    assert flagged <= 4


def test_on_shuffled_copies_series_are_proposed_as_often_as_stated(demo: Demo, trained: Trained) -> None:
    latest = demo.of(*HABITS) & (demo.taken.events.begin >= END - 365)
    crimes, flagged = demo.crimes.taken(latest), 0
    for seed in range(12):
        copy = shuffled(crimes, np.random.default_rng([seed, 1]))
        found = proposed(copy, trained.model, Grouping(replications=9, seed=seed))
        flagged += any(one.p is not None and one.p <= 0.1 for one in found.series)

    # One in ten is stated: of 12, more than 4 have a chance of .4 %.
    assert flagged <= 4


def _day(day: date) -> int:
    return (day - date(1970, 1, 1)).days


def _cell(demo: Demo, grid: Any, longitude: float, latitude: float) -> tuple[int, int]:
    place = Point(longitude, latitude, srid=4326)
    place.transform(demo.taken.srid)
    at = int(grid.cells(np.array([place.x]), np.array([place.y]))[0])
    row, column = divmod(at, grid.shape[1])
    return row, column
