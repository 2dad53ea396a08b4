"""Who sees which case, and what of it: the conditions that console, API, search, maps and counts share.

A case is seen if, and only if, the person is not excluded from it, and
* it is not restricted and lies within the reach of their role, or they lead it or are named in it, or they may
  read what is restricted; and it is not sealed, or they may read what is; or else
* an emergency opened it to them.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.db.models import BooleanField, F, Func, Q, QuerySet

from cases.choices import InvolvedRole, SealedPart
from incidents.choices import SealedPart as IncidentPart
from incidents.policies import (
    hides_events,
    sealed_of_incident,
    sealed_part,
    sealed_sql,
    seen_incident_sql,
)
from nethra.core.access import Access
from nethra.core.capabilities import Capability, Reach
from nethra.core.conditions import Condition, Sql
from nethra.core.guards import RowGuard
from nethra.core.readings import explained_params, explained_sql

if TYPE_CHECKING:
    from cases.models import Case

#: The columns that decide.
COLUMNS = {
    "key": "id",
    "restricted": "is_restricted",
    "lead": "lead_id",
    "unit": "unit_id",
    "parts": "sealed_parts",
    "until": "seal_lifted_until",
}
_TODAY = "(x.expires_at IS NULL OR x.expires_at > statement_timestamp())"
#: The cases that name a person, exclude them, or that an emergency has open to them: keys, by agency and person.
_KEYS = "SELECT x.case_id FROM {table} x WHERE x.agency_id = %s AND x.user_id = %s AND {today}"
NAMED = _KEYS.format(table="cases_casemember", today=_TODAY)
EXCLUDED = _KEYS.format(table="cases_caseexclusion", today=_TODAY)
OPENED = _KEYS.format(table="cases_emergency", today="x.expires_at > statement_timestamp()")
#: The cases that a person explained in a session why they read them: keys, with ``explained_params``.
EXPLAINED = explained_sql("cases_casereading", "case_id")


def seen_case_sql(access: Access, columns: dict[str, str]) -> Sql:
    """Return the SQL of: this access sees the case with these columns. Never NULL."""
    c, me = columns, [access.agency_id, access.user_id]
    reach, params = within_reach_sql(access, c)
    if access.may(Capability.READ_RESTRICTED):
        reach, params = "true", []
    text = f"({reach} OR coalesce({c['lead']} = %s, false) OR {c['key']} IN ({NAMED}))"
    params = [*params, access.author_id, *me]
    if not access.may(Capability.READ_SEALED):
        text += f" AND NOT {sealed_sql(SealedPart.WHOLE, c['parts'], c['until'])}"
    text = f"(({text}) OR {c['key']} IN ({OPENED})) AND {c['key']} NOT IN ({EXCLUDED})"
    return f"({text})", [*params, *me, *me]


def within_reach_sql(access: Access, columns: dict[str, str]) -> Sql:
    """Return the SQL of: a role sees the case unnamed, since it is unrestricted and within its reach."""
    if access.reach is Reach.AGENCY:
        return f"NOT {columns['restricted']}", []
    if access.reach is Reach.UNIT and access.unit_id is not None:
        units = f"coalesce({columns['unit']} IN (SELECT app.unit_and_parts(%s)), false)"
        return f"(NOT {columns['restricted']} AND {units})", [access.unit_id]
    return "false", []


def _paths(prefix: str) -> dict[str, str]:
    return {name: f"{prefix}{column}" for name, column in COLUMNS.items()}


_PLACEHOLDERS = {name: f"{{{name}}}" for name in COLUMNS}
_OF_C = {name: f"c.{column}" for name, column in COLUMNS.items()}


def seen_cases(access: Access, prefix: str = "") -> Condition | None:
    """Return which cases this access sees, as a condition on them or, by ``prefix``, on what refers to them.

    None: all of them.
    """
    if access.is_whole:
        return None
    text, params = seen_case_sql(access, _PLACEHOLDERS)
    return Condition(text, _paths(prefix), params)


def within_reach(access: Access) -> Condition:
    """Return which cases a role sees without being named in them."""
    text, params = within_reach_sql(access, _PLACEHOLDERS)
    return Condition(text, _paths(""), params)


def among(keys: str, access: Access, path: str = "pk") -> Condition:
    """Return the rows whose ``path`` is one of the keys: NAMED, EXCLUDED or OPENED for this person."""
    return Condition(f"{{key}} IN ({keys})", {"key": path}, [access.agency_id, access.user_id])


_ABOUT = """
({key} IN ({excluded})
 OR {key} IN (SELECT p.id FROM cases_involvedperson p WHERE p.case_id IN ({excluded}))
 OR {key} IN (SELECT c.primary_incident_id FROM cases_case c WHERE c.id IN ({excluded}))
 OR {key} IN (SELECT l.incident_id FROM cases_caseincident l WHERE l.case_id IN ({excluded})))
