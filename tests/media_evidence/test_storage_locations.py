"""Storage locations, and who finds what lies there."""

from __future__ import annotations

import pytest

from cases.models import Case
from media_evidence.choices import CustodyKind
from media_evidence.custody import verbs
from media_evidence.models import Item, StorageLocation
from media_evidence.room.intake import find_item, record_item
from media_evidence.room.locations import add_location, change_location, close_location
from nethra.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from nethra.core.scope import agency_scope
from tests.support.cases import make_case
from tests.support.items import do, make_item, make_location, refused
from tests.support.people import Cast, access_for

pytestmark = pytest.mark.django_db
K = CustodyKind


@pytest.fixture
def case(cast: Cast) -> Case:
    return make_case(access_for(cast.officer), lead_id=cast.officer.pk)


# Locations


def test_locations_lie_in_each_other_and_close_when_they_are_empty(cast: Cast, case: Case) -> None:
    room = access_for(cast.custodian)
    outer, inner = make_location(room, "PR1"), make_location(room, "PR1/S1")
    item = make_item(access_for(cast.officer), case, location_id=inner.pk)

    with agency_scope(room):
        for location in (outer, inner):
            with pytest.raises(Conflict):
                close_location(access=room, location=location)
    do(room, verbs.move, item, location_id=outer.pk)
    with agency_scope(room):
        assert close_location(access=room, location=inner).closed_at is not None
        with pytest.raises(InvalidInput):
            add_location(access=room, path="PR1/S1/B1")
        with pytest.raises(InvalidInput):
            add_location(access=room, path="PR1")
        assert change_location(access=room, location=outer, label="Old room").label == "Old room"
    assert refused(room, verbs.move, item, location_id=inner.pk).errors


def test_officers_see_the_room_and_do_not_arrange_it_guests_do_not_see_it(cast: Cast) -> None:
    make_location(access_for(cast.custodian))

    for who, seen in ((cast.officer, 1), (cast.prosecutor, 0), (cast.analyst, 0), (cast.south_admin, 0)):
        access = access_for(who)
        with agency_scope(access):
            assert StorageLocation.objects.visible_to(access).count() == seen
    with agency_scope(access_for(cast.officer)), pytest.raises(NotAllowed):
        add_location(access=access_for(cast.officer), path="PR2")


def test_another_agency_s_location_takes_nothing(cast: Cast, case: Case) -> None:
    south = make_location(access_for(cast.south_admin))

    with pytest.raises(InvalidInput):
        make_item(access_for(cast.officer), case, location_id=south.pk)


def test_who_does_not_see_the_case_finds_no_item(cast: Cast, case: Case) -> None:
    item = make_item(access_for(cast.officer), case)

    for who in (cast.south_officer, cast.prosecutor):
        access = access_for(who)
        with agency_scope(access):
            assert not Item.objects.visible_to(access).exists()
            with pytest.raises(NotFound):
                find_item(access, item.evidence_id)
            with pytest.raises((NotFound, NotAllowed)):
                record_item(access=access, case=case, title="X", kind="other", bag_number="X-1")
