"""Versions of records: an answer names its version by an ETag, and a change says which version it is of (RFC 9110)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import models

from nethra.core.access import Access
from nethra.core.errors import NotFound, PreconditionFailed, PreconditionNeeded

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def etag_of(updated_at: datetime) -> str:
    """Return the ETag of a record that was last changed at this time, to the microsecond."""
    aware = updated_at if updated_at.tzinfo else updated_at.replace(tzinfo=UTC)
    since = aware - _EPOCH
    return f'"{(since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds:x}"'


def etag_of_content(content: bytes) -> str:
    """Return the ETag of an answer that has no version but its content."""
    return f'"{sha256(content).hexdigest()[:32]}"'


def is_known(etag: str, headers: Mapping[str, str]) -> bool:
    """Return whether If-None-Match says that the caller has this version already."""
    asked = [tag.strip().removeprefix("W/") for tag in headers.get("If-None-Match", "").split(",")]
    return "*" in asked or etag in asked


def require_version(access: Access, model: type[models.Model], key: UUID, headers: Mapping[str, str]) -> None:
    """Lock a record that the access sees and compare its version with If-Match.

    Raise PreconditionNeeded without the header, PreconditionFailed where somebody changed the record meanwhile.
    """
    _asked(headers)
    rows: Any = model._base_manager.select_for_update().filter(agency_id=access.agency_id, pk=key)
    found = rows.values_list("updated_at", flat=True).first()
    if found is None:
        raise NotFound()
    require_etag(etag_of(found), headers)


def require_etag(etag: str, headers: Mapping[str, str]) -> None:
    """Compare the ETag of a record that is locked with If-Match; raise as require_version()."""
    asked = _asked(headers)
    if asked != "*" and etag not in [tag.strip() for tag in asked.split(",")]:
        raise PreconditionFailed()


def _asked(headers: Mapping[str, str]) -> str:
    asked = headers.get("If-Match", "").strip()
    if not asked:
        raise PreconditionNeeded()
    return asked
