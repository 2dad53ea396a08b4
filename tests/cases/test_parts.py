"""What hangs on a case: further incidents, members, people, tasks."""

from __future__ import annotations

from datetime import date

import pytest

from cases.members import add_member, remove_member
from cases.models import CaseIncident, CaseMember, CaseTask, InvolvedPerson
from cases.people import add_person, change_person, remove_person
from cases.services import link_incident, unlink_incident
from cases.tasks import add_task, change_task
from incidents.importing.services import undo_import
from nethra.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from nethra.core.scope import agency_scope
from tests.support.cases import make_case, make_case_in
from tests.support.imports import csv_of, import_file, stored
from tests.support.people import Cast, access_for
from tests.support.records import make_incident


def test_a_further_incident_is_linked_once_and_taken_off_again(cast: Cast) -> None:
    access = access_for(cast.officer)
    case, further = make_case(access), make_incident(access)

    with agency_scope(access):
        link_incident(access=access, case=case, incident=further)
        with pytest.raises(Conflict, match="belongs to the case already"):
            link_incident(access=access, case=case, incident=further)
        unlink_incident(access=access, case=case, incident_id=further.pk)

        assert not CaseIncident.objects.visible_to(access).exists()


def test_the_incident_that_began_the_case_stays(cast: Cast) -> None:
    access = access_for(cast.officer)
    case = make_case(access)

    with agency_scope(access), pytest.raises(Conflict, match="stays with it"):
        unlink_incident(access=access, case=case, incident_id=case.primary_incident_id)


def test_another_agencys_incident_cannot_be_linked(cast: Cast) -> None:
    case, foreign = make_case(access_for(cast.officer)), make_incident(access_for(cast.south_officer))
    access = access_for(cast.officer)

    with agency_scope(access), pytest.raises(NotFound):
        link_incident(access=access, case=case, incident=foreign)


def test_members_come_and_go(cast: Cast) -> None:
    access = access_for(cast.officer)
    case = make_case(access)

    with agency_scope(access):
        add_member(access=access, case=case, user_id=cast.analyst.pk)
        with pytest.raises(Conflict):
            add_member(access=access, case=case, user_id=cast.analyst.pk)
        with pytest.raises(InvalidInput):
            add_member(access=access, case=case, user_id=cast.south_officer.pk)
        remove_member(access=access, case=case, user_id=cast.analyst.pk)
        with pytest.raises(NotFound):
            remove_member(access=access, case=case, user_id=cast.analyst.pk)

        assert not CaseMember.objects.visible_to(access).exists()


def test_a_person_is_recorded_changed_and_taken_off(cast: Cast) -> None:
    access = access_for(cast.officer)
    case = make_case(access)

    with agency_scope(access):
        person = add_person(access=access, case=case, role="witness", name="Ida Crane", contact="555 0100")
        change_person(access=access, case=case, person_id=person.pk, born_on=date(1980, 2, 3))
        assert InvolvedPerson.objects.visible_to(access).get().born_on == date(1980, 2, 3)
        remove_person(access=access, case=case, person_id=person.pk)

        assert not InvolvedPerson.objects.visible_to(access).exists()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"role": "bystander", "name": "Ida"}, "role"),
        ({"role": "witness", "name": ""}, "name"),
        ({"role": "witness", "name": "Ida", "born_on": date(1700, 1, 1)}, "born_on"),
        ({"role": "witness", "name": "Ida", "born_on": date(2999, 1, 1)}, "born_on"),
        ({"role": "witness", "name": "Ida", "height": 3}, "height"),
    ],
)
def test_a_person_is_refused_at_the_field_that_is_wrong(
    cast: Cast, values: dict[str, object], field: str
) -> None:
    access = access_for(cast.officer)
    case = make_case(access)

    with agency_scope(access), pytest.raises(InvalidInput) as refused:
        add_person(access=access, case=case, **values)

    assert list(refused.value.errors) == [field]


@pytest.mark.parametrize("role", ["analyst", "auditor"])
def test_names_are_written_by_investigators_only(cast: Cast, role: str) -> None:
    case, access = make_case(access_for(cast.officer)), access_for(getattr(cast, role))

    with agency_scope(access), pytest.raises(NotAllowed):
        add_person(access=access, case=case, role="witness", name="Ida")


def test_a_task_keeps_when_it_ended(cast: Cast) -> None:
    access = access_for(cast.officer)
    case = make_case(access)

    with agency_scope(access):
        task = add_task(access=access, case=case, title="Ask the neighbours", assignee_id=cast.officer.pk)
        done = change_task(access=access, case=case, task_id=task.pk, status="done")
        ended = done.ended_at
        again = change_task(access=access, case=case, task_id=task.pk, priority="high")
        open_again = change_task(access=access, case=case, task_id=task.pk, status="open")

    assert ended is not None
    assert again.ended_at == ended
    assert open_again.ended_at is None


def test_a_closed_case_takes_nothing_on(cast: Cast) -> None:
    case, access = make_case_in(cast, "closed_unfounded"), access_for(cast.officer)

    with agency_scope(access):
        for add in (
            lambda: add_task(access=access, case=case, title="Late"),
            lambda: add_person(access=access, case=case, role="witness", name="Late"),
            lambda: add_member(access=access, case=case, user_id=cast.analyst.pk),
        ):
            with pytest.raises(Conflict, match="reopen it first"):
                add()
        assert not CaseTask.objects.visible_to(access).exists()


def test_an_import_that_cases_are_about_is_not_undone(committed_cast: Cast) -> None:
    analyst, officer = access_for(committed_cast.analyst), access_for(committed_cast.officer)
    batch = import_file(analyst, csv_of({}, {}))
    began, linked = stored(analyst)
    case = make_case(officer, began)
    with agency_scope(officer):
        link_incident(access=officer, case=case, incident=linked)

    with pytest.raises(Conflict) as refused:
        undo_import(access=analyst, batch_id=batch.pk)

    assert refused.value.code == "incidents_in_use"
    assert f"{began.number} (case {case.number})" in refused.value.message
    assert f"{linked.number} (case {case.number})" in refused.value.message
