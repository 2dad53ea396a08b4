"""Physical exhibits and the room they lie in, for tests."""

from __future__ import annotations

import itertools
from typing import Any

from cases.models import Case
from media_evidence.models import Item, StorageLocation
from media_evidence.room.intake import record_item
from media_evidence.room.locations import add_location
from nethra.core.access import Access
from nethra.core.scope import agency_scope

_bags = itertools.count(1)


def make_location(access: Access, path: str = "PR1", label: str = "") -> StorageLocation:
    """Return a new location of the evidence room."""
    with agency_scope(access):
        return add_location(access=access, path=path, label=label)


def make_item(access: Access, case: Case, **values: Any) -> Item:
    """Return a physical exhibit of a case, by default a crowbar in a bag of its own."""
    said = {"title": "Crowbar", "kind": "other", "bag_number": f"B-{next(_bags)}", **values}
    with agency_scope(access):
        return record_item(access=access, case=case, **said)
