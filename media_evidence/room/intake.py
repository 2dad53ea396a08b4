"""Recording a physical exhibit: what it is, whence it comes, its bag and its seal."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from cases.models import Case
from cases.services import assign, check, check_fields, check_person, locked_case
from media_evidence.choices import CustodyKind, Integrity, MediaType
from media_evidence.custody import verbs
from media_evidence.custody.entries import write_entry
from media_evidence.models import Evidence, Item
from media_evidence.room.rows import insert
from media_evidence.services import next_position
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import InvalidInput, NotFound

ITEM_FIELDS = frozenset(
    {
        "kind",
        "bag_number",
        "quantity",
        "unit",
        "value",
        "currency",
        "collected_at",
        "collected_place",
        "collected_by_id",
    }
)


@transaction.atomic
def record_item(
    *,
    access: Access,
    case: Case,
    title: str,
    description: str = "",
    seal_number: str = "",
    location_id: UUID | None = None,
    collected_from: str = "",
    **values: Any,
) -> Item:
    """Take a thing in as an exhibit of a case and return it. Its chain says that it was received, where, when and by
    whom it was collected, and then its seal and its location where they are given.

    Raise NotAllowed, NotFound, Conflict where the case is closed, InvalidInput.
    """
    stored_case = locked_case(access, case.pk, Capability.ADD_EVIDENCE)
    item = _described(access, values)
    evidence = Evidence(
        agency_id=access.agency_id,
        case=stored_case,
        position=next_position(access, stored_case),
        is_physical=True,
        title=title.strip(),
        description=description,
        media_type=MediaType.OTHER,
        size=0,
        integrity=Integrity.NO_FILE,
        uploaded_by_id=access.author_id,
    )
    check_fields(evidence)
    item.evidence, item.case = evidence, stored_case
    check(item)
    evidence.save(force_insert=True)
    insert(item, once="item_bag_once", field="bag_number", sentence="This bag number is taken.")
    _begin(access, item, seal_number, location_id, collected_from)
    return find_item(access, evidence.pk)


def find_item(access: Access, evidence_id: UUID) -> Item:
    """Return what an exhibit that this access may see is and where; raise NotAllowed, NotFound also for a file."""
    access.require(Capability.VIEW_EVIDENCE)
    seen = Item.objects.visible_to(access).select_related("evidence", "case", "location")
    found: Item | None = seen.filter(evidence_id=evidence_id).first()
    if found is None:
        raise NotFound()
    return found


def _described(access: Access, values: dict[str, Any]) -> Item:
    said = {name: value for name, value in values.items() if value not in (None, "")}
    item = Item(agency_id=access.agency_id, label_code=secrets.token_hex(16), collected_at=datetime.now(UTC))
    assign(item, {"collected_by_id": access.author_id, **said}, ITEM_FIELDS)
    item.bag_number, item.currency = item.bag_number.strip().upper(), item.currency.strip().upper()
    if item.collected_at > datetime.now(UTC):
        raise InvalidInput(errors={"collected_at": ["It cannot have been collected in the future."]})
    check_person(access, item.collected_by_id, "collected_by", Capability.ADD_EVIDENCE)
    return item


def _begin(
    access: Access, item: Item, seal_number: str, location_id: UUID | None, collected_from: str
) -> None:
    """Write the entries that an intake is made of."""
    evidence = item.evidence
    told = {"happened_at": item.collected_at, "place": item.collected_place, "reason": summary(item)}
    write_entry(
        evidence, CustodyKind.COLLECTED, told, from_name=collected_from, to_person_id=item.collected_by_id
    )
    if seal_number.strip():
        verbs.seal(access=access, evidence=evidence, seal_number=seal_number)
    if location_id is not None:
        verbs.move(access=access, evidence=evidence, location_id=location_id)


def summary(item: Item) -> str:
    """Return what a thing is in a line, as its chain of custody names it."""
    worth = f", {item.value:,.2f} {item.currency}" if item.value is not None else ""
    return f"{item.get_kind_display()}, {amount(item)}{worth}, bag {item.bag_number}"


def amount(item: Item) -> str:
    """Return how much of it there is, with its unit."""
    number = f"{Decimal(item.quantity):,.3f}".rstrip("0").rstrip(".")
    # The choices' values are the words for one.
    return f"{number} {item.unit if item.quantity == 1 else item.get_unit_display().lower()}"
