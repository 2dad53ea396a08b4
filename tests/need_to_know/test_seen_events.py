"""Which events of the audit follow what their record is hidden from."""

from __future__ import annotations

from typing import Any

import pytest

from cases.members import add_member
from cases.models import Case, CaseIncident
from cases.policies import hidden_cases
from cases.services import link_incident
from incidents.models import IncidentOffence
from incidents.sealing import seal_incident
from nethra.audit.models import AuditEvent
from nethra.core.access import Access, operator_access
from nethra.core.capabilities import READING, Capability, Reach
from nethra.core.scope import agency_scope
from tests.support.cases import make_case
from tests.support.people import Cast, access_for
from tests.support.records import make_incident
from tests.support.secrets import (
    ORDER,
    adjust,
    exclude,
    make_restricted,
    name_person,
    restrict,
    seal,
)

pytestmark = pytest.mark.django_db


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
