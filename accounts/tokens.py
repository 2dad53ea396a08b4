"""PASETO v4.local access tokens: strict decoding, key id in the footer, required claims.

The paseto package's protocol layer does the cryptography; its lenient high-level decoding is not used.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from uuid import UUID

from django.conf import settings
from paseto.exceptions import PasetoException
from paseto.keys.symmetric_key import SymmetricKey
from paseto.protocols.v4 import ProtocolVersion4

TOKEN = re.compile(r"v4\.local\.([A-Za-z0-9_-]{87,2048})(?:\.([A-Za-z0-9_-]{1,256}))?", re.ASCII)
CLAIMS = ("sub", "role", "iat", "exp", "sid", "jti", "agency")
CLOCK_SKEW = timedelta(seconds=30)
#: Of so many tokens that came a process remembers what they say; the session's row decides each time.
KEPT = 1024


class InvalidToken(Exception):
    """The token is not ours, not whole, or not valid now. One error, so that nobody learns from it."""


@dataclass(frozen=True)
class Claims:
    """What a valid access token says. Role and agency are hints: the session and user rows decide."""

    user_id: UUID
    agency_id: UUID
    session_id: UUID
    role: str
    issued_at: datetime
    expires_at: datetime


def encode(raw: bytes) -> str:
    """Return unpadded base64url."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Return the bytes of canonical, unpadded base64url; raise ValueError for any other spelling."""
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if encode(raw) != text:
        raise ValueError("not canonical")
    return raw


def key_id(key: bytes) -> str:
    """Return the PASERK k4.lid of a 32-byte key."""
    if len(key) != 32:
        raise ValueError("A v4.local key has 32 bytes.")
    header = "k4.lid."
    text = f"{header}k4.local.{encode(key)}".encode()
    return header + encode(hashlib.blake2b(text, digest_size=33).digest())


def _implicit() -> bytes:
    return f"nethra/access/v1|{settings.DEPLOYMENT_ID}".encode()


def issue(
    *, user_id: UUID, agency_id: UUID, session_id: UUID, role: str, token_id: UUID, now: datetime
) -> str:
    """Return a token that lives ACCESS_TOKEN_SECONDS, signed with the first key."""
    expires = now + timedelta(seconds=settings.ACCESS_TOKEN_SECONDS)
    claims = {
        "sub": str(user_id),
        "role": role,
        "iat": now.isoformat(timespec="seconds"),
        "exp": expires.isoformat(timespec="seconds"),
        "sid": str(session_id),
        "jti": str(token_id),
        "agency": str(agency_id),
    }
    key: bytes = settings.PASETO_KEYS[0]
    footer = json.dumps({"kid": key_id(key)}, separators=(",", ":")).encode()
    token: bytes = ProtocolVersion4.encrypt(
        json.dumps(claims).encode(), SymmetricKey.v4(key), footer, _implicit()
    )
    return token.decode("ascii")


def read(token: str, *, now: datetime | None = None) -> Claims:
    """Return the claims of a valid token; raise InvalidToken for everything else."""
    try:
        claims = _genuine(token, _implicit(), tuple(settings.PASETO_KEYS))
    except (ValueError, KeyError, TypeError, RecursionError, PasetoException) as problem:
        raise InvalidToken() from problem
    moment = now or datetime.now(UTC)
    if not claims.issued_at - CLOCK_SKEW <= moment < claims.expires_at:
        raise InvalidToken()
    return claims


@lru_cache(maxsize=KEPT)
def _genuine(token: str, implicit: bytes, _keys: tuple[bytes, ...]) -> Claims:
    """Return the claims of a token of ours, whatever the time: a program shows the same one for minutes."""
    return _claims(unseal(token, implicit, _key_named_in))


def unseal(token: str, implicit: bytes, key_of: Callable[[bytes], bytes]) -> bytes:
    """Return the payload of a v4.local token in its one canonical spelling.

    ``key_of`` is given the footer's bytes, which nothing vouches for yet, and returns the key to try. Raises
    ValueError or PasetoException for anything else (PASETO specification, version 4).
    """
    match = TOKEN.fullmatch(token)
    if match is None:
        raise ValueError("shape")
    decode(match[1])
    footer = decode(match[2] or "")
    key = SymmetricKey.v4(key_of(footer))
    plain: bytes = ProtocolVersion4.decrypt(token.encode("ascii"), key, footer, implicit)
    return plain


def _key_named_in(footer: bytes) -> bytes:
    keys = {key_id(key): key for key in settings.PASETO_KEYS}
    return keys[json.loads(footer)["kid"]]


def _claims(plain: bytes) -> Claims:
    values = json.loads(plain)
    if any(not isinstance(values[name], str) for name in CLAIMS):
        raise ValueError("claims")
    return Claims(
        user_id=UUID(values["sub"]),
        agency_id=UUID(values["agency"]),
        session_id=UUID(values["sid"]),
        role=values["role"],
        issued_at=_moment(values["iat"]),
        expires_at=_moment(values["exp"]),
    )


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment
