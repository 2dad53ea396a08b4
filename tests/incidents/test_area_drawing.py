"""Areas are drawn into drafts and into the agency's own set; a version in force is never drawn over."""

from __future__ import annotations

import pytest
from django.contrib.gis.geos import Point

from incidents.area_drawing import (
    begin_draft,
    change_area,
    discard_draft,
    draw_area,
    own_set,
    read_outline,
    remove_area,
)
from incidents.area_history import compare_versions
from incidents.choices import AreaKind
from incidents.models import Area, AreaSet
from nethra.core.access import Access, operator_access
from nethra.core.errors import Conflict, DomainError, InvalidInput, NotAllowed, NotFound
from nethra.core.scope import agency_scope
from tests.support.areas import EAST, WEST, draft, version
from tests.support.people import Cast, access_for
from tests.support.records import make_incident

OUTLINE = "POLYGON((-122.5 37.7, -122.4 37.7, -122.4 37.8, -122.5 37.8, -122.5 37.7))"


@pytest.fixture
def access(cast: Cast) -> Access:
    return operator_access(cast.north.pk)


def codes(access: Access, area_set: AreaSet) -> list[str]:
    with agency_scope(access):
        areas = Area.objects.visible_to(access).filter(area_set_id=area_set.pk)
        return list(areas.order_by("code").values_list("code", flat=True))


def test_a_draft_begins_with_the_areas_of_a_version(access: Access) -> None:
    current = version(access, west=WEST, east=EAST)

    with agency_scope(access):
        begun = begin_draft(access=access, kind=AreaKind.BEAT, from_id=current.pk)
        empty = begin_draft(access=access, kind=AreaKind.DISTRICT)

    assert (begun.version, begun.is_draft, begun.source_name) == (2, True, "drawn from version 1")
    assert (empty.version, empty.is_draft, empty.source_name) == (1, True, "drawn from nothing")
    assert codes(access, begun) == ["east", "west"]
    assert codes(access, empty) == []


def test_of_a_kind_there_is_one_draft_at_a_time(access: Access) -> None:
    drawn, other = draft(access), draft(access, kind="district")

    with agency_scope(access):
        with pytest.raises(
            Conflict, match="a draft of beats already, version 1: go on with it, or discard it"
        ):
            begin_draft(access=access, kind=AreaKind.BEAT)
        discard_draft(access=access, area_set_id=drawn.pk)
        assert begin_draft(access=access, kind=AreaKind.BEAT).version == 1
        # A file is loaded whatever is drawn meanwhile, and comes into force at once.
        assert version(access, kind="district", west=WEST).version == other.version + 1


def test_what_is_not_named_of_an_area_stays(access: Access) -> None:
    drawn = draft(access, west=WEST)
    with agency_scope(access):
        area = Area.objects.visible_to(access).get()
        before = bytes(area.shape.wkb)
        changed = change_area(access=access, area_set_id=drawn.pk, area_id=area.pk, note="Since May")

        assert (changed.code, changed.name, changed.note) == ("west", "West", "Since May")
        assert bytes(Area.objects.visible_to(access).get().shape.wkb) == before
        assert change_area(access=access, area_set_id=drawn.pk, area_id=area.pk, name=" ").name == "west"
        with pytest.raises(NotFound):
            change_area(access=access, area_set_id=drawn.pk, area_id=drawn.pk, name="x")


def test_an_area_is_drawn_drawn_anew_and_removed(access: Access) -> None:
    drawn = draft(access)

    with agency_scope(access):
        area = draw_area(access=access, area_set_id=drawn.pk, code=" b1 ", shape=OUTLINE)
        assert (area.code, area.name, area.kind) == ("b1", "b1", "beat")
        change_area(
            access=access,
            area_set_id=drawn.pk,
            area_id=area.pk,
            code="b2",
            name="Docks",
            shape='{"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}',
        )
        stored = Area.objects.visible_to(access).get(pk=area.pk)
        assert (stored.code, stored.name, stored.shape.extent) == ("b2", "Docks", (0, 0, 1, 1))
        remove_area(access=access, area_set_id=drawn.pk, area_id=area.pk)
        with pytest.raises(NotFound):
            remove_area(access=access, area_set_id=drawn.pk, area_id=area.pk)
    assert codes(access, drawn) == []


