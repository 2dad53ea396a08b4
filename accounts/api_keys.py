"""Keys for programs and desktop GIS: in a person's name, with part of what they may do, for a time."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from accounts.hours import closing_time
from accounts.jobs import mail_key_made
from accounts.models import ApiKey, User
from nethra.audit.services import record_event
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import Conflict, InvalidInput, NotAllowed
from nethra.core.querysets import unscoped
from nethra.jobs.queue import enqueue

PREFIX = "nethra_"
MOST_DAYS = 366
MOST_KEYS = 20
USED_EVERY = timedelta(minutes=1)
#: What no program does in a person's name: open doors for others.
NEVER = frozenset(
    {
        Capability.MANAGE_USERS,
        Capability.MANAGE_ROLES,
        Capability.CHANGE_AGENCY,
        Capability.VIEW_AUDIT,
        Capability.MANAGE_CASE_ACCESS,
        Capability.BREAK_GLASS,
        Capability.SEAL_RECORDS,
        Capability.EXPUNGE_RECORDS,
        Capability.SHARE_RECORDS,
    }
)


@dataclass(frozen=True)
class KeyIdentity:
    """A live key and its person, both read under the agency's row security."""

    user: User
    key: ApiKey

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What both the key and, today, the person's role allow."""
        granted = {Capability(scope) for scope in self.key.scopes if scope in set(Capability)}
        return frozenset(granted & self.user.capabilities) - NEVER


def grantable(user: User) -> list[Capability]:
    """Return the scopes that the person can give a key."""
    return sorted(user.capabilities - NEVER)


@transaction.atomic
def make_key(*, access: Access, user: User, name: str, scopes: list[str], days: int) -> tuple[ApiKey, str]:
    """Return a new key and its secret, which is shown this once and kept as SHA-256."""
    _require_own(access, user)
    _check(user, name, scopes, days)
    secret = secrets.token_urlsafe(32)
    prefix = secrets.token_hex(4)
    whole = f"{PREFIX}{prefix}_{secret}"
    key = ApiKey.objects.create(
        agency_id=user.agency_id,
        user=user,
        name=name.strip()[:100],
        prefix=prefix,
        key_hash=_hash(whole),
        scopes=sorted(set(scopes)),
        expires_at=datetime.now(UTC) + timedelta(days=days),
    )
    enqueue(mail_key_made, agency_id=user.agency_id, user_id=user.pk)
    return key, whole


def _check(user: User, name: str, scopes: list[str], days: int) -> None:
    errors: dict[str, list[str]] = {}
    if not name.strip():
        errors["name"] = ["Name the program that will use the key."]
    unknown = sorted(set(scopes) - {str(scope) for scope in grantable(user)})
    if unknown:
        errors["scopes"] = [f"You cannot give a key this: {', '.join(unknown)}."]
    if not scopes:
        errors["scopes"] = ["Choose what the key may do."]
    if not 1 <= days <= MOST_DAYS:
        errors["days"] = [f"A key lives from 1 to {MOST_DAYS} days."]
    if errors:
        raise InvalidInput(errors=errors)
    with unscoped("one's own keys"):
        live = ApiKey.objects.filter(user_id=user.pk, revoked_at=None, expires_at__gt=datetime.now(UTC))
        if live.count() >= MOST_KEYS:
            raise Conflict(f"You have {MOST_KEYS} keys; revoke one first.", code="too_many_keys")


@transaction.atomic
def revoke_key(*, access: Access, key: ApiKey) -> None:
    """End a key at once: one's own, or anybody's for whoever manages people."""
    if key.user_id != access.user_id:
        access.require(Capability.MANAGE_USERS)
    with unscoped("a key at hand"):
        ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=datetime.now(UTC))


def _require_own(access: Access, user: User) -> None:
    # A key that could make keys would outlive its end.
    if user.pk != access.user_id or access.session_id is None:
        raise NotAllowed()
    access.require_proof()


def find_key(secret: str) -> tuple[UUID, UUID, UUID] | None:
    """Return (agency id, user id, key id) of a key, before any agency is known; a definer function answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT agency_id, user_id, key_id FROM app.find_api_key(%s)", [_hash(secret)])
        row = cursor.fetchone()
    return (row[0], row[1], row[2]) if row else None


def identify_key(key_id: UUID, *, address: str) -> KeyIdentity | None:
    """Return the live key and its active person, or None; the scope must be the agency's. Raises OutsideHours."""
    now = datetime.now(UTC)
    with unscoped("the key decides who is asking"):
        key = (
            ApiKey.objects.select_related("user", "agency")
            .defer("agency__boundary")
            .filter(pk=key_id, revoked_at=None, expires_at__gt=now)
            .filter(user__is_active=True, agency__deactivated_at=None)
            .first()
        )
        if key is None:
            return None
        key.user.agency = key.agency
        closing_time(key.user, now)
        if key.last_used_at is None or now - key.last_used_at > USED_EVERY:
            if key.last_address != address:
                record_event(action="key_used", entity="accounts_apikey", object_id=key.pk)
            ApiKey.objects.filter(pk=key.pk).update(last_used_at=now, last_address=address[:64])
    return KeyIdentity(key.user, key)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
