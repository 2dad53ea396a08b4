"""Physical exhibits on their way: moved, sealed, checked out and in, each step an entry of the chain."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from cases.models import Case
from media_evidence.choices import CustodyKind
from media_evidence.custody import verbs
from media_evidence.models import Item
from media_evidence.room.moving import check_in, check_out
from nethra.core.scope import agency_scope
from tests.support.cases import make_case
from tests.support.items import breaks, chain, do, due, make_item, make_location, now, refused
from tests.support.people import Cast, access_for

pytestmark = pytest.mark.django_db
K = CustodyKind


@pytest.fixture
def case(cast: Cast) -> Case:
    return make_case(access_for(cast.officer), lead_id=cast.officer.pk)


# Moving and sealing


def test_a_move_is_an_entry_and_the_thing_lies_there(cast: Cast, case: Case) -> None:
    room = access_for(cast.custodian)
    first, second = make_location(room, "PR1"), make_location(room, "PR1/S2", "Second shelf")
    item = make_item(access_for(cast.officer), case, location_id=first.pk)

    do(room, verbs.move, item, location_id=second.pk, reason="The first is full")

    assert (now(item).location, chain(item)[-1].place) == (second, "PR1/S2, Second shelf")
    assert breaks(item) == []
    assert "lies there already" in str(refused(room, verbs.move, item, location_id=second.pk))


def test_a_new_seal_says_which_one_it_follows_and_why(cast: Cast, case: Case) -> None:
    holder = access_for(cast.officer)
    item = make_item(holder, case, seal_number="S-1")

    assert refused(holder, verbs.seal, item, seal_number="S-2").errors == {
        "reason": ["Say what was done, or why."]
    }
    do(holder, verbs.seal, item, seal_number="S-2", reason="Opened for weighing")

    event = chain(item)[-1]
    assert (event.kind, event.seal_number, event.previous_seal) == (K.SEALED, "S-2", "S-1")
    assert '"previous_seal": "S-1"' in event.record
    assert now(item).seal_number == "S-2"
    assert breaks(item) == []


def test_who_neither_holds_it_nor_keeps_the_room_moves_and_seals_nothing(cast: Cast, case: Case) -> None:
    item, place = make_item(access_for(cast.supervisor), case), make_location(access_for(cast.custodian))
    other = access_for(cast.officer)

    assert refused(other, verbs.move, item, location_id=place.pk).code == "not_the_holder"
    assert refused(other, verbs.seal, item, seal_number="S-1").code == "not_the_holder"
    assert refused(other, check_out, item, purpose="court", due_back_on=due(cast), to_name="X").code == (
        "not_allowed"
    )


# Out and in


def test_a_check_out_to_a_colleague_counts_when_they_accept(cast: Cast, case: Case) -> None:
    room, taker = access_for(cast.custodian), access_for(cast.officer)
    shelf = make_location(room)
    item = make_item(taker, case, location_id=shelf.pk, seal_number="S-1")

    do(room, verbs.hand_over, item, to_person_id=cast.custodian.pk)
    do(room, verbs.accept, item)
    do(room, check_out, item, purpose="court", due_back_on=due(cast), to_person_id=cast.officer.pk)
    between = now(item)
    do(taker, verbs.accept, item)
    out = now(item)

    assert (between.location, between.purpose, between.evidence.custody) == (shelf, "", "offered")
    assert (out.location, out.purpose, out.due_back_on) == (None, "court", due(cast))
    assert (out.evidence.holder_id, out.is_out) == (cast.officer.pk, True)
    assert breaks(item) == []


def test_a_check_in_takes_it_from_the_holder_with_a_look_at_the_seal(cast: Cast, case: Case) -> None:
    room, taker = access_for(cast.custodian), access_for(cast.officer)
    shelf = make_location(room)
    item = make_item(access_for(cast.supervisor), case, location_id=shelf.pk, seal_number="S-1")
    do(room, check_out, item, purpose="laboratory", due_back_on=due(cast), to_person_id=cast.officer.pk)
    do(taker, verbs.accept, item)

    back = do(room, check_in, item, seal_condition="intact", location_id=shelf.pk)

    assert (back.location, back.purpose, back.due_back_on) == (shelf, "", None)
    assert back.evidence.holder_id == cast.custodian.pk
    kinds = [(event.kind, event.seal_condition) for event in chain(item)[-3:]]
    assert kinds == [(K.TRANSFERRED, ""), (K.ACCEPTED, "intact"), (K.MOVED, "")]
    assert chain(item)[-3].from_name == str(cast.officer)
    assert breaks(item) == []


def test_what_a_colleague_hands_back_is_accepted_by_the_check_in(cast: Cast, case: Case) -> None:
    room, taker = access_for(cast.custodian), access_for(cast.officer)
    shelf = make_location(room)
    item = make_item(access_for(cast.supervisor), case)
    do(room, check_out, item, purpose="court", due_back_on=due(cast), to_person_id=cast.officer.pk)
    do(taker, verbs.accept, item)
    do(taker, verbs.hand_over, item, to_person_id=cast.custodian.pk)

    back = do(room, check_in, item, seal_condition="none", location_id=shelf.pk)

    assert (back.is_out, back.location, len(chain(item))) == (False, shelf, 7)
    assert breaks(item) == []


def test_a_check_out_to_somebody_outside_comes_back_with_a_new_seal(cast: Cast, case: Case) -> None:
    room = access_for(cast.custodian)
    shelf = make_location(room)
    item = make_item(access_for(cast.officer), case, location_id=shelf.pk, seal_number="S-1")
    do(room, check_out, item, purpose="laboratory", due_back_on=due(cast), to_name="State laboratory")
    out = now(item)

    back = do(
        room,
        check_in,
        item,
        seal_condition="broken",
        seal_number="S-2",
        reason="Opened for the test",
        location_id=shelf.pk,
    )

    assert (out.purpose, out.evidence.custody, out.evidence.holder_name) == (
        "laboratory",
        "released",
        "State laboratory",
    )
    assert (back.seal_number, back.is_out, back.evidence.custody) == ("S-2", False, "held")
    assert [event.kind for event in chain(item)[-4:]] == [K.RELEASED, K.RETURNED, K.SEALED, K.MOVED]
    assert breaks(item) == []


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"purpose": "fun"}, "purpose"),
        ({"due_back_on": datetime(2020, 1, 1).date()}, "due_back_on"),
        ({"to_name": ""}, "to_person"),
    ],
)
def test_a_check_out_says_to_whom_what_for_and_until_when(
    cast: Cast, case: Case, said: dict[str, Any], field: str
) -> None:
    item = make_item(access_for(cast.officer), case)
    whole = {"purpose": "court", "due_back_on": due(cast), "to_name": "The court", **said}

    assert list(refused(access_for(cast.custodian), check_out, item, **whole).errors) == [field]


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        ({"seal_condition": "broken"}, ["seal_number", "reason"]),
        ({"seal_condition": "none"}, ["seal_condition"]),
        ({"seal_condition": "well"}, ["seal_condition"]),
    ],
)
def test_a_check_in_says_what_became_of_the_seal(
    cast: Cast, case: Case, said: dict[str, Any], fields: list[str]
) -> None:
    room = access_for(cast.custodian)
    shelf, item = make_location(room), make_item(access_for(cast.officer), case, seal_number="S-1")
    do(room, check_out, item, purpose="court", due_back_on=due(cast), to_name="The court")

    assert list(refused(room, check_in, item, location_id=shelf.pk, **said).errors) == fields
    assert now(item).is_out


def test_what_is_not_out_is_not_checked_in_and_what_is_out_goes_nowhere_else(cast: Cast, case: Case) -> None:
    room = access_for(cast.custodian)
    shelf, item = make_location(room), make_item(access_for(cast.officer), case)
    told = {"seal_condition": "none", "location_id": shelf.pk}

    assert refused(room, check_in, item, **told).code == "not_checked_out"
    do(room, check_out, item, purpose="court", due_back_on=due(cast), to_name="The court")
    again = {"purpose": "court", "due_back_on": due(cast), "to_name": "The court"}
    assert refused(room, check_out, item, **again).code == "checked_out"
    assert refused(room, verbs.move, item, location_id=shelf.pk).code == "custody_step"


def test_overdue_is_what_should_have_been_back_yesterday(cast: Cast, case: Case) -> None:
    room = access_for(cast.custodian)
    items = [make_item(access_for(cast.officer), case) for _ in range(2)]
    for item, days in zip(items, (0, 3), strict=True):
        do(room, check_out, item, purpose="court", due_back_on=due(cast, days), to_name="The court")

    tomorrow = due(cast, 1)
    with agency_scope(room):
        overdue = Item.objects.visible_to(room).overdue(tomorrow)
        assert list(overdue.values_list("pk", flat=True)) == [items[0].pk]
