"""The code that binds a link to its recipient: mailed to them, good once, for ten minutes and five tries."""

from __future__ import annotations

import hmac
import secrets
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.core import signing
from django.db import transaction

from media_evidence.disclosing.services import find_disclosure
from media_evidence.jobs import mail_disclosure_code
from media_evidence.models import Disclosure, DisclosureCode
from nethra.core.access import Access
from nethra.core.keyed import keyed_hash
from nethra.core.throttles import count, key_of
from nethra.jobs.queue import enqueue

DIGITS, TRIES = 8, 5
GOOD_FOR = timedelta(minutes=10)
#: Of one disclosure: five tries each are 600 a day, of a hundred million.
CODES_AN_HOUR, HOUR = 5, 3600
#: For so long a right code keeps the link open in one browser.
OPEN_SECONDS = 1800
_SALT = "nethra.given"


def ask_code(*, access: Access, disclosure_id: UUID) -> None:
    """Order a code to be mailed to the recipient; raise TooManyRequests.

    Call it where that may be caught without rolling back: what is refused is counted, too.
    """
    count(key_of("disclosure", str(disclosure_id)), window=HOUR).refuse_over(CODES_AN_HOUR)
    enqueue(mail_disclosure_code, agency_id=access.agency_id, disclosure_id=disclosure_id)


@transaction.atomic
def new_code(*, access: Access, disclosure_id: UUID) -> tuple[Disclosure, str]:
    """Return a disclosure and a code that opens it from now on in place of earlier ones; raise NotFound."""
    disclosure = find_disclosure(access, disclosure_id)
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    now = datetime.now(UTC)
    DisclosureCode(
        agency_id=disclosure.agency_id,
        case_id=disclosure.case_id,
        disclosure_id=disclosure.pk,
        code_hash=_hash(disclosure.pk, code),
        sent_at=now,
        good_until=now + GOOD_FOR,
    ).save(force_insert=True)
    return disclosure, code


@transaction.atomic
def open_with(*, access: Access, disclosure_id: UUID, code: str) -> str:
    """Return what a browser keeps to stay in, '' where the code is not the latest one, too old or tried too often.

    It does not raise, so that a wrong try stays counted.
    """
    found = DisclosureCode.objects.visible_to(access).filter(disclosure_id=disclosure_id)
    latest = found.select_for_update(of=("self",)).order_by("-sent_at", "-pk").first()
    if latest is None or not _is_good(latest):
        return ""
    latest.tries += 1
    is_right = hmac.compare_digest(bytes(latest.code_hash), _hash(disclosure_id, _digits(code)))
    latest.used_at = datetime.now(UTC) if is_right else None
    latest.save(update_fields=["tries", "used_at"])
    return signing.dumps(str(latest.pk), salt=_SALT) if is_right else ""


def is_let_in(access: Access, disclosure_id: UUID, kept: str) -> bool:
    """Return whether what a browser kept came of a right code for this disclosure, less than half an hour ago."""
    try:
        key = UUID(signing.loads(kept, salt=_SALT, max_age=OPEN_SECONDS))
    except (signing.BadSignature, ValueError, TypeError, AttributeError):
        return False
    codes = DisclosureCode.objects.visible_to(access).filter(disclosure_id=disclosure_id, pk=key)
    return codes.exclude(used_at=None).exists()


def _is_good(code: DisclosureCode) -> bool:
    return code.used_at is None and code.tries < TRIES and code.good_until > datetime.now(UTC)


def _hash(disclosure_id: UUID, code: str) -> bytes:
    return keyed_hash(f"disclosure:{disclosure_id}:{code}")


def _digits(text: str) -> str:
    """Return the digits of what somebody typed, who may have parted them."""
    return "".join(sign for sign in text if sign.isascii() and sign.isdigit())
