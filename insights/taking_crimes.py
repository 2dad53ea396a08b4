"""Incidents with how they were done, and which of them one offender did: what crime linkage is given."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import numpy as np
from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet
from numpy.typing import NDArray

from cases.choices import CaseStatus, InvolvedRole
from cases.models import Case, CaseIncident, InvolvedPerson
from cases.policies import is_juvenile
from incidents.models import IncidentHabit, IncidentOffence
from insights.methods.base import Integers
from insights.methods.evidence import HABITS, MISSING, Crimes
from insights.methods.solved import Solved
from insights.taking import NUMBER, Taken, elements
from nethra.core import rows
from nethra.core.access import Access
from nethra.core.capabilities import Capability

#: What an incident here tells of a crime; always all of them, so that a model fits whatever is taken later.
FIELDS = tuple(name for name in HABITS if not name.startswith("MO"))

_CRIMES = """
SELECT array_send(array_agg(at::float8 ORDER BY at, field)), array_agg(field ORDER BY at, field),
       array_agg(value ORDER BY at, field)
FROM (SELECT asked.at, told.field, told.value
      FROM unnest(%s::uuid[]) WITH ORDINALITY AS asked (id, at)
      JOIN (({habits}) UNION ALL
            (SELECT incident_id, 'completion', completion FROM ({offences}) AS o (incident_id, completion))
           ) AS told (incident_id, field, value)
        ON told.incident_id = asked.id) AS crimes
"""

# Two are one offender where name and day of birth are the same. Without a day of birth a name says too little, so
# that such a person is one for each case; "unknown man" is nobody's name.
_SOLVED = """
SELECT array_send(array_agg(at::float8 ORDER BY at, who)), array_send(array_agg(who::float8 ORDER BY at, who))
FROM (SELECT DISTINCT asked.at, named.who
      FROM (SELECT case_id, dense_rank() OVER (ORDER BY lower(btrim(name)), coalesce(born_on::text, id::text)) AS who
            FROM ({people}) AS people (id, case_id, name, born_on)) AS named
      JOIN (SELECT id AS case_id, primary_incident_id AS incident_id FROM cases_case WHERE agency_id = %s
            UNION SELECT case_id, incident_id FROM cases_caseincident WHERE agency_id = %s) AS told USING (case_id)
      JOIN unnest(%s::uuid[]) WITH ORDINALITY AS asked (id, at) ON asked.id = told.incident_id) AS solved
