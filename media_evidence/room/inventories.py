"""Inventories: draw exhibits by lot, mark what is found of each, settle what is wrong."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import User
from accounts.roles import roles_with
from cases.services import check
from media_evidence.choices import DISCREPANCIES, HIGH_VALUE, CustodyState, Finding
from media_evidence.jobs import mail_discrepancy
from media_evidence.models import Inventory, InventoryLine, Item, StorageLocation
from media_evidence.room.drawing import drawn
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import Conflict, InvalidInput, NotFound
from nethra.core.refusals import refused_by
from nethra.jobs.queue import enqueue

#: Of what is drawn, so much is of high value unless somebody says otherwise.
USUAL_SHARE = 50
MOST_SEED = 64


@transaction.atomic
def open_inventory(
    *,
    access: Access,
    size: int,
    location_id: UUID | None = None,
    high_value_share: int = USUAL_SHARE,
    seed: str = "",
) -> Inventory:
    """Draw exhibits that lie in a location, or anywhere in the room, and return the inventory with its lines.

    Drawn are those that this access sees, that are in custody and not checked out. Raise NotAllowed, InvalidInput,
    Conflict where there is nothing to draw from.
    """
    access.require(Capability.MANAGE_EVIDENCE)
    items = list(_there(access, location_id))
    if not items:
        raise Conflict("No physical exhibit lies there that could be drawn.", code="nothing_to_draw")
    high = sorted(item.evidence_id for item in items if item.kind in HIGH_VALUE)
    others = sorted(item.evidence_id for item in items if item.kind not in HIGH_VALUE)
    inventory = Inventory(
        agency_id=access.agency_id,
        location_id=location_id,
        size=size,
        high_value_share=high_value_share,
        seed=seed.strip() or secrets.token_hex(8),
        high_value=high,
        others=others,
        drawn=[],
        opened_by_id=access.author_id,
    )
    check(inventory)
    inventory.drawn = draw_again(inventory)
    inventory.save(force_insert=True)
    _write_lines(inventory, {item.evidence_id: item for item in items})
    return inventory


def draw_again(inventory: Inventory) -> list[UUID]:
    """Return what the inventory's seed draws of what was there to be drawn; it must be what it drew."""
    return drawn(
        inventory.seed, inventory.high_value, inventory.others, inventory.size, inventory.high_value_share
    )


@transaction.atomic
def mark_line(
    *, access: Access, line: InventoryLine, finding: str, found_place: str = "", note: str = ""
) -> InventoryLine:
    """Say what was found of one exhibit, once and for all; those who manage evidence are mailed what is wrong.

    Raise NotAllowed, NotFound, Conflict where it is said already or the inventory is closed, InvalidInput.
    """
    stored = _locked(access, line.pk)
    if stored.finding:
        raise Conflict("It is said already what was found, and stays.", code="found_already")
    if finding not in Finding.values:
        raise InvalidInput(errors={"finding": ["Say what was found."]})
    if finding == Finding.WRONG_PLACE and not found_place.strip():
        raise InvalidInput(errors={"found_place": ["Say where it lies."]})
    stored.finding, stored.found_place, stored.note = finding, found_place.strip(), note.strip()
    _save(stored, "finding", "found_place", "note")
    if finding in DISCREPANCIES:
        for person in managers_of(access):
            enqueue(mail_discrepancy, agency_id=access.agency_id, user_id=person, line_id=stored.pk)
    return find_line(access, stored.pk)


@transaction.atomic
def settle_line(*, access: Access, line: InventoryLine, settlement: str) -> InventoryLine:
    """Say what came of a discrepancy; it leaves the dashboard. Raise NotAllowed, NotFound, Conflict, InvalidInput."""
    stored = _locked(access, line.pk)
    if stored.finding not in DISCREPANCIES or stored.settled_at is not None:
        raise Conflict("There is nothing to settle.", code="nothing_to_settle")
    if not settlement.strip():
        raise InvalidInput(errors={"settlement": ["Say what came of it."]})
    stored.settled_at, stored.settlement = datetime.now(UTC), settlement.strip()
    _save(stored, "settled_at", "settlement")
    return find_line(access, stored.pk)


