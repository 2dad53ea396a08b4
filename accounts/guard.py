"""Counting failures to sign in, before anything is hashed; the same for addresses that nobody has.

The counter's row is locked until the transaction ends, so tries for one address are made one after the other:
sixteen at once are five tries and eleven refusals.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.conf import settings

from accounts.jobs import mail_account_locked
from accounts.models import SignInCounter, User
from nethra.audit.services import record_event
from nethra.core.errors import NotSignedIn
from nethra.core.keyed import keyed_hash
from nethra.core.querysets import unscoped
from nethra.jobs.queue import enqueue

FORGOTTEN_AFTER = timedelta(days=1)


def wrong_login() -> NotSignedIn:
    """Return the one refusal for every reason that a stranger must not tell apart."""
    release = settings.LOCK_RELEASE_SECONDS
    until = f"for {release // 60} minutes, or " if release else ""
    return NotSignedIn(
        f"The e-mail address or the password is wrong. After {settings.LOCK_AFTER} wrong tries an account is "
        f"locked {until}until an administrator of the agency releases it; ask them, too, if you are not sure.",
        code="wrong_login",
    )


def key_of(email: str) -> bytes:
    """Return the counter's key for an address: 32 bytes that only this server can make."""
    return keyed_hash(email.strip().lower())


def enter(email: str) -> SignInCounter | None:
    """Return the address's counter, locked for this transaction; None where the account is locked."""
    now, key = datetime.now(UTC), key_of(email)
    SignInCounter.objects.bulk_create([SignInCounter(key=key, tried_at=now)], ignore_conflicts=True)
    counter = SignInCounter.objects.select_for_update().get(key=key)
    if counter.locked_at is None:
        return counter
    if not _opens_by_itself(counter, now):
        return None
    counter.locked_at, counter.recent = None, []
    return counter


def _opens_by_itself(counter: SignInCounter, now: datetime) -> bool:
    release = settings.LOCK_RELEASE_SECONDS
    if not release or counter.locked_at is None or counter.total >= settings.LOCK_IN_ALL:
        return False
    return now >= counter.locked_at + timedelta(seconds=release)


def count_failure(counter: SignInCounter, user: User | None) -> None:
    """Count a wrong password or code; the fifth within the window, or the hundredth in all, locks."""
    now = datetime.now(UTC)
    window = now - timedelta(seconds=settings.LOCK_WINDOW_SECONDS)
    counter.recent = [*(moment for moment in counter.recent if moment > window), now]
    counter.total += 1
    counter.tried_at, counter.is_known = now, user is not None
    if len(counter.recent) >= settings.LOCK_AFTER or counter.total >= settings.LOCK_IN_ALL:
        counter.locked_at = now
    counter.save()
    if user is None:
        _forget_strangers(now)
    elif counter.locked_at is not None:
        _lock(user, now)


def _lock(user: User, now: datetime) -> None:
    with unscoped("locking the account that was tried"):
        User.objects.filter(pk=user.pk).update(locked_at=now, updated_at=now)
    record_event(action="account_locked", entity="accounts_user", object_id=user.pk)
    enqueue(mail_account_locked, agency_id=user.agency_id, user_id=user.pk)


def _forget_strangers(now: datetime) -> None:
    # Whoever tries a million addresses must not fill the disk with them.
    old = SignInCounter.objects.filter(is_known=False, tried_at__lt=now - FORGOTTEN_AFTER)
    SignInCounter.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:100]), is_known=False).delete()


def clear(counter: SignInCounter, user: User) -> None:
    """Forget the recent failures after a success. Those in all stay, until the password is another one."""
    counter.recent, counter.is_known, counter.tried_at = [], True, datetime.now(UTC)
    counter.save()
    if user.locked_at is not None:
        with unscoped("the lock has opened by itself"):
            User.objects.filter(pk=user.pk).update(locked_at=None)


def release(user: User) -> None:
    """Open the person's account again and forget all failures."""
    SignInCounter.objects.filter(key=key_of(user.email)).delete()
    with unscoped("releasing a person at hand"):
        User.objects.filter(pk=user.pk).update(locked_at=None, updated_at=datetime.now(UTC))
    user.locked_at = None


def begin_anew(user: User) -> None:
    """Forget failures that were made at a password that is gone. What is locked stays locked."""
    SignInCounter.objects.filter(key=key_of(user.email), locked_at=None).update(total=0, recent=[])


def follow_address(old: str, new: str) -> None:
    """Carry failures over to a changed address: changing it releases nobody."""
    SignInCounter.objects.filter(key=key_of(new)).delete()
    SignInCounter.objects.filter(key=key_of(old)).update(key=key_of(new))
