"""Physical exhibits and the room they lie in, for tests."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest

from cases.models import Case
from media_evidence.custody.checking import custody_breaks
from media_evidence.models import CustodyEvent, Evidence, Item, StorageLocation
from media_evidence.room.intake import find_item, record_item
from media_evidence.room.locations import add_location
from media_evidence.room.moving import today
from nethra.core.access import Access, operator_access
from nethra.core.errors import DomainError
from nethra.core.scope import agency_scope
from tests.support.people import Cast, access_for

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


def chain(item: Item) -> list[CustodyEvent]:
    """Return the entries of a thing's chain, in order."""
    with agency_scope(operator_access(item.agency_id)):
        found = CustodyEvent._base_manager.filter(evidence_id=item.evidence_id).order_by("position")
        return list(found.select_related("location"))


def now(item: Item) -> Item:
    """Return a thing as it stands."""
    access = operator_access(item.agency_id)
    with agency_scope(access):
        return find_item(access, item.evidence_id)


def breaks(item: Item) -> list[str]:
    """Return what is wrong with a thing's chain, in sentences."""
    access = operator_access(item.agency_id)
    with agency_scope(access):
        found = custody_breaks(access, [Evidence._base_manager.get(pk=item.evidence_id)])
        return [str(one) for one in found.get(item.evidence_id, [])]


def do(access: Access, verb: Any, item: Item, **values: Any) -> Any:
    """Return what a verb makes of a thing, in its own transaction."""
    with agency_scope(access):
        return verb(access=access, evidence=item.evidence, **values)


def refused(access: Access, verb: Any, item: Item, **values: Any) -> Any:
    """Return what a verb refuses with."""
    with pytest.raises(DomainError) as caught:
        do(access, verb, item, **values)
    return caught.value


def due(cast: Cast, days: int = 7) -> Any:
    """Return the agency's day so many days from today."""
    access = access_for(cast.custodian)
    with agency_scope(access):
        return today(access) + timedelta(days=days)
