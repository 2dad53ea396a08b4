"""What state an account is in, for people who look after accounts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import models
from django.db.models import Q, QuerySet

from accounts.models import User


class AccountState(models.TextChoices):
    """Of an account."""

    ACTIVE = "active", "Active"
    INVITED = "invited", "Invited"
    LOCKED = "locked", "Locked"
    CLOSED = "closed", "Closed"


STATES = {"Active": "success", "Invited": "info", "Locked": "danger", "Closed": "warning"}


def state_of(user: User) -> AccountState:
    """Return the state that matters most."""
    if not user.is_active:
        return AccountState.CLOSED
    if user.is_locked:
        return AccountState.LOCKED
    return AccountState.INVITED if user.is_invited else AccountState.ACTIVE


def in_state(people: QuerySet[User], state: AccountState) -> QuerySet[User]:
    """Return those of the people whose account is in the state."""
    is_invited = Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)
    if state == AccountState.CLOSED:
        return people.filter(is_active=False)
    release = settings.LOCK_RELEASE_SECONDS
    since = datetime.now(UTC) - timedelta(seconds=release) if release else datetime.min.replace(tzinfo=UTC)
    is_locked = Q(locked_at__gt=since)
    if state == AccountState.LOCKED:
        return people.filter(is_locked, is_active=True)
    open_ = people.filter(is_active=True).exclude(is_locked)
    return open_.filter(is_invited) if state == AccountState.INVITED else open_.exclude(is_invited)
