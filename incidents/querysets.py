"""Which incidents, areas and imports are visible, and the named ways to narrow them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.gis.db.models.functions import Distance
from django.contrib.gis.geos import GEOSGeometry, Polygon
from django.db import connection
from django.db.models import Exists, OuterRef, Q
from django.db.models.expressions import RawSQL
from django.db.models.functions import Extract, ExtractHour, ExtractIsoWeekDay

from incidents.choices import AreaKind, SealedPart
from incidents.policies import HABIT, INCIDENT_GUARDS, sealed, seen_incidents, sees_readers
from nethra.core import rows
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import InvalidInput, UnscopedRead
from nethra.core.geo import Near, PlanarOrder, box, envelope_around
from nethra.core.guards import withheld_where
from nethra.core.querysets import ScopedQuerySet

if TYPE_CHECKING:
    from incidents import models

MAX_MATCHES = 50_000
#: For more than so many, the whole circle is sorted.
MOST_NEAREST = 1_000
SAY_FOR_WHOM = "Say first for whom: visible_to(access)."
TOO_COMMON = f"This text is in more than {MAX_MATCHES:,} incidents; add a word."


def local_times(zone: ZoneInfo) -> dict[str, Extract]:
    """Return the ``weekday`` (1 is Monday) and ``hour`` at which an incident began in a time zone, as expressions."""
    return {
        "weekday": ExtractIsoWeekDay("occurred_from", tzinfo=zone),
        "hour": ExtractHour("occurred_from", tzinfo=zone),
    }


class IncidentQuerySet(ScopedQuerySet["models.Incident"]):
    """An incident is visible if, and only if,
    * it belongs to the access's agency, and
    * it is not sealed as a whole, or the access may read what is sealed, and
    * no case hides it from the access; a guest sees only incidents of their cases.

    Every spatial method emits a box beside the exact predicate: beneath row security only the box operator &&
    (marked LEAKPROOF by the bootstrap) or plain comparisons of longitude and latitude can use an index.
    """

    row_guards = INCIDENT_GUARDS

    def bounded_to(self, access: Access) -> Self:
        seen = seen_incidents(access)
        return self if seen is None else self.filter(seen)

    def may_withhold(self, row: models.Incident) -> bool:
        # Of a row read in part it is not known, and asked.
        return bool(row.__dict__.get("sealed_parts", True))

    def in_bbox(self, bbox: Polygon) -> Self:
        """Return incidents in an axis-parallel box (EPSG:4326)."""
        west, south, east, north = bbox.extent
        if settings.GEO_INDEX == "lonlat":
            return self.filter(lon__range=(west, east), lat__range=(south, north))
        return self.filter(location__bboverlaps=bbox)

    def near(self, near: Near) -> Self:
        """Return incidents within a distance in metres on the spheroid, annotated with ``distance``."""
        return (
            self.in_bbox(envelope_around(near.point, near.metres))
            .annotate(distance=Distance("location", near.point, spheroid=True))
            .filter(distance__lte=near.metres)
        )

    def nearest(self, near: Near, count: int) -> Self:
        """Return incidents of near() again, in a circle no wider than its ``count`` nearest need, nearest first.

        An index gives as many in the order of degrees, which is not that of metres; but whoever is nearer than the
        farthest of them lies in the circle of that one.
        """
        ordered = self.order_by("distance", "id")
        if count > MOST_NEAREST:
            return ordered
        first = rows.select(self.order_by(PlanarOrder("location", near.point))[:count], ["distance"])
        if len(first) < count:
            return ordered
        metres = max(distance for (distance,) in first)
        return ordered.in_bbox(envelope_around(near.point, metres)).filter(distance__lte=metres)

    def within(self, shape: GEOSGeometry) -> Self:
        """Return incidents inside a shape or on its border (EPSG:4326)."""
        return self.in_bbox(box(*shape.extent)).filter(location__intersects=shape)

    def in_area(self, key: UUID) -> Self:
        """Return incidents that were placed in this beat or district, or that lie in this area of the agency's own."""
        from incidents.models import Area

        if self._access is None:
            raise UnscopedRead(SAY_FOR_WHOM)
        # Areas of one's own may overlap and nothing is placed in them: there the shape is asked.
        own = Area.objects.visible_to(self._access).filter(pk=key, kind=AreaKind.OWN)
        shape = own.values_list("shape", flat=True).first()
        return self.filter(Q(beat_id=key) | Q(district_id=key)) if shape is None else self.within(shape)

    def occurred_between(self, start: datetime | None, end: datetime | None) -> Self:
        """Return incidents that began at or after ``start`` and before ``end``."""
        bounded = self if start is None else self.filter(occurred_from__gte=start)
        return bounded if end is None else bounded.filter(occurred_from__lt=end)

    def at_times(self, weekdays: Iterable[int], hours: Iterable[int], zone: ZoneInfo) -> Self:
        """Return incidents that began on these weekdays and in these hours of a time zone; empty means any."""
        bounds = {"weekday__in": sorted(set(weekdays)), "hour__in": sorted(set(hours))}
        return self.alias(**local_times(zone)).filter(**{name: some for name, some in bounds.items() if some})

    def with_offence(self, codes: Iterable[str]) -> Self:
        """Return incidents with any of these offences, primary or not."""
        return self._with_offence_rows(offence_code__in=list(codes))

    def with_category(self, category_id: object) -> Self:
        """Return incidents with an offence of this category of the agency's own."""
        return self._with_offence_rows(category_id=category_id)

    def _with_offence_rows(self, **conditions: object) -> Self:
        from incidents.models import IncidentOffence

        offences = IncidentOffence._base_manager.filter(
            agency_id=OuterRef("agency_id"), incident_id=OuterRef("pk"), **conditions
        )
        return self.filter(Exists(offences))

    def matching(self, text: str) -> Self:
        """Return incidents whose number begins with the text, or whose address or description has its words.

        A definer function finds them: beneath row security a text index could not be used. Raise InvalidInput
        for text that is in more than 50,000 incidents: it narrows nothing and would read everything.
        """
        words = text.strip()
        found = self._matching(words)
        if self._access is None or self._access.may(Capability.READ_SEALED):
            return found
        # SECURITY: what is sealed must not be found by its words; by its number the rest of it may.
        hidden = Q(sealed(SealedPart.NARRATIVE)) | Q(sealed(SealedPart.PLACE))
        return found.exclude(Q(is_guarded=True) & hidden & ~Q(number__startswith=words.upper()))

    def readable(self, *names: str) -> Self:
        """Return the incidents of which none of these fields is withheld from the access."""
        access = self._access
        if access is None:
            raise UnscopedRead(SAY_FOR_WHOM)
        guards = [guard for name in names for guard in self.row_guards.get(name, ())]
        where = withheld_where(access, dict.fromkeys(guards))
        return self if where is None else self.exclude(where)

    def _matching(self, words: str) -> Self:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM app.search_incidents(%s, %s)", [words, MAX_MATCHES + 1])
            if cursor.fetchone()[0] > MAX_MATCHES:
                raise InvalidInput(TOO_COMMON, code="too_many_matches", errors={"q": [TOO_COMMON]})
        return self.filter(pk__in=RawSQL("SELECT app.search_incidents(%s, %s)", [words, MAX_MATCHES]))


