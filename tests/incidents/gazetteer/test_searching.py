"""A typed address becomes points: typos, accents, numbered streets, crossings, numbers between known ones."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.gis.geos import Point

from incidents.gazetteer.choices import Exactness, PlaceSource
from incidents.gazetteer.loading import store_drafts
from incidents.gazetteer.searching import FoundPlace, find_places, has_gazetteer
from nethra.core.access import Access, operator_access
from nethra.core.errors import InvalidInput, NotAllowed
from nethra.core.scope import agency_scope
from tests.support.gazetteers import TOWN, at, door, landmark, load_town, street
from tests.support.people import Cast, access_for


@pytest.fixture
def access(cast: Cast) -> Access:
    """North, with the town in its gazetteer."""
    access = operator_access(cast.north.pk)
    load_town(access)
    return access


def find(access: Access, text: str, **options: Any) -> list[FoundPlace]:
    with agency_scope(access):
        return find_places(access, text, **options)


def first(access: Access, text: str, **options: Any) -> FoundPlace:
    found = find(access, text, **options)
    assert found, text
    return found[0]


def near(place: FoundPlace, point: Point, metres: float = 5) -> bool:
    return bool(place.point.distance(point) * 111_000 < metres)


@pytest.mark.parametrize(
    ("typed", "label"),
    [
        ("mission street", "Mission Street"),
        ("MISSION ST", "Mission Street"),
        ("missoin st", "Mission Street"),
        ("Mision Stret", "Mission Street"),
        ("miss", "Mission Street"),
        ("street mission", "Mission Street"),
        ("Fifth St", "5th Street"),
        ("05TH ST", "5th Street"),
        ("5th", "5th Street"),
        ("sixteenth street", "16th Street"),
        ("OFARRELL ST", "O'Farrell Street"),
        ("o\u2019farrell", "O'Farrell Street"),
        ("O Farrell Street", "O'Farrell Street"),
        ("cafe grosse str", "Caf\u00e9 Gr\u00f6\u00dfe Stra\u00dfe"),
        ("CAF\u00c9 GR\u00d6SSE STRASSE", "Caf\u00e9 Gr\u00f6\u00dfe Stra\u00dfe"),
        ("N Point St", "North Point Street"),
        ("Luther King Dr", "Martin Luther King Jr Drive"),
        ("Pier 39", "Pier 39"),
        ("st marys hospital", "Saint Mary's Hospital"),
    ],
)
def test_a_name_is_found_however_it_is_written(access: Access, typed: str, label: str) -> None:
    assert first(access, typed).label == label


def test_a_known_house_number_is_exact(access: Access) -> None:
    found = first(access, "12 mission st")

    assert (found.label, found.kind, found.exactness, found.note) == (
        "12 Mission Street",
        "address",
        "exact",
        "",
    )
    assert near(found, at(1, 0.1))
    assert first(access, "12A Mission Street").label == "12a Mission Street"
    assert first(access, "Mission Street 20").label == "20 Mission Street"


def test_a_number_within_a_range_lies_on_its_side_in_proportion(access: Access) -> None:
    found = first(access, "150 Mission St")

    assert found.exactness == Exactness.INTERPOLATED
    assert found.note == "About here, between 100 and 198."
    assert near(found, at(2 + 4 * 50 / 98, 0))
    assert first(access, "149 mission").note == "About here, between 101 and 199."


def test_a_number_between_known_doors_lies_between_them(access: Access) -> None:
    found = first(access, "16 Mission")

    assert (found.exactness, found.note) == (Exactness.INTERPOLATED, "About here, between 12 and 20.")
    assert found.label == "16 Mission Street"


def test_a_number_that_nobody_knows_is_the_middle_of_the_street(access: Access) -> None:
    found = first(access, "9000 O'Farrell")

    assert (found.label, found.exactness) == ("9000 O'Farrell Street", Exactness.STREET_MIDDLE)
    assert found.note == "The number is not known: the middle of the street."
    assert near(found, at(5, 3))


def test_a_street_of_two_files_is_one_answer(access: Access) -> None:
    with agency_scope(access):
        store_drafts(
            access=access,
            source=PlaceSource.ADDRESSES,
            drafts=[door("400", "MISSION ST", 9, 0.1)],
            file_name="doors.csv",
        )

    assert [place.full_label for place in find(access, "400 mission st")] == ["400 MISSION ST"]


def test_a_block_is_its_middle(access: Access) -> None:
    found = first(access, "100 Block of MISSION ST")

    assert (found.label, found.exactness) == ("100 block of Mission Street", Exactness.INTERPOLATED)
    assert near(found, at(4, 0), 20)


@pytest.mark.parametrize(
    "typed",
    [
        "MISSION ST / 5TH ST",
        "mission & fifth",
        "5th and mission",
        "Mission St at 5th St",
        "Mission Street/05TH Street, San Francisco",
        "misson @ 5th",
    ],
)
def test_a_crossing_is_where_the_streets_meet(access: Access, typed: str) -> None:
    found = first(access, typed)

    assert (found.kind, found.exactness) == ("crossing", Exactness.CROSSING)
    assert near(found, at(2, 0))


def test_streets_that_do_not_meet_have_no_crossing(access: Access) -> None:
    assert [place for place in find(access, "Mission St & O'Farrell St") if place.kind == "crossing"] == []


def test_streets_of_one_name_that_lie_apart_are_several_and_the_near_one_comes_first(cast: Cast) -> None:
    access = operator_access(cast.north.pk)
    load_town(
        access,
        [
            street("Main Street", (0, 0), (1, 0), locality="Harrow"),
            street("Main Street", (200, 0), (201, 0), locality="Netherby"),
            street("Main Street", (1, 0), (2, 0), locality="Harrow"),
        ],
    )

    assert [place.full_label for place in find(access, "main st", near=at(190, 0))] == [
        "Main Street, Netherby",
        "Main Street, Harrow",
    ]
    assert first(access, "Main Street, Netherby").locality == "Netherby"
    assert first(access, "Main Street, Harrow, 94110").locality == "Harrow"


def test_where_only_doors_are_known_the_street_is_found_by_them(cast: Cast) -> None:
    access = operator_access(cast.north.pk)
    load_town(
        access, [door("1", "Quay Lane", 0, 0), door("3", "QUAY LN", 1, 0), door("9", "Quay Lane", 2, 0)]
    )

    assert near(first(access, "3 quay lane"), at(1, 0))
    assert first(access, "quay").exactness == Exactness.STREET_MIDDLE


def test_many_shops_of_a_street_s_name_do_not_hide_its_numbers(cast: Cast) -> None:
    access = operator_access(cast.north.pk)
    shops = [
        landmark(f"Mission {name}", 1, 1)
        for name in ("Bar", "Pub", "Gym", "Zoo", "Inn", "Spa")
        for _ in range(3)
    ]
    load_town(access, [*shops, *TOWN])

    assert first(access, "12 mission").label == "12 Mission Street"
    assert first(access, "mission & 5th").kind == "crossing"


def test_streets_known_by_doors_alone_have_no_crossing(cast: Cast) -> None:
    access = operator_access(cast.north.pk)
    load_town(access, [door("1", "Quay Lane", 0, 0), door("1", "Mission Street", 0, 0.1)])

    assert [place for place in find(access, "Quay Lane & Mission Street") if place.kind == "crossing"] == []


@pytest.mark.parametrize(
    "typed", ["", " ", "%", "_", "m", "&", "/", ",", "'; DROP TABLE incidents_place; --", "\u4e2d\u6587"]
)
def test_what_names_nothing_finds_nothing(access: Access, typed: str) -> None:
    assert find(access, typed) == []


@pytest.mark.parametrize("typed", ["%%%", "mis%", "mis_ion", "\\", "12 %"])
def test_wildcards_are_no_wildcards(access: Access, typed: str) -> None:
    assert len(find(access, typed)) < len([each for each in TOWN if each.kind == "street"])


def test_too_long_a_text_is_refused(access: Access) -> None:
    with pytest.raises(InvalidInput, match="200 characters"):
        find(access, "m" * 1000)
    with pytest.raises(InvalidInput, match="limit"):
        find(access, "mission", limit=0)
    assert len(find(access, "st", limit=2)) == 2


def test_another_agency_finds_nothing_of_it(access: Access, cast: Cast) -> None:
    south = operator_access(cast.south.pk)

    assert find(south, "12 Mission Street") == []
    with agency_scope(south):
        assert not has_gazetteer(south)
    load_town(south, [street("Mission Alley", (0, 0), (1, 0))])
    assert [place.label for place in find(south, "mission")] == ["Mission Alley"]


def test_a_guest_who_sees_no_areas_may_not_search(access: Access, cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        find(access_for(cast.prosecutor), "mission")
