"""Inventories: the draw, who may count, what stays as it was said, and who hears of what is wrong."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from django.core import mail
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from cases.access import set_restriction
from cases.models import Case
from media_evidence.choices import Finding
from media_evidence.jobs import mail_discrepancy, mail_overdue_items, remind_of_overdue_items
from media_evidence.models import Inventory, InventoryLine
from media_evidence.room.drawing import drawn
from media_evidence.room.inventories import (
    close_inventory,
    draw_again,
    find_line,
    mark_line,
    open_inventory,
    settle_line,
)
from media_evidence.room.moving import check_out, today
from nethra.core.access import Access
from nethra.core.errors import Conflict, DomainError, InvalidInput, NotAllowed, NotFound
from nethra.core.scope import agency_scope
from tests.support.cases import make_case
from tests.support.items import make_item, make_location
from tests.support.people import Cast, access_for

# The draw


def keys(count: int) -> list[UUID]:
    return [UUID(int=number) for number in range(1, count + 1)]


def test_the_same_seed_draws_the_same_and_another_one_others() -> None:
    high, others = keys(40)[:20], keys(40)[20:]

    first = drawn("a", high, others, 10, 50)

    assert drawn("a", reversed(high), reversed(others), 10, 50) == first
    assert drawn("b", high, others, 10, 50) != first


@pytest.mark.parametrize(
    ("high", "others", "size", "share", "expected"),
    [
        (20, 20, 10, 50, (5, 5)),
        (20, 20, 10, 100, (10, 0)),
        (20, 20, 10, 0, (0, 10)),
        (20, 20, 5, 50, (3, 2)),
        (2, 20, 10, 50, (2, 8)),
        (20, 2, 10, 50, (8, 2)),
        (1, 1, 10, 50, (1, 1)),
        (0, 5, 3, 100, (0, 3)),
    ],
)
def test_a_share_comes_from_each_stratum_and_the_other_fills_up(
    high: int, others: int, size: int, share: int, expected: tuple[int, int]
) -> None:
    of_high, of_others = set(keys(high)), {uuid4() for _ in range(others)}

    found = set(drawn("seed", of_high, of_others, size, share))

    assert (len(found & of_high), len(found & of_others)) == expected


def test_every_exhibit_has_the_same_chance() -> None:
    population = keys(10)
    counts = dict.fromkeys(population, 0)

    for seed in range(2_000):
        for key in drawn(str(seed), [], population, 3, 50):
            counts[key] += 1

    assert all(500 < count < 700 for count in counts.values())


# Counting


@pytest.fixture
def case(cast: Cast) -> Case:
    return make_case(access_for(cast.officer), lead_id=cast.officer.pk)


def opened(access: Access, **values: Any) -> Inventory:
    with agency_scope(access):
        return open_inventory(access=access, **{"size": 10, **values})


def lines(access: Access, inventory: Inventory) -> list[InventoryLine]:
    with agency_scope(access):
        seen = InventoryLine.objects.visible_to(access).filter(inventory_id=inventory.pk)
        return list(seen.order_by("position"))


def do(access: Access, verb: Any, **values: Any) -> Any:
    with agency_scope(access):
        return verb(access=access, **values)


def refused(access: Access, verb: Any, **values: Any) -> DomainError:
    with pytest.raises(DomainError) as caught:
        do(access, verb, **values)
    return caught.value


@pytest.mark.django_db
def test_what_lies_in_a_location_is_drawn_in_the_order_of_the_walk(cast: Cast, case: Case) -> None:
    room, officer = access_for(cast.custodian), access_for(cast.officer)
    inner, other = None, make_location(room, "PR2")
    outer = make_location(room, "PR1")
    inner = make_location(room, "PR1/S1", "First shelf")
    far = make_item(officer, case, bag_number="A", location_id=inner.pk, seal_number="S-1", kind="drug")
    near = make_item(officer, case, bag_number="B", location_id=outer.pk)
    make_item(officer, case, bag_number="C", location_id=other.pk)

    inventory = opened(room, location_id=outer.pk, seed="2026")

    told = [(line.bag_number, line.expected_place, line.expected_seal) for line in lines(room, inventory)]
    assert told == [("B", "PR1", ""), ("A", "PR1/S1, First shelf", "S-1")]
    assert (inventory.high_value, inventory.others) == ([far.evidence_id], [near.evidence_id])
    assert draw_again(inventory) == inventory.drawn
    assert inventory.population == 2


@pytest.mark.django_db
def test_what_is_out_or_hidden_from_who_draws_is_not_drawn(cast: Cast, case: Case) -> None:
    room, officer = access_for(cast.custodian), access_for(cast.officer)
    make_item(officer, case, bag_number="HERE")
    out = make_item(officer, case, bag_number="OUT")
    day = do(room, lambda access: today(access))
    do(room, check_out, evidence=out.evidence, purpose="court", due_back_on=day, to_name="The court")
    hidden = make_case(officer, lead_id=cast.officer.pk)
    make_item(officer, hidden, bag_number="HIDDEN")
    with agency_scope(officer):
        set_restriction(access=officer, case=hidden, is_restricted=True)

    inventory = opened(room)

    assert [line.bag_number for line in lines(room, inventory)] == ["HERE"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("said", "field"), [({"size": 0}, "__all__"), ({"high_value_share": 101}, "__all__")]
)
def test_a_draw_that_makes_no_sense_is_refused(
    cast: Cast, case: Case, said: dict[str, Any], field: str
) -> None:
    make_item(access_for(cast.officer), case)

    refusal = refused(access_for(cast.custodian), open_inventory, **{"size": 1, **said})

    assert isinstance(refusal, InvalidInput)
    assert list(refusal.errors) == [field]


@pytest.mark.django_db
def test_nothing_to_draw_from_and_nobody_who_may(cast: Cast) -> None:
    assert refused(access_for(cast.custodian), open_inventory, size=1).code == "nothing_to_draw"
    assert isinstance(refused(access_for(cast.officer), open_inventory, size=1), NotAllowed)


@pytest.mark.django_db
def test_what_is_found_is_said_once_by_whom_and_when_is_the_database_s(cast: Cast, case: Case) -> None:
    room = access_for(cast.custodian)
    make_item(access_for(cast.officer), case)
    inventory = opened(room)
    (line,) = lines(room, inventory)

    marked = do(room, mark_line, line=line, finding="found")

    assert (marked.finding, marked.found_by_id) == (Finding.FOUND, cast.custodian.pk)
    assert marked.found_at is not None
    assert refused(room, mark_line, line=line, finding="missing").code == "found_already"
    assert refused(room, settle_line, line=line, settlement="x").code == "nothing_to_settle"
    assert do(room, close_inventory, inventory=inventory).closed_by_id == cast.custodian.pk
    assert refused(room, close_inventory, inventory=inventory).code == "closed"


@pytest.mark.django_db
def test_an_inventory_closes_when_all_was_looked_for(cast: Cast, case: Case) -> None:
    room = access_for(cast.custodian)
    make_item(access_for(cast.officer), case)

    refusal = refused(room, close_inventory, inventory=opened(room))

    assert (type(refusal), refusal.code) == (Conflict, "not_finished")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE media_evidence_inventoryline SET finding = 'found'",
        "UPDATE media_evidence_inventoryline SET note = 'x'",
        "UPDATE media_evidence_inventoryline SET expected_place = 'x'",
        "DELETE FROM media_evidence_inventoryline",
        "UPDATE media_evidence_inventory SET seed = 'x'",
        "UPDATE media_evidence_inventory SET drawn = '{}'",
        "DELETE FROM media_evidence_inventory",
    ],
)
def test_nobody_rewrites_what_was_drawn_or_found(cast: Cast, case: Case, change: str) -> None:
    room = access_for(cast.custodian)
    make_item(access_for(cast.officer), case)
    (line,) = lines(room, opened(room))
    do(room, mark_line, line=line, finding="missing")

    with agency_scope(access_for(cast.admin)), pytest.raises(DatabaseError), transaction.atomic():
        connection.cursor().execute(change)


@pytest.mark.django_db
def test_a_discrepancy_is_mailed_and_settled_with_words(cast: Cast, case: Case) -> None:
    room = access_for(cast.custodian)
    make_item(access_for(cast.officer), case, bag_number="B-77")
    (line,) = lines(room, opened(room))
    assert list(refused(room, mark_line, line=line, finding="wrong_place").errors) == ["found_place"]

    do(room, mark_line, line=line, finding="wrong_place", found_place="PR9")
    mail_discrepancy(agency_id=cast.north.pk, user_id=cast.custodian.pk, line_id=line.pk)

    (told,) = mail.outbox
    assert "bag B-77: in the wrong place, PR9" in told.body
    with agency_scope(room):
        assert list(InventoryLine.objects.visible_to(room).unsettled()) == [line]
    assert list(refused(room, settle_line, line=line, settlement=" ").errors) == ["settlement"]
    settled = do(room, settle_line, line=line, settlement="Put back")
    assert (settled.settled_by_id, settled.settlement) == (cast.custodian.pk, "Put back")
    with agency_scope(room):
        assert not InventoryLine.objects.visible_to(room).unsettled().exists()


@pytest.mark.django_db
def test_who_does_not_see_the_case_is_told_without_a_word_of_it(cast: Cast, case: Case) -> None:
    room, officer = access_for(cast.custodian), access_for(cast.officer)
    make_item(officer, case, bag_number="B-77")
    (line,) = lines(room, opened(room))
    do(room, mark_line, line=line, finding="missing")
    with agency_scope(officer):
        set_restriction(access=officer, case=case, is_restricted=True)

    mail_discrepancy(agency_id=cast.north.pk, user_id=cast.custodian.pk, line_id=line.pk)

    assert "B-77" not in mail.outbox[0].body
    assert case.number not in mail.outbox[0].body
    with agency_scope(room), pytest.raises(NotFound):
        find_line(room, line.pk)


@pytest.mark.django_db
def test_another_agency_sees_no_inventory(cast: Cast, case: Case) -> None:
    make_item(access_for(cast.officer), case)
    inventory = opened(access_for(cast.custodian))

    for who in (cast.south_admin, cast.prosecutor, cast.analyst):
        access = access_for(who)
        assert lines(access, inventory) == []
        with agency_scope(access):
            assert not Inventory.objects.visible_to(access).exists()


# By mail and by command


@pytest.mark.django_db
def test_who_manages_evidence_is_reminded_of_what_should_be_back(cast: Cast, case: Case) -> None:
    room = access_for(cast.custodian)
    item = make_item(access_for(cast.officer), case, bag_number="B-77")
    day = do(room, lambda access: today(access))
    do(room, check_out, evidence=item.evidence, purpose="court", due_back_on=day, to_name="The court")
    mail_overdue_items(agency_id=cast.north.pk, user_id=cast.custodian.pk)
    assert mail.outbox == []

    with time_machine.travel(datetime.now(UTC) + timedelta(days=1)):
        mail_overdue_items(agency_id=cast.north.pk, user_id=cast.custodian.pk)
        mail_overdue_items(agency_id=cast.north.pk, user_id=cast.analyst.pk)
        remind_of_overdue_items(agency_id=cast.north.pk)

    (told,) = mail.outbox
    assert "bag B-77: out for court with The court" in told.body


@pytest.mark.django_db
def test_the_command_draws_and_draws_again(cast: Cast, case: Case, capsys: Any) -> None:
    shelf = make_location(access_for(cast.custodian), "PR1")
    for _ in range(3):
        make_item(access_for(cast.officer), case, location_id=shelf.pk)
    drawing = [
        "inventory",
        "--agency",
        "north",
        "--draw",
        "--location",
        "pr1",
        "--size",
        "2",
        "--seed",
        "7",
        "--json",
    ]

    call_command(*drawing, "--dry-run")
    dry = json.loads(capsys.readouterr().out)
    with agency_scope(access_for(cast.admin)):
        assert not Inventory.objects.visible_to(access_for(cast.admin)).exists()
    call_command(*drawing)
    wet = json.loads(capsys.readouterr().out)
    call_command("inventory", "--agency", "north", "--repeat", wet["inventory"], "--json")
    again = json.loads(capsys.readouterr().out)

    assert (dry["drawn"], dry["population"], dry["dry_run"]) == (wet["drawn"], 3, True)
    assert len(wet["drawn"]) == 2
    assert again["same"] is True