class IncidentOffenceQuerySet(ScopedQuerySet["models.IncidentOffence"]):
    """Offences are visible with their incident."""

    def bounded_to(self, access: Access) -> Self:
        seen = seen_incidents(access, "incident__")
        return self if seen is None else self.filter(seen)


class IncidentHabitQuerySet(ScopedQuerySet["models.IncidentHabit"]):
    """A modus operandi is visible if, and only if, its incident is and no order seals the narrative from the access."""

    def bounded_to(self, access: Access) -> Self:
        seen = seen_incidents(access, "incident__")
        found = self if seen is None else self.filter(seen)
        hidden = withheld_where(access, HABIT)
        return found if hidden is None else found.exclude(hidden)


class AreaSetQuerySet(ScopedQuerySet["models.AreaSet"]):
    """A version of an agency's areas is visible if, and only if, it is or was in force, or the access manages areas."""

    def bounded_to(self, access: Access) -> Self:
        return self if access.may(Capability.MANAGE_AREAS) else self.filter(in_force_from__isnull=False)

    def current(self) -> Self:
        """Return the versions in force."""
        return self.filter(is_current=True)


class AreaQuerySet(ScopedQuerySet["models.Area"]):
    """An area is visible with its version."""

    def bounded_to(self, access: Access) -> Self:
        may_manage = access.may(Capability.MANAGE_AREAS)
        return self if may_manage else self.filter(area_set__in_force_from__isnull=False)

    def current(self) -> Self:
        """Return the areas of the versions in force."""
        return self.filter(area_set__is_current=True)


class AreaPlacingQuerySet(ScopedQuerySet["models.AreaPlacing"]):
    """Every placing anew of an agency's incidents."""


class OffenceCategoryQuerySet(ScopedQuerySet["models.OffenceCategory"]):
    """The agency's own words for offences."""


class ImportBatchQuerySet(ScopedQuerySet["models.ImportBatch"]):
    """An agency's imports."""


class ImportRejectQuerySet(ScopedQuerySet["models.ImportReject"]):
    """Rows that an import refused."""


class IncidentSealQuerySet(ScopedQuerySet["models.IncidentSeal"]):
    """Seals are visible to whoever may read what they seal, or places them."""

    def bounded_to(self, access: Access) -> Self:
        may_read = access.may(Capability.READ_SEALED) or access.may(Capability.SEAL_RECORDS)
        return self if may_read else self.none()


class IncidentReadingQuerySet(ScopedQuerySet["models.IncidentReading"]):
    """Who read a sealed incident is visible, with the incident, to whoever seals, reviews or reads the audit."""

    def bounded_to(self, access: Access) -> Self:
        if access.is_whole:
            return self
        if not sees_readers(access):
            return self.none()
        seen = seen_incidents(access, "incident__")
        return self if seen is None else self.filter(seen)
