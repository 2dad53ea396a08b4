"""The verbs for seals by order: place one, lift it for a time, remove it. Cases use the same steps."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from incidents.choices import SealedPart
from incidents.models import Incident, IncidentSeal
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import Conflict, InvalidInput, NotFound
from nethra.core.seals import Seal

#: Set on the sealed row itself, where every reader looks.
ROW_FIELDS = ["sealed_parts", "seal_lifted_until", "updated_at"]


@transaction.atomic
def seal_incident(
    *, access: Access, incident: Incident, parts: Collection[str], **order: Any
) -> IncidentSeal:
    """Seal an incident, its narrative or its place by an order; from then on few read it.

    ``order`` holds order_number, authority and reason. Raise NotAllowed, ProofNeeded, NotFound, Conflict where
    an order seals it already or a case is about it (sealing the case covers it), InvalidInput.
    """
    stored = locked_incident(access, incident)
    if SealedPart.WHOLE in parts:
        refuse_incident_with_case(stored)
    seal = IncidentSeal(agency_id=access.agency_id, incident=stored)
    place_seal(access, stored, seal, parts, SealedPart.values, order)
    return seal


@transaction.atomic
def lift_incident_seal(
    *, access: Access, incident: Incident, until: datetime, order_number: str
) -> IncidentSeal:
    """Open a sealed incident until a time, by another order; raise NotAllowed, NotFound, InvalidInput."""
    stored = locked_incident(access, incident)
    seal = seal_in_force(IncidentSeal.objects.visible_to(access).filter(incident_id=stored.pk))
    lift_seal(access, stored, seal, until, order_number)
    return seal  # type: ignore[return-value]


@transaction.atomic
def remove_incident_seal(*, access: Access, incident: Incident, order_number: str) -> IncidentSeal:
    """End a seal for good, by another order; raise NotAllowed, NotFound, InvalidInput."""
    stored = locked_incident(access, incident)
    seal = seal_in_force(IncidentSeal.objects.visible_to(access).filter(incident_id=stored.pk))
    remove_seal(access, stored, seal, order_number)
    return seal  # type: ignore[return-value]


def locked_incident(access: Access, incident: Incident) -> Incident:
    """Return the whole incident, locked, for whoever seals records and sees it; raise NotFound, ProofNeeded."""
    access.require(Capability.SEAL_RECORDS)
    access.require_proof()
    if not Incident.objects.visible_to(access).filter(pk=incident.pk).exists():
        raise NotFound()
    return Incident._base_manager.select_for_update().get(agency_id=access.agency_id, pk=incident.pk)


def refuse_incident_with_case(incident: Incident) -> None:
    """Raise Conflict where a case is about the incident: its seal covers both."""
    from incidents.signals import incident_about_to_be_sealed

    for _, number in incident_about_to_be_sealed.send(Incident, incident=incident):
        if number:
            raise Conflict(f"The case {number} is about this incident: seal the case.", code="seal_the_case")


# The steps that seals of every kind of record share


def place_seal(
    access: Access,
    row: Any,
    seal: Seal,
    parts: Collection[str],
    known: Collection[str],
    order: dict[str, Any],
) -> None:
    """Fill and save a new seal of a locked row, and set the row's own columns."""
    if row.sealed_parts:
        raise Conflict("An order seals this record already; remove that seal first.", code="sealed_already")
    errors = _order_errors(str(order.get("order_number", "")))
    if not parts or set(parts) - set(known):
        errors["parts"] = [f"Seal one or more of {', '.join(known)}."]
    if not str(order.get("authority", "")).strip():
        errors["authority"] = ["Name the court or office that ordered it."]
    if errors:
        raise InvalidInput(errors=errors)
    seal.parts = [part for part in known if part in parts]
    seal.order_number = str(order["order_number"]).strip()[:100]
    seal.authority = str(order["authority"]).strip()[:200]
    seal.reason = str(order.get("reason", "")).strip()[:1000]
    seal.placed_by_id = access.author_id
    seal.save(force_insert=True)
    row.sealed_parts, row.seal_lifted_until = seal.parts, None
    row.save(update_fields=ROW_FIELDS)


def lift_seal(access: Access, row: Any, seal: Seal, until: datetime, order_number: str) -> None:
    """Open a locked, sealed row until a time; then the seal holds again by itself."""
    errors = _order_errors(order_number)
    if until <= datetime.now(UTC):
        errors["until"] = ["This time is over already."]
    if errors:
        raise InvalidInput(errors=errors)
    seal.lifted_until, seal.lift_order, seal.lifted_by_id = (
        until,
        order_number.strip()[:100],
        access.author_id,
    )
    seal.save(update_fields=["lifted_until", "lift_order", "lifted_by"])
    row.seal_lifted_until = until
    row.save(update_fields=ROW_FIELDS)


def remove_seal(access: Access, row: Any, seal: Seal, order_number: str) -> None:
    """End the seal of a locked row for good; the order stays on record."""
    errors = _order_errors(order_number)
    if errors:
        raise InvalidInput(errors=errors)
    seal.removed_at, seal.removed_by_id = datetime.now(UTC), access.author_id
    seal.removal_order = order_number.strip()[:100]
    seal.save(update_fields=["removed_at", "removed_by", "removal_order"])
    row.sealed_parts, row.seal_lifted_until = [], None
    row.save(update_fields=ROW_FIELDS)


def seal_in_force(seals: Any) -> Seal:
    """Return the seal that no order removed; raise NotFound."""
    seal: Seal | None = seals.filter(removed_at=None).first()
    if seal is None:
        raise NotFound("No order seals this record.")
    return seal


def _order_errors(order_number: str) -> dict[str, list[str]]:
    return {} if order_number.strip() else {"order_number": ["State the number of the order."]}
