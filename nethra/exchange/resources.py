"""The lists that are exported and looked through again, with the filters that each has over the API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

from cases.fields import CASE
from cases.filters import CaseFilters
from cases.filters import wanted_by as cases_wanted_by
from incidents.fields import INCIDENT
from incidents.filters import IncidentFilters
from incidents.filters import wanted_by as incidents_wanted_by
from nethra.core import rows
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import InvalidInput
from nethra.core.fields import Declaration
from nethra.core.parameters import query_of
from nethra.core.scope import agency_scope
from nethra.exchange.choices import ResourceName

#: Records that are held in memory at a time.
BATCH = 5_000


@dataclass(frozen=True)
class Resource:
    """A list: what its records are, who may read it, how its filters are read, and what they want.

    ``after`` names the filter that bounds when records began. What reads filters raises InvalidInput for one that is
    unknown or malformed, what applies them NotAllowed for one that looks at what is withheld.
    """

    declaration: Declaration
    capability: Capability
    filters: Callable[[Access, QueryDict], Any]
    wanted_by: Callable[[Access, Any], QuerySet[Any]]
    after: str

    @property
    def table(self) -> str:
        """The table of its records."""
        return self.declaration.model._meta.db_table

    def wanted(self, access: Access, query: QueryDict) -> QuerySet[Any]:
        """Return the records that a query asks for, unordered."""
        return self.wanted_by(access, self.filters(access, query))

    def found(self, access: Access, query: QueryDict) -> QuerySet[Any]:
        """Return the records that a query asks for, in its order."""
        filters = self.filters(access, query)
        ordered: QuerySet[Any] = filters.ordered(self.wanted_by(access, filters))
        return ordered


RESOURCES = {
    ResourceName.INCIDENTS: Resource(
        INCIDENT,
        Capability.VIEW_INCIDENTS,
        lambda access, query: IncidentFilters.from_query(query),
        incidents_wanted_by,
        "occurred_after",
    ),
    ResourceName.CASES: Resource(
        CASE,
        Capability.VIEW_CASES,
        lambda access, query: CaseFilters.from_query(query, access),
        cases_wanted_by,
        "opened_after",
    ),
}


def wanted_rows(access: Access, resource: str, filters: str) -> QuerySet[Any]:
    """Return the records that the access may see and the filters want, unordered.

    ``filters`` are written as in the query of the API's list. Raise NotAllowed, InvalidInput.
    """
    of = RESOURCES[ResourceName(resource)]
    access.require(of.capability)
    try:
        return of.wanted(access, _unordered(query_of(filters)))
    except InvalidInput as problem:
        raise InvalidInput(
            problem.message, code=problem.code, errors={"filters": [problem.message]}
        ) from None


def _unordered(query: QueryDict) -> QueryDict:
    if "ordering" in query:
        raise InvalidInput("An export is in the order of recording; it cannot be sorted.")
    return query


def batches(access: Access, resource: str, filters: str) -> Iterator[rows.Records]:
    """Yield the records in batches, in the order of their keys; each batch in a transaction of its own.

    Keys never change, so a record that others change meanwhile is there once all the same. Raise what
    wanted_rows raises: whoever may no longer read the list gets no further batch.
    """
    declaration = RESOURCES[ResourceName(resource)].declaration
    last = None
    while True:
        with agency_scope(access, reason="export"):
            found = wanted_rows(access, resource, filters)
            following = found if last is None else found.filter(pk__gt=last)
            batch = rows.records(following.order_by("pk")[:BATCH], declaration, access)
        if not batch:
            return
        last = batch[-1]["id"]
        yield batch
