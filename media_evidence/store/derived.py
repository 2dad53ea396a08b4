"""What was made from exhibits' files: thumbnails and previews. They lie on this disk, and can be made again."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from media_evidence.store.disk import agency_folder, make_folder


def thumbnail_path(agency_id: UUID, evidence_id: UUID) -> Path:
    """Return where an exhibit's thumbnail lies, or would lie."""
    return agency_folder(agency_id) / "thumbnails" / f"{evidence_id}.jpg"


def preview_path(agency_id: UUID, evidence_id: UUID, ending: str) -> Path:
    """Return where an exhibit's preview lies, or would lie: ending jpg for a picture, txt for a text's head."""
    return agency_folder(agency_id) / "previews" / f"{evidence_id}.{ending}"


def derived_paths(agency_id: UUID, evidence_id: UUID) -> list[Path]:
    """Return where everything lies, or would lie, that was made from an exhibit's file."""
    previews = [preview_path(agency_id, evidence_id, ending) for ending in ("jpg", "txt")]
    return [thumbnail_path(agency_id, evidence_id), *previews]


def write_derived(place: Path, content: bytes) -> None:
    """Store what was made from an exhibit's file, whole or not at all."""
    make_folder(place.parent)
    part = place.with_suffix(".part")
    part.write_bytes(content)
    part.replace(place)
