"""The made-up city is repeatable, whole, and holds what its help says was planted."""

from __future__ import annotations

import math
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import combinations, pairwise
from zoneinfo import ZoneInfo

import pytest

from incidents.demo.ground import METRES_PER_LATITUDE, METRES_PER_LONGITUDE
from incidents.demo.habits import HABITS, KEPT
from incidents.demo.offenders import LEAST, MOST, SOLVED_SERIES
from incidents.demo.planted import SERIES
from incidents.demo_city import (
    PLANTED,
    TIME_ZONE,
    DemoArea,
    DemoCity,
    DemoIncident,
    areas_geojson,
    build_city,
    city_digest,
    planted_truth,
    streets_geojson,
)
from incidents.reference import NEVER_ATTEMPTED, offence_codes_by_code

UNTIL = date(2026, 6, 1)


@pytest.fixture(scope="module")
def city() -> DemoCity:
    return build_city(until=UNTIL)


def test_the_same_seed_and_end_date_give_the_same_city(city: DemoCity) -> None:
    build_city.cache_clear()

    assert city_digest(build_city(until=UNTIL)) == city_digest(city)


@pytest.mark.parametrize(("seed", "until"), [(7, UNTIL), (2024, date(2026, 6, 2))])
def test_another_seed_or_end_date_gives_other_incidents(city: DemoCity, seed: int, until: date) -> None:
    other = build_city(seed=seed, until=until)

    assert other.incidents != city.incidents
    assert other.areas == city.areas
    assert other.streets == city.streets


def test_there_are_5000_incidents_with_ids_of_their_own(city: DemoCity) -> None:
    assert len({incident.external_id for incident in city.incidents}) == 5_000


def test_times_run_from_earliest_to_report_and_end_before_the_end_date(city: DemoCity) -> None:
    first = datetime(2024, 6, 1, 7, tzinfo=UTC)
    end = datetime(2026, 6, 1, 7, tzinfo=UTC)

    for incident in city.incidents:
        assert first <= incident.occurred_from <= incident.occurred_until <= incident.reported_at <= end


def test_offences_are_known_codes_and_assaults_are_never_attempted(city: DemoCity) -> None:
    offences = [offence for incident in city.incidents for offence in incident.offences]

    assert {offence.code for offence in offences} <= set(offence_codes_by_code())
    assert not [o for o in offences if o.completion == "attempted" and o.code in NEVER_ATTEMPTED]
    assert sum(o.completion == "attempted" for o in offences) > 200
    assert sum(len(incident.offences) == 2 for incident in city.incidents) > 100


def test_every_status_occurs_and_fresh_incidents_are_open(city: DemoCity) -> None:
    fresh = [i for i in city.incidents if i.occurred_from > datetime(2026, 5, 26, tzinfo=UTC)]

    assert set(Counter(incident.status for incident in city.incidents)) == {
        "reported",
        "verified",
        "unfounded",
        "cleared",
        "closed",
    }
    assert {incident.status for incident in fresh} <= {"reported", "verified"}


def test_areas_are_one_boundary_4_districts_and_4_beats_in_each(city: DemoCity) -> None:
    assert Counter(area.kind for area in city.areas) == {"boundary": 1, "district": 4, "beat": 16}
    assert set(Counter(area.parent for area in city.areas if area.kind == "beat").values()) == {4}


def test_beats_tile_their_districts_and_districts_the_boundary(city: DemoCity) -> None:
    boundary = next(area for area in city.areas if area.kind == "boundary")
    districts = [area for area in city.areas if area.kind == "district"]

    assert sum(map(_area, districts)) == pytest.approx(_area(boundary), rel=1e-9)
    for district in districts:
        beats = [area for area in city.areas if area.parent == district.code]
        assert sum(map(_area, beats)) == pytest.approx(_area(district), rel=1e-9)


def test_areas_are_simple_rings_that_turn_left(city: DemoCity) -> None:
    for area in city.areas:
        assert area.ring[0] == area.ring[-1]
        assert _area(area) > 0
        assert not _crosses_itself(area)


def test_the_city_is_about_12_by_9_kilometres(city: DemoCity) -> None:
    boundary = next(area for area in city.areas if area.kind == "boundary")

    assert _area(boundary) / 1e6 == pytest.approx(12 * 9, rel=0.06)


def test_every_incident_lies_in_the_boundary_and_in_exactly_one_beat(city: DemoCity) -> None:
    boundary = next(area for area in city.areas if area.kind == "boundary")
    beats = [area for area in city.areas if area.kind == "beat"]

    for place in {(incident.longitude, incident.latitude) for incident in city.incidents}:
        assert _inside(place, boundary)
        assert sum(_inside(place, beat) for beat in beats) == 1


def test_addresses_lie_on_the_streets(city: DemoCity) -> None:
    names = {street.name for street in city.streets if street.kind != "river"}

    for incident in city.incidents:
        number, street = incident.address.split(" ", 1)
        assert number.isdigit()
        assert street in names


