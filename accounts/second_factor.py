"""The second factor beside the password: authenticator apps (TOTP, RFC 6238) and recovery codes."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime
from uuid import UUID

import pyotp
from django.db import transaction

from accounts.choices import EndReason
from accounts.jobs import mail_factors_changed
from accounts.models import Authenticator, RecoveryCode, SecurityKey, User, UserSession
from accounts.sealing import CannotUnseal, seal, unseal
from accounts.sessions import end_sessions_of
from nethra.audit.services import record_event
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import Conflict, InvalidInput, NotAllowed, NotSignedIn
from nethra.core.querysets import unscoped
from nethra.jobs.queue import enqueue

STEP_SECONDS = 30
#: A clock may be one step off on either side.
STEPS_OFF = (-1, 0, 1)
RECOVERY_CODES = 10
#: 130 random bits (ASVS 6.5.2 and 11.5.1 ask for 128): such a code needs no slow hash. Those of 16 letters still count.
RECOVERY_LETTERS = 26
#: Crockford's alphabet: no I, L, O, U, so that handwriting is read as it was meant.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MISREAD = str.maketrans({"I": "1", "L": "1", "O": "0", "U": "V"})
WRONG_CODE = (
    "This code is not right. Take the one your app shows now, or a recovery code that is not used yet."
)


def wrong_code() -> NotSignedIn:
    """Return the refusal of a second factor, for somebody who knows the password."""
    return NotSignedIn(WRONG_CODE, code="wrong_code")


def has_factor(user: User) -> bool:
    """Return whether the person has set up an authenticator app or a security key."""
    with unscoped("the second factor of whoever is signing in"):
        return (
            Authenticator.objects.filter(user_id=user.pk).exclude(confirmed_at=None).exists()
            or SecurityKey.objects.filter(user_id=user.pk).exists()
        )


def apps_of(user: User) -> list[Authenticator]:
    """Return the person's authenticator apps that are in use."""
    with unscoped("one's own factors"):
        return list(Authenticator.objects.filter(user_id=user.pk).exclude(confirmed_at=None))


def find_factor(user: User, key: UUID) -> Authenticator | SecurityKey | None:
    """Return one of the person's own factors."""
    with unscoped("one's own factors"):
        app: Authenticator | None = Authenticator.objects.filter(pk=key, user_id=user.pk).first()
        return app or SecurityKey.objects.filter(pk=key, user_id=user.pk).first()


def must_have_factor(user: User) -> bool:
    """Return whether the agency's rule for the role, or a short password, asks for one."""
    return user.role in user.agency.second_factor_roles or user.password_needs_factor


def check_code(user: User, code: str) -> bool:
    """Return whether this is the code of the moment or an unused recovery code; either is spent by it."""
    plain = "".join(code.split()).replace("-", "").upper()
    if plain.isascii() and plain.isdigit() and len(plain) == 6:
        return _spend_step(user, plain)
    return _spend_recovery_code(user, plain)


def _spend_step(user: User, code: str) -> bool:
    now = int(datetime.now(UTC).timestamp()) // STEP_SECONDS
    with unscoped("the second factor of whoever is signing in"):
        apps = Authenticator.objects.filter(user_id=user.pk).exclude(confirmed_at=None)
        for app in apps.select_for_update():
            step = _matching_step(app, code, now)
            # A code is good for one use (ASVS 6.5.1), and none older than one that was used.
            if step is not None and step > app.last_step:
                Authenticator.objects.filter(pk=app.pk).update(last_step=step)
                return True
    return False


def _matching_step(app: Authenticator, code: str, now: int) -> int | None:
    try:
        totp = pyotp.TOTP(unseal(bytes(app.secret)).decode())
    except CannotUnseal:
        return None
    shown = {now + off: totp.generate_otp(now + off) for off in STEPS_OFF}
    matching = [step for step, digits in shown.items() if secrets.compare_digest(digits, code)]
    return max(matching, default=None)


def _spend_recovery_code(user: User, code: str) -> bool:
    with unscoped("the second factor of whoever is signing in"):
        found = RecoveryCode.objects.filter(user_id=user.pk, code_hash=_hash(code), used_at=None)
        return bool(found.update(used_at=datetime.now(UTC)))


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.translate(MISREAD).encode()).digest()


@transaction.atomic
def begin_authenticator(*, user: User) -> tuple[Authenticator, str]:
    """Return an authenticator to confirm, and its secret in base32; unconfirmed ones from before go."""
    secret = pyotp.random_base32()
    with unscoped("one's own authenticators"):
        Authenticator.objects.filter(user_id=user.pk, confirmed_at=None).delete()
    return (
        Authenticator.objects.create(agency_id=user.agency_id, user=user, secret=seal(secret.encode())),
        secret,
    )


