"""Everything that a method is given, read from the records in one agency's name."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import orjson
import shapely
from django.contrib.gis.db.models import Union
from django.contrib.gis.geos import GEOSGeometry
from django.db.models import Q

from incidents.filters import IncidentFilters
from incidents.models import Area, Incident, OffenceCode
from insights.answers.base import Need, Study
from insights.area_counts import kind_in_force
from insights.choices import Ground
from insights.methods.base import Integers, MethodFault
from insights.running.asked import Asked
from insights.running.stored_forecasts import kept_of
from insights.taking import Taken, take_events
from nethra.core.access import Access
from nethra.core.errors import InvalidInput

EPOCH = datetime(1970, 1, 1)
DAY_SECONDS = 86_400.0
NOTHING = "The area holds nothing that could be studied; choose another area."


@dataclass(frozen=True)
class Gathered:
    """What a run read: the study, where keys lead, and the digest of all of it.

    ``digest``: SHA-256 of everything the answer follows from but the method, its parameters and the moment of asking.
    """

    study: Study
    taken: Taken
    digest: str


def gather(
    access: Access, asked: Asked, as_of: datetime, progress: Callable[[float], None] | None = None
) -> Gathered:
    """Return what the method needs, read by the access; call it in a transaction.

    ``as_of`` is the moment that counts as today. Raise NotAllowed, InvalidInput.
    """
    taken = take_events(access, asked.filters)
    zone = ZoneInfo(taken.zone)
    study = Study(
        events=taken.events,
        today=day_of(as_of, zone),
        kinds=_names(taken.kinds),
        first_day=_bound(asked.filters.occurred_after, zone),
        until=_bound(asked.filters.occurred_before, zone),
        area=_ground(access, asked, taken.srid),
        progress=progress,
    )
    for need in sorted(asked.analysis.needs):
        study = GIVERS[need](access, asked, taken, study)
    return Gathered(study, taken, _digest(taken, study, asked))


def day_of(moment: datetime, zone: ZoneInfo) -> float:
    """Return a moment as days since 1970-01-01 by the clocks of a zone."""
    return (moment.astimezone(zone).replace(tzinfo=None) - EPOCH).total_seconds() / DAY_SECONDS


def _bound(moment: datetime | None, zone: ZoneInfo) -> float | None:
    return None if moment is None else day_of(moment, zone)


def _names(codes: tuple[str, ...]) -> tuple[str, ...]:
    names = dict(OffenceCode.objects.filter(pk__in=codes).values_list("pk", "name"))
    return tuple(names.get(code, "No offence") for code in codes)


def _ground(access: Access, asked: Asked, srid: int) -> shapely.Geometry | None:
    """Return what is studied, in metres: the area, box or outline of the filters, else the agency's areas."""
    filters = asked.filters
    shapes: list[GEOSGeometry] = [shape for shape in (filters.bbox, filters.within) if shape is not None]
    areas = Area.objects.visible_to(access)
    if filters.area is not None:
        shapes.extend(areas.filter(pk=filters.area).values_list("shape", flat=True))
    if not shapes and asked.about.ground == Ground.AREAS:
        whole = areas.current().filter(kind=kind_in_force(access)).aggregate(whole=Union("shape"))["whole"]
        shapes.extend([] if whole is None else [whole])
    if not shapes:
        return None
    found = shapely.intersection_all([in_metres(shape, srid) for shape in shapes])
    if shapely.area(found) == 0:
        raise InvalidInput(NOTHING, code="area_empty", errors={"area": [NOTHING]})
    return found


def in_metres(shape: GEOSGeometry, srid: int) -> shapely.Geometry:
    """Return a shape of EPSG:4326 in a projected system."""
    moved = shape.transform(srid, clone=True)
    assert moved is not None  # noqa: S101  a clone always is
    return shapely.from_wkb(bytes(moved.wkb))


def _with_beats(access: Access, asked: Asked, taken: Taken, study: Study) -> Study:
    """Add the beat of each incident, -1 where it has none; beats by code."""
    del asked
    keys = uuids(taken)
    found = Incident.objects.visible_to(access).filter(pk__in=keys, beat__isnull=False).order_by()
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
    told = dict(readable.filter(is_guarded=False, pk__in=uuids(taken)).values_list("pk", "description"))
    return replace(study, texts=tuple(told.get(key, "") for key in uuids(taken)))


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


GIVERS: dict[Need, Callable[[Access, Asked, Taken, Study], Study]] = {
    Need.BEATS: _with_beats,
    Need.HABITS: _with_crimes,
    Need.SOLVED: _with_solved,
    Need.TEXTS: _with_texts,
    Need.SUBJECT: _with_subject,
    Need.ZONES: _with_zones,
    Need.FORECAST: _with_forecast,
}


def _digest(taken: Taken, study: Study, asked: Asked) -> str:
    """Return the digest of all that was read; what people chose is in the run itself."""
    digest = hashlib.sha256(taken.digest.encode())
    bounds = (study.first_day, study.until)
    digest.update(repr((bounds, tuple(study.kinds), tuple(study.group_names), study.subject)).encode())
    shapes = [shape for shape in (study.area, *(study.zones or ())) if shape is not None]
    for shape in shapes:
        digest.update(shapely.to_wkb(shapely.normalize(shape)))
    groups: Integers | None = study.groups
    if groups is not None:
        digest.update(groups.astype("<i8").tobytes())
    digest.update(_digest_of_links(study).encode())
    if study.kept is not None:
        digest.update(orjson.dumps(study.kept, option=orjson.OPT_SORT_KEYS))
    for text in study.texts or ():
        digest.update(hashlib.sha256(text.encode()).digest())
    return digest.hexdigest()


def _digest_of_links(study: Study) -> str:
    if study.crimes is None and study.solved is None:
        return ""
    from insights.taking_crimes import digest_of_crimes, digest_of_solved

    crimes = "" if study.crimes is None else digest_of_crimes(study.crimes)
    return crimes + ("" if study.solved is None else digest_of_solved(study.solved))