"""


def take_crimes(access: Access, taken: Taken) -> Crimes:
    """Return the taken incidents with their offence, its completion and their modus operandi, by one statement.

    A value's number is its place among the sorted ones of its field, without case: the same rows have the same. What
    was sealed since the incidents were taken is missing. Raise NotAllowed.
    """
    _require(access, Capability.VIEW_INCIDENTS)
    habits = np.full((len(taken.events), len(FIELDS)), MISSING, np.int64)
    habits[:, FIELDS.index("offence")] = _offences(taken)
    at, fields, values = _told(access, taken)
    named = np.array([FIELDS.index(field) for field in fields], np.int64)
    folded = np.array([value.casefold() for value in values], dtype=object)
    for column in np.unique(named):
        of_field = named == column
        habits[at[of_field], column] = np.unique(folded[of_field], return_inverse=True)[1].reshape(-1)
    return Crimes(taken.events, habits, FIELDS)


def take_solved(access: Access, taken: Taken) -> Solved:
    """Return those of the taken incidents whose cases were closed as cleared with a suspect, and who did which.

    Only cases that the access may see, none that is restricted or sealed and no juvenile: what is learned is shown to
    others. Offenders are numbers in the order of their incidents; no name leaves the database. Raise NotAllowed.
    """
    _require(access, Capability.VIEW_CASES)
    crimes = take_crimes(access, taken)
    at, who = _named(access, taken)
    solved, crime = np.unique(at, return_inverse=True)
    # By what they did: the database's order of names must not be told by the numbers.
    _, number = np.unique(who, return_inverse=True)
    by_offender = np.argsort(number, kind="stable")
    bounds = np.flatnonzero(np.diff(number[by_offender])) + 1
    did = [part.tolist() for part in np.split(crime[by_offender], bounds)] if len(number) else []
    place = np.empty(len(did), np.int64)
    place[sorted(range(len(did)), key=did.__getitem__)] = np.arange(len(did))
    return Solved(crimes.taken(solved), place[number], crime)


def incidents_of_cleared_cases(access: Access) -> QuerySet[Any, UUID]:
    """Return the keys of the incidents of the cases from which ``take_solved`` learns, as a query."""
    cases = _cleared(access).order_by()
    linked = CaseIncident.objects.visible_to(access).filter(case__in=cases.values("pk")).order_by()
    return cases.values_list("primary_incident_id", flat=True).union(
        linked.values_list("incident_id", flat=True)
    )


def digest_of_crimes(crimes: Crimes) -> str:
    """Return the SHA-256 of how the crimes were done; of their places and times ``Taken.digest`` tells."""
    return _digest(",".join(crimes.fields), crimes.events.key, crimes.habits)


def digest_of_solved(solved: Solved) -> str:
    """Return the SHA-256 of which crimes were solved, how they were done, and which of them one offender did."""
    told = digest_of_crimes(solved.crimes)
    return _digest(told, solved.crime, solved.offender)


def _digest(words: str, *columns: Integers) -> str:
    digest = hashlib.sha256(f"1 {words}".encode())
    for column in columns:
        digest.update(str(column.shape).encode() + np.ascontiguousarray(column).astype("<i8").tobytes())
    return digest.hexdigest()


def _require(access: Access, capability: Capability) -> None:
    access.require(Capability.VIEW_INSIGHTS)
    access.require(capability)


def _offences(taken: Taken) -> Integers:
    # An incident without an offence has the code ''.
    known = np.array([code != "" for code in taken.kinds], np.bool_)
    kind = taken.events.kind
    return np.where(known[kind], kind, MISSING) if len(kind) else kind


def _told(access: Access, taken: Taken) -> tuple[Integers, Sequence[str], Sequence[str]]:
    # SECURITY: what was sealed since is guarded now, and left out for everybody, as in take_events().
    habits = IncidentHabit.objects.visible_to(access).filter(incident__is_guarded=False).order_by()
    offences = IncidentOffence.objects.visible_to(access).filter(is_primary=True, incident__is_guarded=False)
    try:
        of_habits, some = rows.compiled(habits.values_list("incident_id", "field", "value"))
        of_offences, others = rows.compiled(offences.order_by().values_list("incident_id", "completion"))
    except EmptyResultSet:
        return np.empty(0, np.int64), (), ()
    sql = _CRIMES.replace("{habits}", of_habits).replace("{offences}", of_offences)
    numbers, fields, values = rows.run(sql, [_keys(taken), *some, *others])[0]
    return _positions(numbers), fields or (), values or ()


def _named(access: Access, taken: Taken) -> tuple[Integers, Integers]:
    """Return positions of incidents and, for each, an offender's number in the order of names."""
    cases = _cleared(access)
    # SECURITY: names are compared where nobody reads them, and only numbers come back; so whoever sees the cases need
    # not be able to see people. Juveniles are left out for everybody.
    people = InvolvedPerson._base_manager.filter(
        agency_id=access.agency_id, role=InvolvedRole.SUSPECT, case__in=cases.order_by().values("pk")
    ).exclude(is_juvenile())
    nobody = np.empty(0, np.int64)
    try:
        sql, params = rows.compiled(people.order_by().values_list("id", "case_id", "name", "born_on"))
    except EmptyResultSet:
        return nobody, nobody
    agency = access.agency_id
    found = rows.run(_SOLVED.replace("{people}", sql), [*params, agency, agency, _keys(taken)])[0]
    return _positions(found[0]), _positions(found[1])


def _cleared(access: Access) -> QuerySet[Case]:
    return Case.objects.visible_to(access).filter(
        status=CaseStatus.CLOSED_CLEARED, is_restricted=False, sealed_parts=[], expunged_at=None
    )


def _keys(taken: Taken) -> list[UUID]:
    return [UUID(bytes=bytes(key)) for key in taken.keys]


def _positions(sent: bytes | None) -> NDArray[np.int64]:
    """Return numbers that PostgreSQL counted from 1 as positions from 0."""
    found: Integers = elements(sent or b"", NUMBER).astype(np.int64) - 1
    return found