def pending_authenticator(user: User) -> tuple[Authenticator, str] | None:
    """Return the authenticator that waits for its first code, and its secret; None where there is none."""
    with unscoped("one's own authenticators"):
        app = Authenticator.objects.filter(user_id=user.pk, confirmed_at=None).order_by("-created_at").first()
    try:
        return None if app is None else (app, unseal(bytes(app.secret)).decode())
    except CannotUnseal:
        return None


def provisioning_uri(user: User, secret: str) -> str:
    """Return the otpauth:// address that authenticator apps read from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=f"Nethra {user.agency.code}")


@transaction.atomic
def confirm_authenticator(*, access: Access, user: User, app: Authenticator, code: str) -> list[str]:
    """Take the authenticator into use with a code it shows; return the recovery codes, if they are new."""
    _require_own(access, user)
    step = _matching_step(app, "".join(code.split()), int(datetime.now(UTC).timestamp()) // STEP_SECONDS)
    if step is None:
        sentence = "This is not the code the app shows now. Is the telephone's clock right?"
        raise InvalidInput(sentence, code="wrong_code", errors={"code": [sentence]})
    with unscoped("one's own authenticators"):
        Authenticator.objects.filter(pk=app.pk).update(confirmed_at=datetime.now(UTC), last_step=step)
    return factor_added(access=access, user=user)


def factor_added(*, access: Access, user: User) -> list[str]:
    """End the other sessions, tell the person, and return recovery codes where they have none left."""
    with unscoped("one's own session and codes"):
        UserSession.objects.filter(pk__in=[access.session_id]).update(second_factor_at=datetime.now(UTC))
        has_codes = RecoveryCode.objects.filter(user_id=user.pk, used_at=None).exists()
    _tell(access, user, "factor_added")
    return [] if has_codes else _new_codes(user)


@transaction.atomic
def make_recovery_codes(*, access: Access, user: User) -> list[str]:
    """Return ten new recovery codes, shown this once; the old ones are void."""
    _require_own(access, user)
    if not has_factor(user):
        raise Conflict("Recovery codes stand in for a second factor: set one up first.", code="no_factor")
    codes = _new_codes(user)
    record_event(action="recovery_codes_made", entity="accounts_user", object_id=user.pk)
    enqueue(mail_factors_changed, agency_id=user.agency_id, user_id=user.pk)
    return codes


def _new_codes(user: User) -> list[str]:
    codes = [
        "".join(secrets.choice(ALPHABET) for _ in range(RECOVERY_LETTERS)) for _ in range(RECOVERY_CODES)
    ]
    with unscoped("one's own recovery codes"):
        RecoveryCode.objects.filter(user_id=user.pk).delete()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(agency_id=user.agency_id, user=user, code_hash=_hash(code)) for code in codes
    )
    return [_in_groups(code) for code in codes]


def _in_groups(code: str) -> str:
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def codes_left(user: User) -> int:
    """Return how many recovery codes are unused."""
    with unscoped("one's own recovery codes"):
        return RecoveryCode.objects.filter(user_id=user.pk, used_at=None).count()


@transaction.atomic
def remove_factor(*, access: Access, user: User, factor: Authenticator | SecurityKey) -> None:
    """Take one of one's own factors away; not the last one where there must be one."""
    _require_own(access, user)
    with unscoped("one's own factors"):
        apps = Authenticator.objects.filter(user_id=user.pk).exclude(confirmed_at=None).exclude(pk=factor.pk)
        keys = SecurityKey.objects.filter(user_id=user.pk).exclude(pk=factor.pk)
        is_last = not apps.exists() and not keys.exists()
    if is_last and user.role in user.agency.second_factor_roles:
        raise Conflict("Your role needs a second factor: set up another one first.", code="factor_needed")
    if is_last and user.password_needs_factor:
        raise Conflict(
            "Your password is too short to stand alone: choose one of 15 characters first.",
            code="factor_needed",
        )
    with unscoped("one's own factors"):
        factor.delete()
        if is_last:
            RecoveryCode.objects.filter(user_id=user.pk).delete()
    _tell(access, user, "factor_removed")


@transaction.atomic
def reset_factors(*, access: Access, user: User) -> None:
    """Take all factors of somebody who lost them; they set up new ones at their next sign-in."""
    access.require(Capability.MANAGE_USERS)
    access.require_proof()
    if user.pk == access.user_id:
        raise NotAllowed("Another administrator resets yours; a recovery code opens your account meanwhile.")
    with unscoped("the factors of a person at hand"):
        for model in (Authenticator, SecurityKey, RecoveryCode):
            model.objects.filter(user_id=user.pk).delete()
    _tell(access, user, "factors_reset")


def _require_own(access: Access, user: User) -> None:
    if user.pk != access.user_id or access.session_id is None:
        raise NotAllowed()
    access.require_proof()


def _tell(access: Access, user: User, action: str) -> None:
    record_event(action=action, entity="accounts_user", object_id=user.pk)
    end_sessions_of(user, because=EndReason.FACTOR, but=access.session_id)
    enqueue(mail_factors_changed, agency_id=user.agency_id, user_id=user.pk)
