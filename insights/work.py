"""What waits for the person who looks: their cases and their tasks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from django.utils import timezone

from cases.choices import Decision
from cases.models import AccessRequest, Case, CaseTask, Emergency
from cases.reviewing import waiting
from media_evidence.models import Disposal, Evidence, InventoryLine, Item
from nethra.core.access import Access
from nethra.core.capabilities import Capability

SHOWN = 8


@dataclass(frozen=True)
class Work:
    """The first of what waits for a person, the longest waiting and the first due first.

    Cases and tasks of theirs, requests for access and emergencies that they may judge, how many odd readings, exhibits
    that are handed over to them, those that a check found unsound, those with malware or without a scan, disposals that
    they may decide on, exhibits that should be back in the evidence room, and what an inventory found wrong.
    """

    cases: Sequence[Case]
    tasks: Sequence[CaseTask]
    requests: Sequence[AccessRequest]
    emergencies: Sequence[Emergency]
    odd_readings: int
    exhibits: Sequence[Evidence] = ()
    unsound: Sequence[Evidence] = ()
    suspect: Sequence[Evidence] = ()
    disposals: Sequence[Disposal] = ()
    overdue: Sequence[Item] = ()
    discrepancies: Sequence[InventoryLine] = ()

    @property
    def has_any(self) -> bool:
        """Whether anything waits at all."""
        return any(getattr(self, field.name) for field in fields(self))


def work_of(access: Access) -> Work | None:
    """Return what waits for this person; None where nothing does, or nobody is named."""
    if access.author_id is None:
        return None
    cases = Case.objects.visible_to(access).unfinished().with_person(access.author_id)
    tasks = CaseTask.objects.visible_to(access).unfinished().filter(assignee_id=access.author_id)
    work = Work(
        list(cases.order_by("status_since", "id")[:SHOWN]),
        list(tasks.select_related("case").order_by("due_on", "created_at", "id")[:SHOWN]),
        _requests(access),
        _emergencies(access),
        waiting(access),
        *_exhibits(access),
        _disposals(access),
        *_room(access),
    )
    return work if work.has_any else None


def _exhibits(access: Access) -> tuple[list[Evidence], list[Evidence], list[Evidence]]:
    """Return what is handed over to the person; for whoever manages evidence what is unsound, and what suspect."""
    if not access.may(Capability.VIEW_EVIDENCE):
        return [], [], []
    seen = Evidence.objects.visible_to(access).select_related("case").order_by("id")
    offered = list(seen.filter(offered_to_id=access.author_id)[:SHOWN])
    if not access.may(Capability.MANAGE_EVIDENCE):
        return offered, [], []
    # What is infected comes before what could merely not be scanned.
    return offered, list(seen.unsound()[:SHOWN]), list(seen.suspect().order_by("-scan", "id")[:SHOWN])


def _disposals(access: Access) -> list[Disposal]:
    asked = Disposal.objects.visible_to(access).answerable_by(access)
    return list(asked.select_related("case", "evidence", "asked_by").order_by("asked_at", "id")[:SHOWN])


def _room(access: Access) -> tuple[list[Item], list[InventoryLine]]:
    """Return what should be back and what an inventory found wrong, for whoever manages evidence."""
    if not access.may(Capability.MANAGE_EVIDENCE):
        return [], []
    overdue = Item.objects.visible_to(access).overdue(timezone.localdate())
    wrong = InventoryLine.objects.visible_to(access).unsettled()
    return (
        list(overdue.select_related("case", "evidence")[:SHOWN]),
        list(wrong.select_related("case", "evidence")[:SHOWN]),
    )


def _requests(access: Access) -> list[AccessRequest]:
    waiting_ = AccessRequest.objects.visible_to(access).filter(decision=Decision.OPEN)
    asked = waiting_.exclude(user=access.author_id).select_related("case", "user").order_by("due_at", "id")
    return list(asked[:SHOWN])


def _emergencies(access: Access) -> list[Emergency]:
    unjudged = Emergency.objects.visible_to(access).filter(verdict="").exclude(user=access.author_id)
    return list(unjudged.select_related("case", "user").order_by("opened_at", "id")[:SHOWN])
