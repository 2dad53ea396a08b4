"""What the rows of a case's tabs mean when they are saved: each calls its service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cases.access import end_exclusion, exclude_person
from cases.members import add_member, change_member, remove_member
from cases.models import Case, CaseExclusion, CaseIncident, CaseMember, CaseTask, InvolvedPerson
from cases.people import add_person, change_person, remove_person
from cases.services import link_incident, unlink_incident
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
    # A changed row may name another person: the one goes, the other comes.
    others = [row for row in rows.changed() if "user" in row.changed_data]
    for row in (*rows.removed(), *others):
        remove_member(access=access, case=case, user_id=row.initial["user"])
    for row in rows.changed():
        if row not in others:
            values = rows.values(row)
            change_member(access=access, case=case, user_id=values.pop("user_id"), **values)
    for row in (*others, *rows.added()):
        add_member(access=access, case=case, **rows.values(row))


def _write_exclusions(access: Access, case: Case, rows: Any) -> None:
    for row in (*rows.removed(), *rows.changed()):
        end_exclusion(access=access, case=case, user_id=row.initial["user"])
    for row in (*rows.changed(), *rows.added()):
        exclude_person(access=access, case=case, **rows.values(row))


WRITERS: dict[type[Any], Callable[[Access, Case, Any], None]] = {
    CaseIncident: _write_links,
    InvolvedPerson: _write_people,
    CaseTask: _write_tasks,
    CaseMember: _write_members,
    CaseExclusion: _write_exclusions,
}
