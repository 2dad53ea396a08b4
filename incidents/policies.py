"""What withholds an incident, or parts of it: seals, and the cases that hide it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.db.models import F, Func, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Coalesce
from django.db.models.lookups import In

from incidents.choices import SealedPart
from nethra.core.access import Access
from nethra.core.capabilities import Capability, Reach
from nethra.core.conditions import Condition, Sql
from nethra.core.guards import RowGuard
from nethra.core.readings import explained_params, explained_sql

#: Given an access and the SQL of an incident's key, says which incidents something above lets be seen; cases
#: hang theirs here.
Rule = Callable[[Access, str], Sql]
_RULES: list[Rule] = []


def hang_rule(rule: Rule) -> None:
    """Let a higher app bound which incidents are seen."""
    _RULES.append(rule)


def sealed_sql(part: str, parts: str, lifted_until: str) -> str:
    """Return the SQL of: this part is sealed today. A lifted seal counts again when its time is over."""
    return f"({parts} @> ARRAY['{part}']::varchar[] AND NOT coalesce({lifted_until} > statement_timestamp(), false))"


def sealed(part: str, prefix: str = "") -> Condition:
    """Return the rows of which this part is sealed today."""
    paths = {"parts": f"{prefix}sealed_parts", "until": f"{prefix}seal_lifted_until"}
    return Condition(sealed_sql(part, "{parts}", "{until}"), paths)


def sealed_part(part: str, prefix: str, access: Access) -> Condition | None:
    """Withhold a field while the part is sealed; with its first two values a row guard."""
    return None if access.may(Capability.READ_SEALED) else sealed(part, prefix)


def sealed_of_incident(part: str, prefix: str, access: Access) -> Condition | None:
    """Withhold a field of an incident, or of what refers to it by ``prefix``, while the part is sealed."""
    # Of an incident that is seen and that nothing guards, nothing is sealed.
    if access.may(Capability.READ_SEALED) or (not prefix and access.sees_no_guarded):
        return None
    paths = {
        "guarded": f"{prefix}is_guarded",
        "parts": f"{prefix}sealed_parts",
        "until": f"{prefix}seal_lifted_until",
    }
    # One column says of almost every incident that nothing is sealed.
    return Condition(f"({{guarded}} AND {sealed_sql(part, '{parts}', '{until}')})", paths)


#: The incidents that a person explained in a session why they read them: keys, with ``explained_params``.
EXPLAINED = explained_sql("incidents_incidentreading", "incident_id")


def unexplained(access: Access) -> Condition:
    """Return the incidents that an order seals today and whose reading nobody explained in this session."""
    paths = {"key": "pk", "guarded": "is_guarded", "parts": "sealed_parts", "until": "seal_lifted_until"}
    text = (
        "({guarded} AND {parts} <> ARRAY[]::varchar[]"
        " AND NOT coalesce({until} > statement_timestamp(), false)"
        f" AND {{key}} NOT IN ({EXPLAINED}))"
    )
    return Condition(text, paths, explained_params(access))


def _sealed_unexplained(access: Access) -> Condition | None:
    """Withhold what is sealed, in lists too, from whoever may read it until they said why."""
    is_asked = access.may(Capability.READ_SEALED) and not access.sees_no_guarded
    return unexplained(access) if is_asked else None


def sees_readers(access: Access) -> bool:
    """Return whether who read a sealed incident is for this access: it seals, reviews or reads the audit."""
    keepers = (Capability.SEAL_RECORDS, Capability.REVIEW_READINGS, Capability.VIEW_AUDIT)
    return any(access.may(capability) for capability in keepers)


NARRATIVE: tuple[RowGuard, ...] = (
    partial(sealed_of_incident, SealedPart.NARRATIVE, ""),
    _sealed_unexplained,
)
PLACE: tuple[RowGuard, ...] = (partial(sealed_of_incident, SealedPart.PLACE, ""),)
#: Of what tells, beside the incident, how it was done.
HABIT: tuple[RowGuard, ...] = (partial(sealed_of_incident, SealedPart.NARRATIVE, "incident__"),)
INCIDENT_GUARDS = {
    "description": NARRATIVE,
    "notes": NARRATIVE,
    "location": PLACE,
    "address": PLACE,
    "beat": PLACE,
    "district": PLACE,
    "g3857": PLACE,
    "lon": PLACE,
    "lat": PLACE,
    "found_by_address": PLACE,
}


_SEEN = """
(NOT {guarded} OR {key} IN (SELECT n.id FROM incidents_incident n WHERE n.agency_id = %s AND n.is_guarded{closer}))
"""


def _bounds(access: Access) -> list[Sql]:
    """Return what must hold for a guarded incident ``n`` to be seen."""
    bounds = [rule(access, "n.id") for rule in _RULES]
    if not access.may(Capability.READ_SEALED):
        bounds.append((f"NOT {sealed_sql(SealedPart.WHOLE, 'n.sealed_parts', 'n.seal_lifted_until')}", []))
    return bounds


def seen_incident_sql(access: Access, key: str, is_guarded: str) -> Sql:
    """Return the SQL of: this access sees the incident with this key.

    Almost all are unguarded, which one column says; the few others that are seen are looked up as a set.
    """
    if access.sees_no_guarded:
        return f"NOT {is_guarded}", []
    if access.seen_guarded is not None:
        return f"(NOT {is_guarded} OR {key} = ANY(%s))", [list(access.seen_guarded)]
    bounds = _bounds(access)
    closer = "".join(f" AND {sql}" for sql, _ in bounds)
    text = _SEEN.replace("{key}", key).replace("{guarded}", is_guarded).replace("{closer}", closer)
    params = [access.agency_id, *(p for _, found in bounds for p in found)]
    if access.reach is Reach.GUEST:
        # A guest sees none of the unguarded ones either but those of their cases.
        for rule in _RULES:
            sql, found = rule(access, key)
            text, params = f"({text} AND {sql})", [*params, *found]
    return text, params


_SEEN_GUARDED = (
    "SELECT n.id FROM incidents_incident n WHERE n.agency_id = %s AND n.is_guarded{closer} LIMIT %s"
)


def seen_guarded_sql(access: Access, most: int) -> Sql:
    """Return the SQL of the keys of the guarded incidents that this access sees, at most so many."""
    bounds = _bounds(access)
    closer = "".join(f" AND {sql}" for sql, _ in bounds)
    params = [access.agency_id, *(p for _, found in bounds for p in found), most]
    return _SEEN_GUARDED.replace("{closer}", closer), params


def seen_incidents(access: Access, prefix: str = "") -> Condition | None:
    """Return which incidents this access sees, as a condition on them or, by ``prefix``, on what refers to them.

    None: all of them.
    """
    if access.is_whole:
        return None
    text, params = seen_incident_sql(access, "{key}", "{guarded}")
    return Condition(text, {"key": f"{prefix}pk", "guarded": f"{prefix}is_guarded"}, params)


# The audit


def named_by(key: str) -> Coalesce:
    """Return the key that an audit event's body names as ``key``; '' where it names none."""
    found = Func(
        F("body"), Value(f'"{key}": "([0-9a-f-]{{36}})"'), function="substring", output_field=TextField()
    )
    return Coalesce(found, Value("", output_field=TextField()), output_field=TextField())


def hides_events(rows: QuerySet[Any], key: str) -> Q:
    """Return the audit events that are not about these rows, nor about what names them as ``key``."""
    about = Q(object_id__in=rows.order_by().values("pk"))
    parts = Q(In(named_by(key), rows.order_by().values_list(Cast("pk", TextField()))))
    return ~about & ~parts


def seen_events(access: Access) -> Q | None:
    """Return the audit events that are not about incidents hidden from the access."""
    from incidents.models import Incident

    seen = seen_incidents(access)
    if seen is None:
        return None
    guarded = Incident._base_manager.filter(agency_id=access.agency_id, is_guarded=True)
    return hides_events(guarded.exclude(seen), "incident_id")