"""


def about_excluded(access: Access) -> Condition:
    """Return the rows whose ``subject_id`` is a case that excludes this person, or a part or an incident of one."""
    text = _ABOUT.replace("{excluded}", EXCLUDED)
    return Condition(text, {"key": "subject_id"}, [access.agency_id, access.user_id] * 4)


def hidden_cases(access: Access) -> QuerySet[Case]:
    """Return the agency's cases that this access does not see."""
    from cases.models import Case

    whole = Case._base_manager.filter(agency_id=access.agency_id)
    seen = seen_cases(access)
    return whole.none() if seen is None else whole.exclude(seen)


def seen_by_case(access: Access, key: str) -> Sql:
    """Return the SQL of: no case hides the incident with this key and, for a guest, one that they see is about it."""
    seen, params = seen_case_sql(access, _OF_C)
    whole = sealed_sql(SealedPart.WHOLE, "c.sealed_parts", "c.seal_lifted_until")
    hides = f"(c.is_restricted AND c.hides_incidents OR {whole} OR c.id IN ({EXCLUDED}))"
    hiding = f"{hides} AND NOT {seen}"
    me = [access.agency_id, access.user_id]
    text, found = _of_cases(access, key, hiding, [*me, *params])
    text = f"NOT {text}"
    if access.reach is Reach.GUEST:
        mine, more = _of_cases(access, key, seen, params)
        text, found = f"({text} AND {mine})", [*found, *more]
    return text, found


_OF_CASES = """
({key} IN (SELECT c.primary_incident_id FROM cases_case c WHERE c.agency_id = %s AND {condition})
 OR {key} IN (SELECT l.incident_id FROM cases_caseincident l JOIN cases_case c ON c.id = l.case_id
              WHERE l.agency_id = %s AND {condition}))
"""


def _of_cases(access: Access, key: str, condition: str, params: list[Any]) -> Sql:
    text = _OF_CASES.replace("{key}", key).replace("{condition}", condition)
    bound = [access.agency_id, *params]
    return text, [*bound, *bound]


def seen_events(access: Access) -> Q | None:
    """Return the audit events that are not about cases hidden from the access, nor about what hangs on them."""
    if access.is_whole:
        return None
    hidden = hidden_cases(access)
    if access.reach is Reach.AGENCY:
        # Only these can be: the indexes find them.
        hidden = hidden.filter(Q(is_restricted=True) | ~Q(sealed_parts=[]) | Q(among(EXCLUDED, access)))
    return hides_events(hidden, "case_id")


# Fields


def _incident_unseen(access: Access) -> Condition:
    """Withhold what a case says of an incident that the person does not see."""
    seen, params = seen_incident_sql(access, "{key}", "{guarded}")
    paths = {"key": "primary_incident_id", "guarded": "primary_incident__is_guarded"}
    # The first half is false of almost every case, so that the rest is not looked at.
    return Condition(f"({{guarded}} AND NOT {seen})", paths, params)


def _unexplained(access: Access) -> Condition:
    """Withhold what is sensitive, in lists too, until the person said in this session why they read the case."""
    text = (
        "(({restricted} OR {parts} <> ARRAY[]::varchar[]) AND NOT coalesce({lead} = %s, false)"
        f" AND {{key}} NOT IN ({EXPLAINED}))"
    )
    return Condition(text, _paths(""), [access.user_id, *explained_params(access)])


#: What a case says of the incident that began it, and where that was.
OF_INCIDENT: tuple[RowGuard, ...] = (_incident_unseen,)
PLACE: tuple[RowGuard, ...] = (
    _incident_unseen,
    partial(sealed_of_incident, IncidentPart.PLACE, "primary_incident__"),
)
NOTES: tuple[RowGuard, ...] = (partial(sealed_part, SealedPart.NOTES, ""), _unexplained)
CASE_GUARDS = {"notes": NOTES, "informant_notes": NOTES}
STATUS_GUARDS = {"reason": (partial(sealed_part, SealedPart.NOTES, "case__"),)}


def _victims(capability: Capability, access: Access) -> Condition | None:
    if access.may(capability):
        return None
    return Condition(f"{{role}} = '{InvolvedRole.VICTIM.value}'", {"role": "role"})


def _juveniles(access: Access) -> Func | None:
    return None if access.may(Capability.READ_JUVENILES) else is_juvenile()


def is_juvenile() -> Func:
    """Return whether an involved person was a juvenile at any incident of the case, by the agency's own age."""
    return Func(F("born_on"), F("case_id"), function="app.is_juvenile", output_field=BooleanField())


_NAME: tuple[RowGuard, ...] = (partial(_victims, Capability.READ_VICTIMS), _juveniles)
PERSON_GUARDS = {
    "name": _NAME,
    "born_on": _NAME,
    "contact": (partial(_victims, Capability.READ_VICTIM_ADDRESSES), _juveniles),
}