def test_assaults_peak_on_weekend_nights_and_burglaries_on_working_days(city: DemoCity) -> None:
    assaults = [_local(incident) for incident in _of(city, "13B")]
    burglaries = [_local(incident) for incident in _of(city, "220")]

    weekend = [t for t in assaults if (t - timedelta(hours=6)).weekday() in (4, 5)]
    assert len(weekend) / len(assaults) > 1.5 * 2 / 7
    assert sum(t.weekday() < 5 and 8 <= t.hour < 17 for t in burglaries) / len(burglaries) > 0.40
    assert sum(9 <= _local(i).hour < 19 for i in _of(city, "23C")) == len(_of(city, "23C"))


def test_assaults_rise_in_summer_and_burglaries_in_winter(city: DemoCity) -> None:
    def summer_over_winter(code: str) -> float:
        months = Counter(_local(incident).month for incident in _of(city, code))
        return sum(months[m] for m in (6, 7, 8)) / sum(months[m] for m in (12, 1, 2))

    assert summer_over_winter("13B") > 1.2
    assert summer_over_winter("220") < 0.8


def test_near_repeats_are_found_again_by_the_knox_ratio(city: DemoCity) -> None:
    close_in_space = close_in_time = both = 0
    burglaries = _of(city, "220")
    for one, other in combinations(burglaries, 2):
        near = _metres(one, other) <= 200
        soon = abs(one.occurred_from - other.occurred_from) < timedelta(days=14)
        close_in_space, close_in_time, both = (
            close_in_space + near,
            close_in_time + soon,
            both + (near and soon),
        )

    # Exact expectation: pairs in the space band times pairs in the time band over all pairs.
    ratio = both / (close_in_space * close_in_time / math.comb(len(burglaries), 2))
    assert ratio > 1.5


def test_every_planted_repeat_is_a_burglary_within_14_days_and_200_metres(city: DemoCity) -> None:
    by_id = {incident.external_id: incident for incident in city.incidents}

    assert len(city.truth.near_repeats) == 160
    assert len({pair.first_id for pair in city.truth.near_repeats}) == 120
    for pair in city.truth.near_repeats:
        first, repeat = by_id[pair.first_id], by_id[pair.repeat_id]
        assert first.offences[0].code == repeat.offences[0].code == "220"
        assert timedelta(0) < repeat.occurred_from - first.occurred_from < timedelta(days=14)
        assert _metres(first, repeat) <= 200


@pytest.mark.parametrize(
    ("name", "incidents", "weekdays", "hours", "words"),
    [
        ("Ladder burglaries", 14, {1, 3}, {18, 19, 20}, ("ladder", "garden", "upstairs window")),
        ("Van tool thefts", 12, {0, 1, 2}, {2, 3, 4}, ("side door", "peeled", "power tools")),
        ("Moped phone robberies", 10, {4, 5}, {22, 23, 0}, ("dark moped", "full-face helmets", "hammer")),
    ],
)
def test_a_series_keeps_its_habits(
    city: DemoCity, name: str, incidents: int, weekdays: set[int], hours: set[int], words: tuple[str, ...]
) -> None:
    series = next(series for series in city.truth.series if series.name == name)
    members = [incident for incident in city.incidents if incident.external_id in series.incident_ids]

    assert len(members) == len(series.incident_ids) == incidents
    assert {incident.offences[0].code for incident in members} == {series.offence}
    assert {(_local(incident) - timedelta(hours=1, minutes=1)).weekday() for incident in members} <= weekdays
    assert {_local(incident).hour for incident in members} <= hours
    for incident in members:
        assert all(word in incident.description.lower() for word in words), incident.description


def test_the_words_of_a_series_occur_together_nowhere_else(city: DemoCity) -> None:
    planted = {member for series in city.truth.series for member in series.incident_ids}
    others = [i.description.lower() for i in city.incidents if i.external_id not in planted]

    assert not [
        text
        for text in others
        if ("ladder" in text and "upstairs" in text) or "full-face" in text or "peeled" in text
    ]
    assert [text for text in others if "ladder" in text]


def test_burglaries_thefts_and_robberies_tell_how_they_were_done_and_their_words_agree(
    city: DemoCity,
) -> None:
    for incident in city.incidents:
        code, told = incident.offences[0].code, dict(incident.habits)
        is_attempted = incident.offences[0].completion == "attempted"
        fields = set(HABITS.get(code, ())) - ({"property"} if is_attempted else set())
        assert set(told) == fields
        assert all(told[field] in HABITS[code][field] for field in told)
    planted = {member for series in city.truth.series for member in series.incident_ids}
    for incident in _of(city, "220"):
        told = dict(incident.habits)
        if incident.external_id not in planted and "taken" in incident.description.lower():
            assert told["entry point"] in incident.description.lower(), incident.description
            assert told.get("property", "nothing") in incident.description.lower(), incident.description


def test_a_series_keeps_nine_habits_of_ten(city: DemoCity) -> None:
    by_id = {incident.external_id: incident for incident in city.incidents}
    kept = [
        value == plan.habits[field]
        for plan, series in zip(SERIES, city.truth.series, strict=True)
        for member in series.incident_ids
        for field, value in by_id[member].habits
    ]

    assert sum(kept) / len(kept) == pytest.approx(KEPT, abs=0.06)


