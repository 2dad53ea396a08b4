"""Areas for tests: rectangles as drafts, and versions made of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.gis.geos import MultiPolygon, Polygon

from incidents.area_drawing import draw_area, own_set
from incidents.area_versions import AreaDraft, make_draft, put_in_force, store_areas
from incidents.choices import AreaKind
from incidents.models import Area, AreaSet
from nethra.core.access import Access
from nethra.core.scope import agency_scope

Box = tuple[float, float, float, float]
WEST: Box = (-122.5, 37.7, -122.42, 37.8)
EAST: Box = (-122.42, 37.7, -122.3, 37.8)


def rectangle(box: Box) -> MultiPolygon:
    """Return a box as an area's shape."""
    return MultiPolygon(Polygon.from_bbox(box), srid=4326)


def drafts(**boxes: Box) -> list[AreaDraft]:
    """Return an area for each code and box."""
    return [AreaDraft(code, code.title(), rectangle(box)) for code, box in boxes.items()]


def version(access: Access, since: datetime | None = None, /, kind: str = "beat", **boxes: Box) -> AreaSet:
    """Return a version in force with an area for each code and box."""
    with agency_scope(access):
        return store_areas(
            access=access, kind=AreaKind(kind), source_name="test", drafts=drafts(**boxes), since=since
        )


def draft(access: Access, /, kind: str = "beat", **boxes: Box) -> AreaSet:
    """Return a draft with an area for each code and box."""
    with agency_scope(access):
        return make_draft(access=access, kind=AreaKind(kind), source_name="test", drafts=drafts(**boxes))


def in_force(access: Access, area_set: AreaSet, **options: Any) -> AreaSet:
    """Return the draft, put in force."""
    with agency_scope(access):
        return put_in_force(access=access, area_set_id=area_set.pk, **{"reason": "redrawn", **options})


def own_area(access: Access, code: str, box: Box, note: str = "") -> Area:
    """Return an area of the agency's own."""
    with agency_scope(access):
        own = own_set(access=access)
        return draw_area(access=access, area_set_id=own.pk, code=code, shape=rectangle(box).wkt, note=note)
