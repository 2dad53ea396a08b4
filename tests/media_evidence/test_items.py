"""Physical exhibits: what is recorded, what their chains say, where they are, and what is done to no thing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from cases.models import Case
from media_evidence.choices import CustodyKind, Integrity
from media_evidence.custody import verbs
from media_evidence.custody.chain import first_hash
from media_evidence.custody.checking import custody_breaks
from media_evidence.examining import verify_evidence
from media_evidence.findings import order_inspections
from media_evidence.fixity import verify_store
from media_evidence.knowing import alike, facts_of, record_clock
from media_evidence.models import CustodyEvent, Evidence, Item, StorageLocation
from media_evidence.room.intake import find_item, record_item
from media_evidence.room.locations import add_location, change_location, close_location
from media_evidence.room.moving import check_in, check_out, today
from media_evidence.services import change_evidence, hand_out
from nethra.core.access import Access, operator_access
from nethra.core.errors import Conflict, DomainError, InvalidInput, NotAllowed, NotFound
from nethra.core.scope import agency_scope
from tests.support.cases import make_case
from tests.support.files import make_evidence
from tests.support.items import make_item, make_location
from tests.support.people import Cast, access_for

pytestmark = pytest.mark.django_db
K = CustodyKind


@pytest.fixture
def case(cast: Cast) -> Case:
    return make_case(access_for(cast.officer), lead_id=cast.officer.pk)


def chain(item: Item) -> list[CustodyEvent]:
    with agency_scope(operator_access(item.agency_id)):
        found = CustodyEvent._base_manager.filter(evidence_id=item.evidence_id).order_by("position")
        return list(found.select_related("location"))


def now(item: Item) -> Item:
    access = operator_access(item.agency_id)
    with agency_scope(access):
        return find_item(access, item.evidence_id)


def breaks(item: Item) -> list[str]:
    access = operator_access(item.agency_id)
    with agency_scope(access):
        found = custody_breaks(access, [Evidence._base_manager.get(pk=item.evidence_id)])
        return [str(one) for one in found.get(item.evidence_id, [])]


def do(access: Access, verb: Any, item: Item, **values: Any) -> Any:
    with agency_scope(access):
        return verb(access=access, evidence=item.evidence, **values)


def refused(access: Access, verb: Any, item: Item, **values: Any) -> Any:
    with pytest.raises(DomainError) as caught:
        do(access, verb, item, **values)
    return caught.value


def due(cast: Cast, days: int = 7) -> Any:
    access = access_for(cast.custodian)
    with agency_scope(access):
        return today(access) + timedelta(days=days)


# Recording


def test_a_recorded_thing_has_a_chain_that_says_whence_it_came_its_seal_and_its_place(
    cast: Cast, case: Case
) -> None:
    shelf = make_location(access_for(cast.custodian), "pr1", "Property room")
    at = datetime.now(UTC) - timedelta(hours=3)

    item = make_item(
        access_for(cast.officer),
        case,
        kind="firearm",
        bag_number="b-77",
        seal_number="S-1",
        location_id=shelf.pk,
        collected_at=at,
        collected_place="Under the stairs",
        collected_from="Ida Owner",
    )

    events = chain(item)
    assert [event.kind for event in events] == [K.RECEIVED, K.COLLECTED, K.SEALED, K.MOVED]
    assert events[0].previous_hash == first_hash(str(item.evidence_id), "")
    collected = events[1]
    assert (collected.happened_at, collected.place) == (at, "Under the stairs")
    assert (collected.from_name, collected.to_name) == ("Ida Owner", str(cast.officer))
    assert collected.reason == "Firearm, 1 pieces, bag B-77"
    assert (events[2].seal_number, events[2].previous_seal) == ("S-1", "")
    assert (events[3].place, events[3].location_id) == ("PR1, Property room", shelf.pk)
    assert (item.seal_number, item.location, item.evidence.is_physical) == ("S-1", shelf, True)
    assert (item.evidence.holder_id, item.evidence.integrity) == (cast.officer.pk, Integrity.NO_FILE)
    assert breaks(item) == []


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"kind": "cash"}, "__all__"),
        ({"kind": "cash", "value": 100}, "__all__"),
        ({"kind": "spear"}, "kind"),
        ({"bag_number": ""}, "bag_number"),
        ({"bag_number": "b 1"}, "bag_number"),
        ({"quantity": 0}, "__all__"),
        ({"unit": "heap"}, "unit"),
        ({"currency": "euros"}, "currency"),
        ({"title": " "}, "title"),
        ({"collected_at": datetime.now(UTC) + timedelta(hours=1)}, "collected_at"),
        ({"location_id": "00000000-0000-7000-8000-000000000000"}, "location"),
        ({"label_code": "1"}, "label_code"),
    ],
)
def test_what_is_said_wrong_is_refused_and_leaves_nothing(
    cast: Cast, case: Case, said: dict[str, Any], field: str
) -> None:
    access = access_for(cast.officer)

    with pytest.raises(InvalidInput) as caught:
        make_item(access, case, **said)

    assert list(caught.value.errors) == [field]
    with agency_scope(access):
        assert not Evidence.objects.visible_to(access).exists()


def test_a_bag_number_is_used_once_in_an_agency_and_again_in_another(cast: Cast, case: Case) -> None:
    make_item(access_for(cast.officer), case, bag_number="B-1")
    south = access_for(cast.south_officer)

    with pytest.raises(InvalidInput) as caught:
        make_item(access_for(cast.officer), case, bag_number="b-1")

    assert caught.value.errors == {"bag_number": ["This bag number is taken."]}
    assert make_item(south, make_case(south), bag_number="B-1").bag_number == "B-1"


def test_cash_has_a_value_and_a_currency(cast: Cast, case: Case) -> None:
    item = make_item(
        access_for(cast.officer), case, kind="cash", value="1250.50", currency="eur", unit="note"
    )

    assert (str(item.value), item.currency, item.is_high_value) == ("1250.50", "EUR", True)
    assert "1,250.50 EUR" in chain(item)[1].reason


def test_things_and_files_count_together_and_share_the_lists(cast: Cast, case: Case) -> None:
    access = access_for(cast.officer)
    file, item = make_evidence(access, case), make_item(access, case, bag_number="B-9")

    with agency_scope(access):
        seen = Evidence.objects.visible_to(access)
        assert list(seen.order_by("position").values_list("position", "is_physical")) == [
            (1, False),
            (2, True),
        ]
        assert list(seen.matching("b-9")) == [item.evidence]
    assert file.position == 1


def test_an_analyst_records_nothing_and_a_closed_case_takes_nothing(cast: Cast, case: Case) -> None:
    with pytest.raises(NotAllowed):
        make_item(access_for(cast.analyst), case)


# What the database holds by itself


def test_a_digital_exhibit_without_a_file_cannot_be_nor_a_thing_with_one(cast: Cast, case: Case) -> None:
    access = access_for(cast.officer)
    file, item = make_evidence(access, case), make_item(access, case)
    wrong = [
        (file, "sha256 = ''"),
        (file, "size = 0"),
        (file, "is_physical = true"),
        (file, "integrity = 'no_file'"),
        (item.evidence, "is_physical = false"),
        (item.evidence, "size = 5"),
        (item.evidence, f"sha256 = '{'0' * 64}'"),
        (item.evidence, "has_thumbnail = true"),
        (item.evidence, "integrity = 'intact'"),
    ]
    for evidence, change in wrong:
        with agency_scope(access), pytest.raises(DatabaseError), transaction.atomic():
            connection.cursor().execute(
                f"UPDATE media_evidence_evidence SET {change} WHERE id = %s", [evidence.pk]
            )


def test_a_thing_is_described_when_its_transaction_ends(cast: Cast, case: Case) -> None:
    access = access_for(cast.officer)
    bare = Evidence(
        agency_id=case.agency_id, case=case, position=1, title="Knife", is_physical=True, size=0,
        media_type="other", integrity="no_file",
    )  # fmt: skip

    def commit() -> None:
        with transaction.atomic():
            bare.save(force_insert=True)
            connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")

    with agency_scope(access), pytest.raises(DatabaseError, match="says what it is"):
        commit()


@pytest.mark.parametrize(
    "change", ["bag_number = 'X'", "kind = 'cash'", "seal_number = 'X'", "location_id = NULL", "value = 3"]
)
def test_nobody_rewrites_what_a_thing_is_or_where(cast: Cast, case: Case, change: str) -> None:
    item = make_item(access_for(cast.officer), case)

    with (
        agency_scope(access_for(cast.admin)),
        pytest.raises(DatabaseError),
        transaction.atomic(),
    ):
        connection.cursor().execute(f"UPDATE media_evidence_item SET {change} WHERE id = %s", [item.pk])


def test_what_is_done_to_things_is_not_done_to_files(cast: Cast, case: Case) -> None:
    access, room = access_for(cast.officer), make_location(access_for(cast.custodian))
    file = make_evidence(access, case)

    with agency_scope(access):
        for verb, values in ((verbs.move, {"location_id": room.pk}), (verbs.seal, {"seal_number": "S-1"})):
            with pytest.raises(Conflict, match="physical exhibits alone"):
                verb(access=access, evidence=file, **values)
        with pytest.raises(NotFound):
            find_item(access, file.pk)


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


# What is known of a file is not known of a thing


def test_what_needs_a_file_says_that_there_is_none(cast: Cast, case: Case) -> None:
    access = access_for(cast.officer)
    items = [make_item(access, case) for _ in range(2)]
    evidence = items[0].evidence

    with agency_scope(access):
        assert alike(access, evidence.pk) == []
        for ask in (
            lambda: hand_out(access=access, evidence_id=evidence.pk),
            lambda: facts_of(access, evidence.pk),
            lambda: record_clock(access=access, evidence=evidence, seconds_ahead=1, reason="x"),
        ):
            with pytest.raises(NotFound) as caught:
                ask()
            assert caught.value.code == "no_file"
        with pytest.raises(InvalidInput) as refusal:
            change_evidence(access=access, evidence=evidence, media_type="photo")
        assert list(refusal.value.errors) == ["media_type"]
        assert change_evidence(access=access, evidence=evidence, title="Jemmy").title == "Jemmy"
        assert order_inspections(access=access, again=True) == 0


def test_a_check_follows_the_chain_and_hashes_nothing(cast: Cast, case: Case) -> None:
    access = access_for(cast.officer)
    item = make_item(access, case)

    with agency_scope(access):
        found = verify_evidence(access=access, evidence=item.evidence)

    assert (found.is_well, found.integrity, found.sentences) == (True, Integrity.NO_FILE, [])


def test_a_check_of_the_store_counts_things_apart(cast: Cast, case: Case) -> None:
    access = access_for(cast.officer)
    make_evidence(access, case), make_item(access, case)

    found = verify_store(access=operator_access(cast.north.pk))

    assert (found.checked, found.intact, found.physical, found.missing) == (1, 1, 1, [])


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
