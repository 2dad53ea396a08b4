"""How a thing ends: destroyed before a witness, or expunged with its case."""

from __future__ import annotations

from typing import Any

import pytest

from cases.expunging import approve_expunge, ask_expunge
from media_evidence.choices import FileFate
from media_evidence.custody.checking import custody_breaks
from media_evidence.keeping.carrying import carry_out_due
from media_evidence.models import CustodyEvent, DisposalCertificate, Evidence, InventoryLine, Item
from media_evidence.room.destroying import destroy_item
from media_evidence.room.inventories import open_inventory
from media_evidence.store import disk
from nethra.core.access import operator_access
from nethra.core.errors import Conflict, InvalidInput, NotAllowed
from nethra.core.scope import agency_scope
from tests.support.cases import make_case, move
from tests.support.files import make_evidence
from tests.support.items import make_item, make_location
from tests.support.keeping import CATEGORY, approved, categorise, fresh, let_a_week_pass, make_due
from tests.support.people import Cast, access_for

pytestmark = pytest.mark.django_db(transaction=True)


def due_item(cast: Cast) -> Item:
    """Return a thing of a closed case that is kept no longer than it was open."""
    officer, manager = access_for(cast.officer), access_for(cast.supervisor)
    make_due(cast)
    case = make_case(officer, lead_id=cast.officer.pk)
    item = make_item(officer, case, kind="drug", bag_number="B-77", quantity="1.5", unit="kilogram")
    categorise(manager, [item.evidence], CATEGORY)
    move(manager, case, "closed_unfounded", reason="Nothing happened.")
    return item


def test_a_thing_is_destroyed_by_hand_before_a_witness_and_certified(committed_cast: Cast) -> None:
    cast = committed_cast
    item, room = due_item(cast), access_for(cast.custodian)
    said: dict[str, Any] = {"evidence": item.evidence, "witness_id": cast.officer.pk, "how": "Burnt."}
    with agency_scope(room), pytest.raises(Conflict, match="Two people decide"):
        destroy_item(access=room, **said)
    approved(cast, fresh(item.evidence))
    let_a_week_pass()

    assert carry_out_due(access=operator_access(cast.north.pk)) == []
    with agency_scope(room):
        for wrong in ({"witness_id": cast.custodian.pk}, {"how": " "}):
            with pytest.raises(InvalidInput):
                destroy_item(access=room, **{**said, **wrong})
    with agency_scope(access_for(cast.officer)), pytest.raises(NotAllowed):
        destroy_item(access=access_for(cast.officer), **said)
    with agency_scope(room):
        certificate = destroy_item(access=room, **said)
    again = fresh(item.evidence)

    assert (certificate.file, certificate.size, certificate.sha256) == (FileFate.NO_FILE, 0, "")
    assert (again.custody, again.integrity, again.holder_id) == ("disposed", "no_file", None)
    with agency_scope(operator_access(cast.north.pk)):
        last = CustodyEvent._base_manager.filter(evidence_id=item.evidence_id).latest("position")
        assert custody_breaks(operator_access(cast.north.pk), [again]) == {}
    assert f"Burnt, before {cast.officer}. Certificate {certificate.number}." in last.reason
    assert last.recorded_by_id == cast.custodian.pk


def test_a_case_is_expunged_with_its_things(committed_cast: Cast) -> None:
    cast = committed_cast
    officer, operator = access_for(cast.officer), operator_access(cast.north.pk)
    case = make_case(officer, lead_id=cast.officer.pk)
    make_location(access_for(cast.custodian))
    file, item = make_evidence(officer, case), make_item(officer, case, seal_number="S-1")
    with agency_scope(operator):
        open_inventory(access=operator, size=1)
    move(access_for(cast.supervisor), case, "closed_unfounded", reason="Nothing happened.")

    with agency_scope(access_for(cast.supervisor)):
        order = ask_expunge(
            access=access_for(cast.supervisor),
            kind="case",
            subject_id=case.pk,
            order_number="E-1",
            authority="Court",
        )
    with agency_scope(access_for(cast.admin)):
        approve_expunge(access=access_for(cast.admin), order=order)

    with agency_scope(operator):
        for model in (Item, InventoryLine, Evidence, CustodyEvent):
            assert not model._base_manager.filter(case_id=case.pk).exists()
    assert not disk.file_path(cast.north.pk, file.sha256).exists()
    assert disk.agency_folder(cast.north.pk).is_dir()
    assert item.pk


def test_certificates_stay_when_nothing_else_does(committed_cast: Cast) -> None:
    cast = committed_cast
    item = due_item(cast)
    approved(cast, fresh(item.evidence))
    let_a_week_pass()
    room = access_for(cast.custodian)
    with agency_scope(room):
        destroy_item(access=room, evidence=item.evidence, witness_id=cast.officer.pk, how="Burnt")

    with agency_scope(room):
        assert DisposalCertificate.objects.visible_to(room).filter(evidence_id=item.evidence_id).exists()
        with pytest.raises(Conflict):
            destroy_item(access=room, evidence=item.evidence, witness_id=cast.officer.pk, how="Burnt")
