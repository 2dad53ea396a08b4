"""Rows for tests, made by the services that make them in life."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.contrib.gis.geos import MultiPolygon, Point, Polygon

from incidents.choices import AreaKind
from incidents.models import Area, AreaSet, Incident
from incidents.services import OffenceInput, create_incident
from nethra.core.access import Access
from nethra.core.scope import agency_scope


def make_incident(access: Access, *codes: str, **values: Any) -> Incident:
    """Return a burglary (or the given offences) of 2 March 2026 in the middle of the test town."""
    moment = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
    values = {
        "occurred_from": moment,
        "occurred_until": moment,
        "reported_at": moment,
        "location": Point(-122.42, 37.77, srid=4326),
        "address": "12 Mission Street",
        "description": "Rear window forced, jewellery taken.",
        **values,
    }
    offences = [OffenceInput(code) for code in codes or ("220",)]
    with agency_scope(access):
        return create_incident(access=access, offences=offences, **values)


def make_area(access: Access, kind: AreaKind, code: str, bbox: tuple[float, float, float, float]) -> Area:
    """Return a rectangular area of the current version of its kind, which is made when missing."""
    shape = MultiPolygon(Polygon.from_bbox(bbox), srid=4326)
    with agency_scope(access):
        area_set = AreaSet.objects.visible_to(access).filter(kind=kind, is_current=True).first()
        if area_set is None:
            area_set = AreaSet.objects.create(
                agency_id=access.agency_id,
                kind=kind,
                version=1,
                source_name="test",
                in_force_from=datetime(2026, 1, 1, tzinfo=UTC),
            )
        return Area.objects.create(
            agency_id=access.agency_id,
            area_set=area_set,
            kind=kind,
            code=code,
            name=code.title(),
            shape=shape,
        )
