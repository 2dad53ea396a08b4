"""Opening a case about an incident, and changing it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from django.db import connection

from cases.models import Case, CaseStatusChange
from cases.services import change_case, open_case
from nethra.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from nethra.core.scope import agency_scope
from tests.support.cases import make_case, make_case_in
from tests.support.people import Cast, access_for
from tests.support.records import make_incident


def test_a_case_begins_open_with_a_number_and_the_incidents_title(cast: Cast) -> None:
    access = access_for(cast.officer)

    case = make_case(access)

    year = datetime.now(UTC).year
    assert (case.number, case.status) == (f"{year}-000001", "open")
    # Not its address: the title stays when the place is sealed.
    assert case.title == "Burglary/Breaking & Entering"
    assert case.opened_by_id == cast.officer.pk


def test_the_history_begins_with_the_case(cast: Cast) -> None:
    access = access_for(cast.officer)
    case = make_case(access)

    with agency_scope(access):
        steps = list(CaseStatusChange.objects.visible_to(access).filter(case=case))

    assert [(s.from_status, s.to_status, s.changed_by_id) for s in steps] == [("", "open", cast.officer.pk)]


def test_an_incident_begins_one_case(cast: Cast) -> None:
    access = access_for(cast.officer)
    incident = make_incident(access)
    first = make_case(access, incident)

    with pytest.raises(Conflict, match=first.number):
        make_case(access, incident)


def test_numbers_count_by_agency(cast: Cast) -> None:
    north = [make_case(access_for(cast.officer)).number for _ in range(2)]
    south = make_case(access_for(cast.south_officer)).number

    assert [number[-6:] for number in [*north, south]] == ["000001", "000002", "000001"]


def test_a_case_that_was_refused_leaves_no_gap(cast: Cast) -> None:
    access = access_for(cast.officer)
    make_case(access)

    with pytest.raises(InvalidInput):
        make_case(access, title="x" * 201)

    assert make_case(access).number.endswith("000002")


@pytest.mark.parametrize("role", ["analyst", "auditor"])
def test_only_investigators_open_cases(cast: Cast, role: str) -> None:
    incident = make_incident(access_for(cast.officer))

    with pytest.raises(NotAllowed):
        make_case(access_for(getattr(cast, role)), incident)


def test_another_agencys_incident_is_not_there(cast: Cast) -> None:
    incident = make_incident(access_for(cast.officer))

    with pytest.raises(NotFound):
        make_case(access_for(cast.south_officer), incident)


@pytest.mark.parametrize(
    ("person", "sentence"),
    [
        ("deactivated", "There is no such active person in your agency."),
        ("south_officer", "There is no such active person in your agency."),
        ("analyst", "This person's role does not allow that work."),
    ],
)
def test_a_lead_can_work_the_case(cast: Cast, person: str, sentence: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        make_case(access_for(cast.officer), lead_id=getattr(cast, person).pk)

    assert refused.value.errors == {"lead": [sentence]}


def test_a_deactivated_lead_neither_hides_nor_stops_a_case(cast: Cast) -> None:
    from accounts.people import deactivate_user

    case = make_case_in(cast, "under_investigation")
    admin, supervisor = access_for(cast.admin), access_for(cast.supervisor)
    with agency_scope(admin):
        deactivate_user(access=admin, user=cast.officer)

    with agency_scope(supervisor):
        found = Case.objects.visible_to(supervisor).get(pk=case.pk)
        # What does not touch the lead is written as before.
        changed = change_case(access=supervisor, case=found, title="Renamed", lead_id=found.lead_id)

    assert (changed.title, changed.lead_id) == ("Renamed", cast.officer.pk)


def test_a_case_under_investigation_keeps_a_lead(cast: Cast) -> None:
    case = make_case_in(cast, "under_investigation")
    access = access_for(cast.officer)

    with pytest.raises(InvalidInput) as refused, agency_scope(access):
        change_case(access=access, case=case, lead_id=None)

    assert refused.value.errors == {"__all__": ["A case under investigation has a lead."]}


def test_a_closed_case_is_not_changed(cast: Cast) -> None:
    case = make_case_in(cast, "closed_cleared")
    access = access_for(cast.officer)

    with pytest.raises(Conflict, match="reopen it first"), agency_scope(access):
        change_case(access=access, case=case, title="Renamed")


def test_fifty_at_once_are_numbered_without_a_gap(committed_cast: Cast) -> None:
    access = access_for(committed_cast.officer)
    incidents = [make_incident(access) for _ in range(50)]
    start, numbers, problems = threading.Barrier(50), [], []

    def work(index: int) -> None:
        try:
            start.wait(timeout=60)
            with agency_scope(access):
                case = open_case(access=access, incident=incidents[index])
            numbers.append(case.number)
        except Exception as problem:  # noqa: BLE001
            problems.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(index,)) for index in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert problems == []
    assert sorted(int(number[-6:]) for number in numbers) == list(range(1, 51))
