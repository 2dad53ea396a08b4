"""What beat was it then: versions have periods, and a place is asked by the one in force at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.gis.geos import Point

from incidents.area_history import areas_at, version_geojson
from incidents.area_versions import put_in_force
from incidents.choices import PLACED_KINDS, AreaKind
from incidents.models import Area, AreaSet
from nethra.core.access import Access, operator_access
from nethra.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from nethra.core.scope import agency_scope
from tests.support.areas import EAST, WEST, draft, in_force, version
from tests.support.people import Cast, access_for

PLACE = Point(-122.45, 37.75, srid=4326)
MARCH, MAY = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def access(cast: Cast) -> Access:
    return operator_access(cast.north.pk)


def then(access: Access, at: datetime) -> dict[str, tuple[int | None, str | None]]:
    with agency_scope(access):
        found = areas_at(access=access, point=PLACE, at=at)
    return {
        str(each.kind): (
            each.area_set.version if each.area_set else None,
            each.area.code if each.area else None,
        )
        for each in found
    }


def test_a_place_is_asked_by_the_version_in_force_at_the_time(access: Access) -> None:
    version(access, MARCH, old=WEST)
    version(access, MAY, new=WEST, other=EAST)
    version(access, MAY, kind="district", elsewhere=EAST)

    assert then(access, MARCH - timedelta(seconds=1)) == {"district": (None, None), "beat": (None, None)}
    assert then(access, MARCH) == {"district": (None, None), "beat": (1, "old")}
    assert then(access, MAY - timedelta(seconds=1)) == {"district": (None, None), "beat": (1, "old")}
    assert then(access, MAY) == {"district": (1, None), "beat": (2, "new")}


def test_versions_follow_each_other_without_overlap(access: Access) -> None:
    version(access, MARCH, old=WEST)
    version(access, MAY, new=WEST)

    with pytest.raises(InvalidInput) as refusal:
        version(access, MAY - timedelta(days=1), third=WEST)
    assert "The version in force before began on 2026-05-01 00:00 UTC" in refusal.value.errors["since"][0]
    with pytest.raises(InvalidInput) as refusal:
        version(access, datetime.now(UTC) + timedelta(days=1), third=WEST)
    assert "future" in refusal.value.errors["since"][0]
    with agency_scope(access):
        periods = AreaSet.objects.visible_to(access).order_by("version")
        assert list(periods.values_list("in_force_from", "in_force_until", "is_current")) == [
            (MARCH, MAY, False),
            (MAY, None, True),
        ]


def test_a_draft_is_put_in_force_with_a_reason(access: Access) -> None:
    version(access, MARCH, old=WEST)
    drawn = draft(access, new=WEST)

    assert then(access, datetime.now(UTC))["beat"] == (1, "old")
    with pytest.raises(InvalidInput) as refusal:
        in_force(access, drawn, reason=" ")
    assert refusal.value.errors == {"reason": ["Say why the areas change."]}
    in_force(access, drawn)

    assert then(access, datetime.now(UTC))["beat"] == (2, "new")
    with pytest.raises(Conflict, match="is or was in force"):
        in_force(access, drawn)


def test_a_faulty_or_empty_draft_is_refused(access: Access) -> None:
    faulty = draft(access, a=WEST, b=WEST)

    with pytest.raises(InvalidInput, match="a and b overlap"):
        in_force(access, faulty)
    with pytest.raises(InvalidInput, match="no areas in this draft"):
        in_force(access, draft(access))
    assert in_force(access, faulty, take_faults=True).is_current


def test_drafts_are_seen_by_whoever_manages_areas(cast: Cast, access: Access) -> None:
    drawn = draft(access, new=WEST)
    analyst, officer = access_for(cast.analyst), access_for(cast.officer)

    with agency_scope(analyst):
        assert AreaSet.objects.visible_to(analyst).count() == 1
        assert Area.objects.visible_to(analyst).count() == 1
    with agency_scope(officer):
        assert not AreaSet.objects.visible_to(officer).exists()
        assert not Area.objects.visible_to(officer).exists()
        assert version_geojson(access=officer, area_set=drawn)["features"] == []
        with pytest.raises(NotAllowed):
            put_in_force(access=officer, area_set_id=drawn.pk, reason="x")


def test_another_agencys_draft_is_not_there(cast: Cast, access: Access) -> None:
    drawn = draft(access, new=WEST)

    with pytest.raises(NotFound):
        in_force(operator_access(cast.south.pk), drawn)


def test_asking_needs_the_capability(cast: Cast) -> None:
    guest = access_for(cast.prosecutor)

    with agency_scope(guest), pytest.raises(NotAllowed):
        areas_at(access=guest, point=PLACE, at=MAY)


def test_a_shared_border_belongs_to_the_lowest_code(access: Access) -> None:
    version(access, MARCH, b=WEST, a=EAST)
    on_the_border = Point(-122.42, 37.75, srid=4326)

    with agency_scope(access):
        (found,) = areas_at(access=access, point=on_the_border, at=MAY, kinds=[AreaKind.BEAT])

    assert found.area is not None
    assert found.area.code == "a"
    assert PLACED_KINDS == (AreaKind.DISTRICT, AreaKind.BEAT)
