"""Beats, districts and the boundary from a file, and as what a map draws."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import orjson
from django.contrib.gis.db.models import GeometryField
from django.contrib.gis.db.models.functions import AsGeoJSON
from django.db import transaction
from django.db.models import F, Func

from accounts.models import Agency
from accounts.services import set_boundary
from incidents.area_files import read_area_file
from incidents.area_shapes import MOST_CHANGE, FitShape, fit_shapes, union_of
from incidents.area_versions import AreaDraft, store_areas
from incidents.choices import AreaKind
from incidents.features import AreaFile
from incidents.models import Area, AreaSet
from incidents.topology import Fault, check_shapes, refuse_faulty
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import InvalidInput
from nethra.core.geo import ALLOWED_SRIDS

Kind = Literal["district", "beat", "boundary"]
BOUNDARY = "boundary"
KINDS: tuple[Kind, ...] = ("district", "beat", "boundary")
#: Fields that hold an area's code in the files of real agencies, the likeliest first.
CODE_FIELDS: dict[Kind, tuple[str, ...]] = {
    "district": ("district", "dist_num", "dist", "precinct", "division", "code", "name", "label", "id"),
    "beat": (
        "beat",
        "beat_num",
        "beat_code",
        "sector",
        "district",
        "precinct",
        "code",
        "name",
        "label",
        "id",
    ),
    "boundary": (),
}
NAME_FIELDS = ("name", "label", "long_name")
#: About five metres.
TOLERANCE = 0.00005


@dataclass(frozen=True)
class LoadedAreas:
    """What a file became; the boundary has no area set and no fields, and is not checked against itself."""

    area_set: AreaSet | None
    stored: int
    warnings: tuple[str, ...]
    srid: int
    code_field: str = ""
    name_field: str = ""
    faults: tuple[Fault, ...] = ()


@transaction.atomic
def load_areas(
    *,
    access: Access,
    file: Path,
    kind: Kind,
    code_field: str | None = None,
    name_field: str | None = None,
    srid: int | None = None,
    since: datetime | None = None,
    take_faults: bool = False,
) -> LoadedAreas:
    """Put a file's polygons in force as the agency's districts, beats, or (united) as its boundary.

    A polygon that crosses itself is repaired, with a warning; overlaps, gaps and what lies outside the boundary
    are faults that are told. Raise InvalidInput with one sentence for a file, field or spatial reference that will
    not do, and where a larger share of the areas is at fault than is taken without ``take_faults``.
    """
    access.require(Capability.MANAGE_AREAS)
    content = read_area_file(file)
    used_srid = srid_of(content, srid)
    fields = ("", "") if kind == BOUNDARY else _fields_of(content, kind, code_field, name_field)
    titles = [
        feature.attributes.get(fields[0], "") or f"Feature {feature.place}" for feature in content.features
    ]
    fit = fit_shapes([feature.shape for feature in content.features], used_srid)
    warnings = tuple(
        w for title, area in zip(titles, fit, strict=True) if (w := _repair_warning(title, area))
    )
    if kind == BOUNDARY:
        set_boundary(access=access, boundary=union_of([area.shape for area in fit]))
        return LoadedAreas(None, 1, warnings, used_srid)
    drafts = _drafts(content, fit, *fields)
    topology = check_shapes(access, [(draft.code, draft.shape) for draft in drafts])
    if not take_faults:
        refuse_faulty(topology)
    area_set = store_areas(
        access=access, kind=AreaKind(kind), source_name=file.name, drafts=drafts, since=since
    )
    return LoadedAreas(area_set, len(drafts), warnings, used_srid, *fields, faults=topology.faults)


def areas_geojson(access: Access, kinds: Collection[str]) -> bytes:
    """Return the areas in force, and the boundary where asked for, as a GeoJSON FeatureCollection.

    Properties: id, name, code, kind (district, beat, boundary). EPSG:4326, simplified to about five metres.
    """
    access.require(Capability.VIEW_AREAS)
    areas = Area.objects.visible_to(access).current().filter(kind__in=list(kinds)).order_by("kind", "code")
    rows = [
        _feature(key, name, code, kind, drawn)
        for key, name, code, kind, drawn in areas.annotate(drawn=_drawn("shape")).values_list(
            "pk", "name", "code", "kind", "drawn"
        )
    ]
    if BOUNDARY in kinds:
        agencies = Agency.objects.visible_to(access).filter(boundary__isnull=False)
        rows += [
            _feature(key, name, code, BOUNDARY, drawn)
            for key, name, code, drawn in agencies.annotate(drawn=_drawn("boundary")).values_list(
                "pk", "name", "code", "drawn"
            )
        ]
    return orjson.dumps({"type": "FeatureCollection", "features": rows})


def _drawn(field: str) -> AsGeoJSON:
    simple = Func(
        F(field), TOLERANCE, function="ST_SimplifyPreserveTopology", output_field=GeometryField(srid=4326)
    )
    return AsGeoJSON(simple, precision=6)


def _feature(key: UUID, name: str, code: str, kind: str, drawn: str) -> dict[str, Any]:
    properties = {"id": str(key), "name": name, "code": code, "kind": kind}
    return {"type": "Feature", "properties": properties, "geometry": orjson.Fragment(drawn)}


def srid_of(content: AreaFile, stated: int | None) -> int:
    """Return the SRID that was stated, or else that of the file; raise InvalidInput where it is not known."""
    srid = stated or content.srid
    if srid is None:
        raise InvalidInput(
            "The file does not say its spatial reference: state its SRID.", code="unknown_srid"
        )
    if srid not in ALLOWED_SRIDS:
        allowed = ", ".join(map(str, sorted(ALLOWED_SRIDS)))
        raise InvalidInput(f"SRID {srid} is not among those known: {allowed}.", code="unknown_srid")
    return srid


def _fields_of(
    content: AreaFile, kind: Kind, code_field: str | None, name_field: str | None
) -> tuple[str, str]:
    for field in (code_field, name_field):
        if field is not None and field not in content.fields:
            known = ", ".join(content.fields) or "none"
            raise InvalidInput(f"There is no field '{field}'; the file has {known}.", code="unknown_field")
    code = code_field or _first_telling(content, CODE_FIELDS[kind])
    if code is None:
        known = ", ".join(content.fields) or "none"
        raise InvalidInput(f"No field is plainly the code; name one of {known}.", code="unknown_field")
    named = next((field for field in content.fields if field.lower() in NAME_FIELDS), code)
    return code, name_field or named


def _first_telling(content: AreaFile, candidates: Sequence[str]) -> str | None:
    """Return the first candidate, whatever its case, whose values tell all features apart."""
    by_name = {field.lower(): field for field in content.fields}
    for field in (by_name[name] for name in candidates if name in by_name):
        values = {feature.attributes.get(field, "") for feature in content.features}
        if "" not in values and len(values) == len(content.features):
            return field
    return None


def _repair_warning(title: str, area: FitShape) -> str:
    if area.shape.empty or (not area.was_valid and area.change > MOST_CHANGE):
        raise InvalidInput(
            f"{title} crosses itself and cannot be repaired without changing its area.", code="invalid_shape"
        )
    if area.was_valid:
        return ""
    return f"{title} crosses itself; it was repaired, its area changed by less than 0.1 %."


def _drafts(content: AreaFile, fit: Sequence[FitShape], code_field: str, name_field: str) -> list[AreaDraft]:
    codes = [feature.attributes.get(code_field, "") for feature in content.features]
    for place, code in enumerate(codes, start=1):
        if not 0 < len(code) <= 40:
            raise InvalidInput(f"Feature {place} needs a {code_field} of 1 to 40 letters.", code="bad_code")
    if repeated := sorted(code for code, count in Counter(codes).items() if count > 1):
        raise InvalidInput(
            f"{code_field} is not a code: {', '.join(repeated[:5])} occurs more than once.",
            code="repeated_code",
        )
    return [
        AreaDraft(code, (feature.attributes.get(name_field) or code)[:100], area.shape)
        for code, feature, area in zip(codes, content.features, fit, strict=True)
    ]
