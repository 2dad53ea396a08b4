"""What the rows of a case's tabs mean when they are saved: each calls its service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cases.models import Case, CaseIncident, CaseMember, CaseTask, InvolvedPerson
from cases.people import add_person, change_person, remove_person
from cases.services import add_member, link_incident, remove_member, unlink_incident
from cases.tasks import add_task, change_task
from nethra.core.access import Access


def _write_links(access: Access, case: Case, rows: Any) -> None:
    for row in rows.removed():
        unlink_incident(access=access, case=case, incident_id=row.instance.incident_id)
    for row in rows.added():
        link_incident(access=access, case=case, incident=row.cleaned_data["number"])


def _write_people(access: Access, case: Case, rows: Any) -> None:
    for row in rows.removed():
        remove_person(access=access, case=case, person_id=row.instance.pk)
    for row in rows.changed():
        change_person(access=access, case=case, person_id=row.instance.pk, **rows.values(row))
    for row in rows.added():
        add_person(access=access, case=case, **rows.values(row))


def _write_tasks(access: Access, case: Case, rows: Any) -> None:
    for row in rows.changed():
        change_task(access=access, case=case, task_id=row.instance.pk, **rows.values(row))
    for row in rows.added():
        add_task(access=access, case=case, **rows.values(row))


def _write_members(access: Access, case: Case, rows: Any) -> None:
    # A changed row names another person: the one goes, the other comes.
    for row in (*rows.removed(), *rows.changed()):
        remove_member(access=access, case=case, user_id=row.initial["user"])
    for row in (*rows.changed(), *rows.added()):
        add_member(access=access, case=case, user_id=row.cleaned_data["user"].pk)


WRITERS: dict[type[Any], Callable[[Access, Case, Any], None]] = {
    CaseIncident: _write_links,
    InvolvedPerson: _write_people,
    CaseTask: _write_tasks,
    CaseMember: _write_members,
}
