"""What waits for the person who looks: their cases and their tasks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cases.models import Case, CaseTask
from nethra.core.access import Access

SHOWN = 8


@dataclass(frozen=True)
class Work:
    """The first of a person's unfinished cases and tasks, the longest waiting and the first due first."""

    cases: Sequence[Case]
    tasks: Sequence[CaseTask]


def work_of(access: Access) -> Work | None:
    """Return what waits for this person; None where nothing does, or nobody is named."""
    if access.author_id is None:
        return None
    cases = Case.objects.visible_to(access).unfinished().with_person(access.author_id)
    tasks = CaseTask.objects.visible_to(access).unfinished().filter(assignee_id=access.author_id)
    work = Work(
        list(cases.order_by("status_since", "id")[:SHOWN]),
        list(tasks.select_related("case").order_by("due_on", "created_at", "id")[:SHOWN]),
    )
    return work if work.cases or work.tasks else None
