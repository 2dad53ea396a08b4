"""The incidents behind a picture: what was drawn around, as a list."""

from __future__ import annotations

from dataclasses import dataclass

from incidents.fields import INCIDENT
from incidents.filters import DEFAULT_ORDERING, IncidentFilters, wanted_by
from incidents.models import Incident
from nethra.core import rows
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.fields import Declaration

MAX_LISTED = 200
_LISTED = ("id", "number", "status", "occurred_from", "occurred_until", "offences", "address")
INCIDENT_IN_LIST = Declaration(
    "IncidentInList", Incident, tuple(f for f in INCIDENT.fields if f.name in _LISTED)
)


@dataclass(frozen=True)
class Selection:
    """At most 200 records, the latest first, of ``total``; what is withheld is absent and named in ``redacted``."""

    total: int
    records: list[rows.Record]


def select_incidents(access: Access, filters: IncidentFilters) -> Selection:
    """Return the wanted incidents as this access may see them."""
    access.require(Capability.VIEW_INCIDENTS)
    wanted = wanted_by(access, filters)
    found = rows.records(wanted.order_by(*DEFAULT_ORDERING)[:MAX_LISTED], INCIDENT_IN_LIST, access)
    return Selection(wanted.count() if len(found) == MAX_LISTED else len(found), found)
