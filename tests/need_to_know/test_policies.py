"""The conditions themselves: who works on a case, which events of the audit follow a record, which seals are seen."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from cases.access import may_write
from cases.members import add_member
from cases.models import Case, CaseIncident, CaseSeal
from cases.policies import hidden_cases
from cases.services import link_incident
from incidents.models import Incident, IncidentOffence
from incidents.sealing import seal_incident
from nethra.audit.models import AuditEvent
from nethra.core.access import Access, operator_access
from nethra.core.capabilities import READING, Capability, Reach
from nethra.core.scope import agency_scope
from tests.support.cases import make_case
from tests.support.people import Cast, access_for, make_user
from tests.support.records import make_incident
from tests.support.secrets import ORDER, adjust, exclude, make_restricted, name_person, restrict, seal

pytestmark = pytest.mark.django_db


def stored(case: Case) -> Case:
    """Return the case as it stands, with nothing known of earlier questions."""
    return Case._base_manager.get(pk=case.pk)


def writes(user: Any, case: Case) -> bool:
    access = access_for(user)
    with agency_scope(access):
        return may_write(access, stored(case))


# Working on a case


@pytest.mark.parametrize(("level", "may"), [("view", False), ("write", True), ("close", True)])
def test_who_is_named_to_read_does_not_write(cast: Cast, level: str, may: bool) -> None:
    case, other = make_restricted(cast), make_user(cast.north, "officer", "Olga Other")
    name_person(access_for(cast.officer), case, other, level=level)

    assert writes(other, case) is may


def test_a_case_that_stands_still_is_written_by_nobody(cast: Cast) -> None:
    """Sealed, led by another agency, or expunged: each alone stops its lead."""
    plain, whole, lent, gone = (
        make_case(access_for(cast.officer), lead_id=cast.officer.pk) for _ in range(4)
    )
    seal(cast, whole)
    with agency_scope(access_for(cast.admin)):
        lent_, gone_ = stored(lent), stored(gone)
    lent_.led_by_agency_id, gone_.expunged_at = cast.south.pk, datetime.now(UTC)
    access = access_for(cast.officer)

    assert writes(cast.officer, plain)
    assert not writes(cast.auditor, whole)
    with agency_scope(access):
        assert [may_write(access, case) for case in (lent_, gone_)] == [False, False]


def test_whether_somebody_writes_is_asked_once_for_each_object_and_person(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    case, other = make_case(access_for(cast.officer)), make_user(cast.north, "officer", "Olga Other")
    access, others = access_for(cast.officer), access_for(other)
    with agency_scope(access):
        found = stored(case)
        assert may_write(access, found)
        with django_assert_num_queries(0):
            assert may_write(access, found)
        assert may_write(others, found)


# The audit


def events_about(user: Any, **which: Any) -> set[str]:
    """Return the entities of the events that this person sees of those."""
    access = access_for(user)
    with agency_scope(access):
        return set(AuditEvent.objects.visible_to(access).filter(**which).values_list("entity", flat=True))


@pytest.fixture
def parts_of(cast: Cast) -> Any:
    """Return a maker: a case with a member and a further incident, and the keys of these rows."""

    def make(access: Access) -> tuple[Case, list[Any]]:
        case = make_case(access, lead_id=access.user_id)
        further = make_incident(access)
        with agency_scope(access):
            link_incident(access=access, case=case, incident=further)
            named = add_member(access=access, case=case, user_id=cast.supervisor.pk)
            link = CaseIncident.objects.visible_to(access).get(case=case, incident=further)
        return case, [case.pk, named.pk, link.pk]

    return make


CASE_ENTITIES = {"cases_case", "cases_casemember", "cases_caseincident"}


@pytest.mark.parametrize("how", ["restricted", "sealed", "excluded"])
def test_events_about_a_hidden_case_and_its_parts_are_hidden(cast: Cast, parts_of: Any, how: str) -> None:
    """Of each kind alone; what happened to other cases, and to what is no case's, stays."""
    access = access_for(cast.officer)
    case, keys = parts_of(access)
    other, others = parts_of(access)
    if how == "restricted":
        restrict(access, case)
        reader = cast.admin
    elif how == "sealed":
        seal(cast, case)
        adjust(cast, "auditor", capabilities=READING - {Capability.READ_SEALED})
        reader = cast.auditor
    else:
        exclude(access, case, cast.auditor)
        reader = cast.auditor

    assert events_about(reader, object_id__in=keys) == set()
    assert events_about(reader, object_id__in=others) == CASE_ENTITIES
    assert "accounts_user" in events_about(reader)
    assert events_about(reader, object_id=other.primary_incident_id)


