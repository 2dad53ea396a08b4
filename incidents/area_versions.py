"""The verbs that make a version of an agency's areas and put it in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.contrib.gis.geos import MultiPolygon
from django.db import transaction
from django.db.models import Max

from accounts.models import Agency
from incidents.choices import AreaKind
from incidents.models import Area, AreaSet
from incidents.placing_runs import order_placing
from incidents.querysets import AreaSetQuerySet
from incidents.topology import check_version, refuse_faulty
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import Conflict, InvalidInput, NotFound
from nethra.core.scope import set_reason

LONGEST_REASON = 200


@dataclass(frozen=True)
class AreaDraft:
    """An area to be stored; the shape is valid and in EPSG:4326."""

    code: str
    name: str
    shape: MultiPolygon


@transaction.atomic
def store_areas(
    *,
    access: Access,
    kind: AreaKind,
    source_name: str,
    drafts: Sequence[AreaDraft],
    since: datetime | None = None,
) -> AreaSet:
    """Return the new version of the agency's areas of a kind, which is in force; older versions stay.

    It is in force from ``since``, by default from now. Raise InvalidInput where that will not do.
    """
    area_set = make_draft(access=access, kind=kind, source_name=source_name, drafts=drafts)
    return _bring_into_force(access, area_set, f"{kind} areas loaded from {source_name}", since)


@transaction.atomic
def make_draft(
    *, access: Access, kind: AreaKind, source_name: str, drafts: Sequence[AreaDraft] = ()
) -> AreaSet:
    """Return a new version of the agency's areas of a kind, which is not in force yet."""
    access.require(Capability.MANAGE_AREAS)
    latest = locked_versions(access, kind).aggregate(latest=Max("version"))["latest"] or 0
    area_set: AreaSet = AreaSet.objects.create(
        agency_id=access.agency_id,
        kind=kind,
        version=latest + 1,
        is_current=False,
        source_name=source_name[:200],
        loaded_by_id=access.author_id,
    )
    Area.objects.bulk_create(
        Area(
            agency_id=access.agency_id,
            area_set=area_set,
            kind=kind,
            code=draft.code,
            name=draft.name,
            shape=draft.shape,
        )
        for draft in drafts
    )
    return area_set


@transaction.atomic
def put_in_force(
    *,
    access: Access,
    area_set_id: UUID,
    reason: str,
    since: datetime | None = None,
    take_faults: bool = False,
) -> AreaSet:
    """Put a draft in force from ``since``, by default from now, and order that incidents be placed anew.

    Raise NotFound, Conflict where it is no draft, and InvalidInput without a reason, without areas, for a time
    that will not do, or where a larger share of the areas is at fault than is taken without being told to.
    """
    access.require(Capability.MANAGE_AREAS)
    area_set = find_draft(access, area_set_id)
    if not reason.strip():
        raise InvalidInput(errors={"reason": ["Say why the areas change."]})
    if not Area.objects.visible_to(access).filter(area_set_id=area_set.pk).exists():
        raise InvalidInput("There are no areas in this draft.", code="no_areas")
    if not take_faults:
        refuse_faulty(check_version(access=access, area_set=area_set))
    return _bring_into_force(access, area_set, reason.strip(), since)


def find_draft(access: Access, area_set_id: UUID) -> AreaSet:
    """Return a draft, locked; raise NotFound, and Conflict where it is or was in force."""
    found = AreaSet.objects.visible_to(access).select_for_update().filter(pk=area_set_id).first()
    if found is None:
        raise NotFound()
    if not found.is_draft:
        raise Conflict("This version is or was in force; draw a new one from it.", code="no_draft")
    return found


def refuse_second_draft(access: Access, kind: str) -> None:
    """Raise Conflict where there is a draft of a kind: of two, the one put in force last would undo the other."""
    draft = locked_versions(access, kind).filter(in_force_from=None).first()
    if draft is not None:
        sentence = (
            f"There is a draft of {kind}s already, version {draft.version}: go on with it, or discard it."
        )
        raise Conflict(sentence, code="draft_exists")


def locked_versions(access: Access, kind: str) -> AreaSetQuerySet:
    """Return the versions of a kind, for one at a time in the agency until its transaction ends."""
    # Two at once: the second waits here, before the first version too, then counts on from the first one's.
    list(Agency.objects.visible_to(access).select_for_update(no_key=True).values_list("pk"))
    versions: AreaSetQuerySet = AreaSet.objects.visible_to(access).filter(kind=kind)
    return versions


def _bring_into_force(access: Access, area_set: AreaSet, reason: str, since: datetime | None) -> AreaSet:
    now = datetime.now(UTC)
    begins = since or now
    current = locked_versions(access, area_set.kind).filter(is_current=True).first()
    if begins > now:
        raise InvalidInput(errors={"since": ["A version cannot come into force in the future."]})
    if current is not None and current.in_force_from is not None and begins < current.in_force_from:
        sentence = (
            f"The version in force before began on {current.in_force_from:%Y-%m-%d %H:%M} UTC; begin later."
        )
        raise InvalidInput(errors={"since": [sentence]})
    set_reason(reason[:LONGEST_REASON])
    if current is not None:
        current.is_current, current.in_force_until = False, begins
        current.save(update_fields=["is_current", "in_force_until"])
    area_set.is_current, area_set.in_force_from = True, begins
    area_set.save(update_fields=["is_current", "in_force_from"])
    order_placing(access=access, reason=reason)
    return area_set
