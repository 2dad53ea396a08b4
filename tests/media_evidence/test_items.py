"""Physical exhibits: what is recorded, what the database holds of them, and what is done to no thing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from cases.models import Case
from media_evidence.choices import CustodyKind, Integrity
from media_evidence.custody import verbs
from media_evidence.custody.chain import first_hash
from media_evidence.examining import verify_evidence
from media_evidence.findings import order_inspections
from media_evidence.fixity import verify_store
from media_evidence.knowing import alike, facts_of, record_clock
from media_evidence.models import Evidence
from media_evidence.room.intake import find_item
from media_evidence.services import change_evidence, hand_out
from nethra.core.access import operator_access
from nethra.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from nethra.core.scope import agency_scope
from tests.support.cases import make_case
from tests.support.files import make_evidence
from tests.support.items import breaks, chain, make_item, make_location
from tests.support.people import Cast, access_for

pytestmark = pytest.mark.django_db
K = CustodyKind


@pytest.fixture
def case(cast: Cast) -> Case:
    return make_case(access_for(cast.officer), lead_id=cast.officer.pk)


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
    assert collected.reason == "Firearm, 1 piece, bag B-77"
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