def test_events_follow_the_reach_of_whoever_reads_them(cast: Cast, parts_of: Any) -> None:
    """Who sees only cases that name them sees the events of no other, restricted or not."""
    adjust(cast, "auditor", reach=Reach.NAMED, capabilities=READING - {Capability.READ_RESTRICTED})
    _, keys = parts_of(access_for(cast.officer))
    mine, my_keys = parts_of(access_for(cast.officer))
    name_person(access_for(cast.officer), mine, cast.auditor)

    assert events_about(cast.auditor, object_id__in=keys) == set()
    assert events_about(cast.auditor, object_id__in=my_keys) == CASE_ENTITIES
    assert "accounts_user" in events_about(cast.auditor)


def test_events_about_a_sealed_incident_and_its_parts_are_hidden(cast: Cast) -> None:
    adjust(cast, "auditor", capabilities=READING - {Capability.READ_SEALED})
    whole, plain = make_incident(access_for(cast.officer)), make_incident(access_for(cast.officer))
    admin = access_for(cast.admin)
    with agency_scope(admin):
        seal_incident(access=admin, incident=whole, parts=["whole"], **ORDER)
        keys = {
            each.pk: [each.pk, IncidentOffence._base_manager.get(incident_id=each.pk).pk]
            for each in (whole, plain)
        }

    assert events_about(cast.auditor, object_id__in=keys[whole.pk]) == set()
    assert events_about(cast.auditor, object_id__in=keys[plain.pk]) == {
        "incidents_incident",
        "incidents_incidentoffence",
    }
    assert len(events_about(cast.admin, object_id__in=keys[whole.pk])) == 2


def test_nothing_is_hidden_from_the_whole(cast: Cast) -> None:
    make_restricted(cast)
    access = operator_access(cast.north.pk)
    with agency_scope(access):
        assert not hidden_cases(access).exists()
        assert Case.objects.visible_to(access).count() == 1


# Seals and people


def test_who_places_seals_sees_them_without_reading_what_they_seal(cast: Cast) -> None:
    case, barred = make_restricted(cast), make_user(cast.north, "supervisor", "Bo Barred")
    exclude(access_for(cast.officer), case, barred)
    seal(cast, case)
    adjust(cast, "supervisor", capabilities=[Capability.VIEW_CASES, Capability.SEAL_RECORDS])

    def seen(user: Any) -> int:
        access = access_for(user)
        with agency_scope(access):
            return CaseSeal.objects.visible_to(access).count()

    assert [seen(user) for user in (cast.admin, cast.supervisor, cast.analyst, barred)] == [1, 1, 0, 0]
    whole = operator_access(cast.north.pk)
    with agency_scope(whole):
        assert CaseSeal.objects.visible_to(whole).count() == 1


def test_ones_own_cases_are_those_one_leads_or_is_named_in(cast: Cast) -> None:
    officer = access_for(cast.officer)
    led = make_case(officer, lead_id=cast.officer.pk)
    named = make_case(officer, lead_id=cast.supervisor.pk)
    make_case(officer, lead_id=cast.supervisor.pk)
    name_person(access_for(cast.supervisor), named, cast.officer)
    with agency_scope(officer):
        found = set(
            Case.objects.visible_to(officer).with_person(cast.officer.pk).values_list("pk", flat=True)
        )

    assert found == {led.pk, named.pk}


def test_an_incidents_cases_are_those_it_began_or_is_linked_to(cast: Cast) -> None:
    officer = access_for(cast.officer)
    incident = make_incident(officer)
    began, linked = make_case(officer, incident), make_case(officer)
    make_case(officer)
    with agency_scope(officer):
        link_incident(access=officer, case=linked, incident=incident)
        found = set(Case.objects.visible_to(officer).about_incident(incident.pk).values_list("pk", flat=True))
        assert Incident.objects.visible_to(officer).count() == 3

    assert found == {began.pk, linked.pk}
