"""The verbs for expunging by order: asked for by one, approved by another, proved, and repeated after a restore."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from cases.access import is_excluded
from cases.choices import ExpungeKind
from cases.models import Case, ExpungeOrder, InvolvedPerson
from cases.signals import case_about_to_be_expunged
from incidents.models import Incident
from incidents.signals import incident_expunged
from nethra.audit.services import record_event
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import Conflict, InvalidInput, NotAllowed, NotFound

OF_CASES = (ExpungeKind.CASE, ExpungeKind.CASE_AND_INCIDENTS)


@transaction.atomic
def ask_expunge(
    *, access: Access, kind: str, subject_id: UUID, order_number: str, authority: str
) -> ExpungeOrder:
    """Return an order to expunge, which waits for the approval of a second person.

    Raise NotAllowed, ProofNeeded, NotFound, Conflict for a case that is still worked on or an order that waits
    already, InvalidInput.
    """
    access.require(Capability.EXPUNGE_RECORDS)
    access.require_proof()
    errors: dict[str, list[str]] = {}
    if kind not in ExpungeKind.values:
        errors["kind"] = [f"kind must be one of {', '.join(ExpungeKind.values)}."]
    if not order_number.strip():
        errors["order_number"] = ["State the number of the order."]
    if not authority.strip():
        errors["authority"] = ["Name the court or office that ordered it."]
    if errors:
        raise InvalidInput(errors=errors)
    number = _number_of(access, ExpungeKind(kind), subject_id)
    waiting = ExpungeOrder.objects.visible_to(access).filter(subject_id=subject_id, declined_at=None)
    if waiting.filter(executed_at=None).exists():
        raise Conflict("An order for this record waits for its approval.", code="ordered_already")
    return ExpungeOrder.objects.create(
        agency_id=access.agency_id,
        kind=kind,
        subject_id=subject_id,
        number=number,
        order_number=order_number.strip()[:100],
        authority=authority.strip()[:200],
        asked_by_id=access.author_id,
    )


def _number_of(access: Access, kind: ExpungeKind, subject_id: UUID) -> str:
    """Return what the tombstone is called; raise NotFound, Conflict. Whoever asks need not be able to read it."""
    if kind in OF_CASES:
        case = Case._base_manager.filter(agency_id=access.agency_id, pk=subject_id).first()
        if case is None or (access.user_id is not None and is_excluded(case, access.user_id)):
            raise NotFound()
        if not case.is_closed and not case.sealed_parts:
            raise Conflict("Close or seal the case first: it is still worked on.", code="case_open")
        return case.number
    if kind == ExpungeKind.PERSON:
        person = InvolvedPerson._base_manager.select_related("case").filter(
            agency_id=access.agency_id, pk=subject_id
        )
        found = person.first()
        if found is None or (access.user_id is not None and is_excluded(found.case, access.user_id)):
            raise NotFound()
        return f"Person in {found.case.number}"
    incident = Incident.objects.visible_to(access).filter(pk=subject_id).first()
    if incident is None:
        raise NotFound()
    return incident.number


@transaction.atomic
def decline_expunge(*, access: Access, order: ExpungeOrder) -> ExpungeOrder:
    """Let an order lapse that was not carried out; raise NotAllowed, NotFound, Conflict."""
    stored = _locked(access, order)
    stored.declined_at = datetime.now(UTC)
    stored.save(update_fields=["declined_at"])
    return stored


@transaction.atomic
def approve_expunge(*, access: Access, order: ExpungeOrder) -> ExpungeOrder:
    """Carry an order out, as the second person: the content is gone for good, the tombstone and the proof stay.

    Raise NotAllowed for the one who asked, ProofNeeded, NotFound, Conflict.
    """
    stored = _locked(access, order)
    access.require_proof()
    if stored.asked_by_id is not None and stored.asked_by_id == access.author_id:
        raise NotAllowed("A second person approves an order to expunge.")
    stored.approved_at, stored.approved_by_id = datetime.now(UTC), access.author_id
    stored.save(update_fields=["approved_at", "approved_by"])
    return execute(access, stored)


def _locked(access: Access, order: ExpungeOrder) -> ExpungeOrder:
    access.require(Capability.EXPUNGE_RECORDS)
    found = ExpungeOrder.objects.visible_to(access).filter(pk=order.pk)
    stored: ExpungeOrder | None = found.select_for_update().first()
    if stored is None:
        raise NotFound()
    if stored.executed_at is not None or stored.declined_at is not None:
        raise Conflict("This order was answered already.", code="answered_already")
    return stored


def execute(access: Access, order: ExpungeOrder) -> ExpungeOrder:
    """Carry an approved order out, also once more; what it destroys outside the database goes with the commit."""
    files: list[str] = []
    if order.kind in OF_CASES:
        told = case_about_to_be_expunged.send(
            ExpungeOrder, access=access, order=order, case_id=order.subject_id
        )
        files = sorted({digest for _, found in told for digest in found or ()})
    incidents = _incidents_of(access, order)
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.execute_expunge(%s)", [order.pk])
        row = cursor.fetchone()
    if row is None or row[0] is None:
        raise Conflict("This order is not approved by a second person.", code="not_approved")
    order.refresh_from_db()
    for incident_id in incidents:
        incident_expunged.send(ExpungeOrder, access=access, incident_id=incident_id)
    order.files_destroyed = sorted({*order.files_destroyed, *files})
    order.save(update_fields=["files_destroyed"])
    record_event(
        action="expunged",
        entity="cases_expungeorder",
        object_id=order.pk,
        body={"kind": order.kind, "subject": order.subject_id, "number": order.number, "files": files},
    )
    transaction.on_commit(lambda: remember(order))
    return order


def _incidents_of(access: Access, order: ExpungeOrder) -> list[UUID]:
    if order.kind == ExpungeKind.INCIDENT:
        return [order.subject_id]
    if order.kind != ExpungeKind.CASE_AND_INCIDENTS:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT unnest(app.incidents_of_case(%s))", [order.subject_id])
        return [key for (key,) in cursor.fetchall()]


# The list outside the database: a restore brings back what was expunged after its dump


def list_path(agency_id: UUID) -> Path:
    """Return the file that keeps an agency's executed orders, one JSON object a line; keys and numbers only."""
    return Path(settings.EVIDENCE_DIR) / str(agency_id) / "expunged.jsonl"


