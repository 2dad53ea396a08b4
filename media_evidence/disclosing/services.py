"""The verbs for disclosures: give copies to a recipient outside the agency, and revoke that."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from accounts.models import Agency
from cases.access import refuse_unworkable
from cases.choices import SealedPart
from cases.models import Case
from cases.services import check
from media_evidence.choices import CustodyState, RedactionState
from media_evidence.custody.verbs import workable
from media_evidence.disclosing.links import address_of, new_token
from media_evidence.jobs import make_disclosed_files
from media_evidence.models import DisclosedFile, Disclosure, Redaction
from media_evidence.redaction.gate import latest_checks, why_not
from media_evidence.services import refuse_disposed
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import Conflict, InvalidInput, NotFound
from nethra.jobs.queue import enqueue

MOST_FILES = 50
PLAIN = "Write the name in signs that can be seen, on one line."


@transaction.atomic
def disclose(
    *,
    access: Access,
    case: Case,
    copies: Collection[UUID],
    recipient_name: str,
    recipient_email: str,
    purpose: str,
    expires_at: datetime | None = None,
    most_downloads: int = 3,
) -> tuple[Disclosure, str]:
    """Give redacted copies of one case to a recipient; return that, and the link, which is told only now.

    A worker makes a file of their own for each copy, and then mails them another link that opens the same.
    Raise NotAllowed, ProofNeeded, NotFound, InvalidInput, Gone where an exhibit was disposed of, and Conflict for a
    case that is sealed or led elsewhere and for a copy that is not made or not clean (codes not_made, not_releasable).
    """
    access.require(Capability.MANAGE_EVIDENCE)
    access.require_proof()
    _refuse_shut(case)
    chosen = _chosen(access, case, copies)
    token, token_hash = new_token()
    disclosure = Disclosure(
        agency_id=access.agency_id,
        case_id=case.pk,
        number=_new_number(),
        recipient_name=_plain(recipient_name),
        recipient_email=recipient_email.strip(),
        purpose=purpose.strip(),
        expires_at=_ending(expires_at),
        most_downloads=most_downloads,
        made_by_id=access.author_id,
        token_hash=token_hash,
    )
    check(disclosure)
    disclosure.save(force_insert=True)
    for copy in chosen:
        DisclosedFile(
            agency_id=access.agency_id,
            case_id=case.pk,
            disclosure_id=disclosure.pk,
            evidence_id=copy.evidence_id,
            redaction_id=copy.pk,
        ).save(force_insert=True)
    enqueue(make_disclosed_files, agency_id=access.agency_id, disclosure_id=disclosure.pk)
    return disclosure, address_of(token)


@transaction.atomic
def revoke_disclosure(*, access: Access, disclosure: Disclosure, reason: str) -> Disclosure:
    """Close a disclosure at once, for a reason; raise NotAllowed, NotFound, InvalidInput, Conflict where it is."""
    access.require(Capability.MANAGE_EVIDENCE)
    find_disclosure(access, disclosure.pk)
    if not reason.strip():
        raise InvalidInput(errors={"reason": ["Say why it is revoked."]})
    if len(reason.strip()) > 1000:
        raise InvalidInput(errors={"reason": ["Use at most 1000 characters."]})
    stored: Disclosure = Disclosure._base_manager.select_for_update().get(
        agency_id=access.agency_id, pk=disclosure.pk
    )
    if stored.revoked_at is not None:
        raise Conflict("The disclosure was revoked already.", code="already_revoked")
    stored.revoked_at, stored.revoked_by_id = datetime.now(UTC), access.author_id
    stored.revoke_reason = reason.strip()
    stored.save(update_fields=["revoked_at", "revoked_by", "revoke_reason"])
    return stored


def find_disclosure(access: Access, disclosure_id: UUID) -> Disclosure:
    """Return a disclosure that this access may see; raise NotAllowed, NotFound."""
    access.require(Capability.VIEW_EVIDENCE)
    found: Disclosure | None = Disclosure.objects.visible_to(access).filter(pk=disclosure_id).first()
    if found is None:
        raise NotFound()
    return found


def end_of(access: Access, disclosure: Disclosure) -> str:
    """Return when a disclosure ends, as people where the agency is say it."""
    agency = Agency.objects.visible_to(access).get()
    ends = disclosure.expires_at.astimezone(ZoneInfo(agency.time_zone))
    return f"{ends.day} {ends:%b %Y, %H:%M %Z}"


def copies_to_give(access: Access, case: Case) -> list[Redaction]:
    """Return the redacted copies of a case that can be given: made, clean, of exhibits that are there."""
    made = Redaction.objects.visible_to(access).filter(case_id=case.pk, state=RedactionState.MADE)
    there = made.exclude(evidence__custody=CustodyState.DISPOSED)
    copies = list(there.select_related("evidence").order_by("evidence__position", "position"))
    checks = latest_checks(copies)
    return [copy for copy in copies if not why_not(checks.get(copy.pk))]


def _chosen(access: Access, case: Case, keys: Collection[UUID]) -> list[Redaction]:
    if not keys:
        raise InvalidInput(errors={"copies": ["Choose at least one copy."]})
    if len(set(keys)) > MOST_FILES:
        raise InvalidInput(errors={"copies": [f"At most {MOST_FILES} files are given at once."]})
    seen = Redaction.objects.visible_to(access).filter(case_id=case.pk, pk__in=keys)
    found = list(seen.select_related("evidence").order_by("pk"))
    if len(found) != len(set(keys)):
        raise InvalidInput(errors={"copies": ["There is no such copy in this case."]})
    # In one order, so that two never wait for each other.
    for evidence_id in sorted({copy.evidence_id for copy in found}):
        refuse_disposed(workable(access, evidence_id))
    checks = latest_checks(found)
    for copy in found:
        if copy.state != RedactionState.MADE:
            raise Conflict(f"{copy} of {copy.evidence} is not made.", code="not_made")
        if sentence := why_not(checks.get(copy.pk)):
            raise Conflict(f"{copy} of {copy.evidence} is not given. {sentence}", code="not_releasable")
    return found


def _refuse_shut(case: Case) -> None:
    refuse_unworkable(case)
    # Also while a seal is lifted: that is for whoever reads here.
    if {SealedPart.WHOLE, SealedPart.EVIDENCE} & set(case.sealed_parts):
        raise Conflict("The case's evidence is sealed: nothing of it is given.", code="case_sealed")


def _plain(name: str) -> str:
    if not name.strip().isprintable():
        raise InvalidInput(errors={"recipient_name": [PLAIN]})
    return name.strip()


def _ending(wanted: datetime | None) -> datetime:
    now = datetime.now(UTC)
    latest = now + timedelta(days=settings.DISCLOSURE_DAYS)
    if wanted is None:
        return latest
    if not now < wanted <= latest:
        sentence = f"It ends in the future, at most {settings.DISCLOSURE_DAYS} days from now."
        raise InvalidInput(errors={"expires_at": [sentence]})
    return wanted


def _new_number() -> str:
    # Drawn, as a certificate's: who sees one is not told how many there are.
    return f"DS-{datetime.now(UTC):%Y}-{secrets.token_hex(4).upper()}"
