"""Mails to people about their accounts, sent by the worker. A link is made here: the queue holds ids only."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string

from accounts.links import LinkPurpose, make_link
from accounts.models import User
from accounts.roles import roles_with
from nethra.core import idempotency, throttles
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.jobs.queue import job

logger = logging.getLogger(__name__)


def administrators(access: Access, but: UUID | None = None) -> list[str]:
    """Return the names of up to three of the agency's administrators: whom to ask."""
    roles = roles_with(access, Capability.MANAGE_USERS)
    found = User.objects.colleagues_of(access).filter(is_active=True, role__in=roles).exclude(pk=but)
    return list(found.values_list("name", flat=True)[:3])


def send(access: Access, user_id: UUID, template: str, subject: str, **context: Any) -> None:
    """Mail one person of the agency the text of a template, named without its .txt."""
    user = User.objects.colleagues_of(access).select_related("agency").get(pk=user_id)
    if not user.is_active:
        return
    text = render_to_string(
        f"{template}.txt",
        {
            "person": user,
            "agency": user.agency,
            "administrators": administrators(access, but=user.pk),
            "now": datetime.now(UTC).astimezone(user.zone),
            "address": settings.PUBLIC_URL,
            **{name: value(user) if callable(value) else value for name, value in context.items()},
        },
    )
    send_mail(subject, text, None, [user.email])
    logger.info("Mailed %s to the person %s", template.rpartition("/")[2], user_id)


@job(once=True)
def mail_invitation(*, access: Access, user_id: UUID) -> None:
    """Mail the link that proves the address and lets the person choose their password."""
    send(
        access,
        user_id,
        "accounts/mail/invitation",
        "Your account in Nethra",
        link=lambda user: make_link(user, LinkPurpose.INVITATION),
        hours=settings.INVITATION_SECONDS // 3600,
    )


@job(once=True)
def mail_password_link(*, access: Access, user_id: UUID) -> None:
    """Mail the link that lets the person choose another password."""
    send(
        access,
        user_id,
        "accounts/mail/password_link",
        "A new password for Nethra",
        link=lambda user: make_link(user, LinkPurpose.PASSWORD),
        minutes=settings.PASSWORD_LINK_SECONDS // 60,
    )


@job(once=True)
def mail_account_locked(*, access: Access, user_id: UUID) -> None:
    """Tell the person that their account is locked, and who can release it."""
    minutes = settings.LOCK_RELEASE_SECONDS // 60
    send(access, user_id, "accounts/mail/account_locked", "Your account in Nethra is locked", minutes=minutes)


@job(once=True)
def mail_password_changed(*, access: Access, user_id: UUID) -> None:
    """Tell the person that their password is another one."""
    send(access, user_id, "accounts/mail/password_changed", "Your password for Nethra was changed")


@job(once=True)
def mail_factors_changed(*, access: Access, user_id: UUID) -> None:
    """Tell the person that their second factors are others."""
    send(
        access,
        user_id,
        "accounts/mail/factors_changed",
        "The confirmation of your sign-ins in Nethra was changed",
    )


@job(once=True)
def mail_key_made(*, access: Access, user_id: UUID) -> None:
    """Tell the person that a key was made that works in their name."""
    send(access, user_id, "accounts/mail/key_made", "A key that works in your name in Nethra")


@job(once=True, cron="27 * * * *")
def forget_requests(*, access: Access) -> None:
    """Delete counts of requests whose time is over, and what is known of requests older than a day."""
    throttles.forget()
    idempotency.forget(access)
