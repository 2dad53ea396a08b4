"""The filters of incidents, the same names in lists, GeoJSON, tiles, grids and the console."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.gis.geos import Polygon
from django.http import QueryDict

from accounts.models import Agency
from incidents.choices import IncidentStatus
from incidents.fields import INCIDENT
from incidents.models import Incident
from incidents.offences import known_offences
from incidents.querysets import IncidentQuerySet
from nethra.core.access import Access
from nethra.core.errors import InvalidInput
from nethra.core.geo import Near, parse_bbox, parse_near
from nethra.core.parameters import (
    moment,
    ordering_of,
    refusal,
    refuse_unknown,
    several,
    single,
    whole_of,
    word_of,
    words,
)
from nethra.core.shapes import MAX_POLYGON, parse_polygon

DEFAULT_ORDERING = ("-occurred_from", "-id")
NEAREST_FIRST = ("distance", "id")
#: What incidents may be sorted by; distance goes with near.
ORDERINGS = {**INCIDENT.orderings(), "distance": "distance"}
#: Filter -> the declared fields it reads.
READS = {
    "offences": ("offences",),
    "category": ("offences",),
    "occurred_after": ("occurred_from",),
    "occurred_before": ("occurred_from",),
    "weekdays": ("occurred_from",),
    "hours": ("occurred_from",),
    "area": ("beat", "district", "location"),
    "bbox": ("location",),
    "near": ("location",),
    "within": ("location",),
    "statuses": ("status",),
    "text": ("number", "address", "description"),
}


@dataclass(frozen=True)
class IncidentFilters:
    """Which incidents are wanted; None and empty mean no bound.

    ``occurred_after`` is included, ``occurred_before`` is not. Weekdays (1 is Monday, 7 Sunday) and hours (0 to
    23) are those of the agency's time zone when the incident began. Points are EPSG:4326, distances metres.
    """

    offences: tuple[str, ...] = ()
    category: UUID | None = None
    occurred_after: datetime | None = None
    occurred_before: datetime | None = None
    weekdays: tuple[int, ...] = ()
    hours: tuple[int, ...] = ()
    area: UUID | None = None
    bbox: Polygon | None = None
    near: Near | None = None
    within: Polygon | None = None
    statuses: tuple[str, ...] = ()
    text: str = ""
    ordering: str = ""

    @classmethod
    def from_query(cls, query: QueryDict, *, also: Collection[str] = ()) -> IncidentFilters:
        """Return the filters of a query; raise InvalidInput naming a parameter that is unknown or malformed.

        ``also`` names the parameters that the caller reads itself.
        """
        refuse_unknown(query, PARAMETERS | set(also))
        filters = cls(
            offences=several(query, "offence", _offence),
            category=single(query, "category", UUID),
            occurred_after=single(query, "occurred_after", moment),
            occurred_before=single(query, "occurred_before", moment),
            weekdays=several(query, "weekday", whole_of("weekday", 1, 7)),
            hours=several(query, "hour", whole_of("hour", 0, 23)),
            area=single(query, "area", UUID),
            bbox=single(query, "bbox", parse_bbox),
            near=single(query, "near", parse_near),
            within=single(query, "within", parse_polygon, longest=MAX_POLYGON),
            statuses=several(query, "status", word_of("status", IncidentStatus.values)),
            text=single(query, "q", words) or "",
            ordering=single(query, "ordering", ordering_of(ORDERINGS)) or "",
        )
        filters._check()
        return filters

    def _check(self) -> None:
        start, end = self.occurred_after, self.occurred_before
        if start is not None and end is not None and end <= start:
            raise refusal(
                "occurred_before", "occurred_before must be later than occurred_after.", "end_before_start"
            )
        if self.ordering.endswith("distance") and self.near is None:
            raise refusal("ordering", "Sorting by distance needs near.")

    @property
    def take_all(self) -> bool:
        """Whether nothing is asked for but an order."""
        return self.unordered() == type(self)()

    def unordered(self) -> IncidentFilters:
        """Return the same filters without an order."""
        return replace(self, ordering="")

    def apply(self, queryset: IncidentQuerySet) -> IncidentQuerySet:
        """Return the query set narrowed to these filters; the ordering is left alone."""
        found = queryset.occurred_between(self.occurred_after, self.occurred_before)
        if self.offences:
            found = found.with_offence(self.offences)
        if self.category is not None:
            found = found.with_category(self.category)
        if self.area is not None:
            found = found.in_area(self.area)
        if self.bbox is not None:
            found = found.in_bbox(self.bbox)
        if self.near is not None:
            found = found.near(self.near)
        if self.within is not None:
            found = found.within(self.within)
        if self.statuses:
            found = found.filter(status__in=self.statuses)
        return found.matching(self.text) if self.text else found

    def ordered(self, queryset: IncidentQuerySet, reach: int | None = None) -> IncidentQuerySet:
        """Return the query set in the order asked for: by default the nearest or the latest first.

        ``reach`` says how many rows are going to be read: the nearest are found without sorting all others.
        """
        if self.near is not None and self.ordering in ("", "distance"):
            if reach is None:
                return queryset.order_by(*NEAREST_FIRST)
            return queryset.nearest(self.near, reach)
        if not self.ordering:
            return queryset.order_by(*DEFAULT_ORDERING)
        sign = "-" if self.ordering.startswith("-") else ""
        return queryset.order_by(sign + ORDERINGS[self.ordering.removeprefix("-")], f"{sign}id")

    def fields_read(self) -> set[str]:
        """Return the names of the declared fields that these filters and this ordering look at."""
        read = {name for filter_, names in READS.items() if getattr(self, filter_) for name in names}
        return read | {self.ordering.removeprefix("-")}


PARAMETERS = frozenset(
    {"offence", "category", "occurred_after", "occurred_before", "area", "bbox", "near", "status", "q"}
    | {"weekday", "hour", "within", "ordering"}
)


def _offence(text: str) -> str:
    if text not in known_offences():
        raise InvalidInput("There is no such NIBRS offence code.", code="unknown_offence")
    return text


def wanted_by(access: Access, filters: IncidentFilters, *, reading: Sequence[str] = ()) -> IncidentQuerySet:
    """Return the incidents this access may see and the filters want, unordered.

    ``reading`` names fields that are counted or drawn: an incident of which one is sealed is left out, as it is
    where a filter looks at one. Raise NotAllowed where a filter or the ordering looks at a field that is
    withheld from the access altogether.
    """
    read = filters.fields_read()
    INCIDENT.require_readable(access, read)
    # Text takes care of itself: a number may be searched for where the words may not.
    guarded = sorted((read - set(READS["text"])) | set(reading))
    found = filters.apply(Incident.objects.visible_to(access).readable(*guarded)).order_by()
    if not filters.weekdays and not filters.hours:
        return found
    return found.at_times(filters.weekdays, filters.hours, zone_of(access))


def zone_of(access: Access) -> ZoneInfo:
    """Return the time zone of the access's agency, without its boundary."""
    return ZoneInfo(Agency.objects.visible_to(access).values_list("time_zone", flat=True).get())
