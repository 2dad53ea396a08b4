"""A request that is sent again after its answer was lost is done once (the draft of Idempotency-Key of the IETF).

Kept for a day: whose, under which key, what was asked (a hash) and the key of the record that came of it. The answer
is not kept: it may hold what is guarded. It is read again, by the rights of the day.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.http import HttpRequest

from nethra.core.access import Access
from nethra.core.errors import Conflict, DomainError, InvalidInput
from nethra.core.receiving import OFFSET_STREAM

HEADER = "Idempotency-Key"
#: Says that an answer is of an earlier request.
REPLAYED_HEADER = "Idempotent-Replayed"
KEPT_FOR = "1 day"
#: What a request to create an upload asks beside its body.
_UPLOAD_HEADERS = ("Upload-Length", "Upload-Metadata")

_KEY = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)
_BEGIN = """
INSERT INTO core_keptrequest (agency_id, user_id, key, fingerprint) VALUES (%(agency)s, %(user)s, %(key)s, %(print)s)
ON CONFLICT (agency_id, user_id, key) DO UPDATE
    SET fingerprint = EXCLUDED.fingerprint, made_at = EXCLUDED.made_at, status = NULL, record_id = NULL
    WHERE core_keptrequest.status IS NULL OR core_keptrequest.made_at < clock_timestamp() - %(kept)s::interval
RETURNING true
"""
_FIND = """
SELECT fingerprint, status, record_id FROM core_keptrequest
WHERE agency_id = %(agency)s AND user_id = %(user)s AND key = %(key)s
"""
_END = """
UPDATE core_keptrequest SET status = %(status)s, record_id = %(record)s
WHERE agency_id = %(agency)s AND user_id = %(user)s AND key = %(key)s
"""
_FORGET = "DELETE FROM core_keptrequest WHERE agency_id = %s AND made_at < clock_timestamp() - %s::interval"


class KeyReused(DomainError):
    """The same key came with another request."""

    code = "idempotency_key_reused"
    message = "This Idempotency-Key was used for another request: make a new one for each."


class AlreadyDone(Conflict):
    """It was done, and its answer is not one record that could be read again."""

    code = "already_done"
    message = "A request with this Idempotency-Key was done before; nothing was done again."


@dataclass(frozen=True)
class Done:
    """What came of an earlier request: the status of its answer, and the record's key where that was one."""

    status: int
    record_id: UUID | None


class Attempt:
    """One request under a key. The row is locked until the transaction ends, so the same at once is done once."""

    def __init__(self, access: Access, key: str, fingerprint: bytes) -> None:
        if not _KEY.fullmatch(key):
            raise InvalidInput(
                f"The {HEADER} is 1 to 255 visible ASCII characters.", code="invalid_idempotency_key"
            )
        self._values = {
            "agency": access.agency_id,
            "user": access.author_id,
            "key": key,
            "print": fingerprint,
            "kept": KEPT_FOR,
        }

    def begin(self) -> Done | None:
        """Return what an earlier request came to, None where this is the first; raise KeyReused."""
        with connection.cursor() as cursor:
            cursor.execute(_BEGIN, self._values)
            if cursor.fetchone():
                return None
            cursor.execute(_FIND, self._values)
            fingerprint, status, record_id = cursor.fetchone()
        if bytes(fingerprint) != self._values["print"]:
            raise KeyReused()
        return Done(status, record_id)

    def end(self, status: int, answer: Any) -> None:
        """Keep what the request came to."""
        found = answer.get("id") if isinstance(answer, Mapping) else None
        with connection.cursor() as cursor:
            cursor.execute(_END, {**self._values, "status": status, "record": str(found) if found else None})


def fingerprint_of(request: HttpRequest) -> bytes:
    """Return the SHA-256 of what a request asks: method, path and body; of files their own SHA-256."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if request.content_type == "multipart/form-data":
        for name, values in sorted(request.POST.lists()):
            digest.update(repr((name, values)).encode())
        for name, files in sorted(request.FILES.lists()):
            digest.update(repr((name, [getattr(file, "sha256", file.name) for file in files])).encode())
    elif request.content_type != OFFSET_STREAM:
        digest.update(request.body)
    digest.update(repr([request.headers.get(name, "") for name in _UPLOAD_HEADERS]).encode())
    return digest.digest()


def forget(access: Access) -> int:
    """Delete the agency's requests that are older than a day; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, [access.agency_id, KEPT_FOR])
        return int(cursor.rowcount)
