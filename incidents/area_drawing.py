"""The verbs that draw areas: begin a draft, draw and remove areas in it, throw it away; and areas of one's own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

from django.contrib.gis.gdal import GDALException
from django.contrib.gis.geos import GEOSException, GEOSGeometry, MultiPolygon
from django.core.exceptions import SuspiciousOperation
from django.db import transaction

from incidents.area_files import POLYGONS
from incidents.area_shapes import fit_shapes
from incidents.area_versions import AreaDraft, find_draft, locked_versions, make_draft, refuse_second_draft
from incidents.choices import PLACED_KINDS, AreaKind
from incidents.models import Area, AreaSet
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import InvalidInput, NotFound
from nethra.core.geo import STORAGE_SRID

LONGEST_OUTLINE = 2_000_000
NOT_AN_OUTLINE = (
    "Give the outline as POLYGON((longitude latitude, …)), its last corner as its first, or as GeoJSON."
)
NOT_ON_EARTH = (
    "The corners are no degrees: longitude, from -180 to 180, comes before latitude, from -90 to 90."
)
_PLACE = re.compile(r"\[(-?[\d.e+-]+) (-?[\d.e+-]+)\]")


@transaction.atomic
def begin_draft(*, access: Access, kind: AreaKind, from_id: UUID | None = None) -> AreaSet:
    """Return a new draft of beats or districts, with the areas of the version named, or empty.

    Raise Conflict where there is a draft of the kind already, InvalidInput where the version is none of the kind.
    """
    access.require(Capability.MANAGE_AREAS)
    if kind not in PLACED_KINDS:
        raise InvalidInput("Only beats and districts come in versions.", code="no_versions")
    refuse_second_draft(access, kind)
    if from_id is None:
        return make_draft(access=access, kind=kind, source_name="drawn from nothing")
    source = AreaSet.objects.visible_to(access).filter(pk=from_id, kind=kind).first()
    if source is None:
        raise InvalidInput(errors={"drawn_from": [f"There is no such version of {kind}s."]})
    areas = Area.objects.visible_to(access).filter(area_set_id=source.pk).order_by("code")
    drafts = [AreaDraft(area.code, area.name, area.shape) for area in areas]
    name = f"drawn from version {source.version}"
    return make_draft(access=access, kind=kind, source_name=name, drafts=drafts)


@transaction.atomic
def own_set(*, access: Access) -> AreaSet:
    """Return the set of the agency's own areas, which is made when first asked for."""
    access.require(Capability.MANAGE_AREAS)
    own = AreaSet.objects.visible_to(access).filter(kind=AreaKind.OWN)
    # Of two who ask first at once the second waits, and finds the first one's.
    found: AreaSet | None = own.first() or locked_versions(access, AreaKind.OWN).first()
    if found is not None:
        return found
    made: AreaSet = AreaSet.objects.create(
        agency_id=access.agency_id,
        kind=AreaKind.OWN,
        version=1,
        source_name="drawn by the agency",
        in_force_from=datetime.now(UTC),
        loaded_by_id=access.author_id,
    )
    return made


@transaction.atomic
def draw_area(
    *, access: Access, area_set_id: UUID, code: str, shape: str, name: str = "", note: str = ""
) -> Area:
    """Store a new area of a draft or of the agency's own; return it. Without a name it is called by its code.

    ``shape`` is WKT or GeoJSON in EPSG:4326. Raise NotFound, Conflict where the version is or was in force, and
    InvalidInput with a sentence per field.
    """
    access.require(Capability.MANAGE_AREAS)
    area_set = lock_drawable(access=access, area_set_id=area_set_id)
    area = Area(agency_id=access.agency_id, area_set=area_set, kind=area_set.kind)
    return _store(access, area, {"code": code, "shape": shape, "name": name, "note": note})


