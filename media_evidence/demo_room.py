"""The demonstration's evidence room: where things lie, and three of them, of which one is out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from accounts.models import User
from cases.models import Case
from media_evidence.choices import ItemKind, Purpose
from media_evidence.room.intake import record_item
from media_evidence.room.locations import add_location
from media_evidence.room.moving import check_out, today
from nethra.core.access import Access
from nethra.core.scope import Scope, set_scope

LOCATIONS = (
    ("PR1", "Property room"),
    ("PR1/A", "Shelf"),
    ("PR1/A/1", "Bin"),
    ("PR1/SAFE", "Safe"),
    ("LAB", "Laboratory"),
)
#: Title, bag, seal, where it lies, and what is said of it.
THINGS: tuple[tuple[str, str, str, str, dict[str, Any]], ...] = (
    ("Crowbar", "HB-0031", "S-88120", "PR1/A/1", {"kind": ItemKind.OTHER, "collected_place": "Rear yard"}),
    (
        "Cash from the kitchen drawer",
        "HB-0032",
        "S-88121",
        "PR1/SAFE",
        {
            "kind": ItemKind.CASH,
            "value": Decimal("340.00"),
            "currency": "USD",
            "collected_place": "Kitchen",
        },
    ),
    (
        "Laptop without a lid",
        "HB-0033",
        "S-88122",
        "PR1/A",
        {"kind": ItemKind.DEVICE, "collected_place": "Stairwell"},
    ),
)


def seed_room(access: Access, people: dict[str, User], case: Case) -> None:
    """Put a case's things into the room, and let one go to a laboratory for two weeks."""
    places = {path: add_location(access=access, path=path, label=label) for path, label in LOCATIONS}
    officer = replace(access, user_id=people["officer"].pk)
    set_scope(Scope.of(officer, reason="demonstration seeded"))
    items = [
        record_item(
            access=officer,
            case=case,
            title=title,
            bag_number=bag,
            seal_number=seal,
            location_id=places[path].pk,
            collected_at=case.opened_at,
            **said,
        )
        for title, bag, seal, path, said in THINGS
    ]
    set_scope(Scope.of(access, reason="demonstration seeded"))
    check_out(
        access=access,
        evidence=items[-1].evidence,
        purpose=Purpose.LABORATORY,
        due_back_on=today(access) + timedelta(days=14),
        to_name="State laboratory",
    )