@transaction.atomic
def close_inventory(*, access: Access, inventory: Inventory) -> Inventory:
    """End an inventory of which everything drawn was looked for; raise NotAllowed, NotFound, Conflict."""
    access.require(Capability.MANAGE_EVIDENCE)
    stored = Inventory.objects.visible_to(access).select_for_update().filter(pk=inventory.pk).first()
    if stored is None:
        raise NotFound()
    if stored.closed_at is not None:
        raise Conflict("The inventory is closed already.", code="closed")
    # Also what this person does not see was drawn and waits.
    waiting = InventoryLine._base_manager.filter(
        agency_id=access.agency_id, inventory_id=stored.pk, finding=""
    )
    if left := waiting.count():
        raise Conflict(f"{left} exhibits were not looked for yet.", code="not_finished")
    stored.closed_at, stored.closed_by_id = datetime.now(UTC), access.author_id
    stored.save(update_fields=["closed_at", "closed_by"])
    return stored


def find_inventory(access: Access, key: UUID) -> Inventory:
    """Return an inventory of the agency; raise NotAllowed, NotFound."""
    access.require(Capability.VIEW_EVIDENCE)
    found: Inventory | None = (
        Inventory.objects.visible_to(access)
        .select_related("location", "opened_by", "closed_by")
        .filter(pk=key)
        .first()
    )
    if found is None:
        raise NotFound()
    return found


def find_line(access: Access, key: UUID) -> InventoryLine:
    """Return a line of an inventory whose exhibit this access may see; raise NotAllowed, NotFound."""
    access.require(Capability.VIEW_EVIDENCE)
    seen = InventoryLine.objects.visible_to(access).select_related("evidence", "case", "inventory")
    found: InventoryLine | None = seen.filter(pk=key).first()
    if found is None:
        raise NotFound()
    return found


def managers_of(access: Access) -> Collection[UUID]:
    """Return the keys of the active people who manage evidence."""
    found = User.objects.colleagues_of(access).filter(
        is_active=True, role__in=roles_with(access, Capability.MANAGE_EVIDENCE)
    )
    return list(found.values_list("pk", flat=True))


def _there(access: Access, location_id: UUID | None) -> Any:
    """Return what should lie in the location, in the order of places."""
    items = Item.objects.visible_to(access).select_related("location")
    there = items.filter(evidence__custody__in=[CustodyState.HELD, CustodyState.OFFERED], purpose="")
    if location_id is not None:
        location = StorageLocation.objects.visible_to(access).filter(pk=location_id).first()
        if location is None:
            raise InvalidInput(errors={"location": ["There is no such location."]})
        there = there.lying_in(location.path)
    return there


def _write_lines(inventory: Inventory, items: dict[UUID, Item]) -> None:
    def place(item: Item) -> tuple[str, str]:
        return (item.location.path if item.location else "~", item.bag_number)

    walk = sorted((items[key] for key in inventory.drawn), key=place)
    InventoryLine._base_manager.bulk_create(
        InventoryLine(
            agency_id=inventory.agency_id,
            case_id=item.case_id,
            evidence_id=item.evidence_id,
            inventory_id=inventory.pk,
            position=position,
            bag_number=item.bag_number,
            expected_place=str(item.location or ""),
            expected_seal=item.seal_number,
        )
        for position, item in enumerate(walk, start=1)
    )


def _locked(access: Access, key: UUID) -> InventoryLine:
    access.require(Capability.MANAGE_EVIDENCE)
    find_line(access, key)
    return InventoryLine._base_manager.select_for_update().get(agency_id=access.agency_id, pk=key)


def _save(line: InventoryLine, *fields: str) -> None:
    check(line)
    with refused_by("inventory_step"):
        line.save(update_fields=fields)
