"""The verbs for sharing a case or an incident with another agency, by reference."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import connection, transaction

from cases.access import find_case, may_keep
from cases.choices import SHARED_FIELDS, SHARED_NAMES, LeadState, ShareLevel
from cases.models import Case, Share
from incidents.models import Incident
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import Conflict, InvalidInput, NotFound

#: Field -> what the one who shares it must be able to read: nobody passes on what is withheld from themselves.
NEEDS: dict[str, tuple[Capability, ...]] = {
    "case.notes": (Capability.READ_CASE_NOTES,),
    "history.reason": (Capability.READ_CASE_NOTES,),
    "person.role": (Capability.VIEW_CASE_PEOPLE,),
    "person.name": (Capability.VIEW_CASE_PEOPLE, Capability.READ_VICTIMS, Capability.READ_JUVENILES),
    "person.born_on": (Capability.VIEW_CASE_PEOPLE, Capability.READ_VICTIMS, Capability.READ_JUVENILES),
    "person.contact": (
        Capability.VIEW_CASE_PEOPLE,
        Capability.READ_VICTIM_ADDRESSES,
        Capability.READ_JUVENILES,
    ),
    **{f"evidence.{name}": (Capability.VIEW_EVIDENCE,) for name in SHARED_FIELDS["evidence"]},
}
#: Name -> the SQL that reads a part of a share which a higher app keeps; each takes the share's key and whether
#: the one who asks is the sharer.
PARTS: dict[str, str] = {}
Read = Callable[[UUID], dict[str, Any] | None]


def hang_part(name: str, sql: str) -> None:
    """Let a higher app share what hangs on a case: SQL that returns a JSON list for (share, is_preview)."""
    PARTS[name] = sql


@transaction.atomic
def draft_share(
    *,
    access: Access,
    case: Case | None = None,
    incident: Incident | None = None,
    recipient: str,
    fields: Collection[str],
    until: datetime,
    **values: Any,
) -> Share:
    """Return a share that nobody sees yet: preview it, then release it.

    ``recipient`` is the other agency's code, ``values`` level, may_reshare and reason. Raise NotAllowed,
    ProofNeeded, NotFound, InvalidInput with a sentence per field.
    """
    access.require(Capability.SHARE_RECORDS)
    access.require_proof()
    share = Share(agency_id=access.agency_id, created_by_id=access.author_id, until=until)
    if case is not None:
        share.case = find_case(access, case.pk)
    else:
        mine = Incident.objects.visible_to(access)
        share.incident = mine.filter(pk=incident.pk).first() if incident is not None else None
        if share.incident is None:
            raise NotFound()
    share.recipient_id, share.recipient_name = partner_of(recipient)
    share.fields = _fields(access, fields, is_case=case is not None)
    _terms(share, **values)
    share.save(force_insert=True)
    return share


def _fields(access: Access, fields: Collection[str], *, is_case: bool) -> list[str]:
    known = [name for name in SHARED_NAMES if is_case or name.startswith("incident.")]
    unknown = sorted(set(fields) - set(known))
    if unknown or not fields:
        sentence = f"These cannot be shared: {', '.join(unknown)}." if unknown else "Choose what is shared."
        raise InvalidInput(errors={"fields": [sentence]})
    for name in fields:
        for capability in NEEDS.get(name, ()):
            access.require(capability)
    return [name for name in known if name in set(fields)]


def _terms(share: Share, level: str = ShareLevel.VIEW, may_reshare: bool = False, reason: str = "") -> None:
    errors: dict[str, list[str]] = {}
    if level not in ShareLevel.values:
        errors["level"] = [f"level must be one of {', '.join(ShareLevel.values)}."]
    if share.until <= datetime.now(UTC):
        errors["until"] = ["This time is over already."]
    if errors:
        raise InvalidInput(errors=errors)
    share.level, share.may_reshare, share.reason = level, may_reshare, reason.strip()[:1000]


def partner_of(code: str) -> tuple[UUID, str]:
    """Return key and name of another agency; raise InvalidInput where there is none with this code."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, name FROM app.share_partner(%s)", [code.strip().lower()])
        row = cursor.fetchone()
    if row is None:
        raise InvalidInput(errors={"recipient": ["There is no other agency with this code."]})
    return row[0], row[1]


