"""Everything that a method is given, read from the records in one agency's name."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import orjson
import shapely
from django.contrib.gis.db.models import Union
from django.contrib.gis.geos import GEOSGeometry

from incidents.models import Area, OffenceCode
from insights.answers.base import Study
from insights.area_counts import kind_in_force
from insights.choices import Ground
from insights.methods.base import Integers
from insights.running.asked import Asked
from insights.running.givers import GIVERS, in_metres
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
    if study.network is not None:
        for name, line in zip(study.network.names, study.network.lines, strict=True):
            digest.update(hashlib.sha256(name.encode() + shapely.to_wkb(line)).digest())
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