def test_solved_offenders_did_two_to_eight_and_all_are_cleared(city: DemoCity) -> None:
    by_id = {incident.external_id: incident for incident in city.incidents}
    members = [[by_id[member] for member in names] for names in city.truth.solved]

    assert len(members) == SOLVED_SERIES
    assert len({incident.external_id for own in members for incident in own}) == sum(map(len, members))
    for own in members:
        assert LEAST <= len(own) <= MOST
        assert {incident.status for incident in own} == {"cleared"}
        assert len({incident.offences[0].code for incident in own}) == 1
        assert own == sorted(own, key=lambda incident: incident.occurred_from)


def test_quiet_weeks_hold_less_than_half_of_the_others(city: DemoCity) -> None:
    weeks = Counter(day - timedelta(days=day.weekday()) for day in (_local(i).date() for i in city.incidents))
    usual = sorted(weeks.values())[len(weeks) // 2]

    assert len(city.truth.quiet_weeks) == 4
    assert all(monday.weekday() == 0 for monday in city.truth.quiet_weeks)
    assert max(weeks[monday] for monday in city.truth.quiet_weeks) < usual / 2


def test_a_hot_spot_holds_more_of_its_offence_in_its_time_than_outside(city: DemoCity) -> None:
    for spot in city.truth.hot_spots:
        near = [
            _local(incident).date()
            for incident in _of(city, spot.offence)
            if _distance((incident.longitude, incident.latitude), (spot.longitude, spot.latitude))
            <= 2 * spot.spread_metres
        ]
        days = (spot.until_on - spot.from_on).days
        during = sum(spot.from_on <= day < spot.until_on for day in near)

        assert during >= 0.7 * spot.incidents, spot.name
        assert during / days > 2 * (len(near) - during) / (730 - days), spot.name


def test_the_truth_is_read_without_the_city_and_the_help_names_all_of_it(city: DemoCity) -> None:
    truth = planted_truth(until=UNTIL)

    assert truth == city.truth
    for name in [*(spot.name for spot in truth.hot_spots), *(series.name for series in truth.series)]:
        assert name in PLANTED
    assert "120 burglaries" in PLANTED
    assert f"Solved series: {SOLVED_SERIES} offenders" in PLANTED
    assert "Quiet weeks: 13, 39, 61, 84 weeks" in PLANTED


def test_streets_are_a_feature_collection_of_named_lines() -> None:
    features = streets_geojson()["features"]

    assert len(features) > 50
    assert len({feature["properties"]["name"] for feature in features}) == len(features)
    assert {feature["geometry"]["type"] for feature in features} == {"LineString"}
    assert {feature["properties"]["kind"] for feature in features} == {"main", "street", "river"}


def test_areas_are_a_feature_collection_of_polygons() -> None:
    features = areas_geojson("beat")["features"]

    assert len(features) == 16
    assert {feature["geometry"]["type"] for feature in features} == {"Polygon"}
    assert {feature["properties"]["district"] for feature in features} == {"OH", "SG", "NS", "MF"}


def _of(city: DemoCity, code: str) -> list[DemoIncident]:
    return [incident for incident in city.incidents if incident.offences[0].code == code]


def _local(incident: DemoIncident) -> datetime:
    return incident.occurred_from.astimezone(ZoneInfo(TIME_ZONE))


def _metres(one: DemoIncident, other: DemoIncident) -> float:
    return _distance((one.longitude, one.latitude), (other.longitude, other.latitude))


def _distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    return math.hypot(
        (one[0] - other[0]) * METRES_PER_LONGITUDE,
        (one[1] - other[1]) * METRES_PER_LATITUDE,
    )


def _area(area: DemoArea) -> float:
    """Square metres by the shoelace formula, positive when the ring turns left."""
    x0, y0 = area.ring[0]
    points = [((x - x0) * METRES_PER_LONGITUDE, (y - y0) * METRES_PER_LATITUDE) for x, y in area.ring]
    return sum(ax * by - bx * ay for (ax, ay), (bx, by) in pairwise(points)) / 2


def _inside(place: tuple[float, float], area: DemoArea) -> bool:
    x, y = place
    inside = False
    for (x0, y0), (x1, y1) in pairwise(area.ring):
        if (y0 > y) != (y1 > y) and x < (x1 - x0) * (y - y0) / (y1 - y0) + x0:
            inside = not inside
    return inside


def _crosses_itself(area: DemoArea) -> bool:
    edges = list(pairwise(area.ring))
    return any(_cross(*one, *other) for one, other in combinations(edges, 2) if not set(one) & set(other))


def _cross(
    a: tuple[float, float], b: tuple[float, float], c: tuple[float, float], d: tuple[float, float]
) -> bool:
    def side(p: tuple[float, float], q: tuple[float, float], r: tuple[float, float]) -> bool:
        return (q[0] - p[0]) * (r[1] - p[1]) > (q[1] - p[1]) * (r[0] - p[0])

    return side(a, b, c) != side(a, b, d) and side(c, d, a) != side(c, d, b)
