"""The kinds of record that leave the house or are looked for again, each with its filters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.http import QueryDict

from cases.fields import CASE
from cases.filters import CaseFilters
from cases.filters import wanted_by as cases_wanted_by
from incidents.fields import INCIDENT
from incidents.filters import IncidentFilters
from incidents.filters import wanted_by as incidents_wanted_by
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.fields import Declaration
from nethra.exchange.choices import ResourceName


@dataclass(frozen=True)
class Resource:
    """How records of a kind are found: what the filters of its API say, for one person.

    ``found`` returns the visible records that a query wants, in the order it asks for; it raises InvalidInput for a
    parameter that is unknown or malformed and NotAllowed for one that looks at what is withheld. ``after`` names the
    parameter that bounds when records began.
    """

    declaration: Declaration
    capability: Capability
    found: Callable[[Access, QueryDict], models.QuerySet[Any]]
    after: str


def _incidents(access: Access, query: QueryDict) -> models.QuerySet[Any]:
    filters = IncidentFilters.from_query(query)
    return filters.ordered(incidents_wanted_by(access, filters))


def _cases(access: Access, query: QueryDict) -> models.QuerySet[Any]:
    filters = CaseFilters.from_query(query, access)
    return filters.ordered(cases_wanted_by(access, filters))


RESOURCES = {
    ResourceName.INCIDENTS: Resource(INCIDENT, Capability.VIEW_INCIDENTS, _incidents, "occurred_after"),
    ResourceName.CASES: Resource(CASE, Capability.VIEW_CASES, _cases, "opened_after"),
}