@pytest.mark.parametrize(
    ("outline", "sentence"),
    [
        ("", "Give the outline as POLYGON"),
        ("POINT(1 2)", "Give the outline as POLYGON"),
        ("POLYGON EMPTY", "Give the outline as POLYGON"),
        ("POLYGON((0 0, 1 1, 0 0))", "Give the outline as POLYGON"),
        ("POLYGON((0 0, 1 1))", "Give the outline as POLYGON"),
        ("<kml/>", "Give the outline as POLYGON"),
        ('{"type": "Polygon"}', "Give the outline as POLYGON"),
        ("POLYGON((0 0, 10 10, 10 0, 0 10, 0 0))", "crosses itself, at 5.00000, 5.00000"),
        ("POLYGON((0 0, 200 0, 200 10, 0 0))", "The corners are no degrees"),
        ("POLYGON((0 0, 0 91, 1 91, 0 0))", "The corners are no degrees"),
        ("POLYGON((0 0, nan 0, 1 1, 0 0))", "Give the outline as POLYGON"),
        (
            '{"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]],'
            ' "crs": {"type": "link", "properties": {"href": "http://127.0.0.1/"}}}',
            "Give the outline as POLYGON",
        ),
    ],
)
def test_an_outline_that_will_not_do_is_refused_in_one_sentence(
    access: Access, outline: str, sentence: str
) -> None:
    with agency_scope(access), pytest.raises(InvalidInput, match=sentence):
        read_outline(outline)


def test_a_code_is_given_and_stands_once(access: Access) -> None:
    drawn = draft(access, west=WEST)

    with agency_scope(access):
        for code, sentence in (("west", "already"), ("  ", "1 to 40"), ("x" * 41, "1 to 40")):
            with pytest.raises(InvalidInput) as refusal:
                draw_area(access=access, area_set_id=drawn.pk, code=code, shape=OUTLINE)
            assert sentence in refusal.value.errors["code"][0]


def test_what_is_or_was_in_force_is_never_drawn_over(access: Access) -> None:
    former, current = version(access, west=WEST), version(access, west=WEST)

    with agency_scope(access):
        for area_set in (former, current):
            with pytest.raises(Conflict, match="draw a new one from it"):
                draw_area(access=access, area_set_id=area_set.pk, code="x", shape=OUTLINE)
            with pytest.raises(Conflict):
                discard_draft(access=access, area_set_id=area_set.pk)


def test_a_draft_is_discarded_with_its_areas(access: Access) -> None:
    drawn = draft(access, west=WEST)

    with agency_scope(access):
        discard_draft(access=access, area_set_id=drawn.pk)
        assert not AreaSet.objects.visible_to(access).exists()
        assert not Area.objects.visible_to(access).exists()


def test_own_areas_overlap_and_place_nothing(access: Access) -> None:
    with agency_scope(access):
        own = own_set(access=access)
        assert own_set(access=access).pk == own.pk
        for code in ("project", "school"):
            draw_area(access=access, area_set_id=own.pk, code=code, note="Since May", shape=OUTLINE)
        with pytest.raises(InvalidInput, match="Only beats and districts"):
            begin_draft(access=access, kind=AreaKind.OWN)

    incident = make_incident(access, location=Point(-122.45, 37.75, srid=4326))

    assert codes(access, own) == ["project", "school"]
    assert (incident.beat_id, incident.district_id) == (None, None)


def test_who_may_not_manage_areas_draws_nothing_and_others_are_not_there(cast: Cast, access: Access) -> None:
    drawn = draft(access, west=WEST)
    officer, south = access_for(cast.officer), operator_access(cast.south.pk)

    with agency_scope(officer), pytest.raises(NotAllowed):
        draw_area(access=officer, area_set_id=drawn.pk, code="x", shape=OUTLINE)
    with agency_scope(officer), pytest.raises(NotAllowed):
        own_set(access=officer)
    with agency_scope(south):
        with pytest.raises(InvalidInput) as wrong:
            begin_draft(access=south, kind=AreaKind.BEAT, from_id=drawn.pk)
        assert wrong.value.errors == {"drawn_from": ["There is no such version of beats."]}
        for refused in (
            lambda: draw_area(access=south, area_set_id=drawn.pk, code="x", shape=OUTLINE),
            lambda: discard_draft(access=south, area_set_id=drawn.pk),
        ):
            with pytest.raises(DomainError) as refusal:
                refused()
            assert isinstance(refusal.value, NotFound)


def test_versions_are_compared_by_code_and_ground(access: Access) -> None:
    one = version(access, same=WEST, gone=EAST)
    other = version(access, same=(-122.5, 37.7, -122.42, 37.79), new=EAST)

    with agency_scope(access):
        differs = compare_versions(access=access, one=other, other=one)

    assert (differs.added, differs.removed) == (("new",), ("gone",))
    ((code, moved),) = differs.changed
    assert code == "same"
    assert moved == pytest.approx(7.8e6, rel=0.02)