def preview(access: Access, share: Share) -> dict[str, Any]:
    """Return exactly what the other agency sees, or will see.

    Raise NotFound, NotAllowed where one of its fields is withheld from this access itself.
    """
    stored = _visible(access, share)
    if not access.may(Capability.VIEW_AUDIT):
        access.require(Capability.SHARE_RECORDS)
    for name in stored.fields:
        for capability in NEEDS.get(name, ()):
            access.require(capability)
    return with_parts("SELECT app.share_preview(%s)", stored.pk, is_preview=True) or {}


def with_parts(sql: str, share_id: UUID, *, is_preview: bool) -> dict[str, Any] | None:
    """Return a share's record as the database gives it, with the parts of higher apps; None for no such share."""
    with connection.cursor() as cursor:
        cursor.execute(sql, [share_id])
        text = cursor.fetchone()[0]
        if text is None:
            return None
        record: dict[str, Any] = orjson.loads(text)
        for name, part in PARTS.items():
            cursor.execute(part, [share_id, is_preview])
            found = cursor.fetchone()[0]
            record[name] = orjson.loads(found) if found else []
    return record


@transaction.atomic
def release_share(*, access: Access, share: Share) -> Share:
    """Let the other agency see what the preview showed; raise NotAllowed, ProofNeeded, NotFound, Conflict."""
    stored = _locked(access, share)
    if stored.released_at is not None:
        raise Conflict("This is released already.", code="released_already")
    stored.released_at = datetime.now(UTC)
    stored.save(update_fields=["released_at"])
    return stored


@transaction.atomic
def revoke_share(*, access: Access, share: Share) -> Share:
    """Take back what was shared, and whatever was passed on from it, at once; a lead comes home with it.

    For whoever shares records and sees this one, and for the case's lead. Raise NotAllowed, NotFound.
    """
    seen = _visible(access, share)
    if seen.case is None or not may_keep(access, seen.case):
        access.require(Capability.SHARE_RECORDS)
    stored = Share._base_manager.select_for_update().get(agency_id=access.agency_id, pk=share.pk)
    if stored.revoked_at is None:
        stored.revoked_at = datetime.now(UTC)
        stored.save(update_fields=["revoked_at"])
    return stored


@transaction.atomic
def offer_lead(*, access: Access, share: Share) -> Share:
    """Offer the agency that a case is shared with to lead it; raise NotAllowed, NotFound, Conflict."""
    stored = _locked(access, share)
    if stored.case_id is None or stored.released_at is None or stored.parent_id is not None:
        raise Conflict("Only a case that you released to them can be led by them.", code="nothing_to_lead")
    case = Case._base_manager.select_for_update().get(agency_id=access.agency_id, pk=stored.case_id)
    if case.led_by_agency_id is not None or stored.lead_state == LeadState.HELD:
        raise Conflict(f"{case.led_by_agency} leads this case already.", code="led_elsewhere")
    stored.lead_state = LeadState.OFFERED
    stored.save(update_fields=["lead_state"])
    return stored


def _visible(access: Access, share: Share) -> Share:
    shares = Share.objects.visible_to(access).select_related("case")
    stored: Share | None = shares.filter(pk=share.pk).first()
    if stored is None:
        raise NotFound()
    return stored


def _locked(access: Access, share: Share) -> Share:
    access.require(Capability.SHARE_RECORDS)
    access.require_proof()
    _visible(access, share)
    stored = Share._base_manager.select_for_update().get(agency_id=access.agency_id, pk=share.pk)
    if stored.revoked_at is not None:
        raise Conflict("This was revoked.", code="revoked")
    return stored
