"""What methods need beyond the incidents, read from the records in one agency's name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import numpy as np
import shapely
from django.contrib.gis.db.models.functions import Transform
from django.contrib.gis.geos import GEOSGeometry, Polygon
from django.db.models import Q
from django.db.models.expressions import RawSQL

from incidents.filters import IncidentFilters
from incidents.gazetteer.choices import PlaceKind
from incidents.gazetteer.models import GazetteerLoad, Place
from incidents.models import Area, Incident
from insights.answers.base import Need, Study
from insights.methods.base import MethodFault
from insights.running.asked import Asked
from insights.running.stored_forecasts import kept_of
from insights.taking import NUMBER, Taken, elements, take_events
from nethra.core import rows
from nethra.core.access import Access
from nethra.core.geo import STORAGE_SRID

# One point for each pair of ordinates, in their order; elements of an array are sent in binary.
_DEGREES = """
SELECT array_send(array_agg(ST_X(place) ORDER BY position)), array_send(array_agg(ST_Y(place) ORDER BY position))
FROM (SELECT ST_Transform(ST_SetSRID(ST_MakePoint(x, y), %s), %s) AS place, position
      FROM unnest(%s::float8[], %s::float8[]) WITH ORDINALITY AS points (x, y, position) OFFSET 0) AS moved
"""


def in_metres(shape: GEOSGeometry, srid: int) -> shapely.Geometry:
    """Return a shape of EPSG:4326 in a projected system."""
    moved = shape.transform(srid, clone=True)
    assert moved is not None  # noqa: S101  a clone always is
    return shapely.from_wkb(bytes(moved.wkb))


def _with_beats(access: Access, asked: Asked, taken: Taken, study: Study) -> Study:
    """Add the beat of each incident, -1 where it has none; beats by code."""
    del asked
    keys = uuids(taken)
    found = Incident.objects.visible_to(access).filter(pk__in=_among(keys), beat__isnull=False).order_by()
    held: dict[UUID, UUID] = {key: beat for key, beat in found.values_list("pk", "beat_id") if beat}
    areas = Area.objects.visible_to(access).filter(pk__in=set(held.values()))
    named = sorted((str(code), str(name), key) for key, code, name in areas.values_list("pk", "code", "name"))
    number_of = {key: number for number, (_, _, key) in enumerate(named)}
    groups = np.array([number_of[held[key]] if key in held else -1 for key in keys], dtype=np.int64)
    return replace(study, groups=groups, group_names=tuple(name for _, name, _ in named))


def _with_texts(access: Access, asked: Asked, taken: Taken, study: Study) -> Study:
    """Add what each incident's report tells, nothing where the access may not read it."""
    del asked
    readable = Incident.objects.visible_to(access).readable("description")
    keys = uuids(taken)
    told = dict(readable.filter(is_guarded=False, pk__in=_among(keys)).values_list("pk", "description"))
    return replace(study, texts=tuple(told.get(key, "") for key in keys))


def _among(keys: list[UUID]) -> RawSQL:
    # One parameter: a statement takes 65,535 at most, and a city has more incidents.
    return RawSQL("SELECT unnest(%s::uuid[])", [keys])


def _with_subject(access: Access, asked: Asked, taken: Taken, study: Study) -> Study:
    del access
    keys = uuids(taken)
    if asked.about.subject not in keys:
        raise MethodFault("The incident asked about is not among those that the filters want.", "subject")
    return replace(study, subject=keys.index(asked.about.subject))


def _with_zones(access: Access, asked: Asked, taken: Taken, study: Study) -> Study:
    shapes = dict(
        Area.objects.visible_to(access)
        .filter(pk__in=[asked.about.treated, asked.about.control])
        .values_list("pk", "shape")
    )
    found = {key: in_metres(shape, taken.srid) for key, shape in shapes.items()}
    treated, control = asked.about.treated, asked.about.control
    if treated not in found or control not in found:
        raise MethodFault("There is no such area.", "treated")
    return replace(study, zones=(found[treated], found[control]))


def uuids(taken: Taken) -> list[UUID]:
    """Return the keys of the incidents, by their position."""
    return [UUID(bytes=bytes(key)) for key in taken.keys]


def _with_crimes(access: Access, asked: Asked, taken: Taken, study: Study) -> Study:
    from insights.taking_crimes import take_crimes

    del asked
    return replace(study, crimes=take_crimes(access, taken))


def _with_solved(access: Access, asked: Asked, taken: Taken, study: Study) -> Study:
    """Add the agency's solved crimes of all times and places: what is learned from is not what is asked about."""
    from insights.taking_crimes import incidents_of_cleared_cases, take_solved

    del asked, taken
    solved = take_events(access, IncidentFilters(), only=Q(pk__in=incidents_of_cleared_cases(access)))
    return replace(study, solved=take_solved(access, solved))


def _with_forecast(access: Access, asked: Asked, taken: Taken, study: Study) -> Study:
    del taken
    assert asked.about.forecast is not None  # noqa: S101  asked_of() refuses what is about none
    return replace(study, kept=kept_of(access, asked.about.forecast))


def _with_degrees(access: Access, asked: Asked, taken: Taken, study: Study) -> Study:
    del access, asked
    events = study.events
    known = np.flatnonzero(np.isfinite(events.x) & np.isfinite(events.y))
    degrees = np.full((len(events), 2), np.nan)
    if len(known):
        x, y = events.x[known].tolist(), events.y[known].tolist()
        row = rows.run(_DEGREES, [taken.srid, STORAGE_SRID, x, y])[0]
        degrees[known] = np.column_stack([elements(column, NUMBER).astype(np.float64) for column in row])
    return replace(study, degrees=degrees)


def _with_streets(access: Access, asked: Asked, taken: Taken, study: Study) -> Study:
    """Add the streets of the gazetteer in force, by name and key; with a ground, those that reach into its box."""
    from insights.methods.streets import Network

    del asked
    found = Place.objects.visible_to(access).filter(
        load__in=GazetteerLoad.objects.visible_to(access).current(), kind=PlaceKind.STREET
    )
    if study.area is not None:
        corners = shapely.bounds(study.area).tolist()
        ground = Polygon.from_bbox(corners)
        ground.srid = taken.srid
        found = found.filter(shape__bboverlaps=ground.transform(STORAGE_SRID, clone=True))
    held = found.annotate(metres=Transform("shape", taken.srid)).order_by("name", "id")
    named = list(held.values_list("name", "metres"))
    lines = [shapely.from_wkb(bytes(shape.wkb)) for _, shape in named]
    return replace(study, network=Network(lines, [str(name) for name, _ in named]))


GIVERS: dict[Need, Callable[[Access, Asked, Taken, Study], Study]] = {
    Need.BEATS: _with_beats,
    Need.HABITS: _with_crimes,
    Need.SOLVED: _with_solved,
    Need.TEXTS: _with_texts,
    Need.SUBJECT: _with_subject,
    Need.ZONES: _with_zones,
    Need.FORECAST: _with_forecast,
    Need.DEGREES: _with_degrees,
    Need.STREETS: _with_streets,
}
