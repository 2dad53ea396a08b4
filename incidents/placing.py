"""Which beat and district a point falls into, by the versions in force."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib.gis.geos import Point

from incidents.choices import AreaKind
from incidents.models import Area
from nethra.core.access import Access
from nethra.core.geo import envelope_around


@dataclass(frozen=True)
class Placement:
    """The beat and district of a point; None where it lies in none."""

    beat_id: UUID | None = None
    district_id: UUID | None = None


def place(access: Access, point: Point | None) -> Placement:
    """Return the current beat and district of a point (EPSG:4326); on a shared border the lowest code."""
    if point is None:
        return Placement()
    areas = (
        Area.objects.visible_to(access)
        .current()
        .filter(shape__bboverlaps=envelope_around(point, 1), shape__intersects=point)
        .order_by("-code")
        .values_list("kind", "pk")
    )
    found = dict(areas)
    return Placement(found.get(AreaKind.BEAT), found.get(AreaKind.DISTRICT))
