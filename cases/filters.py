"""The filters of cases: their own, and those of the incident that began them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.http import QueryDict

from cases.choices import CaseStatus, Priority
from cases.fields import CASE
from cases.models import Case
from cases.querysets import CaseQuerySet
from incidents.filters import IncidentFilters
from incidents.filters import wanted_by as incidents_wanted_by
from nethra.core.access import Access
from nethra.core.parameters import (
    moment,
    ordering_of,
    refusal,
    refuse_unknown,
    several,
    single,
    word_of,
    words,
)

DEFAULT_ORDERING = ("-opened_at", "-id")
ORDERINGS = CASE.orderings()
#: Bounds on the incident that began the case, read as those of incidents are.
INCIDENT_PARAMETERS = frozenset(
    {"offence", "category", "occurred_after", "occurred_before", "weekday", "hour", "area", "bbox"}
    | {"near", "within"}
)
PARAMETERS = INCIDENT_PARAMETERS | {
    "status",
    "priority",
    "lead",
    "person",
    "incident",
    "opened_after",
    "opened_before",
    "q",
    "ordering",
}


@dataclass(frozen=True)
class CaseFilters:
    """Which cases are wanted; None and empty mean no bound.

    ``person`` leads a case or is its member; ``opened_after`` is included, ``opened_before`` is not.
    """

    statuses: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ()
    lead: UUID | None = None
    person: UUID | None = None
    incident: UUID | None = None
    opened_after: datetime | None = None
    opened_before: datetime | None = None
    text: str = ""
    ordering: str = ""
    incidents: IncidentFilters | None = None

    @classmethod
    def from_query(cls, query: QueryDict, access: Access, *, also: Collection[str] = ()) -> CaseFilters:
        """Return the filters of a query; raise InvalidInput naming a parameter that is unknown or malformed."""
        refuse_unknown(query, PARAMETERS | set(also))
        user = user_reader(access)
        filters = cls(
            statuses=several(query, "status", word_of("status", CaseStatus.values)),
            priorities=several(query, "priority", word_of("priority", Priority.values)),
            lead=single(query, "lead", user),
            person=single(query, "person", user),
            incident=single(query, "incident", UUID),
            opened_after=single(query, "opened_after", moment),
            opened_before=single(query, "opened_before", moment),
            text=single(query, "q", words) or "",
            ordering=single(query, "ordering", ordering_of(ORDERINGS)) or "",
            incidents=_of_incidents(query),
        )
        start, end = filters.opened_after, filters.opened_before
        if start is not None and end is not None and end <= start:
            raise refusal(
                "opened_before", "opened_before must be later than opened_after.", "end_before_start"
            )
        return filters

    @property
    def take_all(self) -> bool:
        """Whether nothing is asked for but an order."""
        return replace(self, ordering="") == type(self)()

    def apply(self, queryset: CaseQuerySet, access: Access) -> CaseQuerySet:
        """Return the query set narrowed to these filters; the ordering is left alone."""
        bounds = {
            "status__in": self.statuses,
            "priority__in": self.priorities,
            "lead_id": self.lead,
            "opened_at__gte": self.opened_after,
            "opened_at__lt": self.opened_before,
        }
        found = queryset.filter(**{name: value for name, value in bounds.items() if value})
        if self.person is not None:
            found = found.with_person(self.person)
        if self.incident is not None:
            found = found.about_incident(self.incident)
        if self.incidents is not None:
            incidents = incidents_wanted_by(access, self.incidents)
            found = found.filter(primary_incident__in=incidents.values("pk"))
        return found.matching(self.text) if self.text.strip() else found

    def ordered(self, queryset: CaseQuerySet, reach: int | None = None) -> CaseQuerySet:
        """Return the query set in the order asked for: by default the latest opened first, however many are read."""
        if not self.ordering:
            return queryset.order_by(*DEFAULT_ORDERING)
        sign = "-" if self.ordering.startswith("-") else ""
        return queryset.order_by(sign + ORDERINGS[self.ordering.removeprefix("-")], f"{sign}id")


def user_reader(access: Access) -> Callable[[str], UUID]:
    """Return a reader of a user's key, in which `me` is whoever asks."""

    def read(text: str) -> UUID:
        if text == "me":
            # Nobody is asked for where an operator asks.
            return access.user_id or UUID(int=0)
        return UUID(text)

    return read


def _of_incidents(query: QueryDict) -> IncidentFilters | None:
    asked = QueryDict(mutable=True)
    for name in INCIDENT_PARAMETERS & set(query):
        asked.setlist(name, query.getlist(name))
    return IncidentFilters.from_query(asked) if asked else None


def wanted_by(access: Access, filters: CaseFilters) -> CaseQuerySet:
    """Return the cases this access may see and the filters want, unordered."""
    return filters.apply(Case.objects.visible_to(access), access).order_by()
