"""The verbs for a case's tasks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from cases.choices import ENDED
from cases.models import Case, CaseTask
from cases.services import assign, check, check_person, locked_case
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import NotFound

TASK_FIELDS = frozenset({"title", "status", "priority", "assignee_id", "due_on"})


@transaction.atomic
def add_task(*, access: Access, case: Case, **values: Any) -> CaseTask:
    """Return a new task of a case; raise NotAllowed, NotFound, Conflict, InvalidInput."""
    stored = locked_case(access, case.pk)
    task = CaseTask(agency_id=access.agency_id, case=stored, created_by_id=access.author_id)
    return _save(access, task, values)


@transaction.atomic
def change_task(*, access: Access, case: Case, task_id: UUID, **values: Any) -> CaseTask:
    """Change a task; one that is done or cancelled keeps when it ended. Raise NotFound, Conflict, InvalidInput."""
    stored = locked_case(access, case.pk)
    task = CaseTask.objects.visible_to(access).filter(case_id=stored.pk, pk=task_id).first()
    if task is None:
        raise NotFound()
    return _save(access, task, values)


def _save(access: Access, task: CaseTask, values: dict[str, Any]) -> CaseTask:
    old_assignee = task.assignee_id
    assign(task, values, TASK_FIELDS)
    if task.assignee_id != old_assignee:
        check_person(access, task.assignee_id, "assignee", Capability.VIEW_CASES)
    check(task)
    is_ended = task.status in ENDED
    task.ended_at = (task.ended_at or datetime.now(UTC)) if is_ended else None
    task.save()
    return task