def agencies_with_orders() -> list[UUID]:
    """Return the agencies that have a list of executed orders."""
    return [UUID(path.parent.name) for path in sorted(Path(settings.EVIDENCE_DIR).glob("*/expunged.jsonl"))]


def remember(order: ExpungeOrder) -> None:
    """Add an executed order to the list, on disk when this returns; one that stands there is not added again."""
    path = list_path(order.agency_id)
    if any(entry["order"] == str(order.pk) for entry in remembered(order.agency_id)):
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    entry = {
        "order": str(order.pk),
        "kind": order.kind,
        "subject": str(order.subject_id),
        "number": order.number,
        "order_number": order.order_number,
        "authority": order.authority,
        "executed_at": order.executed_at.isoformat() if order.executed_at else "",
    }
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")
        file.flush()
        os.fsync(file.fileno())


def remembered(agency_id: UUID) -> Iterator[dict[str, str]]:
    """Yield the executed orders of an agency's list."""
    path = list_path(agency_id)
    if not path.is_file():
        return
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.strip():
                yield json.loads(line)


@transaction.atomic
def reapply(*, access: Access) -> list[str]:
    """Carry out again whatever a restore brought back; return the numbers of the records that were expunged anew.

    Orders that the database has and the list lacks are added to the list. Operators only.
    """
    if access.user_id is not None:
        raise NotAllowed()
    done = []
    for order in ExpungeOrder.objects.visible_to(access).exclude(executed_at=None):
        transaction.on_commit(lambda order=order: remember(order))  # type: ignore[misc]
    for entry in list(remembered(access.agency_id)):
        found = ExpungeOrder.objects.visible_to(access).filter(pk=entry["order"]).first()
        if found is not None and found.executed_at is not None and not _is_back(access, found):
            continue
        order = found or ExpungeOrder(agency_id=access.agency_id, pk=UUID(entry["order"]))
        order.kind, order.subject_id, order.number = entry["kind"], UUID(entry["subject"]), entry["number"]
        order.order_number, order.authority = entry["order_number"], entry["authority"]
        order.approved_at, order.declined_at = order.approved_at or datetime.now(UTC), None
        order.save()
        execute(access, order)
        done.append(order.number)
    return done


def _is_back(access: Access, order: ExpungeOrder) -> bool:
    """Return whether the record of an executed order has its content again."""
    subject, agency = order.subject_id, access.agency_id
    if order.kind == ExpungeKind.PERSON:
        return InvolvedPerson._base_manager.filter(agency_id=agency, pk=subject).exists()
    model: Any = Incident if order.kind == ExpungeKind.INCIDENT else Case
    return model._base_manager.filter(agency_id=agency, pk=subject, expunged_at=None).exists()  # type: ignore[no-any-return]
