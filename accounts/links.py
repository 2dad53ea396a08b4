"""Links in mails that prove an address: each good for a time, and until the password is another one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse

from accounts.models import User
from nethra.core.querysets import unscoped


class LinkPurpose(StrEnum):
    """What a link is for; one purpose's links do not serve the other."""

    INVITATION = "invitation"
    PASSWORD = "password"


@dataclass(frozen=True)
class LinkTarget:
    """Whom a genuine link names. Whether it still counts, ``find_person`` says."""

    agency_id: UUID
    user_id: UUID
    mark: str
    purpose: LinkPurpose


def _seconds(purpose: LinkPurpose) -> int:
    is_invitation = purpose == LinkPurpose.INVITATION
    return settings.INVITATION_SECONDS if is_invitation else settings.PASSWORD_LINK_SECONDS


def _salt(purpose: LinkPurpose) -> str:
    return f"nethra.link.{purpose}"


def mark_of(user: User) -> str:
    """Return what changes with a person's password, address and invitation, so that older links lapse."""
    parts = [user.password, user.email, str(user.invited_at), str(user.is_active)]
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:32]


def make_link(user: User, purpose: LinkPurpose) -> str:
    """Return the absolute address to mail."""
    names = {"a": str(user.agency_id), "u": str(user.pk), "m": mark_of(user)}
    token = signing.dumps(names, salt=_salt(purpose))
    return f"{settings.PUBLIC_URL}{reverse('admin:follow_link', args=[purpose, token])}"


def read_link(purpose: str, token: str) -> LinkTarget | None:
    """Return whom a genuine link that has not expired names, or None."""
    try:
        known = LinkPurpose(purpose)
        names = signing.loads(token, salt=_salt(known), max_age=_seconds(known))
        return LinkTarget(UUID(names["a"]), UUID(names["u"]), str(names["m"]), known)
    except (signing.BadSignature, ValueError, KeyError, TypeError):
        return None


def find_person(target: LinkTarget) -> User | None:
    """Return the person a link names if it still counts; the scope must be their agency's."""
    with unscoped("the link decides who is asking"):
        user = User.objects.select_related("agency").filter(pk=target.user_id).first()
    if user is None or not user.is_active or user.agency.deactivated_at is not None:
        return None
    return user if mark_of(user) == target.mark else None
