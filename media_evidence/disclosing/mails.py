"""Mails to recipients, who have no account: nothing of a case stands in them. Sent by the worker."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.core.mail import send_mail
from django.template.loader import render_to_string

from accounts.jobs import send
from accounts.models import Agency
from media_evidence.disclosing.codes import GOOD_FOR, new_code
from media_evidence.disclosing.links import address_of, new_token
from media_evidence.disclosing.services import end_of, find_disclosure
from media_evidence.models import Disclosure
from nethra.core.access import Access

logger = logging.getLogger(__name__)


def mail_link(*, access: Access, disclosure_id: UUID) -> None:
    """Mail a recipient the link to what they are given; once, and not where it was revoked meanwhile."""
    disclosure = find_disclosure(access, disclosure_id)
    if disclosure.mailed_hash is not None or not _is_live(disclosure):
        return
    token, disclosure.mailed_hash = new_token()
    disclosure.save(update_fields=["mailed_hash"])
    _send(access, disclosure, "given", "Files for you", link=address_of(token))


def mail_code(*, access: Access, disclosure_id: UUID) -> None:
    """Mail a recipient a code that opens their link; not where it was revoked meanwhile."""
    if not _is_live(find_disclosure(access, disclosure_id)):
        return
    disclosure, code = new_code(access=access, disclosure_id=disclosure_id)
    minutes = int(GOOD_FOR.total_seconds()) // 60
    _send(access, disclosure, "given_code", "Your code", code=f"{code[:4]} {code[4:]}", minutes=minutes)


def mail_fetched(*, access: Access, disclosure_id: UUID) -> None:
    """Mail whoever made a disclosure that its recipient fetched something."""
    disclosure = find_disclosure(access, disclosure_id)
    if disclosure.made_by_id is not None:
        subject = "What you gave was downloaded"
        send(access, disclosure.made_by_id, "media_evidence/mail/fetched", subject, disclosure=disclosure)


def mail_failed(*, access: Access, disclosure_id: UUID) -> None:
    """Mail whoever made a disclosure that a file of it could not be made, so nobody was sent the link."""
    disclosure = find_disclosure(access, disclosure_id)
    if disclosure.made_by_id is not None and disclosure.revoked_at is None:
        subject = "What you gave could not be made"
        send(access, disclosure.made_by_id, "media_evidence/mail/not_made", subject, disclosure=disclosure)


def _is_live(disclosure: Disclosure) -> bool:
    return disclosure.revoked_at is None and disclosure.expires_at > datetime.now(UTC)


def _send(access: Access, disclosure: Disclosure, template: str, subject: str, **context: Any) -> None:
    agency = Agency.objects.visible_to(access).get()
    told = {"disclosure": disclosure, "agency": agency, "ends": end_of(access, disclosure)}
    text = render_to_string(f"media_evidence/mail/{template}.txt", {**told, **context})
    send_mail(f"{subject} from {agency.name}", text, None, [disclosure.recipient_email])
    logger.info("Mailed %s of the disclosure %s", template, disclosure.pk)
