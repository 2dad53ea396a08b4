"""What the OGC API offers: which records, by which filters, at what time and place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.gis.db.models import Extent
from django.db.models import Max, Min, Q, QuerySet
from django.http import QueryDict
from drf_spectacular.utils import OpenApiParameter

from cases.access import find_case
from cases.api import parameters as case_parameters
from cases.fields import CASE
from cases.models import Case
from cases.readings import note_reading
from incidents.api import parameters as incident_parameters
from incidents.fields import AREA_DETAIL, INCIDENT
from incidents.models import Area, Incident
from incidents.readings import note_opening
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.fields import Declaration, Field
from nethra.core.geo import parse_bbox
from nethra.core.parameters import single
from nethra.core.readings import Reason
from nethra.exchange.choices import ResourceName
from nethra.exchange.resources import RESOURCES

Bounds = tuple[float, float, float, float]


def _not_kept(access: Access, key: UUID, reason: Reason | None) -> None:
    """Keep nothing of who opened a record that is no secret."""


@dataclass(frozen=True)
class Collection:
    """One kind of record with a place.

    ``visible`` returns the rows that an access may see, ``wanted`` those of them that the filters of /api/v1 and bbox
    want. ``equal`` names declared fields that a query may compare with one value besides. ``time`` is the ORM path
    of the time that datetime asks for, '' where there is none. ``note`` keeps that one record was opened.
    """

    name: str
    title: str
    description: str
    capability: Capability
    declaration: Declaration
    visible: Callable[[Access], QuerySet[Any]]
    wanted: Callable[[Access, QueryDict], QuerySet[Any]]
    filters: tuple[OpenApiParameter, ...]
    equal: tuple[str, ...]
    time: str = ""
    note: Callable[[Access, UUID, Reason | None], None] = _not_kept

    @property
    def place(self) -> Field:
        """The field that is the geometry."""
        found = self.declaration.geometry()
        if found is None:
            raise TypeError(f"{self.declaration.name} has no geometry.")
        return found

    @property
    def compared(self) -> tuple[Field, ...]:
        """The fields that a query may compare with one value."""
        return tuple(field for field in self.declaration.fields if field.name in self.equal)

    @property
    def parameters(self) -> frozenset[str]:
        """The names of the filters, without those that every collection has."""
        return frozenset({each.name for each in self.filters} | set(self.equal))

    def extent_for(self, access: Access) -> tuple[Bounds | None, tuple[Any, Any]]:
        """Return the box of what this access may see (EPSG:4326), and its first and last time; None for nothing."""
        # SECURITY: a box round a place that is withheld would show it.
        hidden = self.declaration.withheld_where(access, [self.place.name])
        box = Extent(self.place.path, filter=None if hidden is None else ~Q(hidden))
        times = {"first": Min(self.time), "last": Max(self.time)} if self.time else {}
        found = self.visible(access).aggregate(box=box, **times)
        return found["box"], (found.get("first"), found.get("last"))


def _own(parameters: list[OpenApiParameter]) -> tuple[OpenApiParameter, ...]:
    return tuple(each for each in parameters if each.name != "bbox")


def _note_case(access: Access, key: UUID, reason: Reason | None) -> None:
    note_reading(access, find_case(access, key), reason)


def _areas_in_force(access: Access) -> QuerySet[Any]:
    return Area.objects.visible_to(access).current()


def _areas(access: Access, query: QueryDict) -> QuerySet[Any]:
    found, box = _areas_in_force(access), single(query, "bbox", parse_bbox)
    return found if box is None else found.filter(shape__bboverlaps=box, shape__intersects=box)


INCIDENTS = Collection(
    name="incidents",
    title="Incidents",
    description="Incidents where they happened. datetime asks for occurred_from.",
    capability=Capability.VIEW_INCIDENTS,
    declaration=INCIDENT,
    visible=Incident.objects.visible_to,
    wanted=RESOURCES[ResourceName.INCIDENTS].wanted,
    filters=_own(incident_parameters.FILTERS),
    equal=("number", "reported_by", "beat", "district", "source", "external_id", "import_batch"),
    time="occurred_from",
    note=note_opening,
)
CASES = Collection(
    name="cases",
    title="Cases",
    description="Cases, each where its primary incident was. datetime asks for opened_at.",
    capability=Capability.VIEW_CASES,
    declaration=CASE,
    visible=Case.objects.visible_to,
    wanted=RESOURCES[ResourceName.CASES].wanted,
    filters=_own(case_parameters.FILTERS),
    equal=("number", "title", "unit", "is_restricted", "led_by_agency", "referred_to", "clearance"),
    time="opened_at",
    note=_note_case,
)
AREAS = Collection(
    name="areas",
    title="Areas",
    description="Beats and districts in force, and areas of the agency's own.",
    capability=Capability.VIEW_AREAS,
    declaration=AREA_DETAIL,
    visible=_areas_in_force,
    wanted=_areas,
    filters=(),
    equal=("kind", "code", "name"),
)
COLLECTIONS = (INCIDENTS, CASES, AREAS)
