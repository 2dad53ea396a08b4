"""Files of the store by their digest: who needs one, and one at a time."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import connection

from media_evidence.choices import CustodyState
from media_evidence.models import DisclosedFile, Evidence, Redaction


def lock_content(agency_id: UUID, sha256: str) -> None:
    """Keep the sweeper from removing a file between its link and its row; until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{agency_id}/{sha256}"])


def is_file_needed(agency_id: UUID, sha256: str) -> bool:
    """Return whether an exhibit that was not disposed of, or what was made of one, is the file of this digest."""
    exhibits = Evidence._base_manager.exclude(custody=CustodyState.DISPOSED)
    made = [
        model._base_manager.exclude(evidence__custody=CustodyState.DISPOSED)
        for model in (Redaction, DisclosedFile)
    ]
    return any(rows.filter(agency_id=agency_id, sha256=sha256).exists() for rows in (exhibits, *made))


def made_digests(agency_id: UUID, **of_what: Any) -> list[str]:
    """Return the digests of the copies and disclosed files of an exhibit (``evidence_id``) or case (``case_id``)."""
    made = [
        model._base_manager.filter(agency_id=agency_id, **of_what) for model in (Redaction, DisclosedFile)
    ]
    return sorted(
        {sha256 for rows in made for sha256 in rows.exclude(sha256="").values_list("sha256", flat=True)}
    )