@transaction.atomic
def change_area(*, access: Access, area_set_id: UUID, area_id: UUID, **values: str) -> Area:
    """Draw an area anew or call it otherwise, by the same values; what is not named stays. Raise as ``draw_area``."""
    access.require(Capability.MANAGE_AREAS)
    area_set = lock_drawable(access=access, area_set_id=area_set_id)
    area = Area.objects.visible_to(access).filter(area_set_id=area_set.pk, pk=area_id).first()
    if area is None:
        raise NotFound()
    return _store(access, area, values)


@transaction.atomic
def remove_area(*, access: Access, area_set_id: UUID, area_id: UUID) -> None:
    """Take an area out of a draft, or out of the agency's own. Raise NotFound, Conflict."""
    access.require(Capability.MANAGE_AREAS)
    area_set = lock_drawable(access=access, area_set_id=area_set_id)
    removed, _ = Area.objects.visible_to(access).filter(area_set_id=area_set.pk, pk=area_id).delete()
    if not removed:
        raise NotFound()


@transaction.atomic
def discard_draft(*, access: Access, area_set_id: UUID) -> None:
    """Throw a draft away with its areas; the audit keeps what they were. Raise NotFound, Conflict."""
    access.require(Capability.MANAGE_AREAS)
    area_set = find_draft(access, area_set_id)
    Area.objects.visible_to(access).filter(area_set_id=area_set.pk).delete()
    AreaSet.objects.visible_to(access).filter(pk=area_set.pk).delete()


def read_outline(text: str) -> MultiPolygon:
    """Return the outline that WKT or GeoJSON draws in EPSG:4326; raise InvalidInput, with the place of a crossing."""
    if not text.strip() or len(text) > LONGEST_OUTLINE:
        raise _refused(NOT_AN_OUTLINE)
    try:
        shape = GEOSGeometry(text.strip(), srid=STORAGE_SRID)
    # Suspicious is GeoJSON with a spatial reference of its own, which GDAL might look for elsewhere.
    except (ValueError, TypeError, GEOSException, GDALException, SuspiciousOperation) as problem:
        raise _refused(NOT_AN_OUTLINE) from problem
    if shape.geom_type not in POLYGONS or shape.empty:
        raise _refused(NOT_AN_OUTLINE)
    if not shape.valid:
        raise _refused(_unfit(shape.valid_reason))
    try:
        (fit,) = fit_shapes([shape], STORAGE_SRID)
    except InvalidInput as problem:
        raise _refused(NOT_ON_EARTH) from problem
    return fit.shape


def _unfit(reason: str) -> str:
    place = _PLACE.search(reason)
    if place is None or "ntersection" not in reason:
        return NOT_AN_OUTLINE
    return f"The outline crosses itself, at {float(place[2]):.5f}, {float(place[1]):.5f}."


def _refused(sentence: str) -> InvalidInput:
    return InvalidInput(sentence, code="invalid_shape", errors={"shape": [sentence]})


def _store(access: Access, area: Area, values: Mapping[str, str]) -> Area:
    if "shape" in values:
        area.shape = read_outline(values["shape"])
    area.code = values.get("code", area.code).strip()
    others = Area.objects.visible_to(access).filter(area_set_id=area.area_set_id).exclude(pk=area.pk)
    _check_code(area.code, others.filter(code=area.code).exists())
    area.name = (values.get("name", area.name).strip() or area.code)[:100]
    area.note = values.get("note", area.note).strip()[:500]
    area.save()
    return area


def _check_code(code: str, is_taken: bool) -> None:
    if not 0 < len(code) <= 40:
        raise InvalidInput(errors={"code": ["Give the area a code of 1 to 40 letters."]})
    if is_taken:
        raise InvalidInput(errors={"code": [f"There is an area with the code {code} already."]})


def lock_drawable(*, access: Access, area_set_id: UUID) -> AreaSet:
    """Return a draft or the agency's own areas, for one who draws at a time; raise NotFound, Conflict."""
    own = AreaSet.objects.visible_to(access).filter(pk=area_set_id, kind=AreaKind.OWN)
    found = own.select_for_update().first()
    return found if found is not None else find_draft(access, area_set_id)
