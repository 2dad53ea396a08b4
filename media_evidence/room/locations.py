"""The verbs for storage locations."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from cases.services import assign, check
from media_evidence.models import Item, StorageLocation
from media_evidence.room.rows import insert
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import Conflict, InvalidInput, NotFound


@transaction.atomic
def add_location(*, access: Access, path: str, label: str = "") -> StorageLocation:
    """Return a new location; raise NotAllowed, InvalidInput also where the path is taken or leads nowhere."""
    access.require(Capability.MANAGE_EVIDENCE)
    location = StorageLocation(
        agency_id=access.agency_id,
        path=path.strip().upper(),
        label=label.strip(),
        added_by_id=access.author_id,
    )
    check(location)
    above = location.path.rpartition("/")[0]
    if above and not _open(access).filter(path=above).exists():
        raise InvalidInput(errors={"path": [f"There is no open location {above} for it to lie in."]})
    taken = "There is a location with this path already."
    insert(location, once="storagelocation_path_once", field="path", sentence=taken)
    return location


@transaction.atomic
def change_location(*, access: Access, location: StorageLocation, **values: Any) -> StorageLocation:
    """Change a location's label; its path stands in chains of custody. Raise NotAllowed, NotFound, InvalidInput."""
    stored = _locked(access, location.pk)
    assign(stored, values, frozenset({"label"}))
    check(stored)
    stored.save(update_fields=["label"])
    return stored


@transaction.atomic
def close_location(*, access: Access, location: StorageLocation) -> StorageLocation:
    """Close a location that nothing lies in any more; raise NotAllowed, NotFound, Conflict."""
    stored = _locked(access, location.pk)
    if stored.closed_at is not None:
        raise Conflict("The location is closed already.", code="closed")
    if _open(access).filter(path__startswith=f"{stored.path}/").exists():
        raise Conflict("There are open locations within it: close them first.", code="in_use")
    # Also what this person does not see lies there.
    if Item._base_manager.filter(agency_id=access.agency_id, location_id=stored.pk).exists():
        raise Conflict("Exhibits lie there: move them first.", code="in_use")
    stored.closed_at = datetime.now(UTC)
    stored.save(update_fields=["closed_at"])
    return stored


def _open(access: Access) -> Any:
    return StorageLocation.objects.visible_to(access).filter(closed_at=None)


def _locked(access: Access, key: UUID) -> StorageLocation:
    access.require(Capability.MANAGE_EVIDENCE)
    found: StorageLocation | None = (
        StorageLocation.objects.visible_to(access).select_for_update().filter(pk=key).first()
    )
    if found is None:
        raise NotFound()
    return found
