"""The verbs for beats and districts: put a new version in force, draw the areas for a map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.gis.geos import MultiPolygon
from django.db import transaction
from django.db.models import Max

from incidents.choices import AreaKind
from incidents.models import Area, AreaSet
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.scope import set_reason


@dataclass(frozen=True)
class AreaDraft:
    """An area to be stored; the shape is valid and in EPSG:4326."""

    code: str
    name: str
    shape: MultiPolygon


@transaction.atomic
def store_areas(*, access: Access, kind: AreaKind, source_name: str, drafts: Sequence[AreaDraft]) -> AreaSet:
    """Return the new version of the agency's areas of a kind, which is in force; older versions stay."""
    access.require(Capability.MANAGE_AREAS)
    sets = AreaSet.objects.visible_to(access).filter(kind=kind)
    # Two loads at once: the second waits here, then counts on from the first one's version.
    list(sets.select_for_update().order_by("pk").values_list("pk"))
    latest = sets.aggregate(latest=Max("version"))["latest"] or 0
    set_reason(f"{kind} areas loaded from {source_name}"[:200])
    sets.filter(is_current=True).update(is_current=False)
    area_set: AreaSet = AreaSet.objects.create(
        agency_id=access.agency_id,
        kind=kind,
        version=latest + 1,
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
