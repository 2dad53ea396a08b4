"""Keeping what was found in a file, beside the file."""

from __future__ import annotations

from datetime import UTC, datetime

from django.contrib.gis.geos import Point
from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts.models import Agency
from media_evidence import store
from media_evidence.choices import Preview
from media_evidence.inspecting import stated_at
from media_evidence.jobs import inspect_evidence_job
from media_evidence.models import Evidence, FileFacts
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import NotFound
from nethra.core.geo import checked_point
from nethra.core.parsing.kinds import ParsedKind
from nethra.core.parsing.looking import Look
from nethra.jobs.queue import enqueue

#: Of these the stated time is when they were recorded, and may be confirmed.
RECORDINGS = (ParsedKind.PICTURE, ParsedKind.MEDIA)
AS_SAID = (
    "camera_make",
    "camera_model",
    "camera_serial",
    "width",
    "height",
    "duration_ms",
    "codecs",
    "pages",
    "author",
    "producer",
    "entries",
    "picture_hash",
    "is_polyglot",
)


@transaction.atomic
def note_findings(*, access: Access, evidence: Evidence, look: Look) -> FileFacts:
    """Keep what was found in a file and return it; what an officer said of its clock stays. Raise NotFound."""
    access.require(Capability.VIEW_EVIDENCE)
    # Locked: two inspections at once would both write the first facts.
    found = Evidence.objects.visible_to(access).filter(pk=evidence.pk).select_for_update(of=("self",))
    stored: Evidence | None = found.first()
    if stored is None or stored.is_disposed:
        raise NotFound()
    zone = Agency.objects.visible_to(access).only("time_zone").get().zone
    stated = stated_at(look, zone)
    facts = _facts_of(stored)
    for name in AS_SAID:
        setattr(facts, name, look.facts[name])
    facts.kind, facts.note, facts.inspected_at = look.kind, " ".join(look.notes), datetime.now(UTC)
    facts.location, facts.stated_at = _place(look), stated
    facts.stated_offset = look.facts["offset"] if stated else ""
    facts.preview = _keep_previews(stored, look)
    facts.save()
    stored.has_thumbnail = bool(look.thumbnail)
    stored.proposed_captured_at = stated if look.kind in RECORDINGS else None
    stored.inspected_at = facts.inspected_at
    stored.save(update_fields=["has_thumbnail", "proposed_captured_at", "inspected_at"])
    return facts


def order_inspections(*, access: Access, again: bool = False) -> int:
    """Order a look into each exhibit without facts, or ``again`` into all; return how many. Raise NotAllowed."""
    access.require(Capability.VIEW_EVIDENCE)
    exhibits = Evidence.objects.visible_to(access).in_store().order_by("pk")
    if not again:
        known = FileFacts._base_manager.filter(agency_id=OuterRef("agency_id"), evidence_id=OuterRef("pk"))
        exhibits = exhibits.filter(~Exists(known))
    keys = list(exhibits.values_list("pk", flat=True))
    for key in keys:
        enqueue(inspect_evidence_job, agency_id=access.agency_id, evidence_id=key)
    return len(keys)


def _facts_of(evidence: Evidence) -> FileFacts:
    key = {"agency_id": evidence.agency_id, "evidence_id": evidence.pk, "case_id": evidence.case_id}
    return FileFacts._base_manager.filter(**key).first() or FileFacts(**key)


def _place(look: Look) -> Point | None:
    longitude, latitude = look.facts["longitude"], look.facts["latitude"]
    return None if longitude is None or latitude is None else checked_point(longitude, latitude)


def _keep_previews(evidence: Evidence, look: Look) -> str:
    made = [look.thumbnail, look.preview, look.text.encode()]
    for place, content in zip(store.derived_paths(evidence.agency_id, evidence.pk), made, strict=True):
        if content:
            store.write_derived(place, content)
        else:
            place.unlink(missing_ok=True)
    return Preview.PICTURE if look.preview else Preview.TEXT if look.text else ""
