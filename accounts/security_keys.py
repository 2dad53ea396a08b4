"""Security keys and passkeys as a second factor (WebAuthn level 2), through the webauthn package."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from accounts.models import Challenge, SecurityKey, User
from accounts.second_factor import factor_added
from nethra.core.access import Access
from nethra.core.errors import InvalidInput, NotAllowed
from nethra.core.querysets import unscoped

CHALLENGE_LIVES = timedelta(minutes=5)
REGISTER, SIGN_IN, STEP_UP = "register", "sign_in", "step_up"
NOT_TAKEN = "The security key was not accepted. Try again, and touch the key when it blinks."


@dataclass(frozen=True)
class Party:
    """Where the browser believes to be: the host a key is bound to, and the origin it signs."""

    host: str
    origin: str

    @classmethod
    def of(cls, request: HttpRequest) -> Party:
        """Return the party of a request, whose host was checked against ALLOWED_HOSTS."""
        host = request.get_host()
        return cls(host.rsplit(":", 1)[0] if not host.endswith("]") else host, f"{request.scheme}://{host}")


def keys_of(user: User, party: Party) -> list[SecurityKey]:
    """Return the person's keys that work at this address."""
    with unscoped("the second factor of whoever is signing in"):
        return list(SecurityKey.objects.filter(user_id=user.pk, host=party.host))


def registration_options(*, user: User, party: Party) -> dict[str, Any]:
    """Return what navigator.credentials.create() is called with."""
    options = generate_registration_options(
        rp_id=party.host,
        rp_name="Nethra",
        user_id=user.pk.bytes,
        user_name=user.email,
        user_display_name=user.name,
        challenge=_challenge(user, REGISTER),
        exclude_credentials=[_descriptor(key) for key in keys_of(user, party)],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.DISCOURAGED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
    )
    return _as_json(options_to_json(options))


def signing_options(*, user: User, party: Party, purpose: str) -> dict[str, Any]:
    """Return what navigator.credentials.get() is called with."""
    options = generate_authentication_options(
        rp_id=party.host,
        challenge=_challenge(user, purpose),
        allow_credentials=[_descriptor(key) for key in keys_of(user, party)],
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return _as_json(options_to_json(options))


def _as_json(text: str) -> dict[str, Any]:
    options: dict[str, Any] = json.loads(text)
    return options


def _descriptor(key: SecurityKey) -> PublicKeyCredentialDescriptor:
    return PublicKeyCredentialDescriptor(id=bytes(key.credential_id))


def _challenge(user: User, purpose: str) -> bytes:
    from secrets import token_bytes

    now, value = datetime.now(UTC), token_bytes(32)
    with unscoped("one's own challenges"):
        Challenge.objects.filter(user_id=user.pk, expires_at__lt=now).delete()
    Challenge.objects.create(
        agency_id=user.agency_id, user=user, purpose=purpose, value=value, expires_at=now + CHALLENGE_LIVES
    )
    return value


def _spend(user: User, purpose: str, answer: dict[str, Any]) -> bytes:
    """Return the challenge that was answered, which is good for this once; raise ValueError for another."""
    said = json.loads(base64url_to_bytes(answer["response"]["clientDataJSON"]))
    value = base64url_to_bytes(said["challenge"])
    now = datetime.now(UTC)
    with unscoped("one's own challenges"):
        found = Challenge.objects.filter(
            user_id=user.pk, purpose=purpose, value=value, used_at=None, expires_at__gt=now
        )
        if not found.update(used_at=now):
            raise ValueError("not a challenge of ours, or no longer")
    return value


@transaction.atomic
def register_key(*, access: Access, user: User, party: Party, name: str, answer: Any) -> list[str]:
    """Keep a new key under a name; return recovery codes where the person has none."""
    if user.pk != access.user_id or access.session_id is None:
        raise NotAllowed()
    access.require_proof()
    try:
        made = verify_registration_response(
            credential=answer,
            expected_challenge=_spend(user, REGISTER, answer),
            expected_rp_id=party.host,
            expected_origin=party.origin,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as problem:
        raise InvalidInput(NOT_TAKEN, code="key_refused") from problem
    SecurityKey.objects.create(
        agency_id=user.agency_id,
        user=user,
        name=name.strip()[:60] or "Security key",
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        host=party.host,
    )
    return factor_added(access=access, user=user)


def check_answer(*, user: User, party: Party, purpose: str, answer: Any) -> bool:
    """Return whether one of the person's keys signed the challenge; the challenge is spent by it."""
    try:
        with unscoped("the second factor of whoever is signing in"):
            credential = base64url_to_bytes(answer["id"])
            key = SecurityKey.objects.select_for_update().get(user_id=user.pk, credential_id=credential)
        proof = verify_authentication_response(
            credential=answer,
            expected_challenge=_spend(user, purpose, answer),
            expected_rp_id=party.host,
            expected_origin=party.origin,
            credential_public_key=bytes(key.public_key),
            credential_current_sign_count=key.sign_count,
        )
    except (WebAuthnException, SecurityKey.DoesNotExist, ValueError, KeyError, TypeError):
        return False
    with unscoped("the key that signed"):
        SecurityKey.objects.filter(pk=key.pk).update(
            sign_count=proof.new_sign_count, last_used_at=datetime.now(UTC)
        )
    return True
