"""What withholds facts of a file: where a photo was taken tells where the case's incident was."""

from __future__ import annotations

from functools import partial

from incidents.choices import SealedPart
from incidents.policies import sealed_of_incident, seen_incident_sql
from nethra.core.access import Access
from nethra.core.conditions import Condition
from nethra.core.guards import RowGuard

INCIDENT = "case__primary_incident__"


def _incident_unseen(access: Access) -> Condition:
    """Withhold what is told of an incident that the person does not see."""
    seen, params = seen_incident_sql(access, "{key}", "{guarded}")
    paths = {"key": "case__primary_incident_id", "guarded": f"{INCIDENT}is_guarded"}
    return Condition(f"({{guarded}} AND NOT {seen})", paths, params)


#: Where the file says that it was recorded.
PLACE: tuple[RowGuard, ...] = (partial(sealed_of_incident, SealedPart.PLACE, INCIDENT),)
#: What compares it with the place of the incident.
AGAINST_INCIDENT: tuple[RowGuard, ...] = (_incident_unseen, *PLACE)
FACT_GUARDS = {"location": PLACE}
