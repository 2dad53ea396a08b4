"""Keeping what was found in a file."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import transaction

from accounts.models import Agency
from media_evidence import store
from media_evidence.inspecting import stated_at
from media_evidence.models import Evidence
from media_evidence.services import find_evidence
from nethra.core.access import Access
from nethra.core.parsing.kinds import ParsedKind
from nethra.core.parsing.looking import Look

#: Of these the stated time is when they were recorded, and may be confirmed.
RECORDINGS = (ParsedKind.PICTURE, ParsedKind.MEDIA)


@transaction.atomic
def note_findings(*, access: Access, evidence: Evidence, look: Look) -> None:
    """Keep what was found in a file: its thumbnail, and when it says it was recorded. Raise NotFound."""
    stored = find_evidence(access, evidence.pk)
    zone = Agency.objects.visible_to(access).only("time_zone").get().zone
    if look.thumbnail:
        store.write_thumbnail(stored.agency_id, stored.pk, look.thumbnail)
    stored.has_thumbnail = bool(look.thumbnail)
    stored.proposed_captured_at = stated_at(look, zone) if look.kind in RECORDINGS else None
    stored.inspected_at = datetime.now(UTC)
    stored.save(update_fields=["has_thumbnail", "proposed_captured_at", "inspected_at"])
