"""The link of a disclosure: 256 random bits, of which a hash is kept, found before anybody knows whose it is."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.urls import reverse

from nethra.core.access import Access
from nethra.core.capabilities import Capability, Reach

TOKEN_BYTES = 32
SOURCE = "given"


@dataclass(frozen=True)
class Found:
    """Whose disclosure a link opens, and whether it does today."""

    agency_id: UUID
    agency_name: str
    disclosure_id: UUID
    is_open: bool

    @property
    def access(self) -> Access:
        """The access of whoever has the link: nobody of the agency, and to nothing but what was given."""
        return Access(self.agency_id, None, frozenset({Capability.VIEW_EVIDENCE}), SOURCE, reach=Reach.AGENCY)


def new_token() -> tuple[str, bytes]:
    """Return a token for a link, and the hash of it that is kept."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    return token, hash_of(token)


def hash_of(token: str) -> bytes:
    """Return 32 bytes; a token is too random to be guessed from them."""
    return hashlib.sha256(token.encode()).digest()


def address_of(token: str) -> str:
    """Return the link as it is mailed."""
    return f"{settings.PUBLIC_URL}{reverse('given', args=[token])}"


def find_given(token: str) -> Found | None:
    """Return whose disclosure the token opens, None where there is none.

    SECURITY: one question by the hash, whatever it finds: how long it takes tells nothing of a token.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM app.find_disclosure(%s)", [hash_of(token)])
        row = cursor.fetchone()
    return Found(*row) if row else None
